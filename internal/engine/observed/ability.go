package observed

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

type journal struct {
	in engine.Journal
	m  *metrics
}

func (j *journal) JournalCursor(ctx context.Context) (s engine.Seq, err error) {
	ctx, call := j.m.see(ctx, "journal_cursor")
	defer call.done(&err)
	return j.in.JournalCursor(ctx)
}

func (j *journal) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) (err error) {
	ctx, call := j.m.see(ctx, "add_journal")
	defer call.done(&err)
	return j.in.AddJournal(ctx, from, to, rows)
}

func (j *journal) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) (s []engine.Seq, err error) {
	ctx, call := j.m.see(ctx, "journal_seqs")
	defer call.done(&err)
	return j.in.JournalSeqs(ctx, item, before, limit)
}

type pruner struct {
	in engine.Pruner
	m  *metrics
}

func (p *pruner) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (n int, err error) {
	ctx, call := p.m.see(ctx, "prune_keys")
	defer call.done(&err)
	return p.in.PruneKeys(ctx, upTo, limit)
}

func (p *pruner) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (n int, err error) {
	ctx, call := p.m.see(ctx, "prune_holds")
	defer call.done(&err)
	return p.in.PruneHolds(ctx, upTo, limit)
}

type auditor struct {
	in engine.Auditor
	m  *metrics
}

func (a *auditor) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (h engine.Seq, err error) {
	ctx, call := a.m.see(ctx, "scan_keys")
	defer call.done(&err)
	return a.in.ScanKeys(ctx, first, last, fn)
}

func (a *auditor) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (c engine.Seq, err error) {
	ctx, call := a.m.see(ctx, "scan_journal")
	defer call.done(&err)
	return a.in.ScanJournal(ctx, fn)
}

type archiver struct {
	in engine.Archiver
	m  *metrics
}

func (a *archiver) First(ctx context.Context) (s engine.Seq, err error) {
	ctx, call := a.m.see(ctx, "first")
	defer call.done(&err)
	return a.in.First(ctx)
}

func (a *archiver) DropRecords(ctx context.Context, upTo engine.Seq) (s engine.Seq, err error) {
	ctx, call := a.m.see(ctx, "drop_records")
	defer call.done(&err)
	return a.in.DropRecords(ctx, upTo)
}

type cursors struct {
	in engine.Cursors
	m  *metrics
}

func (c *cursors) Cursor(ctx context.Context, name string) (s engine.Seq, err error) {
	ctx, call := c.m.see(ctx, "cursor")
	defer call.done(&err)
	return c.in.Cursor(ctx, name)
}

func (c *cursors) SetCursor(ctx context.Context, name string, from, to engine.Seq) (err error) {
	ctx, call := c.m.see(ctx, "set_cursor")
	defer call.done(&err)
	return c.in.SetCursor(ctx, name, from, to)
}

type mover struct {
	in engine.Mover
	m  *metrics
}

func (v *mover) Buckets(ctx context.Context) (rows []engine.BucketRow, h engine.Seq, err error) {
	ctx, call := v.m.see(ctx, "buckets")
	defer call.done(&err)
	return v.in.Buckets(ctx)
}

func (v *mover) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (n int, err error) {
	ctx, call := v.m.see(ctx, "drop_bucket")
	defer call.done(&err)
	return v.in.DropBucket(ctx, b, sealed, limit)
}

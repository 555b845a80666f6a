package observed

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// observed is the engine.
type observed struct {
	engine.Engine
	m *metrics
}

func (o *observed) Append(ctx context.Context, after engine.Seq, g *engine.Group) (err error) {
	ctx, call := o.m.see(ctx, "append")
	defer call.done(&err)
	call.tell(g)
	if err = o.Engine.Append(ctx, after, g); err == nil {
		o.m.stored(g)
	}
	return err
}

func (o *observed) Load(ctx context.Context, w engine.Want) (l *engine.Loaded, err error) {
	ctx, call := o.m.see(ctx, "load")
	defer call.done(&err)
	return o.Engine.Load(ctx, w)
}

func (o *observed) Read(ctx context.Context, after engine.Seq, limit int) (r []engine.Record, err error) {
	ctx, call := o.m.see(ctx, "read")
	defer call.done(&err)
	return o.Engine.Read(ctx, after, limit)
}

func (o *observed) Head(ctx context.Context) (s engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "head")
	defer call.done(&err)
	return o.Engine.Head(ctx)
}

func (o *observed) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (h engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "scan_items")
	defer call.done(&err)
	return o.Engine.ScanItems(ctx, s, fn)
}

func (o *observed) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (h engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "scan_holds")
	defer call.done(&err)
	return o.Engine.ScanHolds(ctx, s, fn)
}

func (o *observed) Close() (err error) {
	_, call := o.m.see(context.Background(), "close")
	defer call.done(&err)
	return o.Engine.Close()
}

func (o *observed) Lock(ctx context.Context) (w engine.Writer, err error) {
	ctx, call := o.m.see(ctx, "lock")
	defer call.done(&err)
	if w, err = o.Engine.Lock(ctx); err != nil {
		return nil, err
	}
	return &writer{w, o.m}, nil
}

func (o *observed) JournalCursor(ctx context.Context) (s engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "journal_cursor")
	defer call.done(&err)
	return o.Engine.JournalCursor(ctx)
}

func (o *observed) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) (err error) {
	ctx, call := o.m.see(ctx, "add_journal")
	defer call.done(&err)
	return o.Engine.AddJournal(ctx, from, to, rows)
}

func (o *observed) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) (s []engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "journal_seqs")
	defer call.done(&err)
	return o.Engine.JournalSeqs(ctx, item, before, limit)
}

func (o *observed) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (n int, err error) {
	ctx, call := o.m.see(ctx, "prune_keys")
	defer call.done(&err)
	return o.Engine.PruneKeys(ctx, upTo, limit)
}

func (o *observed) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (n int, err error) {
	ctx, call := o.m.see(ctx, "prune_holds")
	defer call.done(&err)
	return o.Engine.PruneHolds(ctx, upTo, limit)
}

func (o *observed) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (h engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "scan_keys")
	defer call.done(&err)
	return o.Engine.ScanKeys(ctx, first, last, fn)
}

func (o *observed) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (c engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "scan_journal")
	defer call.done(&err)
	return o.Engine.ScanJournal(ctx, fn)
}

func (o *observed) First(ctx context.Context) (s engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "first")
	defer call.done(&err)
	return o.Engine.First(ctx)
}

func (o *observed) DropRecords(ctx context.Context, upTo engine.Seq) (s engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "drop_records")
	defer call.done(&err)
	return o.Engine.DropRecords(ctx, upTo)
}

func (o *observed) Cursor(ctx context.Context, name string) (s engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "cursor")
	defer call.done(&err)
	return o.Engine.Cursor(ctx, name)
}

func (o *observed) SetCursor(ctx context.Context, name string, from, to engine.Seq) (err error) {
	ctx, call := o.m.see(ctx, "set_cursor")
	defer call.done(&err)
	return o.Engine.SetCursor(ctx, name, from, to)
}

func (o *observed) Buckets(ctx context.Context) (rows []engine.BucketRow, h engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "buckets")
	defer call.done(&err)
	return o.Engine.Buckets(ctx)
}

func (o *observed) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (n int, err error) {
	ctx, call := o.m.see(ctx, "drop_bucket")
	defer call.done(&err)
	return o.Engine.DropBucket(ctx, b, sealed, limit)
}

package observed

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/wrap"
)

// names are the calls of an engine and its writers as the metrics call them.
var names = map[wrap.Method]string{
	"Append": "append", "Load": "load", "Read": "read", "Head": "head", "ScanItems": "scan_items", "ScanHolds": "scan_holds", "Close": "close",
	"Lock": "lock", "Writer.Load": "locked_load", "Writer.Read": "locked_read", "Writer.Append": "locked_append",
	"JournalCursor": "journal_cursor", "AddJournal": "add_journal", "JournalSeqs": "journal_seqs",
	"PruneKeys": "prune_keys", "PruneHolds": "prune_holds", "ScanKeys": "scan_keys", "ScanJournal": "scan_journal",
	"First": "first", "DropRecords": "drop_records", "Rewrite": "rewrite", "DropKeys": "drop_keys", "DropTenant": "drop_tenant", "Cursor": "cursor", "SetCursor": "set_cursor",
	"Buckets": "buckets", "DropBucket": "drop_bucket",
}

// watch makes a call, which it counts.
func (m *metrics) watch(ctx context.Context, method wrap.Method, do func(context.Context) error) (err error) {
	ctx, call := m.see(ctx, names[method])
	defer call.done(&err)
	return do(ctx)
}

// observed is the engine whose calls are watched.
type observed struct {
	engine.Engine
	m *metrics
}

func (o *observed) Close() error {
	return o.m.watch(context.Background(), "Close", func(context.Context) error { return o.Engine.Close() })
}

// countingEngine counts what is stored, within the calls that are watched.
type countingEngine struct {
	engine.Engine
	m *metrics
}

func (c *countingEngine) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return c.m.store(ctx, g, func() error { return c.Engine.Append(ctx, after, g) })
}

func (c *countingEngine) Lock(ctx context.Context) (engine.Writer, error) {
	w, err := c.Engine.Lock(ctx)
	if err != nil {
		return nil, err
	}
	return &countedWriter{w, c.m}, nil
}

type countedWriter struct {
	engine.Writer
	m *metrics
}

func (w *countedWriter) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return w.m.store(ctx, g, func() error { return w.Writer.Append(ctx, after, g) })
}

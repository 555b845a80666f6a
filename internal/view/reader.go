package view

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// slotReader is what views read of a slot: its engine, or a replica's copy of it. The
// methods are those of engine.Engine.
type slotReader interface {
	Load(ctx context.Context, w engine.Want) (*engine.Loaded, error)
	Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error)
	Head(ctx context.Context) (engine.Seq, error)
	ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error)
	Buckets(ctx context.Context) ([]engine.BucketRow, engine.Seq, error)
}

// journalReader is a slotReader with its journal.
type journalReader interface {
	slotReader
	engine.Journal
}

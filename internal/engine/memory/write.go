package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/internal/stock"
)

// writer is an engine whose head is held still.
type writer struct {
	e     *Engine
	lease *turn.Lease
}

// Lock waits for the turn.
func (e *Engine) Lock(ctx context.Context) (engine.Writer, error) {
	if err := e.turn.Take(ctx); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return &writer{e: e, lease: e.turn.Lend(e.idle, func() {})}, nil
}

func (w *writer) Load(ctx context.Context, want engine.Want) (l *engine.Loaded, err error) {
	err = w.lease.Use(func() (bool, error) {
		l, err = w.e.Load(ctx, want)
		return false, err
	})
	return l, err
}

func (w *writer) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = w.lease.Use(func() (bool, error) {
		recs, err = w.e.Read(ctx, after, limit)
		return false, err
	})
	return recs, err
}

func (w *writer) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return w.lease.Use(func() (bool, error) {
		if err := w.e.open(ctx); err != nil {
			return true, fmt.Errorf("append: %w", err)
		}
		err := w.e.append(after, g)
		var exists *engine.ExistsError
		return !errors.As(err, &exists), err
	})
}

func (w *writer) Unlock() { w.lease.End() }

// JournalCursor returns how far the journal goes.
func (e *Engine) JournalCursor(ctx context.Context) (engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return 0, fmt.Errorf("journal cursor: %w", err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.cursor, nil
}

// AddJournal stores the rows and moves the cursor.
func (e *Engine) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	if _, err := engine.JournalRuns(from, to, rows); err != nil {
		return fmt.Errorf("add journal: %w", err)
	}
	if err := e.turn.Take(ctx); err != nil {
		return fmt.Errorf("add journal: %w", err)
	}
	defer e.turn.Give()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cursor != from {
		return engine.ErrMoved
	}
	for _, r := range rows {
		e.journal[r.Item] = append(e.journal[r.Item], r.Seq)
	}
	e.cursor = to
	return nil
}

// JournalSeqs returns which records touched the item.
func (e *Engine) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) ([]engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	end, _ := slices.BinarySearch(e.journal[item], before)
	seqs := slices.Clone(e.journal[item][max(0, end-max(0, limit)):end])
	slices.Reverse(seqs)
	return seqs, nil
}

// PruneKeys drops old keys.
func (e *Engine) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return prune(ctx, e, e.keys, limit, func(r engine.KeyRow) bool { return r.Seq <= upTo })
}

// PruneHolds drops old ended holds.
func (e *Engine) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return prune(ctx, e, e.holds, limit, func(r engine.HoldRow) bool { return !r.Open && r.Seq <= upTo })
}

func prune[K comparable, R any](ctx context.Context, e *Engine, rows map[K]R, limit int, old func(R) bool) (int, error) {
	if err := e.turn.Take(ctx); err != nil {
		return 0, fmt.Errorf("prune: %w", err)
	}
	defer e.turn.Give()
	e.mu.Lock()
	defer e.mu.Unlock()
	return drop(rows, limit, old), nil
}

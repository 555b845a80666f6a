package view

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
)

// projection is the journal of one slot, and the output of the feed's projection. Any
// number of processes may keep it; one of them is ahead and the others follow.
type projection struct {
	*settings
	slot    uint16
	engine  journalReader
	decoded *decodedRecords
	batch   *batch

	urgent chan struct{} // somebody waits for the journal

	mu       sync.Mutex
	progress chan struct{} // closed when the cursor moves
}

// apply takes in the next record.
func (p *projection) apply(_ context.Context, r *feed.Record) error { return p.batch.add(r) }

// Cursor returns the seq up to which the journal is complete.
func (p *projection) Cursor(ctx context.Context) (engine.Seq, error) {
	return p.engine.JournalCursor(ctx)
}

// Save stores the rows of the records.
func (p *projection) Save(ctx context.Context, from, to engine.Seq) (engine.Seq, error) {
	err := p.engine.AddJournal(ctx, from, to, p.batch.rows())
	if err == nil || errors.Is(err, engine.ErrMoved) {
		p.moved()
	}
	if err == nil {
		p.Reset()
	}
	return to, err
}

// Reset begins another batch.
func (p *projection) Reset() { p.batch = newBatch() }

// Full reports whether the batch is to be stored.
func (p *projection) Full() bool {
	items := len(p.batch.seqs)
	return p.batch.n >= p.batchRows || items >= manyItems || items >= fewItems && p.batch.scattered()
}

// moved wakes those who wait for the cursor to move.
func (p *projection) moved() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.progress)
	p.progress = make(chan struct{})
}

func (p *projection) moves() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.progress
}

// await waits until the journal is complete up to seq, or its patience ends,
// and returns how far it is complete.
func (p *projection) await(ctx context.Context, seq engine.Seq) (engine.Seq, error) {
	var patience, other *time.Timer
	for {
		moves := p.moves()
		cursor, err := p.engine.JournalCursor(ctx)
		if err != nil {
			return 0, fmt.Errorf("read the journal's cursor: %w", err)
		}
		if cursor >= seq {
			return cursor, nil
		}
		// A caller that has gone does not hear that the journal is late.
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		signal(p.urgent)
		if patience == nil {
			patience, other = time.NewTimer(p.patience), time.NewTimer(0)
			defer patience.Stop()
			defer other.Stop()
		}
		// Another process may be the one that moves the cursor.
		other.Reset(20 * time.Millisecond)
		select {
		case <-moves:
		case <-other.C:
		case <-patience.C:
			select {
			case <-moves:
				patience.Reset(0) // one last look
			default:
				return cursor, nil
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

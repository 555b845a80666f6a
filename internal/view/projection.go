package view

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// projection is the journal of one slot. Any number of processes may keep it;
// one of them gets ahead and the others follow.
type projection struct {
	*settings
	slot    uint16
	engine  journalReader
	jitter  func(time.Duration) time.Duration
	decoded *decodedRecords

	appended chan struct{} // the log has grown
	urgent   chan struct{} // somebody waits for the journal

	mu       sync.Mutex
	progress chan struct{} // closed when the cursor moves
}

// follow projects batch after batch until something goes wrong. It calls done
// after each batch, empty ones too.
func (p *projection) follow(ctx context.Context, done func()) error {
	cursor, err := p.engine.JournalCursor(ctx)
	if err != nil {
		return fmt.Errorf("read the journal's cursor: %w", err)
	}
	for {
		started := time.Now()
		to, full, err := p.project(ctx, cursor)
		switch {
		case errors.Is(err, engine.ErrMoved):
			// Another process keeps this journal. Both trying would only
			// waste work: look again in a while.
			if cursor, err = p.engine.JournalCursor(ctx); err != nil {
				return fmt.Errorf("read the journal's cursor: %w", err)
			}
			p.moved()
			done()
			p.rest(ctx, p.jitter(p.poll), nil)
		case err != nil:
			return err
		case to == cursor:
			done()
			p.rest(ctx, p.poll, p.appended)
		default:
			cursor = to
			p.moved()
			done()
			if !full {
				p.rest(ctx, p.pace-time.Since(started), nil)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// project stores one batch of rows for the records behind from. full says
// that there is probably more to do at once.
func (p *projection) project(ctx context.Context, from engine.Seq) (to engine.Seq, full bool, err error) {
	to = from
	b := newBatch()
	for !p.full(b) {
		recs, err := p.engine.Read(ctx, to, readAhead)
		if err != nil {
			return 0, false, fmt.Errorf("read the log behind %d: %w", to, err)
		}
		for i := range recs {
			if p.full(b) {
				break
			}
			if err := b.add(&recs[i]); err != nil {
				return 0, false, err
			}
			to = recs[i].Seq
		}
		if len(recs) < readAhead {
			break
		}
	}
	if to == from {
		return from, false, nil
	}
	if err := p.engine.AddJournal(ctx, from, to, b.rows()); err != nil {
		return 0, false, fmt.Errorf("store the journal from %d to %d: %w", from, to, err)
	}
	return to, p.full(b), nil
}

// full reports whether the batch is to be stored.
func (p *projection) full(b *batch) bool {
	items := len(b.seqs)
	return b.n >= p.batchRows || items >= manyItems || items >= fewItems && b.scattered()
}

// rest waits for d, for something on wake, or for somebody who waits for the
// journal.
func (p *projection) rest(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-p.urgent:
	case <-ctx.Done():
	}
	// The look that follows is for all who have called so far.
	heed(p.urgent)
	heed(wake)
}

// heed takes a signal that is there.
func heed(c <-chan struct{}) {
	select {
	case <-c:
	default:
	}
}

// moved tells those who wait that the cursor has moved.
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
		// Who has gone is not told that the journal is late.
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

package soldout

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
)

const (
	// name is that of the projection.
	name = "soldout"
	// cursorPace is how often the position in the log is stored while nothing
	// turns.
	cursorPace = time.Second
	// gather is how long it waits for more turns: a turn that is reversed sooner
	// is not announced.
	gather = 50 * time.Millisecond
	// maxProducts is how many are looked at at once.
	maxProducts = 500
)

// Project looks at the products that the logs say have turned, also of logs that are
// added later.
func (t *Teller) Project(r *feed.Runner, logs *feed.Logs) {
	r.ProjectEach(logs, func(log *feed.Log) feed.Projection {
		q := &changedProducts{Cursors: log.Engine, teller: t, hurry: make(chan struct{}, 1)}
		q.Reset()
		return feed.Projection{Name: name, Output: q, Pace: cursorPace, Hurry: q.hurry, Apply: q.apply}
	})
}

// changedProducts is the products of a log that must be looked at; a feed.Output.
type changedProducts struct {
	engine.Cursors
	teller *Teller
	hurry  chan struct{}

	products map[engine.ProductKey]struct{}
	since    time.Time // when the first of them came
}

func (q *changedProducts) apply(_ context.Context, r *feed.Record) error {
	entries, err := r.Entries()
	if err != nil {
		return fmt.Errorf("read what turns: %w", err)
	}
	for _, e := range entries {
		for n := 0; e != nil && n < len(e.Items); n++ {
			if e.Turns(n) {
				k := &e.Items[n].Key
				q.add(engine.ProductKey{Tenant: k.Tenant, Product: k.Product})
			}
		}
	}
	return nil
}

func (q *changedProducts) add(p engine.ProductKey) {
	if len(q.products) == 0 {
		q.since = time.Now()
		time.AfterFunc(gather, func() {
			select {
			case q.hurry <- struct{}{}:
			default:
			}
		})
	}
	q.products[p] = struct{}{}
}

// Cursor returns the stored cursor.
func (q *changedProducts) Cursor(ctx context.Context) (engine.Seq, error) {
	return q.Cursors.Cursor(ctx, name)
}

// Full reports whether it is time to look.
func (q *changedProducts) Full() bool {
	return len(q.products) >= maxProducts || len(q.products) > 0 && time.Since(q.since) >= gather
}

// Reset forgets the products: they come again.
func (q *changedProducts) Reset() { q.products = map[engine.ProductKey]struct{}{} }

// Save looks at the products, and then moves the cursor: products that a crash
// leaves out are looked at again. If another process is ahead, Save leaves them to
// that one.
func (q *changedProducts) Save(ctx context.Context, from, to engine.Seq) (engine.Seq, error) {
	if len(q.products) > 0 {
		switch at, err := q.Cursor(ctx); {
		case err != nil:
			return from, fmt.Errorf("read the cursor of %s: %w", name, err)
		case at != from:
			return from, engine.ErrMoved
		}
		of := make([]question, 0, len(q.products))
		for p := range q.products {
			of = append(of, question{ProductKey: p})
		}
		if err := q.teller.look(ctx, of); err != nil {
			return from, err
		}
		q.Reset()
	}
	return to, q.SetCursor(ctx, name, from, to)
}

package feed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Watchers who start anywhere, come and go, and are cut off by small queues see each event
// of their filter once and in order, while a writer keeps writing.
func TestEveryWatcherSeesHisPartOfTheLogOnceInOrder(t *testing.T) {
	t.Parallel()
	const watchers, records = 40, 1500
	e, s := slot(t)
	tail := run(t, e, WithQueue(16))
	random := rand.New(rand.NewPCG(1, 2))
	write := func(n int) {
		for range n {
			keys := make([]stock.ItemKey, 1+random.IntN(4))
			if random.IntN(50) == 0 {
				keys = make([]stock.ItemKey, 40) // more than a queue
			}
			for i := range keys {
				keys[i] = item([]string{"acme", "other"}[random.IntN(2)], fmt.Sprint("l", random.IntN(2)), fmt.Sprint("p", random.IntN(5)))
			}
			s.do(keys...)
			if random.IntN(3) > 0 {
				tail.logs.Notify(0, s.seq)
			}
		}
	}
	write(300)
	var all sync.WaitGroup
	got := make([][]string, watchers)
	filters := make([]Filter, watchers)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for i := range watchers {
		filters[i] = Filter{Tenant: []string{"acme", "other"}[i%2]}
		if i%3 > 0 {
			filters[i].Product = fmt.Sprint("p", i%5)
		}
		if i%4 > 1 {
			filters[i].Location = fmt.Sprint("l", i%2)
		}
		all.Go(func() {
			var err error
			if got[i], err = follow(ctx, tail, filters[i], uint64(i)); err != nil {
				t.Errorf("watcher %d: %v", i, err)
			}
		})
	}
	write(records)
	// A last event for everybody ends them all.
	for _, tenant := range []string{"acme", "other"} {
		for p := range 5 {
			for l := range 2 {
				s.do(item(tenant, fmt.Sprint("l", l), fmt.Sprint("p", p)))
			}
		}
	}
	last := fmt.Sprintf("0-%d", s.do(tea()))
	tail.logs.Notify(0, s.seq)
	all.Wait()
	for i := range watchers {
		want := next(t, start(t, tail, filters[i], "0-0"), 0)
		if !slices.Equal(got[i], want) {
			t.Errorf("watcher %d of %+v saw %d events, want %d up to %s", i, filters[i], len(got[i]), len(want), last)
		}
	}
}

// follow watches from the beginning of the log, with random breaks, until it has seen the
// last event of its filter.
func follow(ctx context.Context, tail *Tail, f Filter, seed uint64) ([]string, error) {
	random := rand.New(rand.NewPCG(3, seed))
	at := Behind(0, 0)
	var ids []string
	for {
		w, err := tail.Watch(ctx, f, Cursors{at})
		if err != nil {
			return ids, err
		}
		for stay := random.IntN(60); stay > 0; stay-- {
			events, more, err := w.Take(ctx)
			if errors.Is(err, ErrSlow) {
				break
			}
			if err != nil {
				w.Close()
				return ids, err
			}
			if n := len(events); n > 0 && random.IntN(4) == 0 {
				events = events[:1+random.IntN(n)] // the connection breaks in the middle
				stay = 1
			} else {
				at = w.At()[0]
			}
			for _, e := range events {
				ids, at = append(ids, e.ID.String()), behind(at, e)
			}
			if w.At()[0].Seq >= 1800+20 && !more && stay > 1 {
				w.Close()
				return ids, nil
			}
			if !more && stay > 1 {
				select {
				case <-w.Ready():
				case <-time.After(5 * time.Millisecond): // what comes may be for others
				case <-ctx.Done():
					w.Close()
					return ids, ctx.Err()
				}
			}
		}
		w.Close()
	}
}

func behind(at Cursor, e *Event) Cursor {
	if at.Before(e.ID) {
		return e.ID
	}
	return at
}

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

// Buckets move between slots while watchers come and go, are cut off, and continue at
// another process: each sees each version of each item once, in order.
func TestWatchersSeeEachItemInOrderWhileBucketsMove(t *testing.T) {
	t.Parallel()
	const watchers, rounds, locations = 8, 600, 6
	all := manySlots(t, 4)
	one, stop := all.run(t, WithQueue(16), WithPoll(time.Millisecond))
	defer stop()
	two, stop := all.run(t, WithQueue(16), WithPoll(time.Millisecond))
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	ended := make(chan struct{})
	told := make([]versions, watchers)
	var group sync.WaitGroup
	for i := range watchers {
		told[i] = versions{}
		f := Filter{Tenant: "acme"}
		if i%2 == 1 {
			f.Location = fmt.Sprint("l", i%locations)
		}
		group.Go(func() {
			if err := roam(ctx, t, []*Tail{one, two}, f, uint64(i), ended, told[i]); err != nil {
				t.Errorf("watcher %d: %v", i, err)
			}
		})
	}
	random := rand.New(rand.NewPCG(8, 9))
	lives, wrote := make([]int, locations), versions{}
	for range rounds {
		l := random.IntN(locations)
		if random.IntN(6) == 0 {
			if to := random.IntN(4); to != lives[l] {
				all.move(fmt.Sprint("l", l), lives[l], to)
				lives[l] = to
			}
			continue
		}
		keys := make([]stock.ItemKey, 1+random.IntN(4))
		for i := range keys {
			keys[i] = item("acme", fmt.Sprint("l", l), fmt.Sprint("p", random.IntN(3)))
			wrote[keys[i]] = append(wrote[keys[i]], uint64(len(wrote[keys[i]])+1))
		}
		all.scripts[lives[l]].do(keys...)
		one.logs.Notify(uint16(lives[l]), all.scripts[lives[l]].seq)
	}
	close(ended)
	group.Wait()
	for i, got := range told {
		for k, want := range wrote {
			if i%2 == 1 && k.Location != fmt.Sprint("l", i%locations) {
				continue
			}
			if !slices.Equal(got[k], want) {
				t.Errorf("watcher %d was told of %v %v, want 1 to %d", i, k, got[k], len(want))
			}
		}
	}
}

// roam is wander that gathers versions.
func roam(ctx context.Context, t testing.TB, tails []*Tail, f Filter, seed uint64, ended <-chan struct{}, got versions) error {
	random := rand.New(rand.NewPCG(7, seed))
	at := Cursors{}.Cover(4)
	for {
		w, err := tails[random.IntN(len(tails))].Watch(ctx, f, at)
		if err != nil {
			return err
		}
		for stay := random.IntN(60); stay > 0; stay-- {
			over := isClosed(ended)
			events, more, err := w.Take(ctx)
			if errors.Is(err, ErrSlow) {
				break
			}
			if err != nil {
				w.Close()
				return err
			}
			if n := len(events); n > 0 && random.IntN(4) == 0 {
				events = events[:1+random.IntN(n)] // the connection breaks in the middle
				got.add(t, events)
				for _, e := range events {
					at.Pass(e)
				}
				break
			}
			got.add(t, events)
			at = w.At()
			if over && !more && len(events) == 0 && caughtUp(ctx, w) {
				w.Close()
				return nil
			}
			if !more {
				select {
				case <-w.Ready():
				case <-time.After(5 * time.Millisecond): // what comes may be for others
				case <-ctx.Done():
					w.Close()
					return ctx.Err()
				}
			}
		}
		w.Close()
	}
}

// caughtUp reports whether the watcher has read all there is.
func caughtUp(ctx context.Context, w *Watch) bool {
	for _, s := range w.listStrands() {
		head, err := s.log.Engine.Head(ctx)
		if err != nil || s.at.Seq < head {
			return false
		}
	}
	return true
}

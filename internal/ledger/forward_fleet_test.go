package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A read on the sender shows what the home has stored for it, at once.
func TestAReadShowsWhatWasForwarded(t *testing.T) {
	t.Parallel()
	e := memory.New()
	f := nodes(t, 3, all(e))
	must(t, f.nodes[1], stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
	for i := range stock.Qty(500) {
		r := must(t, f.nodes[1], stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
		if err := f.nodes[2].After(t.Context(), r.Position); err != nil {
			t.Fatal(err)
		}
		wantLevel(t, f.nodes[1+i%2], "p", i+1, 0)
	}
	if s := f.nodes[1].Stats(); s.Forwarded != 501 || s.Groups != 0 {
		t.Errorf("%+v", s)
	}
	if s := f.nodes[0].Stats(); s.Accepted != 501 {
		t.Errorf("%+v", s)
	}
}

// No more units are promised than there are, and every caller gets an answer,
// however the nodes share the work and whatever happens to the home.
func TestAFleetNeverSellsMoreThanThereIs(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	for _, c := range []struct {
		name string
		home func(f *fleet)
	}{
		{"all fight", func(f *fleet) { f.home.Store(-1) }},
		{"one is home", func(*fleet) {}},
		{"the home dies in the middle", func(f *fleet) {
			f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
				if asked.Add(1) > 20 {
					return nil, errCable
				}
				return carryOut(ctx)
			})
		}},
		{"the home hangs now and then", func(f *fleet) {
			f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
				if asked.Add(1)%7 == 0 {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				return carryOut(ctx)
			})
		}},
		{"answers get lost now and then", func(f *fleet) {
			f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
				results, err := carryOut(context.WithoutCancel(ctx))
				if asked.Add(1)%3 == 0 {
					return nil, errCable
				}
				return results, err
			})
		}},
		{"the home moves all the time", func(f *fleet) {
			f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
				f.home.Store(int32(asked.Add(1) % 3))
				return carryOut(ctx)
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := memory.New()
			f := nodes(t, 3, all(e))
			must(t, f.nodes[0], stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 150, Tracked: true})
			must(t, f.nodes[0], stock.OpenItem{Item: item("q"), Bucket: bucket, Tracked: true})
			c.home(f)
			var granted, short, restocked atomic.Int64
			var everybody sync.WaitGroup
			for i := range 24 {
				everybody.Go(func() {
					for n := range 10 {
						l := f.nodes[(i+n)%3]
						got := l.Submit(context.Background(),
							ledger.Request{Command: place(fmt.Sprintf("o-%d-%d", i, n), "p", 1)},
							ledger.Request{Command: stock.Restock{Item: item("q"), Bucket: bucket, Qty: 1}})
						var refusal *stock.Refusal
						switch {
						case got[0].Err == nil:
							granted.Add(1)
						case errors.As(got[0].Err, &refusal) && refusal.Code == stock.Insufficient:
							short.Add(1)
						default:
							t.Errorf("%v", got[0].Err)
						}
						if got[1].Err == nil {
							restocked.Add(1)
						}
					}
				})
			}
			everybody.Wait()
			if granted.Load() != 150 || short.Load() != 90 || restocked.Load() != 240 {
				t.Errorf("%d granted, %d refused, %d restocked", granted.Load(), short.Load(), restocked.Load())
			}
			for _, l := range f.nodes {
				wantLevel(t, l, "p", 0, 150)
				wantLevel(t, l, "q", 240, 0)
			}
			verified(t, e)
		})
	}
}

// Others may end an order after the home has carried out a command about it and
// before the sender finds out. Then the sender cannot know the outcome, and answers
// so.
func TestAnOrderThatOthersEndMeanwhile(t *testing.T) {
	t.Parallel()
	e := memory.New()
	f := nodes(t, 2, all(e))
	prepare(t, f.nodes[0])
	f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		_, err := carryOut(context.WithoutCancel(ctx))
		must(t, f.nodes[0], stock.Release{Target: target("o")})
		return nil, errors.Join(err, errCable)
	})
	if r := f.nodes[1].Submit(t.Context(), ledger.Request{Command: place("o", "p", 5)})[0]; !errors.Is(r.Err, ledger.ErrUnknown) {
		t.Errorf("the caller is told %v", r.Err)
	}
	// A command that had ended before is refused as before.
	f.ask(silences[0].silence)
	f.home.Store(2)
	refused(t, f.nodes[1].Submit(t.Context(), ledger.Request{Command: place("o", "p", 5)})[0], stock.InvalidState)
	verified(t, e)
}

// A home that was started after the command was sent does not know what the sender
// has written since, and skips the command.
func TestAHomeThatIsNewKnowsNothingOfTheSender(t *testing.T) {
	t.Parallel()
	e := memory.New()
	f := nodes(t, 2, all(e))
	prepare(t, f.nodes[0])
	f.nodes[0] = open(t, e)
	must(t, f.nodes[1], stock.Restock{Item: item("p"), Bucket: bucket, Qty: 5})
	if s := f.nodes[1].Stats(); s.Forwarded != 0 || s.Groups != 1 {
		t.Errorf("the first: %+v", s)
	}
	must(t, f.nodes[1], stock.Restock{Item: item("p"), Bucket: bucket, Qty: 5})
	if s := f.nodes[1].Stats(); s.Forwarded != 1 || s.Groups != 1 || s.Unanswered != 0 {
		t.Errorf("the second: %+v", s)
	}
	wantLevel(t, f.nodes[1], "p", 110, 10)
}

// A hold that seems due to a node that is not home may have ended long ago: the
// node looks before it asks the home to expire it.
func TestASweepAwayFromHomeLooksFirst(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	f := nodes(t, 2, all(e), ledger.WithClock(c))
	must(t, f.nodes[0], stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 500, Tracked: true})
	for i := range 300 {
		must(t, f.nodes[0], place(fmt.Sprint("o", i), "p", 1))
	}
	wantLevel(t, f.nodes[1], "p", 200, 300) // node 1 knows of all
	for i := range 299 {
		must(t, f.nodes[0], stock.Confirm{Target: target(fmt.Sprint("o", i))})
	}
	c.advance(31 * time.Minute)
	if n, err := f.nodes[1].Sweep(t.Context(), tenant); err != nil || n > 1 {
		t.Errorf("%d lines, %v", n, err)
	}
	wantLevel(t, f.nodes[1], "p", 201, 0)
	if n := f.nodes[0].Stats().Accepted; n > 10 { // its own sweep may look at the same moment
		t.Errorf("%d commands for 1 line", n)
	}
	verified(t, e)
}

// A call with more commands than a group takes is sent in parts; readers do not
// wait for it.
func TestALargeCallIsForwardedInParts(t *testing.T) {
	t.Parallel()
	e := memory.New()
	f := nodes(t, 2, all(e), ledger.WithMaxGroup(16))
	must(t, f.nodes[1], stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 100, Tracked: true})
	var requests []ledger.Request
	for i := range 100 {
		requests = append(requests, ledger.Request{Command: place(fmt.Sprint("o", i), "p", 1)})
	}
	f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		if f.calls.Load() == 4 {
			return nil, errCable
		}
		return carryOut(context.WithoutCancel(ctx)) // however slow the machine is
	})
	for i, r := range f.nodes[1].Submit(t.Context(), requests...) {
		if r.Err != nil {
			t.Errorf("command %d: %v", i, r.Err)
		}
	}
	wantLevel(t, f.nodes[1], "p", 0, 100)
	if s := f.nodes[1].Stats(); s.Forwarded != 33 || s.Groups == 0 {
		t.Errorf("%+v", s)
	}
}

// Units may have been set aside for orders that wait, and the home may have given
// them out since: a node that remembers nothing of the item looks first, and does
// not ask the home again and again.
func TestASweepAwayFromHomeDoesNotAskForUnitsThatWereGivenOut(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	rounds := make(chan struct{})
	f := nodesBy(2, func(i int, peers ledger.Option) *ledger.Ledger {
		opts := []ledger.Option{peers, ledger.WithClock(c)}
		if i == 1 {
			opts = append(opts, ledger.WithSleep(func(ctx context.Context, d time.Duration) error {
				next := rounds
				if d > time.Second { // it is not the sweep that waits
					next = nil
				}
				select {
				case next <- struct{}{}:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}))
		}
		return open(t, e, opts...)
	})
	must(t, f.nodes[0], stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
	must(t, f.nodes[0], presale("p", 10))
	must(t, f.nodes[0], acceptsPromised(place("first", "p", 2)))
	must(t, f.nodes[0], acceptsPromised(place("second", "p", 2)))
	must(t, f.nodes[0], arrives("p", 3)) // the second order has one of them and waits for another
	if _, _, err := f.nodes[1].Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: "second"}); err != nil {
		t.Fatal(err) // node 1 has followed the log, and has never seen the item
	}
	c.advance(10 * time.Second)
	refused := errors.New("asked too often")
	f.ask(func(ctx context.Context, carryOut func(context.Context) ([]ledger.Result, error)) ([]ledger.Result, error) {
		if f.calls.Load() > 20 {
			return nil, refused
		}
		return carryOut(context.WithoutCancel(ctx))
	})
	for range 5 {
		<-rounds
	}
	if n := f.calls.Load(); n > 5 {
		t.Errorf("the home was asked %d times for units that were given out", n)
	}
	verified(t, e)
}

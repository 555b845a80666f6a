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

func TestAnOrderLives(t *testing.T) {
	l := open(t, memory.New())
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	must(t, l, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 5})
	must(t, l, place("o1", "p", 4))
	wantLevel(t, l, "p", 11, 4)
	must(t, l, stock.Confirm{Target: target("o1")})
	wantLevel(t, l, "p", 11, 0)
	must(t, l, place("o2", "p", 11))
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("o3", "p", 1)})[0], stock.Insufficient)
	must(t, l, stock.Release{Target: target("o2")})
	wantLevel(t, l, "p", 11, 0)
}

func TestAskingTwiceIsOneHold(t *testing.T) {
	e := memory.New()
	l := open(t, e)
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	must(t, l, place("o1", "p", 4))
	must(t, l, place("o1", "p", 4))
	wantLevel(t, l, "p", 6, 4)
	l.Forget()
	r := must(t, l, place("o1", "p", 4))
	if len(r.Event.Lines) != 1 || r.Event.Lines[0].Line.Quantity() != 4 {
		t.Fatalf("cold repeat answered %+v", r.Event.Lines)
	}
	wantLevel(t, l, "p", 6, 4)
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("o1", "p", 5)})[0], stock.AlreadyExists)
}

func TestAKeyHasOneEffect(t *testing.T) {
	for _, cold := range []bool{false, true} {
		t.Run(fmt.Sprintf("with cold memory %v", cold), func(t *testing.T) {
			l := open(t, memory.New())
			must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
			restock := stock.Restock{Item: item("p"), Bucket: bucket, Qty: 5, Note: stock.Note{Reason: "r", Operator: "me"}}
			first := l.Submit(t.Context(), ledger.Request{Command: restock, Key: "k"})[0]
			if first.Err != nil || first.Replayed {
				t.Fatal(first)
			}
			if cold {
				l.Forget()
			}
			again := l.Submit(t.Context(), ledger.Request{Command: restock, Key: "k"})[0]
			if again.Err != nil || !again.Replayed || again.Event.Items[0].Figures != first.Event.Items[0].Figures || again.At != first.At {
				t.Fatalf("got %+v, want %+v", again, first)
			}
			if again.Event.Note.Reason != "r" {
				t.Fatalf("note %+v", again.Event.Note)
			}
			wantLevel(t, l, "p", 15, 0)
			restock.Qty = 6
			if r := l.Submit(t.Context(), ledger.Request{Command: restock, Key: "k"})[0]; !errors.Is(r.Err, ledger.ErrKeyReused) {
				t.Fatalf("other request under the key: %v", r.Err)
			}
			short := ledger.Request{Command: place("o9", "p", 100), Key: "s"}
			refused(t, l.Submit(t.Context(), short)[0], stock.Insufficient)
			must(t, l, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 500})
			if cold {
				l.Forget()
			}
			r := l.Submit(t.Context(), short)[0]
			refused(t, r, stock.Insufficient)
			if !r.Replayed {
				t.Fatal("a refusal under a key is an outcome")
			}
		})
	}
}

func TestAKeyedRequestThatWouldNowBeInvalidIsStillReplayed(t *testing.T) {
	l := open(t, memory.New())
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 0, Tracked: true})
	fill := ledger.Request{Command: stock.Restock{Item: item("p"), Bucket: bucket, Qty: stock.MaxQty}, Key: "k"}
	if r := l.Submit(t.Context(), fill)[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	l.Forget()
	if r := l.Submit(t.Context(), fill)[0]; r.Err != nil || !r.Replayed {
		t.Fatalf("%+v", r)
	}
	fill.Key = "k2"
	refused(t, l.Submit(t.Context(), fill)[0], stock.Invalid)
}

func TestTheSameKeyTwiceInOneCall(t *testing.T) {
	l := open(t, memory.New())
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	r := ledger.Request{Command: stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1}, Key: "k"}
	got := l.Submit(t.Context(), r, r, r)
	if got[0].Replayed || !got[1].Replayed || !got[2].Replayed {
		t.Fatalf("%+v", got)
	}
	wantLevel(t, l, "p", 11, 0)
}

func TestDueHoldsCountAsFree(t *testing.T) {
	c := newClock()
	l := open(t, memory.New(), ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	for i := range 10 {
		must(t, l, place(fmt.Sprint("o", i), "p", 1))
	}
	refused(t, l.Submit(t.Context(), ledger.Request{Command: place("late", "p", 1)})[0], stock.Insufficient)
	c.advance(31 * time.Minute)
	wantLevel(t, l, "p", 10, 0)
	must(t, l, place("late", "p", 7))
	wantLevel(t, l, "p", 3, 7)
	refused(t, l.Submit(t.Context(), ledger.Request{Command: stock.Confirm{Target: target("o9")}})[0], stock.Expired)
	r := must(t, l, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
	if f := r.Event.Items[0].Figures; f.Available != 4 || f.Held != 7 {
		t.Fatalf("a restock shows %+v", f)
	}
	if n, err := l.Sweep(t.Context(), tenant); err != nil {
		t.Fatal(n, err)
	}
	wantLevel(t, l, "p", 4, 7)
}

// Units of holds that the sweep ends in a group just before a reserve are free
// already: these holds must not count among those that the reserve needs ended.
func TestAReserveBehindTheSweepInItsGroupFindsWhatIsStillDue(t *testing.T) {
	c := newClock()
	l := open(t, memory.New(), ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 2, Tracked: true})
	swept := place("swept", "p", 1)
	swept.TTL -= 1000
	must(t, l, swept)
	must(t, l, place("due", "p", 1))
	c.advance(31 * time.Minute)
	got := l.Submit(t.Context(),
		ledger.Request{Command: stock.Expire{Order: swept.Order}},
		ledger.Request{Command: place("new", "p", 2)})
	for _, r := range got {
		if r.Err != nil {
			t.Errorf("%v", r.Err)
		}
	}
	wantLevel(t, l, "p", 0, 2)
}

func TestRecoveryRemembersWhatIsOpen(t *testing.T) {
	c := newClock()
	e := memory.New()
	ctx, cancel := context.WithCancel(context.Background())
	l, err := ledger.Open(ctx, e, ledger.WithClock(c))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	must(t, l, place("o", "p", 10))
	cancel()
	<-done
	if r := l.Submit(t.Context(), opened("q", 1))[0]; !errors.Is(r.Err, ledger.ErrStopping) {
		t.Fatalf("a stopped ledger answered %v", r.Err)
	}
	c.advance(time.Hour)
	l = open(t, e, ledger.WithClock(c))
	must(t, l, place("o2", "p", 10))
}

func TestManyBuyersNeverGetMoreThanThereIs(t *testing.T) {
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e), open(t, e), open(t, e)}
	must(t, nodes[0], stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 500, Tracked: true})
	var granted, short atomic.Int64
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for n := range 20 {
				r := nodes[(i+n)%3].Submit(context.Background(), ledger.Request{Command: place(fmt.Sprintf("o-%d-%d", i, n), "p", 1)})[0]
				var refusal *stock.Refusal
				switch {
				case r.Err == nil:
					granted.Add(1)
				case errors.As(r.Err, &refusal) && refusal.Code == stock.Insufficient:
					short.Add(1)
				default:
					t.Errorf("%v", r.Err)
				}
			}
		})
	}
	all.Wait()
	if granted.Load() != 500 || short.Load() != 780 {
		t.Fatalf("%d granted, %d refused", granted.Load(), short.Load())
	}
	for _, l := range nodes {
		wantLevel(t, l, "p", 0, 500)
	}
}

func TestARestockOnOneNodeIsSeenOnTheOther(t *testing.T) {
	e := memory.New()
	a, b := open(t, e), open(t, e)
	must(t, a, stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
	for i := range 2000 {
		must(t, a, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
		wantLevel(t, b, "p", 1, 0)
		order := fmt.Sprint("o", i)
		must(t, b, place(order, "p", 1))
		must(t, a, stock.Confirm{Target: target(order)})
	}
}

func TestACallLargerThanAGroupIsWhole(t *testing.T) {
	l := open(t, memory.New(), ledger.WithMaxGroup(16))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 1000, Tracked: true})
	var requests []ledger.Request
	for i := range 1000 {
		requests = append(requests, ledger.Request{Command: place(fmt.Sprint("o", i), "p", 1)})
	}
	for i, r := range l.Submit(t.Context(), requests...) {
		if r.Err != nil {
			t.Fatalf("command %d: %v", i, r.Err)
		}
	}
	wantLevel(t, l, "p", 0, 1000)
}

func TestKeysAreDroppedAfterTheirRetention(t *testing.T) {
	c := newClock()
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Tracked: true})
	restock := ledger.Request{Command: stock.Restock{Item: item("p"), Bucket: bucket, Qty: 5}, Key: "k"}
	if r := l.Submit(t.Context(), restock)[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	for _, step := range []struct {
		after    time.Duration
		replayed bool
	}{{6 * 24 * time.Hour, true}, {8 * 24 * time.Hour, false}} {
		c.advance(step.after)
		l = open(t, e, ledger.WithClock(c))
		if err := l.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := l.Submit(t.Context(), restock)[0]; r.Err != nil || r.Replayed != step.replayed {
			t.Fatalf("after %v: replayed %v, err %v", step.after, r.Replayed, r.Err)
		}
	}
}

func TestManyBuyersMeetManyDueHoldsAtOnce(t *testing.T) {
	c := newClock()
	e := memory.New()
	l := open(t, e, ledger.WithClock(c))
	const items, each = 50, 20
	var fill []ledger.Request
	for i := range items {
		p := fmt.Sprint("p", i)
		fill = append(fill, opened(p, each))
		for n := range each {
			fill = append(fill, ledger.Request{Command: place(fmt.Sprintf("old-%d-%d", i, n), p, 1)})
		}
	}
	for _, r := range l.Submit(t.Context(), fill...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	c.advance(31 * time.Minute)
	l.Forget()
	var buy []ledger.Request
	for i := range items {
		for n := range each {
			buy = append(buy, ledger.Request{Command: place(fmt.Sprintf("new-%d-%d", i, n), fmt.Sprint("p", i), 1)})
		}
	}
	for i, r := range l.Submit(t.Context(), buy...) {
		if r.Err != nil {
			t.Fatalf("buyer %d: %v", i, r.Err)
		}
	}
	for i := range items {
		p := fmt.Sprint("p", i)
		refused(t, l.Submit(t.Context(), ledger.Request{Command: place("late-"+p, p, 1)})[0], stock.Insufficient)
		wantLevel(t, l, p, 0, each)
	}
}

// The natural key must protect a reserve that took the last unit as well: the
// repeat finds no unit left, and is still the same reserve.
func TestAskingAgainForTheLastUnitIsTheSameHold(t *testing.T) {
	e := memory.New()
	a, b := open(t, e), open(t, e)
	must(t, a, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 3, Tracked: true})
	must(t, a, place("o1", "p", 3))
	some := place("o2", "p", 5)
	some.Partial = true
	must(t, a, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 2})
	must(t, a, some)
	for name, node := range map[string]*ledger.Ledger{"the node that did it, with a cold memory": a, "another node": b} {
		t.Run(name, func(t *testing.T) {
			node.Forget()
			r := must(t, node, place("o1", "p", 3))
			if len(r.Event.Lines) != 1 || r.Event.Lines[0].Line.Quantity() != 3 || r.Event.Changed() {
				t.Errorf("the repeat answers %+v", r.Event)
			}
			r = must(t, node, some)
			if len(r.Event.Lines) != 1 || r.Event.Lines[0].Line.Quantity() != 2 || len(r.Event.Short) != 1 {
				t.Errorf("the repeat of a partial reserve answers %+v", r.Event)
			}
			refused(t, node.Submit(t.Context(), ledger.Request{Command: place("o1", "p", 4)})[0], stock.AlreadyExists)
			refused(t, node.Submit(t.Context(), ledger.Request{Command: place("o9", "p", 1)})[0], stock.Insufficient)
		})
	}
	wantLevel(t, a, "p", 0, 5)
}

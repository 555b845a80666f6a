package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// spreadPoints are those of a location's change in one slot.
var spreadPoints = []ledger.Point{ledger.PointSpread, ledger.PointRehoused, ledger.PointHoused}

// spreads changes how towns are spread.
type spreads struct {
	l    *ledger.Ledger
	m    *travels
	open []spreading
}

// spreading is a change that was cut off.
type spreading struct {
	town string
	on   bool
}

func (s *spreads) spread(ctx context.Context, c spreading, opts ...ledger.MoveOption) error {
	was := c.town == towns[len(towns)-1]
	return s.l.SpreadLocation(ctx, s.m, tenant, c.town, was, c.on, func(ledger.SpreadProgress) {},
		append([]ledger.MoveOption{ledger.MoveKeep(0)}, opts...)...)
}

// finish goes on with what was cut off.
func (s *spreads) finish(t interface{ Fatalf(string, ...any) }) {
	for _, c := range s.open {
		if err := s.spread(context.Background(), c); err != nil {
			t.Fatalf("go on spreading %s: %v", c.town, err)
		}
	}
	s.open = nil
}

// change finishes what was begun for other towns, because of which this one
// would wait.
func (s *spreads) change(t interface{ Fatalf(string, ...any) }, town string, on bool) {
	s.finishOthers(t, town)
	if err := s.spread(context.Background(), spreading{town, on}); err != nil {
		t.Fatalf("spread %s %t: %v", town, on, err)
	}
	s.open = nil
}

func (s *spreads) cut(ctx context.Context, t interface{ Fatalf(string, ...any) }, town string, on bool) {
	s.finishOthers(t, town)
	c := spreading{town, on}
	s.open = []spreading{c}
	err := s.spread(ctx, c, ledger.MoveMortal())
	if err == nil {
		s.open = nil
	} else if !errors.Is(err, context.Canceled) {
		t.Fatalf("cut the spreading of %s %t: %v", town, on, err)
	}
}

func (s *spreads) finishOthers(t interface{ Fatalf(string, ...any) }, town string) {
	if slices.ContainsFunc(s.open, func(c spreading) bool { return c.town != town }) {
		s.finish(t)
	}
}

// rack are books over that many slots with a location of some products, of which
// orders of several lines hold some and others have ended.
type rack struct {
	t       *testing.T
	m       *travels
	engines []engine.Engine
	items   []stock.ItemKey
	sent    []ledger.Request
	first   []ledger.Result
}

const rackProducts = 12

func newRack(t *testing.T, slots int) *rack {
	t.Helper()
	r := &rack{t: t, m: newTravels(slots)}
	for range slots {
		r.engines = append(r.engines, memory.New())
	}
	l, stop := r.open(nil)
	defer stop()
	for n := range rackProducts {
		k := at(towns[0], fmt.Sprintf("p-%02d", n))
		r.items = append(r.items, k)
		r.send(l, stock.OpenItem{Item: k, Bucket: lies(k), Qty: 20, Tracked: true}, fmt.Sprint("open ", n))
	}
	far := at(towns[1], "far")
	r.send(l, stock.OpenItem{Item: far, Bucket: lies(far), Qty: 20, Tracked: true}, "open far")
	for n := range rackProducts {
		order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o-", n)}
		lines := []stock.Demand{asks(r.items[n], 2), asks(r.items[(n+5)%rackProducts], 1)}
		if n%3 == 0 {
			lines = append(lines, asks(far, 1))
		}
		about := stock.Target{Order: order, Keyed: true}
		one := stock.Target{Order: order, Item: r.items[n], Qty: 1, Keyed: true}
		r.send(l, stock.Place{Order: order, TTL: 600_000, Lines: lines}, fmt.Sprint("place ", n))
		switch n % 4 {
		case 0:
			r.send(l, stock.Confirm{Target: about}, fmt.Sprint("confirm ", n))
		case 1:
			r.send(l, stock.Release{Target: one}, fmt.Sprint("release one ", n))
		case 2:
			r.send(l, stock.Commit{Target: stock.Target{Order: order}}, fmt.Sprint("commit ", n))
		}
	}
	return r
}

// open opens the books anew, as a process does that is started.
func (r *rack) open(point func(context.Context, ledger.Point)) (*ledger.Ledger, func()) {
	r.t.Helper()
	l, err := ledger.OpenSlots(context.Background(), r.engines, ledger.WithAtlas(r.m), ledger.WithPoints(point))
	if err != nil {
		r.t.Fatal(err)
	}
	return l, running(r.t, l)
}

func (r *rack) send(l *ledger.Ledger, c stock.Command, key string) {
	r.t.Helper()
	req := ledger.Request{Command: c, Key: key}
	res := l.Submit(context.Background(), req)[0]
	if res.Err != nil {
		r.t.Fatalf("%s: %v", key, res.Err)
	}
	r.sent, r.first = append(r.sent, req), append(r.first, res)
}

// check repeats everything under its key and without, and looks at the sums.
func (r *rack) check(l *ledger.Ledger, when string) {
	r.t.Helper()
	for i, req := range r.sent {
		if res := l.Submit(context.Background(), req)[0]; !res.Replayed || said(res) != said(ledger.Result{Event: r.first[i].Event, Replayed: true}) {
			r.t.Errorf("%s: %s again: replayed %t\n%s\nat first\n%s", when, req.Key, res.Replayed, said(res), said(r.first[i]))
		}
		if p, ok := req.Command.(stock.Place); ok { // the order is a key of its own
			if res := l.Submit(context.Background(), ledger.Request{Command: p})[0]; res.Err == nil && res.Event.Changed() {
				r.t.Errorf("%s: order %s was held twice", when, p.Order.Order)
			}
		}
	}
	var held, onHand stock.Qty
	levels, _, err := l.Items(context.Background(), r.items)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range levels {
		f := levels[i].Figures()
		held, onHand = held+f.Held, onHand+f.OnHand
	}
	// 12 orders of 3: those of n%4 == 0 have left, of n%4 == 1 one was given back.
	if held != 9*3-3 || onHand != 12*20-3*3 {
		r.t.Errorf("%s: %d held and %d on hand, want %d and %d", when, held, onHand, 9*3-3, 12*20-3*3)
	}
}

// allPoints are all at which a change can be cut off, in slots that a bucket has
// to be moved between.
var allPoints = slices.Concat(spreadPoints, beforeTheSeal, afterTheSeal)

// TestALocationSurvivesEveryCutOfItsSpreading: the process dies at every point,
// as often as it is met, and another one is started.
func TestALocationSurvivesEveryCutOfItsSpreading(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 3} {
		for _, on := range []bool{true, false} {
			for _, point := range allPoints {
				t.Run(fmt.Sprintf("%d slots, spread %t, at %s", slots, on, point), func(t *testing.T) {
					t.Parallel()
					cutEverywhere(t, slots, on, point)
				})
			}
		}
	}
}

func cutEverywhere(t *testing.T, slots int, on bool, point ledger.Point) {
	r := newRack(t, slots)
	spread := func(ctx context.Context, l *ledger.Ledger, on bool) error {
		s := &spreads{l: l, m: r.m}
		return s.spread(ctx, spreading{towns[0], on}, ledger.MoveMortal())
	}
	if !on {
		l, stop := r.open(nil)
		if err := spread(t.Context(), l, true); err != nil {
			t.Fatal(err)
		}
		stop()
	}
	for met := 1; ; met++ {
		left := met
		ctx, cancel := context.WithCancel(t.Context())
		l, stop := r.open(func(_ context.Context, p ledger.Point) {
			if p == point {
				if left--; left == 0 {
					cancel()
				}
			}
		})
		if met%2 == 0 { // else the command goes on with what was left to follow
			finishMoves(t, l, r.m)
		}
		err := spread(ctx, l, on)
		cancel()
		stop()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("cut %d: %v", met, err)
		}
		next, stop := r.open(nil)
		finishMoves(t, next, r.m)
		r.check(next, fmt.Sprintf("after cut %d", met))
		stop()
		verifyMoved(t, r.engines, r.m)
		if err == nil {
			return
		}
	}
}

// TestALocationIsSpreadUnderLoad: sellers at two nodes, of which one never hears
// of what the other does but through the slots, while it goes to and fro.
func TestALocationIsSpreadUnderLoad(t *testing.T) {
	t.Parallel()
	r := &rack{t: t, m: newTravels(3), engines: []engine.Engine{memory.New(), memory.New(), memory.New()}}
	one, stop := r.open(nil)
	defer stop()
	two, stop := r.open(nil)
	defer stop()
	var keys []stock.ItemKey
	for n := range 4 {
		k := at(towns[0], fmt.Sprint("p-", n))
		keys = append(keys, k)
		must(t, one, stock.OpenItem{Item: k, Bucket: lies(k), Qty: 100_000, Tracked: true})
	}
	over := make(chan struct{})
	var sellers sync.WaitGroup
	sold := make([]stock.Qty, 8)
	for n := range sold {
		sellers.Go(func() {
			l := []*ledger.Ledger{one, two}[n%2]
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprintf("%d-%d", n, i)}
				lines := []stock.Demand{asks(keys[i%4], 1), asks(keys[(i+n)%4], 2)}
				if res := l.Submit(t.Context(), ledger.Request{Command: stock.Place{Order: order, TTL: 600_000, Lines: lines}, Key: order.Order})[0]; res.Err != nil {
					t.Errorf("order %s: %v", order.Order, res.Err)
					return
				}
				if res := l.Submit(t.Context(), ledger.Request{Command: stock.Confirm{Target: stock.Target{Order: order}}})[0]; res.Err != nil {
					t.Errorf("confirm %s: %v", order.Order, res.Err)
					return
				}
				sold[n] += 3
			}
		})
	}
	s := &spreads{l: one, m: r.m}
	for i := range 4 {
		if err := s.spread(t.Context(), spreading{towns[0], i%2 == 0}, ledger.MoveKeep(400*time.Millisecond)); err != nil {
			t.Errorf("turn %d: %v", i, err)
		}
	}
	close(over)
	sellers.Wait()
	var all stock.Qty
	for _, n := range sold {
		all += n
	}
	levels, _, err := two.Items(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	onHand, held := stock.Qty(0), stock.Qty(0)
	for i := range levels {
		f := levels[i].Figures()
		onHand, held = onHand+f.OnHand, held+f.Held
	}
	if onHand != 400_000-all || held != 0 {
		t.Errorf("%d were sold of 400000, the books have %d and hold %d", all, onHand, held)
	}
	t.Logf("%d sold", all)
	verifyMoved(t, r.engines, r.m)
}

// TestWhatIsLeftToFollowDoesNotWaitForAnOperator: a change dies between its
// record and what follows, and buckets cannot leave. Any node lets it follow.
func TestWhatIsLeftToFollowDoesNotWaitForAnOperator(t *testing.T) {
	t.Parallel()
	for _, point := range []ledger.Point{ledger.PointSpread, ledger.PointRehoused} {
		t.Run(string(point), func(t *testing.T) {
			t.Parallel()
			r := newRack(t, 3)
			ctx, die := context.WithCancel(t.Context())
			l, stop := r.open(func(_ context.Context, p ledger.Point) {
				if p == point {
					die()
				}
			})
			s := &spreads{l: l, m: r.m}
			if err := s.spread(ctx, spreading{towns[0], true}, ledger.MoveMortal()); !errors.Is(err, context.Canceled) {
				t.Fatalf("the change says %v, it should have died", err)
			}
			stop()
			next, stop := r.open(nil)
			defer stop()
			own := lies(r.items[0])
			to := (r.m.Slot(own) + 1) % 3
			if err := next.MoveBucket(t.Context(), r.m, own, to, ledger.MoveKeep(0)); err == nil {
				t.Error("the location's bucket left the slot before all had followed")
			}
			finishMoves(t, next, r.m) // what is to follow, and then the move
			if got := r.m.Slot(own); got != to {
				t.Errorf("the bucket lives in slot %d, it should have gone on to %d", got, to)
			}
			r.check(next, "after that")
			verifyMoved(t, r.engines, r.m)
		})
	}
}

// TestACopyThatHasNotFollowedALocationIsNotAsked: it would show items where they
// were, beside those that have gone on to another slot.
func TestACopyThatHasNotFollowedALocationIsNotAsked(t *testing.T) {
	t.Parallel()
	r := newRack(t, 3)
	l, stop := r.open(nil)
	defer stop()
	s := &spreads{l: l, m: r.m}
	followed := 0
	for _, on := range []bool{true, false} {
		s.change(t, towns[0], on)
		for slot, eng := range r.engines {
			last := lastRehouse(t, eng)
			if last > 0 {
				followed++
			}
			if got := r.m.since[uint16(slot)]; got < last {
				t.Errorf("spread %t: a copy of slot %d may answer from record %d on, items have followed until %d", on, slot, got, last)
			}
		}
	}
	if followed < 3 {
		t.Errorf("something has followed %d times", followed)
	}
}

// lastRehouse is the newest record of the slot by which something has followed.
func lastRehouse(t *testing.T, eng engine.Engine) (last engine.Seq) {
	t.Helper()
	records, err := eng.Read(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		v, err := stock.ParseRecord(records[i].Body)
		if err == nil {
			err = v.Events(func(_ int, ev *stock.Event) error {
				if ev.Op == stock.OpRehouse {
					last = records[i].Seq
				}
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return last
}

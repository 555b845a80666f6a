package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// spreads changes how towns are spread.
type spreads struct {
	l     *ledger.Ledger
	m     *travels
	open  []spreading
	noted func() // is called when the catalog says so
}

// spreading is a change that was interrupted.
type spreading struct {
	town string
	on   bool
}

func (s *spreads) spread(ctx context.Context, c spreading, opts ...move.Option) error {
	s.m.mu.Lock()
	was, changed := s.m.kept[c.town]
	s.m.mu.Unlock()
	change := ledger.LocationChange{Tenant: tenant, Location: c.town, Was: was || !changed && c.town == towns[len(towns)-1], On: c.on}
	change.Note = func(ctx context.Context) error {
		s.m.mu.Lock()
		defer s.m.mu.Unlock()
		s.m.kept[c.town] = c.on
		if s.noted != nil {
			s.noted()
		}
		return ctx.Err()
	}
	return s.l.SpreadLocation(marking(ctx), s.m, change, func(ledger.SpreadProgress) {},
		append([]move.Option{move.Keep(0)}, opts...)...)
}

// finish continues the changes that were interrupted.
func (s *spreads) finish(t interface{ Fatalf(string, ...any) }) {
	for _, c := range s.open {
		if err := s.spread(context.Background(), c); err != nil {
			t.Fatalf("go on spreading %s: %v", c.town, err)
		}
	}
	s.open = nil
}

// change finishes interrupted changes of other towns first, for which this one
// would wait.
func (s *spreads) change(t interface{ Fatalf(string, ...any) }, town string, on bool) {
	s.finishOthers(t, town)
	if err := s.spread(context.Background(), spreading{town, on}); err != nil && !waitsThere(err) {
		t.Fatalf("spread %s %t: %v", town, on, err)
	}
	s.open = nil
}

// waitsThere reports whether nothing was done because orders wait.
func waitsThere(err error) bool {
	var w *ledger.WaitingError
	return errors.As(err, &w)
}

func (s *spreads) cut(ctx context.Context, t interface{ Fatalf(string, ...any) }, town string, on bool) {
	s.finishOthers(t, town)
	c := spreading{town, on}
	s.open = []spreading{c}
	err := s.spread(ctx, c, move.Mortal())
	if err == nil || waitsThere(err) {
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

// allMoments are all moments at which a change can be interrupted, in slots between
// which a bucket has to be moved.
var allMoments = slices.Concat(spreadMoments, beforeTheSeal, afterTheSeal, []moment{isNoted})

// TestALocationSurvivesEveryCutOfItsSpreading: the process dies at every moment, as
// often as that moment comes, and another one is started. Under the race detector
// it dies at fewer moments. Their distance is odd, so both ways to continue are
// tried. Over three slots the location spreads, over one it returns.
func TestALocationSurvivesEveryCutOfItsSpreading(t *testing.T) {
	t.Parallel()
	for _, slots := range []int{1, 3} {
		for _, on := range []bool{true, false} {
			if raceShare > 1 && on != (slots > 1) {
				continue
			}
			for _, at := range allMoments {
				t.Run(fmt.Sprintf("%d slots, spread %t, at %s", slots, on, at), func(t *testing.T) {
					t.Parallel()
					cutEverywhere(t, slots, on, at)
				})
			}
		}
	}
}

func cutEverywhere(t *testing.T, slots int, on bool, at moment) {
	r := newRack(t, slots)
	spread := func(ctx context.Context, l *ledger.Ledger, on bool, noted func()) error {
		s := &spreads{l: l, m: r.m, noted: noted}
		return s.spread(ctx, spreading{towns[0], on}, move.Mortal())
	}
	if !on {
		l, stop := r.open()
		if err := spread(t.Context(), l, true, nil); err != nil {
			t.Fatal(err)
		}
		stop()
	}
	for met := 1; ; met += max(1, raceShare-1) {
		left := met
		ctx, cancel := context.WithCancel(t.Context())
		way := &onTheWay{each: func(m moment) {
			if m == at {
				if left--; left == 0 {
					cancel()
				}
			}
		}}
		l, stop := r.openWatched(way)
		if met%2 == 0 { // else the command continues what was left to follow
			finishMoves(t, l, r.m)
		}
		err := spread(ctx, l, on, func() { way.meet(isNoted) })
		cancel()
		stop()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("cut %d: %v", met, err)
		}
		verifyMoved(t, r.engines, r.m)
		if err == nil {
			break
		}
		if at == isSpread {
			continue // not all slots show it yet, or they no longer do
		}
		next, stop := r.open()
		finishMoves(t, next, r.m)
		r.isSealed(next, fmt.Sprintf("after cut %d", met))
		stop()
	}
	next, stop := r.open()
	defer stop()
	r.check(next, "at the end")
	for _, k := range r.items {
		if in := r.bucketOf(k); in != r.m.bucketOf(k) || (in == stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)) != on {
			t.Errorf("%s is in bucket %d", k.Product, in)
		}
	}
}

// TestACopyThatHasNotFollowedALocationIsNotAsked: the copy would show items in the
// buckets where they were, next to those that have moved to another slot.
func TestACopyThatHasNotFollowedALocationIsNotAsked(t *testing.T) {
	t.Parallel()
	r := newRack(t, 3)
	l, stop := r.open()
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

// lastRehouse is the newest record of the slot by which rows have changed buckets.
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

// changed are books in three slots in which locations are changed.
type changed struct {
	*rack
	l    *ledger.Ledger
	s    *spreads
	keys []stock.ItemKey
}

// do changes how the first town is spread, or moves the bucket of its product p to
// the next slot.
func (r *changed) do(step string) {
	switch step {
	case "spread", "gather":
		r.s.change(r.t, towns[0], step == "spread")
	default:
		b := stock.SpreadBucketOf(tenant, towns[0], "p")
		if err := r.l.MoveBucket(context.Background(), r.m, b, (r.m.Slot(b)+1)%3, move.Keep(0)); err != nil {
			r.t.Errorf("move bucket %d: %v", b, err)
		}
	}
}

// A reserve call holds its legs, and before its home has decided the home's
// location is changed: the call is refused, and the same request under its key,
// once the location is unsealed, is granted once.
func TestACallThatIsOvertakenByASealIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"k", ""} {
		t.Run(fmt.Sprintf("key %q", key), func(t *testing.T) {
			t.Parallel()
			r := &rack{t: t, m: newTravels(3), engines: inMemory(3)}
			l, stop := r.open()
			defer stop()
			place := stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 600_000}
			for _, k := range []stock.ItemKey{at(towns[0], "p"), at(towns[1], "p")} {
				must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 10, Tracked: true})
				r.items = append(r.items, k)
				place.Lines = append(place.Lines, asks(k, 2))
			}
			change := &changed{rack: r, l: l, s: &spreads{l: l, m: r.m}}
			var once sync.Once
			node, end := r.open(ledger.WithPoints(func(_ context.Context, p ledger.Point) {
				if p == slot.PointLegs {
					once.Do(func() { change.do("spread") })
				}
			}))
			defer end()
			res := node.Submit(t.Context(), ledger.Request{Command: place, Key: key})[0]
			if !errors.Is(res.Err, ledger.ErrSealed) && !errors.Is(res.Err, ledger.ErrBusy) {
				t.Errorf("the call that was overtaken says %v", res.Err)
			}
			for n := range 2 {
				res := node.Submit(t.Context(), ledger.Request{Command: r.m.address(place), Key: key})[0]
				if res.Err != nil || len(res.Event.Lines) != 2 || key != "" && res.Replayed != (n > 0) {
					t.Fatalf("sent again, %d: %+v, %v", n, res.Event, res.Err)
				}
			}
			levels, _, err := node.Items(t.Context(), r.items)
			if err != nil {
				t.Fatal(err)
			}
			for i := range levels {
				if f := levels[i].Figures(); f.Held != 2 || f.Available != 8 {
					t.Errorf("at %s: %+v", levels[i].Key.Location, f)
				}
			}
			verifyMoved(t, r.engines, r.m)
		})
	}
}

// Homes have ended orders with lines in several slots, and the legs have not
// received it. The location is spread nevertheless: each leg joins its home,
// although other legs of its order are in another slot by then.
func TestLegsThatAreBehindJoinTheirHomes(t *testing.T) {
	t.Parallel()
	r := newRack(t, 3)
	c := newClock()
	c.ms.Store(time.Now().UnixMilli())
	l := openBy(t, r.m, r.engines, ledger.WithClock(c))
	s := &spreads{l: l, m: r.m}
	s.change(t, towns[0], true)
	late := func(n int) stock.OrderKey { return stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("late-", n)} }
	for n := range rackProducts {
		must(t, l, r.m.address(stock.Place{Order: late(n), TTL: 60_000, Lines: []stock.Demand{asks(r.items[n], 2), asks(r.items[(n+5)%rackProducts], 1)}}))
	}
	s.change(t, towns[0], false)
	c.advance(61 * time.Second)
	if _, err := l.Sweep(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	s.change(t, towns[0], true)
	verifyMoved(t, r.engines, r.m)
	for n := range rackProducts {
		if text := orderText(t, l, late(n)); strings.Contains(text, "active") {
			t.Errorf("%s\n%s", late(n).Order, text)
		}
	}
	levels, _, err := l.Items(t.Context(), r.items)
	if err != nil {
		t.Fatal(err)
	}
	for i := range levels {
		if f := levels[i].Figures(); f.Held > 3 {
			t.Errorf("%s: %+v", levels[i].Key.Product, f)
		}
	}
}

// An order does not have a line of which a leg was held and given back. A command
// that names it is answered so, also when the location has been spread since the
// order was made.
func TestALineThatWasGivenBackIsNotKnownWhereItsLocationChanged(t *testing.T) {
	t.Parallel()
	r := newRack(t, 3)
	l, stop := r.open()
	defer stop()
	(&spreads{l: l, m: r.m}).change(t, towns[0], true)
	order := stock.OrderKey{Tenant: tenant, Order: "o-3"} // has a line elsewhere
	for n, k := range r.items {
		if n == 3 || n == 8 {
			continue
		}
		res := l.Submit(t.Context(), ledger.Request{Key: fmt.Sprint("more ", n), Command: r.m.address(stock.Change{
			Order: order, Keyed: true, Lines: []stock.Wanted{{Demand: asks(k, 1)}, {Demand: asks(r.items[3], 900)}},
		})})[0]
		refused(t, res, stock.Insufficient)
		for _, c := range []stock.Command{
			stock.Release{Target: stock.Target{Order: order, Item: k}}, stock.Withdraw{Target: stock.Target{Order: order, Item: k}},
		} {
			within, cancel := context.WithTimeout(t.Context(), time.Minute)
			refused(t, l.Submit(within, ledger.Request{Command: c})[0], stock.NotFound)
			cancel()
		}
	}
}

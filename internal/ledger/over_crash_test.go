package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

// fuse lets that many groups be stored in all slots together and then none, as in a
// process that is killed.
type fuse struct {
	engine.Engine
	left *atomic.Int64
}

var errBlown = errors.New("killed")

func (f fuse) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if f.left.Add(-1) < 0 {
		return errBlown
	}
	return f.Engine.Append(ctx, after, g)
}

// untilKilled runs a process that is killed when groups have been stored in all
// slots together, and returns when nothing of it runs any longer.
func untilKilled(
	t testing.TB, engines []engine.Engine, groups int64, do func(l *ledger.Ledger, killed func() bool), opts ...ledger.Option,
) {
	t.Helper()
	var left atomic.Int64
	left.Store(groups)
	fused := make([]engine.Engine, len(engines))
	for i := range engines {
		fused[i] = fuse{engines[i], &left}
	}
	l := reopen(t, fused, opts...)
	defer running(t, l)()
	do(l, func() bool { return left.Load() < 0 })
}

// TestAnOrderOverSlotsIsWholeOrNothing kills the process between any two
// groups of the life of an order in three slots.
func TestAnOrderOverSlotsIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	order := stock.OrderKey{Tenant: tenant, Order: "o"}
	place := stock.Place{Order: order, TTL: 60_000}
	for _, where := range []string{"a", "b", "c"} {
		place.Lines = append(place.Lines, stock.Demand{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 2, Known: true})
	}
	whole := stock.Target{Order: order}
	lives := map[string][]stock.Command{
		"confirmed":                  {place, stock.Confirm{Target: whole}},
		"released":                   {place, stock.Release{Target: whole}},
		"committed, confirmed later": {place, stock.Commit{Target: whole}, stock.Confirm{Target: whole}},
		"refused, then asked again":  {scarce(place), place},
		"placed again":               {place, place},
		"taken back":                 {place, stock.Confirm{Target: whole}, stock.Withdraw{Target: whole}},
		"taken back and confirmed":   {place, stock.Confirm{Target: whole}, stock.Withdraw{Target: whole}, stock.Confirm{Target: whole}},
	}
	for name, life := range lives {
		for _, key := range []string{"", "key"} {
			for cut := range int64(20) {
				t.Run(fmt.Sprintf("%s, with key %q, killed after %d groups", name, key, cut), func(t *testing.T) {
					t.Parallel()
					liveAndDie(t, life, key, cut)
				})
			}
		}
	}
}

// scarce asks for more than there is at one of the locations.
func scarce(p stock.Place) stock.Place {
	p.Lines = append([]stock.Demand(nil), p.Lines...)
	p.Lines[0].Qty = 20
	return p
}

func liveAndDie(t *testing.T, life []stock.Command, key string, cut int64) {
	c := newClock()
	engines := inMemory(3)
	l := reopen(t, engines, ledger.WithClock(c))
	for _, where := range []string{"a", "b", "c"} {
		k := at(where, "p")
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 10, Tracked: true})
	}
	acknowledged := ""
	untilKilled(t, engines, cut, func(l *ledger.Ledger, killed func() bool) {
		for i, cmd := range life {
			r := ledger.Request{Command: cmd}
			if key != "" {
				r.Key = fmt.Sprintf("%s-%d", key, i)
			}
			if res := l.Submit(t.Context(), r)[0]; res.Err == nil {
				acknowledged = res.Event.Op.String()
			}
			if killed() {
				break
			}
		}
	}, ledger.WithClock(c))

	// The next process settles what the dead one left.
	l = reopen(t, engines, ledger.WithClock(c))
	defer running(t, l)()
	c.advance(60*time.Second + 61*time.Second + 3*time.Second)
	for range 3 {
		if _, err := l.Sweep(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if err := l.CarryNow(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	holds, now, err := l.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: "o"})
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]int{}
	for _, h := range holds {
		for i := range h.Lines {
			line := h.Lines[i].At(now)
			states[line.State()]++
		}
	}
	if len(states) > 1 || len(states) == 1 && onlyCount(states) != 3 {
		t.Fatalf("acknowledged %q, the lines are %v:\n%s", acknowledged, states, orderText(t, l, stock.OrderKey{Tenant: tenant, Order: "o"}))
	}
	want := map[string]string{"reserve": "active expired confirmed cancelled", "deduct": "confirmed active", "release": "cancelled", "commit": "active confirmed", "withdraw": "active confirmed"}[acknowledged]
	for state := range states {
		if acknowledged != "" && !strings.Contains(want, state) {
			t.Errorf("%s was acknowledged, the order is %s", acknowledged, state)
		}
	}
	if acknowledged != "" && len(states) == 0 {
		t.Errorf("%s was acknowledged and nobody knows the order", acknowledged)
	}
	for _, where := range []string{"a", "b", "c"} {
		f := figures(t, l, at(where, "p"))
		var want stock.Figures
		switch {
		case states[stock.StateConfirmed] > 0:
			want = stock.Figures{Available: 8, OnHand: 8}
		case states[stock.StateActive] > 0:
			want = stock.Figures{Available: 8, Held: 2, OnHand: 10}
		default:
			want = stock.Figures{Available: 10, OnHand: 10}
		}
		if f != want {
			t.Errorf("at %s there are %+v, want %+v: the order is %v", where, f, want, states)
		}
	}
	verifySlots(t, engines)
	if across, err := audit.CheckAcross(t.Context(), engines, country(len(engines))); err != nil || across.Waiting > 0 {
		t.Errorf("%v, %d legs have not followed their home", err, across.Waiting)
	}
}

func onlyCount(m map[string]int) int {
	for _, n := range m {
		return n
	}
	return 0
}

func figures(t testing.TB, l *ledger.Ledger, k stock.ItemKey) stock.Figures {
	t.Helper()
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{k})
	if err != nil {
		t.Fatal(err)
	}
	return levels[0].Figures()
}

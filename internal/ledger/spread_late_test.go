package ledger_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A reserve call holds its legs, and before its home has decided the home's item
// changes places: its key lands elsewhere from then on. It is the same call all
// the same, however often that happens and whoever sends it.
func TestACallIsDecidedOnceWhenItsHomeChangesPlaces(t *testing.T) {
	t.Parallel()
	const on, off, move, legOn, legOff = "spread", "gather", "move its bucket", "spread its leg", "gather its leg"
	for _, script := range [][]string{
		{on},
		{on, move},
		{on, off},
		{on, move, off},
		{on, off, on},
		{on, off, on, off},
		{on, off, on, move, off, on},
		{legOn},
		{on, legOn},
	} {
		for _, key := range []string{"k", ""} {
			for _, dies := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v, key %q, its sender dies: %t", script, key, dies), func(t *testing.T) {
					t.Parallel()
					overtake(t, script, key, dies)
				})
			}
		}
	}
}

// overtake changes what the script says, step by step, each time when the call has
// its legs. Who has sent it goes on after that, or dies and another node is asked.
func overtake(t *testing.T, script []string, key string, dies bool) {
	r := newOvertaken(t)
	steps, died := 0, make(chan struct{}, 1)
	meets := func(ctx context.Context, p ledger.Point) {
		if p != ledger.PointLegs || ctx.Value(marked{}) == nil || steps == len(script) {
			return
		}
		steps++
		r.do(script[steps-1])
		if dies {
			died <- struct{}{}
			runtime.Goexit() // nobody hears of it again
		}
	}
	var res ledger.Result
	for answered := false; !answered; {
		node, end := r.open(meets)
		select {
		case res = <-send(node, ledger.Request{Command: r.place, Key: key}):
			answered = true
		case <-died:
		}
		end()
	}
	if steps != len(script) {
		t.Errorf("%d of the changes have happened", steps)
	}
	r.is(res, "at first")
	for n, step := range []string{"spread", "gather"} {
		r.do(step)
		if key != "" {
			again := r.l.Submit(t.Context(), ledger.Request{Command: r.place, Key: key})[0]
			r.is(again, fmt.Sprint("repeated ", n))
			if !again.Replayed {
				t.Errorf("repeated %d: decided again", n)
			}
		}
	}
	must(t, r.l, stock.Confirm{Target: stock.Target{Order: r.place.Order}})
	r.holds(0, "confirmed")
	verifyMoved(t, r.engines, r.m)
}

// overtaken are books in three slots with an order of two lines in two of them.
type overtaken struct {
	*rack
	l     *ledger.Ledger
	s     *spreads
	place stock.Place
	keys  []stock.ItemKey
}

func newOvertaken(t *testing.T) *overtaken {
	t.Helper()
	r := &overtaken{rack: &rack{t: t, m: newTravels(3), engines: []engine.Engine{memory.New(), memory.New(), memory.New()}}}
	l, stop := r.open(nil)
	t.Cleanup(stop)
	r.l, r.s = l, &spreads{l: l, m: r.m}
	r.place = stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 600_000}
	for _, k := range []stock.ItemKey{at(towns[0], "p"), at(towns[1], "p")} {
		must(t, l, stock.OpenItem{Item: k, Bucket: lies(k), Qty: 10, Tracked: true})
		r.keys = append(r.keys, k)
		r.place.Lines = append(r.place.Lines, asks(k, 2))
	}
	return r
}

// do changes how the location of the home, or of its leg, is spread, or moves the
// bucket of the home's product to the next slot.
func (r *overtaken) do(step string) {
	switch step {
	case "spread", "gather":
		r.s.change(r.t, towns[0], step == "spread")
	case "spread its leg", "gather its leg":
		r.s.change(r.t, towns[1], step == "spread its leg")
	default:
		b := stock.SpreadBucketOf(tenant, towns[0], "p")
		if err := r.l.MoveBucket(context.Background(), r.m, b, (r.m.Slot(b)+1)%3, ledger.MoveKeep(0)); err != nil {
			r.t.Errorf("move bucket %d: %v", b, err)
		}
	}
}

// is checks that the call was granted, with what it asked for and no more.
func (r *overtaken) is(res ledger.Result, when string) {
	r.t.Helper()
	if res.Err != nil || len(res.Event.Lines) != len(r.keys) {
		r.t.Errorf("%s: %+v, %v", when, res.Event, res.Err)
	}
	r.holds(2, when)
}

func (r *overtaken) holds(n stock.Qty, when string) {
	r.t.Helper()
	levels, _, err := r.l.Items(context.Background(), r.keys)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range levels {
		if f := levels[i].Figures(); f.Held != n || f.Available != 8 {
			r.t.Errorf("%s: at %s: %+v", when, r.keys[i].Location, f)
		}
	}
}

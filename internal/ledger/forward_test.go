package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

type carry = func(context.Context) ([]ledger.Result, error)

// Ways in which a home does not answer. In all but the first the group was
// carried out.
var silences = []struct {
	name    string
	silence func(ctx context.Context, carryOut carry) ([]ledger.Result, error)
}{
	{"the group never arrives", func(context.Context, carry) ([]ledger.Result, error) { return nil, errCable }},
	{"the answer gets lost", func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		if _, err := carryOut(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
		return nil, errCable
	}},
	{"the answer makes no sense", func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		results, err := carryOut(context.WithoutCancel(ctx))
		return append(results, ledger.Result{}), err
	}},
	{"the home does not know whether it stored it", func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		results, err := carryOut(context.WithoutCancel(ctx))
		for i := range results {
			results[i] = ledger.Result{Err: ledger.ErrUnknown}
		}
		return results, err
	}},
	{"it takes too long", func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		_, err := carryOut(context.WithoutCancel(ctx))
		<-ctx.Done()
		return nil, errors.Join(err, ctx.Err())
	}},
}

// everyCommand has each kind of command on the item "p" and the order "held", with
// the available units of the item afterwards; before it 100 are available, and the
// order holds 10.
func everyCommand() map[string]struct {
	request   ledger.Request
	available stock.Qty
} {
	p, open := item("p"), &stock.Opening{}
	one := target("held")
	one.Item = p
	keyed := func(c stock.Command) ledger.Request { return ledger.Request{Command: c, Key: "k"} }
	plain := func(c stock.Command) ledger.Request { return ledger.Request{Command: c} }
	part := one
	part.Qty, part.Keyed = 4, true
	some := place("some", "p", 120)
	some.Partial = true
	type row = struct {
		request   ledger.Request
		available stock.Qty
	}
	return map[string]row{
		"restock":               {plain(stock.Restock{Item: p, Bucket: bucket, Qty: 5}), 105},
		"restock with a key":    {keyed(stock.Restock{Item: p, Bucket: bucket, Qty: 5}), 105},
		"adjust":                {plain(stock.Adjust{Item: p, Bucket: bucket, Delta: -5}), 95},
		"adjust to a figure":    {plain(stock.Adjust{Item: p, Bucket: bucket, Set: true, SetTo: 60, Version: 2}), 50},
		"observe":               {plain(stock.Observe{Item: p, Bucket: bucket, Seen: 100, Booked: 110, AsOf: 7}), 90},
		"threshold":             {plain(stock.SetThreshold{Item: p, Bucket: bucket, Threshold: 7}), 100},
		"sale status":           {plain(stock.SetSaleStatus{Item: p, Bucket: bucket, Channel: "app"}), 100},
		"reserve":               {plain(place("o", "p", 7)), 93},
		"reserve with a key":    {keyed(place("o", "p", 7)), 93},
		"reserve what there is": {plain(some), 0},
		"commit":                {plain(stock.Commit{Target: one}), 100},
		"extend":                {plain(stock.Extend{Target: one, TTL: 60_000}), 100},
		"deduct":                {plain(stock.Confirm{Target: target("held")}), 100},
		"deduct a part":         {keyed(stock.Confirm{Target: part}), 100},
		"release":               {plain(stock.Release{Target: target("held")}), 110},
		"release a part":        {keyed(stock.Release{Target: part}), 104},
		"change":                {keyed(toHold("held", "p", 4, true)), 106},
		"change as expected":    {plain(toHold("held", "p", 14, false)), 96},
		"change too much":       {keyed(toHold("held", "p", 111, true)), 100},
		"move": {plain(stock.Move{
			From: stock.Spot{Item: p, Bucket: bucket, Account: stock.Shared}, To: stock.Spot{Item: p, Bucket: bucket, Account: stock.Damaged}, Qty: 6,
		}), 94},
		"transfer": {plain(stock.Shift{Bucket: bucket, Lines: []stock.ShiftLine{{
			Item: p, Postings: []stock.Posting{{From: stock.Shared, To: stock.Transit("t"), Qty: 6}}, Mark: stock.Transit("t"),
		}}}), 94},
		"return":               {plain(stock.Return{Item: p, Bucket: bucket, Qty: 3}), 103},
		"sold elsewhere":       {plain(stock.SoldElsewhere{Item: p, Bucket: bucket, Qty: 3}), 97},
		"open another":         {plain(stock.OpenItem{Item: item("q"), Bucket: bucket, Qty: 3, Tracked: true}), 100},
		"cleanup with a key":   {keyed(stock.Cleanup{Tenant: tenant, Expired: 3}), 100},
		"restock a new item":   {plain(stock.Restock{Item: item("r"), Bucket: bucket, Qty: 5, Open: open}), 100},
		"reserve too much":     {plain(place("o", "p", 101)), 100},
		"release nobody's":     {plain(stock.Release{Target: target("nobody")}), 100},
		"open what is open":    {plain(stock.OpenItem{Item: p, Bucket: bucket, Tracked: true}), 100},
		"adjust what is newer": {plain(stock.Adjust{Item: p, Bucket: bucket, Delta: 1, Version: 1}), 100},
	}
}

// toHold asks for so much of the order's product, which holds 10.
func toHold(order, product string, n stock.Qty, keyed bool) stock.Change {
	c := stock.Change{
		Order: target(order).Order, Keyed: keyed,
		Lines: []stock.Wanted{{Demand: stock.Demand{Item: item(product), Bucket: bucket, Qty: n, Known: true}}},
	}
	if !keyed {
		c.Expected = []stock.Expected{{Item: item(product), Qty: 10}}
	}
	return c
}

func prepare(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 110, Tracked: true})
	must(t, l, place("held", "p", 10))
}

// Whether a slot's home answers or not, and whatever the outcome of the group, each
// command happens once, and its answer is the one it would have had.
func TestACommandHappensOnceWhateverTheHomeDoes(t *testing.T) {
	t.Parallel()
	for name, c := range everyCommand() {
		c.request.Once = [16]byte{}
		alone := open(t, memory.New(), ledger.WithClock(newClock()))
		prepare(t, alone)
		want := alone.Submit(t.Context(), c.request)[0]
		for _, how := range silences {
			t.Run(name+", "+how.name, func(t *testing.T) {
				t.Parallel()
				e := memory.New()
				f := nodes(t, 2, all(e), ledger.WithClock(newClock()))
				prepare(t, f.nodes[0])
				f.ask(how.silence)
				got := f.nodes[1].Submit(t.Context(), c.request)[0]
				if got.Replayed {
					t.Error("it says that it is a repeat")
				}
				if s := f.nodes[1].Stats(); s.Unanswered != 1 {
					t.Fatalf("the home was not asked: %+v", s)
				}
				sameOutcome(t, want, got)
				for _, l := range f.nodes {
					if a, _ := level(t, l, "p"); a != c.available {
						t.Errorf("%d available, want %d", a, c.available)
					}
				}
				verified(t, e)
			})
		}
	}
}

// sameOutcome compares the answers that clients see: lines, figures, refusals. The
// second of two equal reserves shows no figures of the item.
func sameOutcome(t *testing.T, want, got ledger.Result) {
	t.Helper()
	w, g := answersOf(want)[0], answersOf(got)[0]
	if diff := gocmp.Diff(w.Refusal, g.Refusal, cmpopts.EquateEmpty()); diff != "" || w.Err != g.Err {
		t.Errorf("error %q, want %q; refused (-want +got):\n%s", g.Err, w.Err, diff)
	}
	if want.Event == nil || got.Event == nil {
		if want.Event != got.Event {
			t.Errorf("got the event %v, want %v", got.Event, want.Event)
		}
		return
	}
	sameEvent(t, *want.Event, *got.Event)
}

func sameEvent(t *testing.T, w, g stock.Event) {
	t.Helper()
	if w.Order != "" {
		w.Items, g.Items, w.Call, g.Call = nil, nil, nil, nil
		ignore := cmpopts.IgnoreFields(stock.LineChange{}, "Changed", "Prev")
		if diff := gocmp.Diff(w, g, cmpopts.EquateEmpty(), ignore); diff != "" {
			t.Errorf("the order (-want +got):\n%s", diff)
		}
		return
	}
	if diff := gocmp.Diff(w, g, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A home that was paused after it received the group reaches it after the sender
// has carried it out: it must change nothing, also not for commands that were
// refused and would be granted now.
func TestAHomeThatComesLateLetsItBe(t *testing.T) {
	t.Parallel()
	for name, c := range everyCommand() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := memory.New()
			f := nodes(t, 2, all(e), ledger.WithClock(newClock()))
			prepare(t, f.nodes[0])
			late := make(chan carry, 1)
			f.ask(func(_ context.Context, carryOut carry) ([]ledger.Result, error) {
				late <- carryOut
				return nil, errCable
			})
			f.nodes[1].Submit(t.Context(), c.request)
			f.ask(nil)
			// The reason for which the command was refused is gone.
			must(t, f.nodes[0], stock.Restock{Item: item("p"), Bucket: bucket, Qty: 500})
			must(t, f.nodes[0], place("nobody", "p", 1))
			f.nodes[0].Submit(t.Context(), ledger.Request{Command: place("held", "q", 10)}) // the order changes further
			available, held := level(t, f.nodes[0], "p")
			results, err := (<-late)(t.Context())
			if err != nil || len(results) != 1 || !errors.Is(results[0].Err, ledger.ErrOvertaken) {
				t.Errorf("the late home says %+v, %v", results, err)
			}
			wantLevel(t, f.nodes[0], "p", available, held)
			verified(t, e)
		})
	}
}

// The home is paused between its decision and storing it. The head it wanted
// is gone when it wakes.
func TestAHomeThatIsPausedInTheMiddleLosesTheHead(t *testing.T) {
	t.Parallel()
	var plan faulty.Script
	e := memory.New()
	f := nodes(t, 2, func(i int) engine.Engine {
		if i == 0 {
			return faulty.New(e, &plan)
		}
		return e
	})
	prepare(t, f.nodes[0])
	arrived, may := make(chan struct{}), make(chan struct{})
	plan.On("Append", 1, faulty.Fault{Arrived: arrived, Go: may})
	home := make(chan []ledger.Result, 1)
	f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		go func() {
			results, _ := carryOut(context.WithoutCancel(ctx))
			home <- results
		}()
		<-arrived
		return nil, errCable
	})
	results := f.nodes[1].Submit(t.Context(), restock(5), restock(6), ledger.Request{Command: place("o", "p", 7)})
	for i, r := range results {
		if r.Err != nil || r.Replayed {
			t.Errorf("command %d: %+v", i, r)
		}
	}
	close(may)
	for i, r := range <-home {
		if !errors.Is(r.Err, ledger.ErrOvertaken) {
			t.Errorf("command %d at the home: %+v", i, r)
		}
	}
	for _, l := range f.nodes {
		wantLevel(t, l, "p", 104, 17)
	}
	verified(t, e)
}

// A home that does not answer is left alone for longer and longer.
func TestAHomeThatDoesNotAnswerIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := memory.New()
	f := nodes(t, 2, all(e), ledger.WithClock(c))
	prepare(t, f.nodes[0])
	f.ask(silences[0].silence)
	asked := func() int64 {
		must(t, f.nodes[1], stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
		return f.calls.Load()
	}
	for i, step := range []struct {
		after time.Duration
		asked int64
	}{
		{0, 1},
		{99 * time.Millisecond, 1},
		{time.Millisecond, 2},
		{199 * time.Millisecond, 2},
		{time.Millisecond, 3},
		{time.Second, 4},
		{2 * time.Second, 5},
		{2 * time.Second, 6},
		{2 * time.Second, 7},
		{1999 * time.Millisecond, 7},
		{time.Millisecond, 8},
	} {
		c.advance(step.after)
		if n := asked(); n != step.asked {
			t.Errorf("step %d: asked %d times, want %d", i, n, step.asked)
		}
	}
	// After an answer it is asked every time again, and another home at once.
	f.ask(nil)
	c.advance(2 * time.Second)
	if n := asked(); n != 9 || asked() != 10 {
		t.Errorf("asked %d times", f.calls.Load())
	}
}

// A home that is stopping or full has done nothing: the sender carries the command
// out.
func TestAHomeThatTurnsACommandAwayHasNotDoneIt(t *testing.T) {
	t.Parallel()
	for _, err := range []error{ledger.ErrStopping, ledger.ErrBusy, ledger.ErrOvertaken, ledger.ErrStopped} {
		t.Run(err.Error(), func(t *testing.T) {
			t.Parallel()
			e := memory.New()
			f := nodes(t, 2, all(e))
			prepare(t, f.nodes[0])
			f.ask(func(context.Context, carry) ([]ledger.Result, error) {
				return []ledger.Result{{Err: err}, {Err: err}}, nil
			})
			for i, r := range f.nodes[1].Submit(t.Context(), restock(5), restock(6)) {
				if r.Err != nil {
					t.Errorf("command %d: %v", i, r.Err)
				}
			}
			wantLevel(t, f.nodes[1], "p", 111, 10)
			verified(t, e)
		})
	}
}

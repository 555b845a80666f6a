package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// holding is a wanted quantity of product p in a town; holdingOf one of another
// product.
func holding(where string, n stock.Qty) stock.Wanted { return holdingOf("p", where, n) }

func holdingOf(product, where string, n stock.Qty) stock.Wanted {
	return stock.Wanted{Demand: wants(at(where, product), n)}
}

func changesTo(lines ...stock.Wanted) stock.Change {
	return stock.Change{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Lines: lines, Keyed: true}
}

func TestAnOrderOverSlotsIsChanged(t *testing.T) {
	t.Parallel()
	whole := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}}
	part := func(where string, n stock.Qty) stock.Target {
		return stock.Target{Order: whole.Order, Item: at(where, "p"), Qty: n, Keyed: true}
	}
	over := reserves(4, "a", "b")
	for _, c := range []struct {
		name string
		life []stock.Command
		want string // refusal, or what is held at a, b, c
	}{
		{"less of a leg", []stock.Command{over, changesTo(holding("b", 1))}, "[4 1 0]"},
		{"more of a leg", []stock.Command{over, changesTo(holding("b", 6))}, "[4 6 0]"},
		{"more of the home's line and less of the leg", []stock.Command{over, changesTo(holding("a", 6), holding("b", 3))}, "[6 3 0]"},
		{"a new line in a third slot", []stock.Command{over, changesTo(holding("c", 3))}, "[4 4 3]"},
		{"a new line in another slot than the only one", []stock.Command{reserves(4, "a"), changesTo(holding("a", 2), holding("b", 2))}, "[2 2 0]"},
		{"all at once", []stock.Command{over, changesTo(holding("a", 1), holding("b", 7), holding("c", 3))}, "[1 7 3]"},
		{"a leg to nothing, and to something again", []stock.Command{over, changesTo(holding("b", 0)), changesTo(holding("b", 5))}, "[4 5 0]"},
		{"more twice", []stock.Command{over, changesTo(holding("b", 6)), changesTo(holding("b", 9))}, "[4 9 0]"},
		{"more, then less", []stock.Command{over, changesTo(holding("b", 6)), changesTo(holding("b", 2))}, "[4 2 0]"},
		{"what replaces the rest", []stock.Command{reserves(4, "a", "b", "c"), changesTo(holding("c", 5), stock.Wanted{Demand: wants(at("a", "p"), 1)}), withReplace(changesTo(holding("b", 6)))}, "[0 6 0]"},
		{"more, and deducted", []stock.Command{over, changesTo(holding("b", 6)), stock.Confirm{Target: whole}}, "[0 0 0]"},
		{"more, and deducted in part", []stock.Command{over, changesTo(holding("b", 6)), stock.Confirm{Target: part("b", 5)}}, "[4 1 0]"},
		{"after a part was deducted", []stock.Command{over, stock.Confirm{Target: part("b", 3)}, changesTo(holding("b", 2))}, "[4 2 0]"},
		{"and released", []stock.Command{over, changesTo(holding("b", 6), holding("c", 2)), stock.Release{Target: whole}}, "[0 0 0]"},
		{"what was paid", []stock.Command{over, stock.Commit{Target: whole}, changesTo(holding("b", 6))}, "[4 6 0]"},
		{"less of what was paid", []stock.Command{over, stock.Commit{Target: whole}, changesTo(holding("b", 2))}, "INVALID_STATE"},
		{"more than there is", []stock.Command{over, changesTo(holding("a", 1), holding("b", 11))}, "INSUFFICIENT_STOCK"},
		{"more than there is of a new line", []stock.Command{over, changesTo(holding("b", 6), holding("c", 11))}, "INSUFFICIENT_STOCK"},
		{"what has left", []stock.Command{over, stock.Confirm{Target: whole}, changesTo(holding("b", 6))}, "INVALID_STATE"},
		{"lines of two calls that two slots decide", []stock.Command{reserves(4, "a"), reserves(4, "b"), changesTo(holding("a", 2), holding("b", 2))}, "INVALID_ARGUMENT"},
		{"one of them", []stock.Command{reserves(4, "a"), reserves(4, "b"), changesTo(holding("b", 2), holding("c", 2))}, "[4 2 2]"},
		{"what was relocated", []stock.Command{reserves(4, "a"), relocates("a", "b", 1, true), changesTo(holding("a", 1), holding("b", 3))}, "[1 3 0]"},
		{"and relocated", []stock.Command{over, changesTo(holding("b", 6)), relocates("b", "c", 0, false)}, "[4 0 6]"},
		{"as expected", []stock.Command{over, expecting(changesTo(holding("b", 6)), "b", 4)}, "[4 6 0]"},
		{"not as expected", []stock.Command{over, expecting(changesTo(holding("b", 6)), "b", 3)}, "VERSION_CONFLICT"},
		{"an order that nobody knows", []stock.Command{changesTo(holding("b", 6))}, "NOT_FOUND"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clk := newClock()
			l, engines := shop(t, clk)
			var res ledger.Result
			for i, cmd := range c.life {
				r := ledger.Request{Command: cmd, Key: fmt.Sprint("key", i)}
				res = l.Submit(t.Context(), r)[0]
				if res.Err != nil && i < len(c.life)-1 {
					t.Fatalf("%s: %v", cmd.Op(), res.Err)
				}
				again := l.Submit(t.Context(), r)[0]
				if codeOf(again.Err) != codeOf(res.Err) || res.Err == nil && (!again.Replayed || again.Position != res.Position) {
					t.Errorf("%s, sent again: %s, want %s replayed", cmd.Op(), said(again), said(res))
				}
			}
			got := fmt.Sprint(heldAt(t, l, "a", "b", "c"))
			if refusal := codeOf(res.Err); refusal != "" {
				got = refusal
			}
			if got != c.want {
				t.Errorf("%s, want %s:\n%s", got, c.want, orderText(t, l, whole.Order))
			}
			settledAll(t, engines)
		})
	}
}

func withReplace(c stock.Change) stock.Change {
	c.Replace = true
	return c
}

func expecting(c stock.Change, where string, n stock.Qty) stock.Change {
	c.Expected = append(c.Expected, stock.Expected{Item: at(where, "p"), Qty: n})
	return c
}

// settledAll fails unless the books are correct and every leg has followed its
// home.
func settledAll(t *testing.T, engines []engine.Engine) {
	t.Helper()
	verifySlots(t, engines)
	if across, err := audit.CheckAcross(t.Context(), engines, country(len(engines))); err != nil || !across.OK() || across.Waiting > 0 {
		t.Errorf("%v, %+v", err, across)
	}
}

// TestAChangeIsWholeOrNothing kills the process between any two groups of a change
// of lines in three slots and of the work after it; later the change is sent again.
func TestAChangeIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "key"} {
		for _, at := range []time.Duration{0, 10 * time.Second, 60 * time.Second, 60*time.Second + 61*time.Second + 3*time.Second} {
			for cut := range int64(10) {
				t.Run(fmt.Sprintf("with key %q, killed after %d groups, looked at after %s", key, cut, at), func(t *testing.T) {
					t.Parallel()
					changeAndDie(t, key, cut, at)
				})
			}
		}
	}
}

func changeAndDie(t *testing.T, key string, cut int64, later time.Duration) {
	c := newClock()
	engines := inMemory(3)
	l := reopen(t, engines, ledger.WithClock(c))
	for _, where := range []string{"a", "b", "c"} {
		for _, p := range []string{"p", "q"} {
			must(t, l, stock.OpenItem{Item: at(where, p), Bucket: bucketOf(at(where, p)), Qty: 10, Tracked: true})
		}
	}
	stop := running(t, l)
	first := reserves(4, "a", "b", "c")
	must(t, l, first)
	must(t, l, stock.Extend{Target: stock.Target{Order: first.Order}, TTL: 600_000})
	stop()
	change := expecting(changesTo(holding("a", 2), holding("b", 7), holding("c", 1), holdingOf("q", "b", 3), holdingOf("q", "a", 5)), "b", 4)
	change.Keyed = key != ""
	r := ledger.Request{Command: change, Key: key}
	acknowledged := false
	untilKilled(t, engines, cut, func(l *ledger.Ledger, _ func() bool) {
		acknowledged = l.Submit(t.Context(), r)[0].Err == nil
	}, ledger.WithClock(c))

	before, after := "[4 4 4 0 0]", "[2 7 1 3 5]"
	l = reopen(t, engines, ledger.WithClock(c))
	defer running(t, l)()
	c.advance(later)
	if err := l.CarryNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	is := orderHolds(t, l, first.Order)
	if is != before && is != after || acknowledged && is != after {
		t.Fatalf("acknowledged: %v, the order holds %s", acknowledged, is)
	}
	if late := later > 2*time.Minute; late {
		if held := heldOf(t, l); held != is {
			t.Fatalf("%s is held, the order holds %s: nobody has given back what was left", held, is)
		}
	}
	verifySlots(t, engines)

	res := l.Submit(t.Context(), r)[0]
	want := after
	if codeOf(res.Err) == "RESERVATION_EXPIRED" && later > 2*time.Minute && key != "" {
		want = before // it was closed under its key
	} else if res.Err != nil {
		t.Fatalf("sent again: %v", res.Err)
	}
	if held, is := heldOf(t, l), orderHolds(t, l, first.Order); is != want || key != "" && held != want {
		t.Errorf("sent again, the order holds %s, held is %s, want %s:\n%s", is, held, want, orderText(t, l, first.Order))
	}
	c.advance(2*time.Minute + 4*time.Second)
	if err := l.CarryNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if held := heldOf(t, l); held != want {
		t.Errorf("later %s is held, want %s", held, want)
	}
	must(t, l, stock.Confirm{Target: stock.Target{Order: first.Order}})
	if held := heldOf(t, l); held != "[0 0 0 0 0]" {
		t.Errorf("deducted, and there are held %s", held)
	}
	settledAll(t, engines)
}

// heldOf is how many units are held of the items of changeAndDie, orderHolds how
// many of them the order holds.
func heldOf(t *testing.T, l *ledger.Ledger) string {
	t.Helper()
	held := heldAt(t, l, "a", "b", "c")
	for _, where := range []string{"b", "a"} {
		held = append(held, figures(t, l, at(where, "q")).Held)
	}
	return fmt.Sprint(held)
}

func orderHolds(t *testing.T, l *ledger.Ledger, k stock.OrderKey) string {
	t.Helper()
	holds, now, err := l.Order(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	held := make([]stock.Qty, 5)
	for i, item := range []stock.ItemKey{at("a", "p"), at("b", "p"), at("c", "p"), at("b", "q"), at("a", "q")} {
		for _, h := range holds {
			if line := h.Find(item); line != nil {
				is := line.At(now)
				held[i] = is.Quantity()
			}
		}
	}
	return fmt.Sprint(held)
}

// TestWhatOvertakesAChangeUndoesWhatItHolds: another command about the order is
// decided, or time passes, between the holding of units in other slots and the
// decision of the change.
func TestWhatOvertakesAChangeUndoesWhatItHolds(t *testing.T) {
	t.Parallel()
	whole := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}}
	send1 := func(cmd stock.Command, key string) func(*testing.T, *ledger.Ledger, *clock, ledger.Request) {
		return func(t *testing.T, l *ledger.Ledger, _ *clock, _ ledger.Request) {
			if res := l.Submit(t.Context(), ledger.Request{Command: cmd, Key: key})[0]; res.Err != nil {
				t.Fatal(res.Err)
			}
		}
	}
	for name, overtakes := range map[string]struct {
		do      func(*testing.T, *ledger.Ledger, *clock, ledger.Request)
		refused string // what the change is refused with
		want    string // held at a, b and c
	}{
		"a deduct":        {send1(stock.Confirm{Target: whole}, ""), "INVALID_STATE", "[0 0 0]"},
		"a release":       {send1(stock.Release{Target: whole}, ""), "INVALID_STATE", "[0 0 0]"},
		"its deadline":    {func(_ *testing.T, _ *ledger.Ledger, c *clock, _ ledger.Request) { c.advance(61 * time.Second) }, "RESERVATION_EXPIRED", "[0 0 0]"},
		"another life":    {send1(stock.Extend{Target: whole, TTL: 600_000}, ""), "", "[2 6 3]"},
		"a payment":       {send1(stock.Commit{Target: whole}, ""), "INVALID_STATE", "[4 4 0]"},
		"less of a line":  {send1(stock.Release{Target: stock.Target{Order: whole.Order, Item: at("b", "p"), Qty: 1, Keyed: true}}, "part"), "INVALID_STATE", "[4 3 0]"},
		"part of it left": {send1(stock.Confirm{Target: stock.Target{Order: whole.Order, Item: at("b", "p"), Qty: 3, Keyed: true}}, "part"), "INVALID_STATE", "[4 1 0]"},
		"itself, from another node": {func(t *testing.T, l *ledger.Ledger, _ *clock, r ledger.Request) {
			if res := l.Submit(t.Context(), r)[0]; res.Err != nil {
				t.Fatal(res.Err)
			}
		}, "", "[2 6 3]"},
		"another change":               {send1(changesTo(holding("b", 9)), "other"), "", "[2 6 3]"},
		"a change that needs no units": {send1(changesTo(holding("b", 1)), "other"), "INVALID_STATE", "[4 1 0]"},
		"the end of its patience": {func(t *testing.T, l *ledger.Ledger, c *clock, _ ledger.Request) {
			must(t, l, stock.Extend{Target: whole, TTL: 600_000})
			c.advance(60*time.Second + 61*time.Second + 3*time.Second)
			if err := l.CarryNow(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, "", "[2 6 3]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			l, engines := shop(t, c)
			must(t, l, reserves(4, "a", "b"))
			other, stops := stopping(t, c, engines, slot.PointLegs)
			r := ledger.Request{Command: changesTo(holding("a", 2), holding("b", 6), holding("c", 3)), Key: "k"}
			result := send(other, r)
			<-stops[slot.PointLegs].there
			overtakes.do(t, l, c, r)
			close(stops[slot.PointLegs].leave)
			if res := <-result; codeOf(res.Err) != overtakes.refused {
				t.Errorf("it says %v, want %q", res.Err, overtakes.refused)
			}
			if got := fmt.Sprint(heldAt(t, l, "a", "b", "c")); got != overtakes.want {
				t.Errorf("held at a, b and c: %s, want %s:\n%s", got, overtakes.want, orderText(t, l, whole.Order))
			}
			if _, err := l.Sweep(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			if err := l.CarryNow(t.Context()); err != nil { // the decision that a leg receives after the answer
				t.Fatal(err)
			}
			settledAll(t, engines)
		})
	}
}

// A change that is still on its way at the deadline of its order is refused: what it
// would hold anew was never promised, in whatever slot.
func TestAChangeThatCrossesTheDeadlineHoldsNothing(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		life   []stock.Command
		change stock.Change
	}{
		"a new line in another slot":         {[]stock.Command{reserves(4, "a")}, changesTo(holding("c", 3))},
		"a new line of an order over slots":  {[]stock.Command{reserves(4, "a", "b")}, changesTo(holding("c", 3))},
		"with a life of its own":             {[]stock.Command{reserves(4, "a", "b")}, withTTL(changesTo(holding("c", 3)))},
		"what was given back in another":     {[]stock.Command{reserves(4, "a", "b"), changesTo(holding("b", 0))}, changesTo(holding("b", 3))},
		"more of a leg":                      {[]stock.Command{reserves(4, "a", "b")}, changesTo(holding("b", 6))},
		"two calls, decided in two slots":    {[]stock.Command{reserves(4, "a"), reserves(4, "b")}, changesTo(holding("c", 3))},
		"instead of all the others":          {[]stock.Command{reserves(4, "a")}, withReplace(changesTo(holding("c", 3)))},
		"without a line that the order has":  {[]stock.Command{reserves(4, "a")}, changesTo(holding("b", 1), holding("c", 3))},
		"and less of what there is":          {[]stock.Command{reserves(4, "a", "b")}, changesTo(holding("a", 1), holding("c", 3))},
		"after the order was taken in parts": {[]stock.Command{reserves(4, "a", "b"), stock.Confirm{Target: stock.Target{Order: changesTo().Order, Item: at("b", "p"), Qty: 4, Keyed: true}}}, changesTo(holding("c", 3))},
	} {
		for _, key := range []string{"k", ""} {
			t.Run(name+", key "+key, func(t *testing.T) {
				t.Parallel()
				c := newClock()
				l, engines := shop(t, c)
				for i, cmd := range of.life {
					if res := l.Submit(t.Context(), ledger.Request{Command: cmd, Key: fmt.Sprint("key", i)})[0]; res.Err != nil {
						t.Fatal(res.Err)
					}
				}
				other, stops := stopping(t, c, engines, slot.PointLegs)
				r, want := ledger.Request{Command: of.change, Key: key}, "RESERVATION_EXPIRED"
				if key == "" {
					change := expecting(of.change, "a", 4)
					change.Keyed, r.Command, want = false, change, "VERSION_CONFLICT"
				}
				result := send(other, r)
				<-stops[slot.PointLegs].there
				c.advance(61 * time.Second)
				close(stops[slot.PointLegs].leave)
				if res := <-result; codeOf(res.Err) != want {
					t.Errorf("it says %s, want %s", said(res), want)
				}
				if _, err := l.Sweep(t.Context(), ""); err != nil {
					t.Fatal(err)
				}
				if err := l.CarryNow(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprint(heldAt(t, l, "a", "b", "c")); got != "[0 0 0]" {
					t.Errorf("held at a, b and c: %s:\n%s", got, orderText(t, l, changesTo().Order))
				}
				settledAll(t, engines)
			})
		}
	}
}

func withTTL(c stock.Change) stock.Change {
	c.TTL = 60_000
	return c
}

// An order has expired, whichever slot has the line that did.
func TestAChangeOfAnOrderThatHasExpiredElsewhereHoldsNothing(t *testing.T) {
	t.Parallel()
	c := newClock()
	l, engines := shop(t, c)
	must(t, l, reserves(4, "a"))
	must(t, l, reserves(4, "b"))
	must(t, l, stock.Release{Target: stock.Target{Order: changesTo().Order, Item: at("a", "p")}})
	c.advance(61 * time.Second)
	if res := l.Submit(t.Context(), ledger.Request{Command: changesTo(holding("a", 3)), Key: "k"})[0]; codeOf(res.Err) != "RESERVATION_EXPIRED" {
		t.Errorf("it says %s", said(res))
	}
	if got := fmt.Sprint(heldAt(t, l, "a", "b")); got != "[0 0]" {
		t.Errorf("held at a and b: %s", got)
	}
	settledAll(t, engines)
}

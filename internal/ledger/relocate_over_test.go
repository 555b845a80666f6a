package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// relocates moves n units (0: all) of the order's product p between two towns.
func relocates(from, to string, n stock.Qty, keyed bool) stock.Relocate {
	f, t := at(from, "p"), at(to, "p")
	return stock.Relocate{
		Order: stock.OrderKey{Tenant: tenant, Order: "o"}, From: f, FromBucket: bucketOf(f), To: t, ToBucket: bucketOf(t), Known: true, Qty: n, Keyed: keyed,
	}
}

func reserves(n stock.Qty, towns ...string) stock.Place {
	p := stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 60_000}
	for _, where := range towns {
		p.Lines = append(p.Lines, wants(at(where, "p"), n))
	}
	return p
}

// codeOf is the code of the refusal that the error is, "" when it is none.
func codeOf(err error) string {
	var refusal *stock.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Code.String()
	case err != nil:
		return err.Error()
	}
	return ""
}

// orderNow is what the order holds.
func orderNow(t *testing.T, l *ledger.Ledger, k stock.OrderKey) []*stock.Hold {
	t.Helper()
	holds, _, err := l.Order(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return holds
}

// heldAt is how many of product p are held in the towns.
func heldAt(t *testing.T, l *ledger.Ledger, towns ...string) (held []stock.Qty) {
	t.Helper()
	for _, where := range towns {
		held = append(held, figures(t, l, at(where, "p")).Held)
	}
	return held
}

func TestAHoldMovesToAnotherSlot(t *testing.T) {
	t.Parallel()
	whole := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}}
	for _, c := range []struct {
		name string
		life []stock.Command
		want string // refusal, or what is held at a, b, c
	}{
		{"a line of one slot", []stock.Command{reserves(4, "a"), relocates("a", "b", 0, false)}, "[0 4 0]"},
		{"a part of it", []stock.Command{reserves(4, "a"), relocates("a", "b", 1, true)}, "[3 1 0]"},
		{"the home's line of a call over two", []stock.Command{reserves(4, "a", "b"), relocates("a", "c", 0, false)}, "[0 4 4]"},
		{"a leg", []stock.Command{reserves(4, "a", "b"), relocates("b", "c", 0, false)}, "[4 0 4]"},
		{"a leg to a third slot and on to the home's", []stock.Command{reserves(4, "b"), relocates("b", "c", 0, false), relocates("c", "a", 0, false)}, "[4 0 0]"},
		{"there and back", []stock.Command{reserves(4, "a"), relocates("a", "b", 0, false), relocates("b", "a", 0, false)}, "[4 0 0]"},
		{"sent again", []stock.Command{reserves(4, "a"), relocates("a", "b", 0, false), relocates("a", "b", 0, false)}, "[0 4 0]"},
		{"and deducted", []stock.Command{reserves(4, "a"), relocates("a", "b", 0, false), stock.Confirm{Target: whole}}, "[0 0 0]"},
		{"and released", []stock.Command{reserves(4, "a", "c"), relocates("a", "b", 0, false), stock.Release{Target: whole}}, "[0 0 0]"},
		{"what was paid", []stock.Command{reserves(4, "a"), stock.Commit{Target: whole}, relocates("a", "b", 0, false)}, "[0 4 0]"},
		{"too few there", []stock.Command{reserves(4, "a"), stock.Adjust{Item: at("b", "p"), Bucket: bucketOf(at("b", "p")), Delta: -7}, relocates("a", "b", 0, false)}, "INSUFFICIENT_STOCK"},
		{"more than is held", []stock.Command{reserves(4, "a"), relocates("a", "b", 5, true)}, "INVALID_STATE"},
		{"what has left", []stock.Command{reserves(4, "a"), stock.Confirm{Target: whole}, relocates("a", "b", 0, false)}, "INVALID_STATE"},
		{"to a line of another call", []stock.Command{reserves(4, "a"), reserves(2, "b"), relocates("a", "b", 0, false)}, "INVALID_STATE"},
		{"to a leg", []stock.Command{reserves(4, "a", "b"), relocates("a", "b", 0, false)}, "INVALID_STATE"},
		{"what is not held", []stock.Command{reserves(4, "a"), relocates("c", "b", 0, false)}, "NOT_FOUND"},
	} {
		for _, keyed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, keyed %v", c.name, keyed), func(t *testing.T) {
				t.Parallel()
				clk := newClock()
				l, engines := shop(t, clk)
				var res ledger.Result
				for i, cmd := range c.life {
					tried, err := l.TryAll(t.Context(), cmd)
					if err != nil {
						t.Fatal(err)
					}
					r := ledger.Request{Command: cmd}
					if m, ok := cmd.(stock.Relocate); ok && (keyed || m.Keyed) {
						m.Keyed = true
						r = ledger.Request{Command: m, Key: "from " + m.From.Location}
					}
					res = l.Submit(t.Context(), r)[0]
					if res.Err != nil && i < len(c.life)-1 {
						t.Fatalf("%s: %v", cmd.Op(), res.Err)
					}
					if m, moves := cmd.(stock.Relocate); moves && !m.Keyed {
						_, there := stock.LineOf(orderNow(t, l, m.Order), m.To)
						apart := res.Err != nil && there != nil // only the act sees in which slot the line there is
						if !apart && codeOf(tried[0]) != codeOf(res.Err) {
							t.Errorf("%s: tried %v, done %v", cmd.Op(), tried[0], res.Err)
						}
					}
					if r.Key == "" {
						continue
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
				verifySlots(t, engines)
				if across, err := audit.CheckAcross(t.Context(), engines, country(3)); err != nil || across.Waiting > 0 {
					t.Errorf("%v, %d legs have not followed their home", err, across.Waiting)
				}
			})
		}
	}
}

// A refused relocation is refused again in the same words, whatever has happened to
// the line that was in the way.
func TestARelocationIsRefusedOnce(t *testing.T) {
	t.Parallel()
	l, engines := shop(t, newClock())
	must(t, l, reserves(4, "a"))
	must(t, l, reserves(2, "b"))
	r := ledger.Request{Command: relocates("a", "b", 0, true), Key: "k"}
	var first, again *stock.Refusal
	if res := l.Submit(t.Context(), r)[0]; !errors.As(res.Err, &first) || first.State != stock.StateActive {
		t.Fatalf("%v, want a refusal because of an active line", res.Err)
	}
	must(t, l, stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Item: at("b", "p")}})
	if res := l.Submit(t.Context(), r)[0]; !errors.As(res.Err, &again) || again.State != first.State || again.Detail != first.Detail || !res.Replayed {
		t.Errorf("%+v, replayed %t, want %+v again", again, res.Replayed, first)
	}
	verifySlots(t, engines)
}

// TestARelocationIsWholeOrNothing kills the process between any two groups of the
// relocation of a line, and of a leg, to another slot and of the work after it;
// later the relocation is sent again.
func TestARelocationIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]stock.Place{"a line": reserves(4, "b"), "a leg": reserves(4, "a", "b")} {
		for _, key := range []string{"", "key"} {
			for _, at := range []time.Duration{0, 10 * time.Second, 60 * time.Second, 60*time.Second + 61*time.Second + 3*time.Second} {
				for cut := range int64(6) {
					t.Run(fmt.Sprintf("%s, with key %q, killed after %d groups, looked at after %s", name, key, cut, at), func(t *testing.T) {
						t.Parallel()
						relocateAndDie(t, first, key, cut, at)
					})
				}
			}
		}
	}
}

func relocateAndDie(t *testing.T, first stock.Place, key string, cut int64, later time.Duration) {
	c := newClock()
	engines := inMemory(3)
	l := reopen(t, engines, ledger.WithClock(c))
	for _, where := range []string{"a", "b", "c"} {
		must(t, l, stock.OpenItem{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 10, Tracked: true})
	}
	stop := running(t, l)
	must(t, l, first)
	must(t, l, stock.Extend{Target: stock.Target{Order: first.Order}, TTL: 600_000})
	stop()
	r := ledger.Request{Command: relocates("b", "c", 0, key != ""), Key: key}
	acknowledged := false
	untilKilled(t, engines, cut, func(l *ledger.Ledger, _ func() bool) {
		acknowledged = l.Submit(t.Context(), r)[0].Err == nil
	}, ledger.WithClock(c))

	l = reopen(t, engines, ledger.WithClock(c))
	defer running(t, l)()
	c.advance(later)
	if err := l.CarryNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	held := heldAt(t, l, "b", "c")
	if held[0]+held[1] < 4 || acknowledged && (held[0] != 0 || held[1] != 4) {
		t.Fatalf("acknowledged: %v, held at b and c: %d", acknowledged, held)
	}
	if later > 2*time.Minute && held[0]+held[1] != 4 {
		t.Fatalf("held at b and c: %d, nobody has given back what was left", held)
	}
	verifySlots(t, engines)

	res := l.Submit(t.Context(), r)[0]
	want := []stock.Qty{0, 4}
	if codeOf(res.Err) == "RESERVATION_EXPIRED" && later > 2*time.Minute && key != "" {
		want = []stock.Qty{4, 0} // it was closed under its key
	} else if res.Err != nil {
		t.Fatalf("sent again: %v", res.Err)
	}
	if held := heldAt(t, l, "b", "c"); held[0] != want[0] || held[1] != want[1] {
		t.Errorf("sent again, held at b and c: %d, want %d:\n%s", held, want, orderText(t, l, first.Order))
	}
	must(t, l, stock.Confirm{Target: stock.Target{Order: first.Order}})
	if held := heldAt(t, l, "a", "b", "c"); held[0]+held[1]+held[2] != 0 {
		t.Errorf("deducted, and there are held %d", held)
	}
	verifySlots(t, engines)
	if across, err := audit.CheckAcross(t.Context(), engines, country(len(engines))); err != nil || across.Waiting > 0 {
		t.Errorf("%v, %d legs have not followed their home", err, across.Waiting)
	}
}

// TestWhatOvertakesARelocationUndoesItsLeg: another command about the order is
// decided, or time passes, between the leg of a relocation and its decision.
func TestWhatOvertakesARelocationUndoesItsLeg(t *testing.T) {
	t.Parallel()
	whole := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}}
	for name, overtakes := range map[string]struct {
		do      func(*testing.T, *ledger.Ledger, *clock, ledger.Request)
		refused string // what the relocation is refused with
		want    string // held at a and b
	}{
		"a deduct": {func(t *testing.T, l *ledger.Ledger, _ *clock, _ ledger.Request) {
			must(t, l, stock.Confirm{Target: whole})
		}, "INVALID_STATE", "[0 0]"},
		"a release": {func(t *testing.T, l *ledger.Ledger, _ *clock, _ ledger.Request) {
			must(t, l, stock.Release{Target: whole})
		}, "INVALID_STATE", "[0 0]"},
		"its deadline": {func(_ *testing.T, _ *ledger.Ledger, c *clock, _ ledger.Request) { c.advance(61 * time.Second) }, "RESERVATION_EXPIRED", "[0 0]"},
		"less of it": {func(t *testing.T, l *ledger.Ledger, _ *clock, _ ledger.Request) {
			part := stock.Target{Order: whole.Order, Item: at("a", "p"), Qty: 1, Keyed: true}
			if res := l.Submit(t.Context(), ledger.Request{Command: stock.Release{Target: part}, Key: "part"})[0]; res.Err != nil {
				t.Fatal(res.Err)
			}
		}, "INVALID_STATE", "[3 0]"},
		"itself, from another node": {func(t *testing.T, l *ledger.Ledger, _ *clock, r ledger.Request) {
			if res := l.Submit(t.Context(), r)[0]; res.Err != nil {
				t.Fatal(res.Err)
			}
		}, "", "[0 4]"},
		"another relocation": {func(t *testing.T, l *ledger.Ledger, _ *clock, _ ledger.Request) {
			if res := l.Submit(t.Context(), ledger.Request{Command: relocates("a", "c", 0, true), Key: "k2"})[0]; res.Err != nil {
				t.Fatal(res.Err)
			}
		}, "INVALID_STATE", "[0 0]"},
		"the end of its patience": {func(t *testing.T, l *ledger.Ledger, c *clock, _ ledger.Request) {
			must(t, l, stock.Extend{Target: whole, TTL: 600_000})
			c.advance(60*time.Second + 61*time.Second + 3*time.Second)
			if err := l.CarryNow(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, "", "[0 4]"}, // it starts again
	} {
		for _, key := range []string{"", "k"} {
			t.Run(fmt.Sprintf("%s, with key %q", name, key), func(t *testing.T) {
				t.Parallel()
				c := newClock()
				l, engines := shop(t, c)
				must(t, l, reserves(4, "a"))
				other, stops := stopping(t, c, engines, slot.PointLegs)
				r := ledger.Request{Command: relocates("a", "b", 0, key != ""), Key: key}
				result := send(other, r)
				<-stops[slot.PointLegs].there
				overtakes.do(t, l, c, r)
				close(stops[slot.PointLegs].leave)
				if res := <-result; codeOf(res.Err) != overtakes.refused {
					t.Errorf("it says %v, want %q", res.Err, overtakes.refused)
				}
				if got := fmt.Sprint(heldAt(t, l, "a", "b")); got != overtakes.want {
					t.Errorf("held at a and b: %s, want %s:\n%s", got, overtakes.want, orderText(t, l, whole.Order))
				}
				verifySlots(t, engines)
			})
		}
	}
}

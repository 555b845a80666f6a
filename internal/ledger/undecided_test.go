package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// saveAll lets the projections of all slots take in the log and save.
func saveAll(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	for _, d := range l.Deliveries() {
		save(t, d)
	}
}

// TestLegsWithoutADecisionAreGivenBackSoon kills the process between any two groups of
// a call that holds units in several slots. Seconds after the next process has read
// the logs, units are held for an order that is known, or not at all; and the call,
// sent again with its key, is carried out as if it came for the first time.
func TestLegsWithoutADecisionAreGivenBackSoon(t *testing.T) {
	t.Parallel()
	long := reserves(2, "a", "b", "c")
	long.TTL = 3_600_000
	for name, c := range map[string]struct {
		before []stock.Command
		call   stock.Command
		are    []string // what may be held at a, b and c once all is settled
		again  string   // and after the call was sent again under its key
	}{
		"a reserve":         {nil, long, []string{"[0 0 0]", "[2 2 2]"}, "[2 2 2]"},
		"one that is short": {nil, scarce(long), []string{"[0 0 0]"}, "[0 0 0]"},
		"a change":          {[]stock.Command{reserves(4, "a", "b")}, changesTo(holding("a", 2), holding("b", 6), holding("c", 3)), []string{"[4 4 0]", "[2 6 3]"}, "[2 6 3]"},
		"a relocation":      {[]stock.Command{reserves(4, "a")}, relocates("a", "b", 0, true), []string{"[4 0 0]", "[0 4 0]"}, "[0 4 0]"},
	} {
		for _, key := range []string{"", "key"} {
			if key == "" && len(c.before) > 0 {
				continue
			}
			for cut := range int64(6) {
				t.Run(fmt.Sprintf("%s, with key %q, killed after %d groups", name, key, cut), func(t *testing.T) {
					t.Parallel()
					clk := newClock()
					engines := inMemory(3)
					l := reopen(t, engines, ledger.WithClock(clk))
					end := running(t, l)
					for _, where := range []string{"a", "b", "c"} {
						must(t, l, stock.OpenItem{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 10, Tracked: true})
					}
					for _, cmd := range c.before {
						must(t, l, cmd)
					}
					end()
					r := ledger.Request{Command: c.call, Key: key}
					untilKilled(t, engines, cut, func(l *ledger.Ledger, _ func() bool) { l.Submit(t.Context(), r) }, ledger.WithClock(clk))

					l = reopen(t, engines, ledger.WithClock(clk))
					defer keep(t, "Run", l.Run)()
					saveAll(t, l)
					saveAll(t, l) // decisions are known now
					listed := len(l.Undecided(0))
					held := heldAt(t, l, "a", "b", "c")
					clk.advance(6 * time.Second)
					saveAll(t, l)
					got := fmt.Sprint(heldAt(t, l, "a", "b", "c"))
					if ok := got == c.are[0] || len(c.are) > 1 && got == c.are[1]; !ok {
						t.Errorf("held at a, b and c: %s, want one of %v:\n%s", got, c.are, orderText(t, l, changesTo().Order))
					}
					if is := fmt.Sprint(held); is != got && listed == 0 {
						t.Errorf("%s were held, and no leg was listed as undecided", is)
					}
					if left := l.Undecided(0); len(left) > 0 {
						t.Errorf("still listed: %v", left)
					}
					settledAll(t, engines)
					if key == "" {
						return
					}
					res := l.Submit(t.Context(), r)[0]
					saveAll(t, l)
					if got := fmt.Sprint(heldAt(t, l, "a", "b", "c")); got != c.again {
						t.Errorf("sent again, it says %s, and %s are held, want %s", said(res), got, c.again)
					}
					once := l.Submit(t.Context(), r)[0]
					if codeOf(once.Err) != codeOf(res.Err) || !once.Replayed || once.Position != res.Position {
						t.Errorf("and again: %s, want %s replayed", said(once), said(res))
					}
					settledAll(t, engines)
				})
			}
		}
	}
}

// A refusal gives back the legs of its call, also when the process that received it
// first died before it could.
func TestARefusalThatIsRepeatedGivesBackItsLegs(t *testing.T) {
	t.Parallel()
	engines := inMemory(3)
	l := reopen(t, engines)
	end := running(t, l)
	for _, where := range []string{"a", "b", "c"} {
		must(t, l, stock.OpenItem{Item: at(where, "p"), Bucket: bucketOf(at(where, "p")), Qty: 10, Tracked: true})
	}
	end()
	r := ledger.Request{Command: scarce(reserves(2, "a", "b", "c")), Key: "k"}
	untilKilled(t, engines, 3, func(l *ledger.Ledger, _ func() bool) { l.Submit(t.Context(), r) }) // the legs and the refusal
	l = reopen(t, engines)
	defer keep(t, "Run", l.Run)()
	if got := fmt.Sprint(heldAt(t, l, "a", "b", "c")); got == "[0 0 0]" {
		t.Fatal("nothing is left")
	}
	if res := l.Submit(t.Context(), r)[0]; codeOf(res.Err) != "INSUFFICIENT_STOCK" || !res.Replayed {
		t.Errorf("%s, want the refusal", said(res))
	}
	if got := fmt.Sprint(heldAt(t, l, "a", "b", "c")); got != "[0 0 0]" {
		t.Errorf("held at a, b and c: %s", got)
	}
}

// A call that stands still for long on its way loses its legs to those who ask, and
// starts again when it continues: it never has a decision that its legs do not know.
func TestACallThatIsSlowStartsAgain(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k"} {
		for name, sold := range map[string]bool{"and is granted": false, "and finds its units sold": true} {
			t.Run(fmt.Sprintf("%s, with key %q", name, key), func(t *testing.T) {
				t.Parallel()
				c := newClock()
				l, engines := shop(t, c)
				other, stops := stopping(t, c, engines, slot.PointLegs)
				r := ledger.Request{Command: reserves(6, "a", "b"), Key: key}
				result := send(other, r)
				<-stops[slot.PointLegs].there
				saveAll(t, l)
				c.advance(16 * time.Second)
				for len(l.Undecided(0)) > 0 { // the running projections may be at it
					saveAll(t, l)
				}
				if got := fmt.Sprint(heldAt(t, l, "a", "b")); got != "[0 0]" {
					t.Errorf("held at a and b: %s", got)
				}
				want, code := "[6 6]", ""
				if sold {
					must(t, l, stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "p"}, TTL: 60_000, Lines: []stock.Demand{wants(at("b", "p"), 6)}})
					want, code = "[0 6]", "INSUFFICIENT_STOCK"
				}
				close(stops[slot.PointLegs].leave)
				if res := <-result; codeOf(res.Err) != code {
					t.Errorf("it says %s, want %q", said(res), code)
				}
				if got := fmt.Sprint(heldAt(t, l, "a", "b")); got != want {
					t.Errorf("held at a and b: %s, want %s", got, want)
				}
				verifySlots(t, engines)
			})
		}
	}
}

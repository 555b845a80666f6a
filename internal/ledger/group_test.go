package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// groupChecks times 100 histories: the faults for which they were written need some
// 800.
const groupChecks = 10 / raceShare

// The result of a command does not depend on the commands stored with it, nor on
// what is remembered: random commands in few groups, and each in a group of its own
// at the same moment, while holds fall due.
func TestAGroupDecidesLikeGroupsOfOne(t *testing.T) {
	t.Parallel()
	for range groupChecks {
		rapid.Check(t, decidesLikeGroupsOfOne(t))
	}
}

func decidesLikeGroupsOfOne(t *testing.T) func(*rapid.T) {
	return func(r *rapid.T) {
		c := newClock()
		e := memory.New()
		// Waiting orders are served in the group when there is room and all rows
		// for it are remembered, else by the sweep: the result is the same in the
		// end, but not at every moment.
		largest := rapid.SampledFrom([]int{3, 5, 100}).Draw(r, "largest group")
		promises := largest == 100
		var together *ledger.Ledger
		if promises {
			// Callers lead: no ledger has to run, and no sweep comes in between.
			together = reopen(t, []engine.Engine{e}, ledger.WithClock(c))
		} else {
			var stop func()
			noSweep := ledger.WithSleep(func(ctx context.Context, _ time.Duration) error {
				<-ctx.Done()
				return ctx.Err()
			})
			together, stop = started(t, e, ledger.WithClock(c), ledger.WithMaxGroup(largest), noSweep)
			defer stop()
		}
		apart := reopen(t, []engine.Engine{memory.New()}, ledger.WithClock(c))
		g := &groupCommands{orders: rapid.IntRange(2, 12).Draw(r, "orders"), promises: promises}
		for _, product := range []string{"p", "q"} {
			open := opened(product, 6)
			g.both(t, r, together, apart, []ledger.Request{open})
		}
		for range rapid.IntRange(1, 6).Draw(r, "groups") {
			var requests []ledger.Request
			for range rapid.IntRange(1, 12).Draw(r, "commands") {
				requests = append(requests, ledger.Request{Command: g.any(t, r)})
			}
			if !g.promises && rapid.IntRange(0, 2).Draw(r, "forget") == 0 {
				together.Forget()
			}
			g.both(t, r, together, apart, requests)
			c.advance(time.Duration(rapid.SampledFrom([]int{0, 1, 400, 2000}).Draw(r, "seconds")) * time.Second)
		}
		verified(t, e)
	}
}

// groupCommands makes commands of few orders about two items.
type groupCommands struct {
	orders, places int
	promises       bool
}

// both carries the requests out on both ledgers, which must agree afterwards.
func (g *groupCommands) both(t *testing.T, r *rapid.T, together, apart *ledger.Ledger, requests []ledger.Request) {
	t.Helper()
	got := together.Submit(t.Context(), requests...)
	for i := range requests {
		want := answersOf(apart.Submit(t.Context(), requests[i])...)[0]
		if diff := gocmp.Diff(outcome(want), outcome(answersOf(got[i])[0]), cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("command %d of %+v\napart (-), together (+):\n%s", i, requests, diff)
		}
	}
	for _, p := range []string{"p", "q"} {
		// The sweep changes nothing of an item except the time of its last change.
		if diff := gocmp.Diff(now(t, apart, p), now(t, together, p), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(stock.Item{}, "Version", "UpdatedAt")); diff != "" {
			r.Fatalf("%s after %+v\napart (-), together (+):\n%s", p, requests, diff)
		}
	}
	for n := range g.orders {
		if diff := gocmp.Diff(linesOf(t, apart, g.order(n)), linesOf(t, together, g.order(n)), cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("order %d after %+v\napart (-), together (+):\n%s", n, requests, diff)
		}
	}
}

// outcome is the answer without its place in the log.
func outcome(a answer) answer {
	return answer{Refusal: a.Refusal, Err: a.Err, Replayed: a.Replayed}
}

// linesOf are the order's lines as a strong read shows them.
func linesOf(t *testing.T, l *ledger.Ledger, order string) (lines []stock.Line) {
	t.Helper()
	holds, at, err := l.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: order})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range holds {
		for i := range h.Lines {
			lines = append(lines, h.Lines[i].At(at))
		}
	}
	return lines
}

func (g *groupCommands) order(n int) string { return fmt.Sprint("o", n) }

// any is usually a reserve or the end of a hold; no two deadlines are the same.
func (g *groupCommands) any(t *testing.T, r *rapid.T) stock.Command {
	product := rapid.SampledFrom([]string{"p", "q"}).Draw(r, "product")
	order := g.order(rapid.IntRange(0, g.orders-1).Draw(r, "order"))
	channel := rapid.SampledFrom([]string{"", "web", "app"}).Draw(r, "channel")
	qty := stock.Qty(rapid.IntRange(1, 6).Draw(r, "qty"))
	lot := lotOf(t, "batch", rapid.SampledFrom([]string{"A", "B"}).Draw(r, "lot"))
	switch rapid.IntRange(0, 17).Draw(r, "what") {
	case 16, 17:
		c := toHold(order, product, qty-1, true)
		c.Replace, c.TTL = qty == 3, stock.Time(qty%2)*60_000
		return c
	case 0, 1, 2, 3:
		return stock.Expire{Order: target(order).Order}
	case 4:
		return stock.Release{Target: target(order)}
	case 5:
		return stock.Confirm{Target: target(order)}
	case 6:
		return quotas(product, stock.Lowering(rapid.IntRange(int(stock.LowerRefuse), int(stock.LowerWait)).Draw(r, "lower")), map[string]stock.Qty{"web": qty})
	case 7:
		return receive(item(product), lot, qty)
	case 8:
		if g.promises {
			return backorder(product, qty)
		}
	case 9:
		return anyCommand(r)
	}
	g.places++
	p := on(channel, place(order, product, qty))
	p.TTL = stock.Time(rapid.SampledFrom([]int{1, 300, 1800}).Draw(r, "ttl")*1000 + g.places)
	p.Partial, p.Ahead = rapid.Bool().Draw(r, "partial"), rapid.IntRange(0, 3).Draw(r, "ahead") == 0
	if rapid.IntRange(0, 4).Draw(r, "choose") == 0 {
		p = choose(lot, p)
	}
	if rapid.IntRange(0, 3).Draw(r, "two lines") == 0 && product == "p" {
		p.Lines = append(p.Lines, stock.Demand{Item: item("q"), Bucket: bucket, Qty: qty})
	}
	return p
}

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/wrap"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// outage is a database that is away for some calls of a method, after others.
type outage struct {
	method      atomic.Value // wrap.Method; "" is every method
	skip, calls atomic.Int64
}

func (o *outage) begin(m wrap.Method, skip, calls int64) {
	o.method.Store(m)
	o.skip.Store(skip)
	o.calls.Store(calls)
}

// over is the engine with its outages. Appends that are away have stored nothing.
func (o *outage) over(e engine.Engine) engine.Engine {
	return wrap.New(e, func(ctx context.Context, m wrap.Method, do func(context.Context) error) error {
		if of := o.method.Load(); of != m && of != wrap.Method("") || o.skip.Add(-1) >= 0 {
			return do(ctx)
		}
		if o.calls.Add(-1) >= 0 {
			return errCable
		}
		return do(ctx)
	})
}

func TestWhatComesAfterACommandWithoutOutcomeIsHeldBack(t *testing.T) {
	t.Parallel()
	m := country(3)
	here, beside, there := inSlot(m, 0, 2)[0], inSlot(m, 0, 2)[1], inSlot(m, 1, 1)[0]
	var n atomic.Int64
	request := func(cmd stock.Command) ledger.Request {
		return ledger.Request{Command: cmd, Key: fmt.Sprint("key ", n.Add(1))}
	}
	restock := func(k stock.ItemKey) ledger.Request {
		return request(stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 1})
	}
	whole := func(order string) stock.Target {
		return stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: order}, Keyed: true}
	}
	reserve := func(order string, lines ...stock.Demand) ledger.Request {
		return request(stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: order}, TTL: 60_000, Lines: lines})
	}
	release := func(order string) ledger.Request { return request(stock.Release{Target: whole(order)}) }
	deduct := func(order string) ledger.Request { return request(stock.Confirm{Target: whole(order)}) }
	deductLine := func(order string, k stock.ItemKey) ledger.Request {
		line := whole(order)
		line.Item = k
		return request(stock.Confirm{Target: line})
	}
	to := func(order string, replace bool, lines ...stock.Demand) ledger.Request {
		c := stock.Change{Order: stock.OrderKey{Tenant: tenant, Order: order}, Replace: replace, Keyed: true}
		for _, d := range lines {
			c.Lines = append(c.Lines, stock.Wanted{Demand: d})
		}
		return request(c)
	}
	relocate := func(order string, from, to stock.ItemKey) ledger.Request {
		return request(stock.Relocate{
			Order: stock.OrderKey{Tenant: tenant, Order: order}, From: from, FromBucket: bucketOf(from), To: to, ToBucket: bucketOf(to), Known: true, Keyed: true,
		})
	}
	// Of each command: u, it has no outcome; h, it is held back; y, it is carried out.
	for name, c := range map[string]struct {
		away  wrap.Method
		calls int64
		batch []ledger.Request
		want  string
	}{
		"a whole order cannot be looked up": {
			"Load", 2, []ledger.Request{release("o"), restock(here), deduct("o"), restock(beside)}, "uhhy",
		},
		"nor any other, and what it has where the slot is silent may be anything there": {
			"Load", 3, []ledger.Request{restock(there), release("o"), reserve("n", asks(beside, 1)), restock(there), deduct("other"), reserve("n", asks(beside, 1)), restock(here)}, "yuyhhhh",
		},
		"a line cannot be looked up": {
			"Load", 2, []ledger.Request{deductLine("away", there), restock(there), deduct("away"), restock(here)}, "uhhy",
		},
		"a change cannot be looked up": {
			"Load", 2, []ledger.Request{to("o", false, asks(here, 3)), restock(here), release("o"), restock(beside)}, "uhhy",
		},
		"a change that replaces cannot be looked up": {
			"Load", 3, []ledger.Request{to("both", true, asks(beside, 3)), restock(here), restock(beside)}, "uhh",
		},
		"a relocation cannot be looked up": {
			"Load", 2, []ledger.Request{relocate("o", here, beside), restock(here), restock(beside), deduct("o")}, "uhhh",
		},
		"a slot does not store": {
			"Append", 1, []ledger.Request{restock(there), reserve("n", asks(there, 1), asks(here, 1)), restock(here), restock(beside), release("n")}, "uhhyh",
		},
		"a slot does not store, nor what follows there": {
			"Append", 1, []ledger.Request{restock(there), restock(there), restock(here)}, "uuy",
		},
		"a leg is not held": {
			"Append", 1, []ledger.Request{reserve("n", asks(there, 1), asks(here, 1)), deduct("n"), restock(there), restock(here), restock(beside)}, "uhhhy",
		},
		"one whose answer is a refusal holds nothing back": {
			"Append", 0, []ledger.Request{reserve("n", asks(here, 1000)), restock(here), release("unknown"), deduct("o")}, "nyny",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var away outage
			away.begin("", 0, 0)
			engines := inMemory(3)
			first := reopen(t, engines)
			stop := running(t, first)
			for _, k := range []stock.ItemKey{here, beside, there} {
				must(t, first, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 10, Tracked: true})
			}
			must(t, first, reserve("o", asks(here, 2)).Command)
			must(t, first, reserve("other", asks(beside, 2)).Command)
			must(t, first, reserve("away", asks(there, 2)).Command)
			must(t, first, reserve("both", asks(here, 1), asks(beside, 1)).Command)
			stop()

			behind := slices.Clone(engines)
			behind[1] = away.over(engines[1])
			l := reopen(t, behind)
			defer running(t, l)()
			if _, _, err := l.Items(t.Context(), []stock.ItemKey{here, beside, there}); err != nil {
				t.Fatal(err)
			}
			away.begin(c.away, 0, c.calls)
			answers := l.Submit(t.Context(), c.batch...)
			got := ""
			for _, res := range answers {
				switch {
				case errors.Is(res.Err, ledger.ErrHeldBack):
					got += "h"
				case !ledger.HasOutcome(res.Err):
					got += "u"
				case res.Err != nil:
					got += "n"
				default:
					got += "y"
				}
			}
			if got != c.want {
				t.Errorf("answers %s, want %s", got, c.want)
				for i := range answers {
					t.Logf("%T: %v", c.batch[i].Command, answers[i].Err)
				}
			}
			away.begin("", 0, 0)
			for i, res := range l.Submit(t.Context(), c.batch...) {
				if !ledger.HasOutcome(res.Err) || got[i] != 'n' && res.Replayed != (got[i] == 'y') {
					t.Errorf("sent again, %d: replayed %v, %v", i, res.Replayed, res.Err)
				}
			}
			verifySlots(t, engines)
		})
	}
}

// TestBatchesWithASlotAwayAreCarriedOutInOrder sends batches of up to 250 commands to
// books in eight slots, one of which is away in the middle, and sends what has no
// outcome again (SOAK=100: a million commands). Every answer, and the books at the
// end, are those of books in one slot that are never away.
func TestBatchesWithASlotAwayAreCarriedOutInOrder(t *testing.T) {
	t.Parallel()
	const slots = 8
	m := country(slots)
	var items []stock.ItemKey
	for s := range slots {
		items = append(items, inSlot(m, uint16(s), 3)...)
	}
	for n := range rounds(2) {
		engines, away := inMemory(slots), make([]outage, slots)
		faulty := slices.Clone(engines)
		for i := range faulty {
			away[i].begin("", 0, 0)
			faulty[i] = away[i].over(engines[i])
		}
		l, one := reopen(t, faulty, ledger.WithClock(newClock())), open(t, memory.New(), ledger.WithClock(newClock()))
		stop := running(t, l)
		for _, k := range items {
			o := stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 20, Tracked: true}
			must(t, l, o)
			must(t, one, o)
			o.Item.Product, o.Qty = plenty, 1_000_000
			must(t, l, o)
			must(t, one, o)
		}
		b := &batches{r: rand.New(rand.NewPCG(uint64(n), 8)), m: m, items: items}
		for range 20 {
			b.differ(t, l, one, away)
			b.calm = true
			b.differ(t, l, one, nil)
			b.calm = false
		}
		stop()
		verifySlots(t, engines)
		if t.Failed() {
			t.Fatalf("round %d", n)
		}
	}
}

// plenty is a product that is never short.
const plenty = "plenty"

// batches makes batches of commands about few items and orders.
type batches struct {
	r     *rand.Rand
	m     country
	items []stock.ItemKey
	// orders are those with lines in one slot, apart the others. While a slot is away
	// these are not ended or refused: the answer would not wait for the units in that
	// slot, which may then be missing for the next command.
	orders, apart []order
	calm          bool
	n             int
}

type order struct {
	stock.OrderKey
	slot uint16
}

func (b *batches) item(of uint16) stock.ItemKey {
	for {
		if k := b.items[b.r.IntN(len(b.items))]; b.m.Slot(bucketOf(k)) == of {
			return k
		}
	}
}

func (b *batches) request() ledger.Request {
	b.n++
	r := ledger.Request{Key: fmt.Sprint("key ", b.n)}
	k := b.items[b.r.IntN(len(b.items))]
	if len(b.orders) == 0 || b.r.IntN(10) < 3 {
		o := order{stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("order ", b.n)}, b.m.Slot(bucketOf(k))}
		p := stock.Place{Order: o.OrderKey, TTL: 600_000, Lines: []stock.Demand{asks(k, 1+stock.Qty(b.r.IntN(5)))}}
		at := &b.orders
		if other := b.items[b.r.IntN(len(b.items))]; other != k && b.r.IntN(2) == 0 {
			if b.m.Slot(bucketOf(other)) != o.slot {
				k.Product, other.Product, at = plenty, plenty, &b.apart
			}
			p.Lines = []stock.Demand{asks(k, 1+stock.Qty(b.r.IntN(5))), asks(other, 1+stock.Qty(b.r.IntN(5)))}
		}
		*at = append(*at, o)
		r.Command = p
		return r
	}
	of := b.orders
	if b.calm && len(b.apart) > 0 && b.r.IntN(2) == 0 {
		of = b.apart
	}
	o := of[max(0, len(of)-1-b.r.IntN(20))]
	whole := stock.Target{Order: o.OrderKey, Keyed: true}
	switch b.r.IntN(4) {
	case 0:
		if b.r.IntN(3) == 0 {
			k.Product = plenty
		}
		r.Command = stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 1 + stock.Qty(b.r.IntN(3))}
	case 1:
		r.Command = stock.Release{Target: whole}
	case 2:
		r.Command = stock.Confirm{Target: whole}
	case 3:
		o = b.orders[max(0, len(b.orders)-1-b.r.IntN(20))]
		r.Command = stock.Change{Order: o.OrderKey, Keyed: true, Lines: []stock.Wanted{{Demand: asks(b.item(o.slot), stock.Qty(b.r.IntN(6)))}}}
	}
	return r
}

// differ sends a batch to both books and compares the answers.
func (b *batches) differ(t *testing.T, l, one *ledger.Ledger, away []outage) {
	t.Helper()
	batch := make([]ledger.Request, 1+b.r.IntN(250))
	left := make([]int, len(batch))
	for i := range batch {
		batch[i], left[i] = b.request(), i
	}
	want := one.Submit(t.Context(), batch...)
	got := make([]ledger.Result, len(batch))
	for attempt := 0; len(left) > 0; attempt++ {
		if attempt < 3 && away != nil {
			of := []wrap.Method{"", "Load", "Append"}[b.r.IntN(3)]
			away[b.r.IntN(len(away))].begin(of, int64(b.r.IntN(12)), int64(1+b.r.IntN(8)))
		}
		requests := make([]ledger.Request, len(left))
		for i, n := range left {
			requests[i] = batch[n]
		}
		var again []int
		for i, res := range l.Submit(t.Context(), requests...) {
			if got[left[i]] = res; !ledger.HasOutcome(res.Err) {
				again = append(again, left[i])
			}
		}
		left = again
	}
	for i := range away {
		away[i].begin("", 0, 0)
	}
	for i := range batch {
		if answered, should := ending(got[i].Err), ending(want[i].Err); answered != should {
			t.Errorf("command %d of %d (%T): %s, want %s", i, len(batch), batch[i].Command, answered, should)
		}
	}
	for _, k := range b.items {
		for _, p := range []string{k.Product, plenty} {
			k.Product = p
			if f, should := figures(t, l, k), figures(t, one, k); f != should {
				t.Errorf("%v: %+v, want %+v", k, f, should)
			}
		}
	}
}

// ending says how a command ended.
func ending(err error) string {
	var refusal *stock.Refusal
	if errors.As(err, &refusal) {
		return fmt.Sprint("refusal ", refusal.Code)
	}
	return fmt.Sprint(err)
}

func TestASeriesHoldsBackWhatComesAfterACommandWithoutOutcome(t *testing.T) {
	t.Parallel()
	restock := func(product string) stock.Command {
		return stock.Restock{Item: item(product), Bucket: bucket, Qty: 1}
	}
	answers := map[string]error{"u": errCable, "r": &stock.Refusal{Code: stock.NotFound}, "y": nil}
	for _, c := range []struct {
		commands      []stock.Command
		answers, want string
	}{
		{[]stock.Command{restock("p"), restock("p"), restock("q"), place("o", "p", 1), stock.Release{Target: target("o")}}, "uyyyy", "u.y.."},
		{[]stock.Command{stock.Release{Target: target("o")}, restock("p"), place("n", "q", 1)}, "uyy", "u.."},
		{[]stock.Command{restock("p"), stock.Release{Target: target("o")}, restock("q")}, "uyy", "u.."},
		{[]stock.Command{place("o", "p", 1), stock.Release{Target: target("o")}, restock("p")}, "ryy", "ryy"},
	} {
		var s ledger.Series
		got := ""
		for i, cmd := range c.commands {
			if err := s.HoldBack(cmd); err != nil {
				if !errors.Is(err, ledger.ErrHeldBack) {
					t.Errorf("%v, want ErrHeldBack", err)
				}
				got += "."
				continue
			}
			s.Note(cmd, answers[c.answers[i:i+1]])
			got += c.answers[i : i+1]
		}
		if got != c.want {
			t.Errorf("%v answers %s, want %s", c.commands, got, c.want)
		}
	}
}

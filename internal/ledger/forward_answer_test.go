package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// answer is the answer that a client receives.
type answer struct {
	Event    *stock.Event
	Refusal  *stock.Refusal
	Err      string
	Replayed bool
	At       stock.Time
	Position ledger.Position
}

func answersOf(results ...ledger.Result) []answer {
	shown := make([]answer, len(results))
	for i, r := range results {
		shown[i] = answer{Event: r.Event, Replayed: r.Replayed, At: r.At, Position: r.Position}
		if r.Err != nil && !errors.As(r.Err, &shown[i].Refusal) {
			shown[i].Err = r.Err.Error()
		}
	}
	return shown
}

// The home answers as the sender would have answered: random commands through a
// forwarding and through a single ledger.
func TestForwardedResultsAreLikeOwn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		c := newClock()
		e := memory.New()
		// Callers lead: no ledger has to run.
		f := nodesBy(2, func(_ int, peers ledger.Option) *ledger.Ledger {
			return reopen(t, []engine.Engine{e}, ledger.WithClock(c), peers)
		})
		alone := reopen(t, []engine.Engine{memory.New()}, ledger.WithClock(c))
		keys := rapid.SampledFrom([]string{"", "", "k1", "k2"})
		for range rapid.IntRange(1, 8).Draw(r, "calls") {
			var requests []ledger.Request
			for range rapid.IntRange(1, 4).Draw(r, "commands") {
				requests = append(requests, ledger.Request{Command: anyCommand(r), Key: keys.Draw(r, "key")})
			}
			if rapid.IntRange(0, 5).Draw(r, "time passes") == 0 {
				c.advance(time.Duration(rapid.IntRange(1, 3000).Draw(r, "seconds")) * time.Second)
			}
			want, got := alone.Submit(t.Context(), requests...), f.nodes[1].Submit(t.Context(), requests...)
			if diff := gocmp.Diff(answersOf(want...), answersOf(got...), cmpopts.EquateEmpty()); diff != "" {
				r.Fatalf("%+v\nalone (-), forwarded (+):\n%s", requests, diff)
			}
		}
		if s := f.nodes[1].Stats(); s.Groups != 0 || s.Forwarded == 0 {
			r.Fatalf("not all was forwarded: %+v", s)
		}
		for _, p := range []string{"p", "q"} {
			wa, wh := level(t, alone, p)
			if ga, gh := level(t, f.nodes[1], p); ga != wa || gh != wh {
				r.Fatalf("%s: %d and %d, alone %d and %d", p, ga, gh, wa, wh)
			}
		}
		verified(t, e)
	})
}

// anyCommand gives commands about two items and three orders.
func anyCommand(r *rapid.T) stock.Command {
	product := rapid.SampledFrom([]string{"p", "q"}).Draw(r, "product")
	order := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "order")
	qty := stock.Qty(rapid.IntRange(0, 6).Draw(r, "qty"))
	note := stock.Note{Reason: rapid.SampledFrom([]string{"", "why"}).Draw(r, "reason"), Operator: "me"}
	some := target(order)
	if rapid.Bool().Draw(r, "one line") {
		some.Item = item(product)
	}
	switch rapid.IntRange(0, 11).Draw(r, "what") {
	case 10, 11:
		return toHold(order, product, qty, true)
	case 0:
		return stock.OpenItem{Item: item(product), Bucket: bucket, Qty: qty, Tracked: true, Note: note}
	case 1:
		return stock.Restock{Item: item(product), Bucket: bucket, Qty: qty, Open: &stock.Opening{}, Note: note}
	case 2:
		return stock.Adjust{Item: item(product), Bucket: bucket, Delta: qty - 3, Note: note}
	case 3:
		return stock.Confirm{Target: some, Note: note}
	case 4:
		return stock.Release{Target: some, Note: note}
	case 5:
		return stock.Extend{Target: some, TTL: 60_000, Note: note}
	case 6:
		return stock.Commit{Target: some}
	case 7:
		return stock.SetSaleStatus{Item: item(product), Bucket: bucket, Channel: order, OnSale: qty > 2, Open: &stock.Opening{}}
	}
	p := place(order, product, qty)
	p.Partial, p.Note = qty > 4, note
	if rapid.Bool().Draw(r, "two lines") {
		p.Lines = append(p.Lines, stock.Demand{Item: item("q"), Bucket: bucket, Qty: 2, Known: true})
	}
	return p
}

// When neither the home nor the store answers, the caller receives ErrUnknown.
func TestWhatWasSentAndCannotBeStoredIsUnknown(t *testing.T) {
	t.Parallel()
	var plan faulty.Script
	e := memory.New()
	f := nodes(t, 2, func(i int) engine.Engine {
		if i == 1 {
			return faulty.New(e, &plan)
		}
		return e
	})
	prepare(t, f.nodes[0])
	f.ask(silences[1].silence)
	plan.On("Load", 1, faulty.Fault{Err: errCable})
	if r := f.nodes[1].Submit(t.Context(), restock(5))[0]; !errors.Is(r.Err, ledger.ErrUnknown) || !errors.Is(r.Err, errCable) {
		t.Errorf("the caller is told %v", r.Err)
	}
	wantLevel(t, f.nodes[0], "p", 105, 10) // it has happened
}

// A caller whose time is up while the home has its command receives ErrUnknown, and
// the command happens once.
func TestACallerMayLeaveWhileTheHomeIsAtWork(t *testing.T) {
	t.Parallel()
	e := memory.New()
	f := nodes(t, 2, all(e))
	prepare(t, f.nodes[0])
	ctx, leave := context.WithCancel(t.Context())
	f.ask(func(once context.Context, carryOut carry) ([]ledger.Result, error) {
		_, err := carryOut(context.WithoutCancel(once))
		leave()
		<-once.Done()
		return nil, errors.Join(err, once.Err())
	})
	if r := f.nodes[1].Submit(ctx, restock(5))[0]; !errors.Is(r.Err, ledger.ErrUnknown) {
		t.Errorf("the caller is told %v", r.Err)
	}
	f.ask(nil)
	must(t, f.nodes[1], stock.Restock{Item: item("p"), Bucket: bucket, Qty: 6})
	wantLevel(t, f.nodes[1], "p", 111, 10)
	verified(t, e)
}

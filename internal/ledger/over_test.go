package ledger_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

// towns are locations that are in different slots when there are three.
var towns = []string{"a", "b", "c", "d"}

func at(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}
}

// bucketOf returns the bucket of an item: the last of the towns is spread.
func bucketOf(k stock.ItemKey) stock.Bucket {
	if k.Location == towns[len(towns)-1] {
		return stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	}
	return stock.BucketOf(k.Tenant, k.Location)
}

// country distributes the towns over that many slots.
type country int

func (country) Bucket(_ context.Context, k stock.ItemKey) (stock.Bucket, error) {
	return bucketOf(k), nil
}

func (n country) Slot(b stock.Bucket) uint16 { return ledger.Evenly(n).Slot(b) }

func (n country) Renew(context.Context) error { return nil }

// over opens books over that many slots in memory.
func over(t testing.TB, slots int, opts ...ledger.Option) (*ledger.Ledger, []engine.Engine) {
	t.Helper()
	engines := inMemory(slots)
	return reopen(t, engines, opts...), engines
}

// inMemory returns that many empty slots.
func inMemory(slots int) []engine.Engine {
	engines := make([]engine.Engine, slots)
	for i := range engines {
		engines[i] = memory.New()
	}
	return engines
}

func reopen(t testing.TB, engines []engine.Engine, opts ...ledger.Option) *ledger.Ledger {
	t.Helper()
	return openBy(t, country(len(engines)), engines, opts...)
}

// openBy opens books over the engines, with the buckets placed by the atlas.
func openBy(t testing.TB, atlas ledger.Atlas, engines []engine.Engine, opts ...ledger.Option) *ledger.Ledger {
	t.Helper()
	l, err := ledger.OpenSlots(context.Background(), engines, append(opts, ledger.WithAtlas(atlas))...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// running runs the books, and carries decisions between them, until stop is called.
func running(t testing.TB, l *ledger.Ledger) (stop func()) {
	t.Helper()
	end, endDelivery := keep(t, "Run", l.Run), keep(t, "the deliveries", deliver(l))
	return func() { endDelivery(); end() }
}

// keep runs a part of the books until stop is called.
func keep(t testing.TB, name string, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// deliver runs the projections of the ledger's deliveries, if it has any.
func deliver(l *ledger.Ledger) func(context.Context) error {
	r := feed.NewRunner(slog.New(slog.DiscardHandler), "delivery", time.Millisecond, time.Second)
	feed.ProjectEntries(r, feed.NewLogs(l.Engines()), ledger.DeliveryName, ledger.DeliveryPace, l.Deliveries())
	return r.Run
}

func verifySlots(t testing.TB, engines []engine.Engine) {
	t.Helper()
	for i, e := range engines {
		r, err := audit.CheckSlot(context.Background(), e, audit.Options{})
		if err != nil || !r.OK() {
			t.Fatalf("slot %d: %v %v", i, err, r.Violations)
		}
	}
	across, err := audit.CheckAcross(context.Background(), engines, country(len(engines)))
	if err != nil || !across.OK() {
		t.Fatalf("across: %v %v", err, across.Violations)
	}
}

// said is the outcome of a request as a client would see it.
func said(r ledger.Result) string {
	var refusal *stock.Refusal
	if errors.As(r.Err, &refusal) {
		short := slices.Clone(refusal.Shortages)
		slices.SortFunc(short, func(a, b stock.Shortage) int {
			return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.Product, b.Product))
		})
		switch refusal.Code {
		case stock.AlreadyExists, stock.InvalidState, stock.Expired:
			// When several lines are in the way any of them may be named.
			return "conflict"
		}
		return fmt.Sprintf("%s %v", refusal.Code, short)
	}
	if r.Err != nil {
		return r.Err.Error()
	}
	var b strings.Builder
	for _, i := range r.Event.Items {
		if r.Event.Order == "" {
			fmt.Fprintf(&b, "%s/%s %+v %v; ", i.Key.Location, i.Key.Product, i.Figures, i.Postings)
			for _, c := range i.Channels {
				c.Since = 0 // each slot has a clock
				fmt.Fprintf(&b, "%+v; ", c)
			}
		}
	}
	var lines []string
	for _, c := range r.Event.Lines {
		// One slot may have both a leg and the home's copy of it. The copy is shown; a leg
		// that says anything else is shown too.
		text := lineText(&c.Line)
		if !c.Line.Follows() || !slices.ContainsFunc(r.Event.Lines, func(o stock.LineChange) bool { return o.Line.Copied() && lineText(&o.Line) == text }) {
			lines = append(lines, text)
		}
	}
	slices.Sort(lines)
	short := slices.Clone(r.Event.Short)
	slices.SortFunc(short, func(a, b stock.Shortage) int {
		return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.Product, b.Product))
	})
	fmt.Fprintf(&b, "%v %v replayed %v", lines, short, r.Replayed)
	return b.String()
}

func lineText(l *stock.Line) string {
	return fmt.Sprintf("%s/%s asked %d has %d waits for %d left %d back %d %s until %d on %q",
		l.Item.Location, l.Item.Product, l.Requested, l.Quantity(), l.Waiting(), l.Confirmed, l.Released, l.State(), l.Deadline, l.Channel)
}

func orderText(t testing.TB, l *ledger.Ledger, k stock.OrderKey) string {
	t.Helper()
	holds, now, err := l.Order(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, h := range holds {
		for i := range h.Lines {
			l := h.Lines[i].At(now)
			lines = append(lines, lineText(&l))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestSeveralSlotsAnswerLikeOne: to every request, books over three slots give the
// same answers as books in one, and end in the same state.
func TestSeveralSlotsAnswerLikeOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		c := newClock()
		many, engines := over(t, 3, ledger.WithClock(c))
		defer running(t, many)()
		likeOne(t, r, c, many, "")
		verifySlots(t, engines)
	})
}

// likeOne sends the same requests to the books over several slots and to books in
// one. The names of everything end with run.
func likeOne(t *testing.T, r *rapid.T, c *clock, many *ledger.Ledger, run string) {
	likeOneWith(t, r, c, many, run, nil, func(func()) {}, func(c stock.Command) stock.Command { return c })
}

// likeOneWith also runs the actions in more, which receive a function that sends a
// request. address fills in the buckets of a command's items, as the several slots
// have them.
func likeOneWith(
	t *testing.T, r *rapid.T, c *clock, many *ledger.Ledger, run string, more map[string]func(*rapid.T), asker func(func()),
	address func(stock.Command) stock.Command,
) {
	one, oneEngine := over(t, 1, ledger.WithClock(c))
	defer running(t, one)()
	var keys []stock.ItemKey
	for _, where := range towns {
		for _, p := range []string{"p", "q"} {
			k := at(where, p+run)
			keys = append(keys, k)
			req := ledger.Request{Command: stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: rapid.SampledFrom([]stock.Qty{0, 3, 9}).Draw(r, "stock"), Tracked: true}}
			one.Submit(t.Context(), req)
			req.Command = address(req.Command)
			many.Submit(t.Context(), req)
		}
	}
	var sent [][]ledger.Request
	first := map[string]ledger.Result{}
	quotas, promises := rapid.Bool().Draw(r, "with quotas"), rapid.Bool().Draw(r, "with promises")
	ask := func(r *rapid.T) {
		if promises {
			c.advance(time.Millisecond) // the time of the reserve decides which order waits longest
		}
		n := rapid.SampledFrom([]int{1, 1, 1, 2, 5}).Draw(r, "requests")
		requests := make([]ledger.Request, n)
		for i := range requests {
			requests[i] = ledger.Request{Command: someCommand(r, run, quotas, promises)}
			if rapid.Bool().Draw(r, "keyed") {
				requests[i].Key = fmt.Sprintf("%d-%d%s", len(sent), i, run)
				requests[i].Command = keyed(requests[i].Command)
			}
		}
		sent = append(sent, requests)
		askBoth(t, r, one, many, requests, first, address)
	}
	asker(func() { ask(r) })
	actions := map[string]func(*rapid.T){
		"": func(r *rapid.T) {
			a, _, err1 := one.Items(t.Context(), keys)
			b, _, err2 := many.Items(t.Context(), keys)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			for i := range keys {
				if a[i].Figures() != b[i].Figures() {
					r.Fatalf("%v: %+v in one slot, %+v in several", keys[i], a[i].Figures(), b[i].Figures())
				}
			}
			for _, o := range []string{"o1", "o2"} {
				k := stock.OrderKey{Tenant: tenant, Order: o + run}
				if a, b := orderText(t, one, k), orderText(t, many, k); a != b {
					r.Fatalf("order %s in one slot\n%s\nin several\n%s", o, a, b)
				}
			}
		},
		"ask": ask,
		"ask again": func(r *rapid.T) {
			if len(sent) == 0 {
				r.Skip("nothing was asked yet")
			}
			askBoth(t, r, one, many, sent[rapid.IntRange(0, len(sent)-1).Draw(r, "which")], first, address)
		},
		"time passes": func(r *rapid.T) {
			c.advance(time.Duration(rapid.SampledFrom([]int{1, 30, 61}).Draw(r, "s")) * time.Second)
		},
		"forget": func(*rapid.T) { many.Forget() },
	}
	if !promises { // a leg that waits does not grow
		maps.Copy(actions, changes(t, one, many, run, first, address))
	}
	maps.Copy(actions, relocations(t, one, many, run, first, address))
	maps.Copy(actions, more)
	r.Repeat(actions)
	verifySlots(t, oneEngine)
}

// askBoth sends the same request to both. A request that was sent before under its
// key must get exactly its first answer, which is in first, by key.
func askBoth(
	t testing.TB, r *rapid.T, one, many *ledger.Ledger, requests []ledger.Request, first map[string]ledger.Result, address func(stock.Command) stock.Command,
) {
	a := one.Submit(t.Context(), requests...)
	addressed := slices.Clone(requests)
	for i := range addressed {
		addressed[i].Command = address(addressed[i].Command)
	}
	b := many.Submit(t.Context(), addressed...)
	for i := range requests {
		if t, ok := requests[i].Command.(interface{ Named() (stock.ItemKey, bool) }); ok && a[i].Err == nil && b[i].Err == nil {
			if _, named := t.Named(); !named {
				// For an order that several slots decide, the lines of slots that
				// did nothing are not shown.
				a[i].Event = among(a[i].Event, b[i].Event)
			}
		}
		if said(a[i]) != said(b[i]) {
			r.Fatalf("%d of %d, key %q: %+v\nin one slot: %s\nin several:  %s", i, len(requests), requests[i].Key, requests[i].Command, said(a[i]), said(b[i]))
		}
		switch was, ok := first[requests[i].Key]; {
		case requests[i].Key == "":
		case !a[i].Replayed:
			first[requests[i].Key] = b[i]
		case ok:
			if diff := gocmp.Diff(wordsOf(was), wordsOf(b[i]), cmpopts.EquateEmpty()); diff != "" {
				r.Fatalf("%d of %d, key %q, again: %+v\nat first (-), now (+):\n%s", i, len(requests), requests[i].Key, requests[i].Command, diff)
			}
		}
	}
}

// wordsOf is everything that the answer to a request under a key consists of.
func wordsOf(r ledger.Result) answer {
	words := answersOf(r)[0]
	words.Replayed = false
	if r.Event != nil {
		words.Event = &stock.Event{Op: r.Event.Op, Order: r.Event.Order, Lines: slices.Clone(r.Event.Lines), Short: r.Event.Short}
		for i := range words.Event.Lines {
			words.Event.Lines[i].Prev = 0
		}
	}
	return words
}

// among is the event with only those lines that the other has too.
func among(e, other *stock.Event) *stock.Event {
	only := *e
	only.Lines = slices.DeleteFunc(slices.Clone(e.Lines), func(c stock.LineChange) bool {
		return !c.Changed && !slices.ContainsFunc(other.Lines, func(o stock.LineChange) bool { return o.Line.Item == c.Line.Item })
	})
	return &only
}

func keyed(cmd stock.Command) stock.Command {
	switch c := cmd.(type) {
	case stock.Confirm:
		c.Keyed = true
		return c
	case stock.Release:
		c.Keyed = true
		return c
	}
	return cmd
}

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
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

// meanwhile is the events while the next group is being stored, and how storing it
// ends.
type meanwhile struct {
	armed atomic.Pointer[func() *faulty.Fault]
	next  atomic.Pointer[faulty.Fault]
	after atomic.Pointer[func()] // what happens once it is stored
}

var _ faulty.Gate = (*meanwhile)(nil)

// Enter is called before the group is stored.
func (m *meanwhile) Enter(_ context.Context, method faulty.Method) error {
	if method == "Append" || method == "Writer.Append" {
		if do := m.armed.Swap(nil); do != nil {
			m.next.Store((*do)())
		}
	}
	return nil
}

// Leave does nothing.
func (m *meanwhile) Leave(context.Context, faulty.Method) error { return nil }

// shown is called when the memory shows the group, and nobody has an answer.
func (m *meanwhile) shown(ledger.Position) {
	if do := m.after.Swap(nil); do != nil {
		(*do)()
	}
}

// Next returns the fault of the store.
func (m *meanwhile) Next(method faulty.Method) *faulty.Fault {
	if method != "Append" {
		return nil
	}
	return m.next.Swap(nil)
}

// crowded is a ledger for calls that come while a group is being stored.
type crowded struct {
	*testing.T
	meanwhile
	e       engine.Engine
	l, peer *ledger.Ledger
	c       *clock
	answers []ledger.Result
	all     sync.WaitGroup
}

func newCrowded(t *testing.T) *crowded {
	w := &crowded{T: t, e: memory.New(), c: newClock()}
	w.l = reopen(t, []engine.Engine{faulty.New(w.e, &w.meanwhile)}, ledger.WithClock(w.c), ledger.WithNotify(w.shown))
	w.peer = reopen(t, []engine.Engine{w.e}, ledger.WithClock(w.c))
	return w
}

// store has the group of the requests stored while the calls come, one after the
// other. Then before is called, and fault, if any, is the result of storing.
func (w *crowded) store(requests []ledger.Request, calls [][]ledger.Request, before func() *faulty.Fault) []ledger.Result {
	w.answers = make([]ledger.Result, 0, len(calls))
	late := make([][]ledger.Result, len(calls))
	do := func() *faulty.Fault {
		for i, c := range calls {
			w.queued(len(c), func() { late[i] = w.l.Submit(context.Background(), c...) })
		}
		return before()
	}
	w.armed.Store(&do)
	w.answers = append(w.answers, w.l.Submit(context.Background(), requests...)...)
	w.armed.Store(nil) // nothing was to be stored
	w.after.Store(nil)
	w.all.Wait()
	for _, r := range late {
		w.answers = append(w.answers, r...)
	}
	return w.answers
}

// queued begins a call and returns when its commands wait.
func (w *crowded) queued(commands int, call func()) {
	waiting := w.l.Stats().Waiting
	w.all.Go(call)
	for w.l.Stats().Waiting < waiting+commands {
		runtime.Gosched()
	}
}

// overtaken has another node write, and a reader inform the committer, as soon as
// the group is stored.
func (w *crowded) overtaken() {
	after := func() {
		must(w.T, w.peer, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
		w.queued(1, func() {
			if _, _, err := w.l.Items(context.Background(), []stock.ItemKey{item("p")}); err != nil {
				w.Error(err)
			}
		})
	}
	w.after.Store(&after)
}

func reserve(order, product string, qty stock.Qty) ledger.Request {
	return ledger.Request{Command: place(order, product, qty)}
}

// While a group is being stored the next one is decided on the state that it will
// leave, and stored as it was decided.
func TestCallersDecideWhileAGroupIsStored(t *testing.T) {
	t.Parallel()
	w := newCrowded(t)
	defer running(t, w.l)()
	must(t, w.l, opened("p", 6).Command)
	before := w.l.Stats()
	answers := w.store(
		[]ledger.Request{reserve("a", "p", 1), reserve("b", "p", 2)},
		[][]ledger.Request{{reserve("c", "p", 2)}, {reserve("d", "p", 2)}, {reserve("e", "p", 1)}},
		func() *faulty.Fault {
			for w.l.Stats().Taken < 3 {
				runtime.Gosched()
			}
			w.c.advance(time.Second)
			return nil
		})
	if foreseen := w.l.Stats().Foreseen - before.Foreseen; foreseen != 2 {
		t.Errorf("%d commands were decided while the group before was stored, want those of c and e", foreseen)
	}
	for i, want := range []bool{true, true, true, false, true} {
		if got := answers[i].Err == nil; got != want {
			t.Errorf("order %d: granted %v (%v), want %v", i, got, answers[i].Err, want)
		}
	}
	if got := w.l.Stats().Groups - before.Groups; got != 2 {
		t.Errorf("%d groups, want 2", got)
	}
	if late, soon := answers[2].Event.Lines[0].Line, answers[0].Event.Lines[0].Line; late.CreatedAt-soon.CreatedAt != 1000 || late.Deadline-late.CreatedAt != 1_800_000 {
		t.Errorf("placed at %d until %d, a second after %d", late.CreatedAt, late.Deadline, soon.CreatedAt)
	}
	verified(t, w.e)
}

// An order is read while a sketch places it: it does not exist yet, and once it is
// stored it is not forgotten.
func TestAnOrderThatIsReadWhileASketchPlacesItIsRemembered(t *testing.T) {
	t.Parallel()
	w := newCrowded(t)
	defer running(t, w.l)()
	must(t, w.l, opened("p", 6).Command)
	answers := w.store(
		[]ledger.Request{reserve("a", "p", 1), reserve("b", "p", 2)},
		[][]ledger.Request{{reserve("c", "p", 2)}},
		func() *faulty.Fault {
			w.queued(1, func() { w.l.Order(context.Background(), stock.OrderKey{Tenant: tenant, Order: "c"}) })
			return nil
		})
	for i, a := range answers {
		if a.Err != nil {
			t.Fatalf("reserve %d: %v", i, a.Err)
		}
	}
	must(t, w.l, stock.Confirm{Target: target("c")})
	verified(t, w.e)
}

// A request that is sent again while the first is being stored is answered with its
// outcome, and costs the store nothing.
func TestAKeyThatIsBeingStoredIsNotStoredTwice(t *testing.T) {
	t.Parallel()
	w := newCrowded(t)
	defer running(t, w.l)()
	must(t, w.l, opened("p", 6).Command)
	first := ledger.Request{Command: place("a", "p", 1), Key: "k"}
	other := ledger.Request{Command: place("b", "p", 1), Key: "k"}
	answers := w.store([]ledger.Request{first, reserve("c", "p", 1)}, [][]ledger.Request{{first}, {other}}, func() *faulty.Fault { return nil })
	if again := answers[2]; again.Err != nil || !again.Replayed {
		t.Errorf("the same again: replayed %v, %v", again.Replayed, again.Err)
	}
	if err := answers[3].Err; !errors.Is(err, ledger.ErrKeyReused) {
		t.Errorf("another one under the key: %v", err)
	}
	if n := w.l.Stats().Repeats; n != 0 {
		t.Errorf("the store refused %d groups for what they repeat", n)
	}
	verified(t, w.e)
}

// sketchChecks times 100 histories.
const sketchChecks = max(1, 5/raceShare)

// Whatever the outcome of the group before it, and whatever else happens meanwhile,
// the books are sound, and each command is answered with what was stored for it.
func TestASketchIsNeverTakenForMoreThanItIs(t *testing.T) {
	t.Parallel()
	for range sketchChecks {
		rapid.Check(t, neverTakenForMore(t))
	}
}

func neverTakenForMore(t *testing.T) func(*rapid.T) {
	return func(r *rapid.T) {
		w := newCrowded(t)
		defer running(t, w.l)()
		for _, product := range []string{"p", "q"} {
			must(t, w.l, opened(product, 12).Command)
		}
		other := stock.ItemKey{Tenant: tenant, Location: "other", Product: "p"}
		must(t, w.l, stock.OpenItem{Item: other, Bucket: stock.BucketOf(tenant, "other"), Qty: 12, Tracked: true})
		g := &groupCommands{orders: rapid.IntRange(2, 12).Draw(r, "orders"), promises: rapid.Bool().Draw(r, "promises")}
		some := func(most int, label string) (requests []ledger.Request) {
			for range rapid.IntRange(1, most).Draw(r, label) {
				q := ledger.Request{Command: g.any(t, r)}
				if rapid.Bool().Draw(r, "other location") {
					q.Command = elsewhereToo(q.Command, other)
				}
				if rapid.IntRange(0, 2).Draw(r, "keyed") == 0 {
					q.Key = fmt.Sprint("k", rapid.IntRange(0, 4).Draw(r, "key"))
				}
				requests = append(requests, q)
			}
			return requests
		}
		for range rapid.IntRange(1, 4).Draw(r, "groups") {
			var calls [][]ledger.Request
			for range rapid.IntRange(1, 6).Draw(r, "calls") {
				calls = append(calls, some(2, "commands of a call"))
			}
			end := rapid.SampledFrom([]string{"stored", "stored", "stored", "moved", "overtaken", "lost, stored", "lost", "refused", "forgotten"}).Draw(r, "end")
			pause := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 400_000, 2_000_000}).Draw(r, "ms")) * time.Millisecond
			answers := w.store(some(4, "commands"), calls, func() *faulty.Fault {
				w.c.advance(pause)
				switch end {
				case "moved":
					must(t, w.peer, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
				case "overtaken":
					w.overtaken()
				case "lost, stored":
					return &lostReply
				case "lost":
					return &faulty.Fault{Err: engine.ErrUnknown}
				case "refused":
					return &faulty.Fault{Err: errCable}
				case "forgotten":
					w.l.Forget()
				}
				return nil
			})
			for i := range answers {
				w.stored(r, &answers[i])
			}
		}
		verified(t, w.e)
	}
}

// stored checks that the changes which an answer shows are in the log at the place
// that it names.
func (w *crowded) stored(r *rapid.T, a *ledger.Result) {
	if a.Event == nil || !a.Event.Changed() {
		return
	}
	records, err := w.e.Read(context.Background(), a.Position.Seq-1, 1)
	if err != nil || len(records) != 1 {
		r.Fatalf("record %d: %v %v", a.Position.Seq, records, err)
	}
	v, err := stock.ParseRecord(records[0].Body)
	if err == nil {
		err = v.Attach(records[0].Text)
	}
	if err != nil {
		r.Fatal(err)
	}
	if v.Header().At != a.At {
		r.Fatalf("the answer is of %d, its record of %d", a.At, v.Header().At)
	}
	found := false
	if err := v.Events(func(_ int, ev *stock.Event) error {
		found = found || gocmp.Equal(ev, a.Event, cmpopts.EquateEmpty())
		return nil
	}); err != nil || !found {
		r.Fatalf("the record %d has no %+v: %v", a.Position.Seq, a.Event, err)
	}
}

// elsewhereToo is a reserve of the other item as well, or the end of its line only.
func elsewhereToo(cmd stock.Command, other stock.ItemKey) stock.Command {
	switch c := cmd.(type) {
	case stock.Place:
		c.Lines = append(c.Lines, stock.Demand{Item: other, Bucket: stock.BucketOf(tenant, other.Location), Qty: 1})
		return c
	case stock.Confirm:
		c.Item = other
		return c
	case stock.Release:
		c.Item = other
		return c
	}
	return cmd
}

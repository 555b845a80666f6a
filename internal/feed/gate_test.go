package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// move brings the bucket of a location from one slot to another, with the items
// that it has there, and returns the record that sealed it.
func (all *slots) move(location string, from, to int) engine.Seq {
	b := stock.BucketOf("acme", location)
	was, is := all.scripts[from], all.scripts[to]
	was.decide(stock.Handover{Bucket: b, Stage: stock.Leaving, Slot: uint16(to)})
	is.decide(stock.Handover{Bucket: b, Stage: stock.Coming, Slot: uint16(from)})
	for k, it := range was.items {
		if k.Location == location {
			is.decide(stock.Arrive{Item: it, From: stock.Origin{Slot: uint16(from), Seq: uint64(was.seq)}})
		}
	}
	s := was.decide(stock.Handover{Bucket: b, Stage: stock.Left, Slot: uint16(to)})
	is.decide(stock.Handover{Bucket: b, Stage: stock.Here, Slot: uint16(from), Seq: uint64(s)})
	return s
}

// versions are an item's versions in the order in which they were delivered.
type versions map[stock.ItemKey][]uint64

func (v versions) add(t testing.TB, events []*Event) {
	for _, e := range events {
		if e.Op.Internal() {
			t.Errorf("%s of %s was told", e.Op, e.Product)
		}
		k := item(e.Tenant, e.Location, e.Product)
		v[k] = append(v[k], e.Version)
	}
}

// inOrder reports whether each item was delivered from that version on, once and in order.
func (v versions) inOrder(first uint64) bool {
	for _, told := range v {
		for i := range told {
			if told[i] != first+uint64(i) {
				return false
			}
		}
	}
	return true
}

// gather takes until it has n events, or until nothing more comes (n < 0).
func (v versions) gather(t testing.TB, w *Watch, n int) {
	t.Helper()
	for sum := 0; n < 0 || sum < n; {
		events, more, err := w.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		v.add(t, events)
		sum += len(events)
		switch {
		case more, sum >= n && n > 0:
		case n < 0:
			return
		default:
			select {
			case <-w.Ready():
			case <-time.After(20 * time.Second):
				t.Fatalf("%d of %d events, then nothing", sum, n)
			}
		}
	}
}

// moves are three slots between which the tea of a location moves: from 0 to 1, on to 2,
// back to 0 and to 1 again, with three changes in each place.
func moves(t testing.TB) (all *slots, tea stock.ItemKey) {
	all, tea = manySlots(t, 3), item("acme", "rome", "tea")
	at := 0
	for _, to := range []int{1, 2, 0, 1, -1} {
		for range 3 {
			all.scripts[at].do(tea)
			for _, s := range all.scripts {
				s.do(item("acme", fmt.Sprint("of ", len(all.scripts)), "mug"))
			}
		}
		if to >= 0 {
			all.move("rome", at, to)
			at = to
		}
	}
	return all, tea
}

func TestAnItemThatMovedIsToldOfInItsOrder(t *testing.T) {
	t.Parallel()
	all, tea := moves(t)
	tail, stop := all.run(t)
	defer stop()
	for turn := range 3 {
		w := start(t, tail, Filter{Product: "tea"}, Cursors{}.Cover(3).String())
		w.turn = turn // whichever slot is asked first
		got := versions{}
		got.gather(t, w, 15)
		if !got.inOrder(1) || len(got[tea]) != 15 {
			t.Errorf("asking slot %d first: %v", turn, got)
		}
	}
}

// A watcher that continues from any position it ever had receives the rest in order.
func TestAWatchGoesOnFromEachPlaceOfAMove(t *testing.T) {
	t.Parallel()
	all, tea := moves(t)
	tail, stop := all.run(t)
	defer stop()
	f := Filter{Tenant: "acme", Product: "tea"}
	w := start(t, tail, f, Cursors{}.Cover(3).String())
	at, told := w.At(), uint64(0)
	for told < 15 {
		events, _, err := w.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			at.Pass(events[i])
			told++
			got := versions{}
			again := start(t, tail, f, at.String())
			if told < 15 {
				got.gather(t, again, int(15-told))
			}
			if again.Close(); !got.inOrder(told+1) || len(got[tea]) != int(15-told) {
				t.Errorf("from %v, behind version %d: %v", at, told, got)
			}
		}
		at = w.At()
	}
}

// The slot that the item came from does not answer for a while: later events of the item
// wait, and nothing else.
func TestWhatHappenedInTheNewSlotWaitsForTheOld(t *testing.T) {
	t.Parallel()
	all := &slots{}
	old := &counted{Engine: memory.New()}
	all.add(t, old)
	all.add(t, memory.New())
	all.add(t, memory.New())
	tail, stop := all.run(t, WithPoll(time.Millisecond))
	defer stop()
	w := start(t, tail, Filter{}, "")
	got := versions{}
	all.scripts[0].do(tea())
	got.gather(t, w, 1)
	old.broken.Store(true)
	all.scripts[0].do(tea())
	all.scripts[1].do(item("acme", "oslo", "tea"))
	all.move("rome", 0, 1)
	all.scripts[1].do(tea())
	for range 10 {
		all.scripts[2].do(mug())
	}
	got.gather(t, w, 11)
	if len(got[tea()]) != 1 || len(got[mug()]) != 10 || len(got[item("acme", "oslo", "tea")]) != 1 {
		t.Errorf("while the old slot is silent: %v", got)
	}
	if at := w.At(); at[1].Seq >= all.scripts[1].seq-1 {
		t.Errorf("he is at %v, which is behind the move", at)
	}
	old.broken.Store(false)
	got.gather(t, w, 2)
	if !got.inOrder(1) || len(got[tea()]) != 3 {
		t.Errorf("when it answers again: %v", got)
	}
	// The watcher is live in both again.
	all.scripts[1].do(tea())
	all.scripts[0].do(mug())
	got.gather(t, w, 2)
	if len(got[tea()]) != 4 || len(tail.followers[0].callers)+len(tail.followers[1].callers) != 0 {
		t.Errorf("after that: %v", got)
	}
}

// A cursor that gives only a time, or that is of no one moment, may be behind the move in
// the new slot and before it in the old one.
func TestAStartInTheMiddleOfAMoveIsMadeWhole(t *testing.T) {
	t.Parallel()
	for _, from := range []Cursors{{Behind(1, 4)}, {Behind(0, 1), Behind(1, 4)}} {
		all := manySlots(t, 2)
		all.scripts[0].do(tea())
		all.scripts[0].do(tea())
		all.scripts[0].do(tea())
		all.move("rome", 0, 1)
		all.scripts[1].do(tea()) // which is 1-4
		all.scripts[1].do(tea())
		tail, stop := all.run(t)
		w := start(t, tail, Filter{}, from.String())
		w.turn = 1
		got := versions{}
		got.gather(t, w, 5-len(from))
		if told := got[tea()]; !slices.IsSorted(told) || told[len(told)-1] != 5 {
			t.Errorf("told of the versions %v", told)
		}
		stop()
	}
}

// Starting now is not one moment either: the head of the old slot may be read before the
// item's last change there, that of the new one after its first here.
func TestFromNowOnIsInOrderToo(t *testing.T) {
	t.Parallel()
	all, goOn, read := &slots{}, make(chan struct{}), make(chan struct{})
	all.add(t, &held{Engine: memory.New(), then: sync.OnceFunc(func() { close(read); <-goOn })})
	all.add(t, &held{Engine: memory.New(), first: func() { <-goOn }})
	tail := NewTail(NewLogs(all.engines), slog.New(slog.DiscardHandler)) // nobody follows the logs but the watcher
	all.scripts[0].do(tea())
	watch := make(chan *Watch)
	go func() {
		w, err := tail.Watch(context.Background(), Filter{Tenant: "acme"}, nil)
		if err != nil {
			t.Error(err)
		}
		watch <- w
	}()
	<-read
	all.scripts[0].do(tea())
	all.move("rome", 0, 1)
	all.scripts[1].do(tea())
	close(goOn)
	w := <-watch
	defer w.Close()
	w.turn = 1
	got := versions{}
	all.scripts[1].do(tea())
	for slot := range 2 {
		f := tail.followers[slot]
		f.mu.Lock()
		f.dismiss()
		f.mu.Unlock()
	}
	got.gather(t, w, 2)
	if told := got[tea()]; !slices.Equal(told, []uint64{2, 4}) {
		t.Errorf("told of the versions %v", told)
	}
}

// held is an engine that does something before or after it reads its head.
type held struct {
	*memory.Engine
	first, then func()
}

func (h *held) Head(ctx context.Context) (engine.Seq, error) {
	if h.first != nil {
		h.first()
	}
	head, err := h.Engine.Head(ctx)
	if h.then != nil {
		h.then()
	}
	return head, err
}

func TestALogThatIsGoneHoldsNobodyBack(t *testing.T) {
	t.Parallel()
	all := &slots{}
	old := &counted{Engine: memory.New()}
	all.add(t, old)
	all.add(t, memory.New())
	for range 100 {
		all.scripts[0].do(tea())
	}
	s := all.move("rome", 0, 1)
	all.scripts[1].do(tea())
	for range 10 {
		all.scripts[0].do(mug())
	}
	tail, stop := all.run(t)
	defer stop()
	w := start(t, tail, Filter{}, Cursors{Behind(0, 5), Behind(1, 0)}.String())
	old.kept.Store(uint64(s) - 2)
	var gone *GoneError
	if _, err := take(t.Context(), w, 1000); !errors.As(err, &gone) {
		t.Fatalf("%v", err)
	}
	got := versions{}
	got.gather(t, start(t, tail, Filter{Product: "tea"}, gone.Earliest.String()), 1)
	old.kept.Store(uint64(s) + 3)
	tail, stop = all.run(t) // which remembers nothing of it
	defer stop()
	if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, gone.Earliest); !errors.As(err, &gone) {
		t.Fatalf("%v", err)
	}
	got.gather(t, start(t, tail, Filter{Product: "tea"}, gone.Earliest.String()), 1)
	if !slices.Equal(got[tea()], []uint64{101, 101}) {
		t.Errorf("%v", got)
	}
}

// A watcher waits for a slot that this process does not know yet.
func TestAMoveFromASlotThatIsAddedLater(t *testing.T) {
	t.Parallel()
	all := manySlots(t, 2)
	tail := NewTail(NewLogs(all.engines[:1]), slog.New(slog.DiscardHandler))
	w, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, Cursors{Behind(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	all.scripts[1].do(tea())
	all.scripts[1].do(tea())
	all.move("rome", 1, 0)
	all.scripts[0].do(tea())
	got := versions{}
	got.gather(t, w, -1)
	if len(got) != 0 {
		t.Errorf("before the slot is known: %v", got)
	}
	tail.Add(tail.logs.Add(all.engines[1]))
	<-w.Ready()
	got.gather(t, w, 3)
	if !got.inOrder(1) {
		t.Errorf("%v", got)
	}
}

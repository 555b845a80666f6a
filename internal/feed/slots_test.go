package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// Watchers of five slots see each event once, and the events of a slot in order. They come and go,
// are cut off by small queues, stop in the middle of a delivery, and continue from the text of
// their cursor, also at another process. A sixth slot comes while they watch.
func TestWatchersOfManySlotsSeeEverythingOnce(t *testing.T) {
	t.Parallel()
	const watchers, records = 12, 400
	all := manySlots(t, 5)
	random := rand.New(rand.NewPCG(5, 6))
	write := func(n, slots int) {
		for range n {
			slot := random.IntN(slots)
			keys := make([]stock.ItemKey, 1+random.IntN(4))
			if random.IntN(50) == 0 {
				keys = make([]stock.ItemKey, 40) // more than a queue
			}
			for i := range keys {
				keys[i] = item("acme", fmt.Sprint("l", slot), fmt.Sprint("p", random.IntN(4)))
			}
			all.scripts[slot].do(keys...)
		}
	}
	write(records, 4) // nothing in the fifth yet
	one, stop := all.run(t, WithQueue(16), WithPoll(time.Millisecond))
	defer stop()
	two, stop := all.run(t, WithQueue(16), WithPoll(time.Millisecond))
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	ended := make(chan struct{}) // nothing more comes
	got := make([][]string, watchers)
	filters := make([]Filter, watchers)
	var group sync.WaitGroup
	for i := range watchers {
		filters[i] = Filter{Tenant: "acme"}
		if i%3 == 1 {
			filters[i].Product = fmt.Sprint("p", i%4)
		}
		if i%3 == 2 {
			filters[i].Location = fmt.Sprint("l", i%5)
		}
		group.Go(func() {
			var err error
			if got[i], err = wander(ctx, []*Tail{one, two}, filters[i], uint64(i), ended); err != nil {
				t.Errorf("watcher %d: %v", i, err)
			}
		})
	}
	write(records/2, 5)
	sixth := memory.New()
	all.add(t, sixth)
	write(20, 6) // by others, who know it already
	one.Add(one.logs.Add(sixth))
	two.Add(two.logs.Add(sixth))
	write(records/2, 6)
	close(ended)
	group.Wait()
	for i := range watchers {
		if want := all.want(t, filters[i]); !sameLogs(bySlot(got[i]), want) {
			t.Errorf("watcher %d of %+v saw %d events of %d slots", i, filters[i], len(got[i]), len(bySlot(got[i])))
		}
	}
}

// wander watches with random breaks, at one of the tails after the other, until it has
// received everything there is.
func wander(ctx context.Context, tails []*Tail, f Filter, seed uint64, ended <-chan struct{}) ([]string, error) {
	random := rand.New(rand.NewPCG(7, seed))
	var ids []string
	at := Cursors{}.Cover(2) // of the days when there were two slots
	for {
		after, err := ParseCursors(at.String())
		if err != nil {
			return ids, err
		}
		w, err := tails[random.IntN(len(tails))].Watch(ctx, f, after)
		if errors.Is(err, ErrCursor) {
			continue // that process does not know the sixth slot yet
		}
		if err != nil {
			return ids, err
		}
		at = w.At()
		for stay := random.IntN(60); stay > 0; stay-- {
			over := isClosed(ended)
			events, more, err := w.Take(ctx)
			if errors.Is(err, ErrSlow) {
				break
			}
			if err != nil {
				w.Close()
				return ids, err
			}
			at = at.Cover(w.Slots())
			broken := len(events) > 0 && random.IntN(4) == 0
			if broken {
				events = events[:1+random.IntN(len(events))] // the connection breaks in the middle
				stay = 1
			}
			for _, e := range events {
				ids = append(ids, e.ID.String())
				at.Pass(e)
			}
			if broken {
				break
			}
			at = w.At()
			if over && !more && len(events) == 0 && atEnd(ctx, w) {
				w.Close()
				return ids, nil
			}
			if !more {
				select {
				case <-w.Ready():
				case <-time.After(5 * time.Millisecond): // what comes may be for others
				case <-ctx.Done():
					w.Close()
					return ids, ctx.Err()
				}
			}
		}
		w.Close()
	}
}

func TestWhereAWatchOfManySlotsStarts(t *testing.T) {
	t.Parallel()
	all := manySlots(t, 3)
	// The records of a slot are a second apart, those of the second slot half a
	// minute later, those of the third an hour.
	for slot, s := range all.scripts {
		s.ahead = []stock.Time{0, 30_000, 3_600_000}[slot]
		for range 5 {
			s.do(tea())
		}
	}
	tail, stop := all.run(t)
	defer stop()
	for _, test := range []struct {
		name, after string
		want        []int // events of each slot; nil is ErrCursor
	}{
		{"from now on", "", []int{0, 0, 0}},
		{"from the beginning", "0-0", []int{5, 5, 5}},
		{"behind a place in each slot", Cursors{Behind(0, 5), Behind(1, 3), {Slot: 2, Seq: 4}}.String(), []int{0, 2, 1}},
		{"slots newer than the place are told from their first record", Cursors{Behind(0, 5), Behind(1, 3)}.String(), []int{0, 2, 5}},
		{"an old place of one slot: the newer ones from their first record", "0-4", []int{1, 5, 5}},
		{"an event of one slot as well", "0-4-0-0", []int{1, 5, 5}},
		{"the place of a write: the others from a minute before", "1-3", []int{5, 2, 5}},
		{"that of the newest", "2-5", []int{0, 0, 0}},
		{"a slot that does not exist", "3-1", nil},
		{"more slots than there are", Cursors{}.Cover(4).String(), nil},
	} {
		var after Cursors
		var err error
		if test.after != "" {
			if after, err = ParseCursors(test.after); err != nil {
				t.Fatal(err)
			}
		}
		w, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, after)
		if test.want == nil {
			if !errors.Is(err, ErrCursor) {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		sum := 0
		for _, n := range test.want {
			sum += n
		}
		logs := bySlot(next(t, w, sum))
		w.Close()
		for slot, n := range test.want {
			if len(logs[uint16(slot)]) != n {
				t.Errorf("%s: %v of slot %d, want %d", test.name, logs[uint16(slot)], slot, n)
			}
		}
	}
	for _, after := range []string{"1-6", Cursors{Behind(0, 5), Behind(1, 6)}.String(), Cursors{Behind(0, 5), {Slot: 1, Seq: 3, Entry: 7}, Behind(2, 0)}.String()} {
		c, err := ParseCursors(after)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, c); !errors.Is(err, ErrAhead) {
			t.Errorf("%s: %v", c, err)
		}
	}
	if len(tail.watches) != 0 {
		t.Errorf("%d watches are left", len(tail.watches))
	}
}

func TestWhatOneOfManySlotsHasDroppedIsNamed(t *testing.T) {
	t.Parallel()
	all := &slots{}
	var engines []*counted
	for range 3 {
		e := &counted{Engine: memory.New()}
		engines = append(engines, e)
		s := all.add(t, e)
		for range 100 {
			s.do(tea())
		}
	}
	engines[1].kept.Store(37)
	engines[2].kept.Store(50)
	tail, stop := all.run(t)
	defer stop()
	var gone *GoneError
	_, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, Cursors{Behind(0, 99), Behind(1, 3), Behind(2, 5)})
	if !errors.As(err, &gone) || !slices.Equal(gone.Earliest, Cursors{Behind(0, 99), Behind(1, 37), Behind(2, 50)}) {
		t.Fatalf("%v", err)
	}
	w, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, gone.Earliest)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if got := next(t, w, 1+63+50); len(got) != 1+63+50 {
		t.Errorf("%d events", len(got))
	}
	// One is dropped under the watcher.
	engines[1].broken.Store(true)
	for range 20 {
		all.scripts[1].do(tea())
	}
	engines[1].kept.Store(115)
	engines[1].broken.Store(false)
	if _, err := take(t.Context(), w, 1); !errors.As(err, &gone) || gone.Earliest[1] != Behind(1, 115) || gone.Earliest[0].Seq != 100 {
		t.Errorf("%v", err)
	}
}

func TestASlotThatFailsHoldsUpNoLiveWatcherOfAnother(t *testing.T) {
	t.Parallel()
	all := &slots{}
	broken := &counted{Engine: memory.New()}
	all.add(t, memory.New())
	all.add(t, broken)
	tail, stop := all.run(t, WithPoll(time.Millisecond))
	defer stop()
	w, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	broken.broken.Store(true)
	for n := range 20 {
		all.scripts[1].do(tea())
		all.scripts[0].do(tea())
		tail.logs.Notify(0, all.scripts[0].seq)
		tail.logs.Notify(1, all.scripts[1].seq)
		tail.logs.Notify(9, 1) // not known here yet
		if got := next(t, w, 1); !slices.Equal(got, []string{fmt.Sprintf("0-%d-0-0", n+1)}) {
			t.Fatal(got)
		}
	}
	if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, nil); !errors.Is(err, errBroken) {
		t.Errorf("who comes now must know that one does not answer: %v", err)
	}
	broken.broken.Store(false)
	if got := next(t, w, 20); len(got) != 20 || got[0] != "1-1-0-0" {
		t.Errorf("%v", got)
	}
}

func TestAnIdleWatcherIsToldOfASlotThatIsAdded(t *testing.T) {
	t.Parallel()
	all := manySlots(t, 1)
	tail, stop := all.run(t)
	defer stop()
	w, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if events, _, err := w.Take(t.Context()); len(events) != 0 || err != nil {
		t.Fatal(events, err)
	}
	before := w.At()
	e := memory.New()
	s := all.add(t, e)
	s.do(tea())
	tail.Add(tail.logs.Add(e))
	<-w.Ready()
	if got := next(t, w, 1); !slices.Equal(got, []string{"1-1-0-0"}) {
		t.Error(got)
	}
	if at := w.At(); w.Slots() != 2 || at[0] != before[0] || at[1].Seq != 1 {
		t.Errorf("he is at %v", at)
	}
}

// The bound counts the waiting events of all slots together.
func TestTheQueueOfAWatcherIsThatOfAllSlots(t *testing.T) {
	t.Parallel()
	all := manySlots(t, 4)
	tail := NewTail(NewLogs(all.engines), slog.New(slog.DiscardHandler), WithQueue(8))
	w, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	publish := func(slots ...int) {
		for _, slot := range slots {
			all.scripts[slot].do(tea())
			f := tail.followers[slot]
			records, err := f.readBehind(t.Context(), f.turn, f.seq)
			if err == nil {
				err = f.publish(records)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	publish(0, 1, 2, 3, 0, 1, 2, 3)
	if events, _, err := w.Take(t.Context()); len(events) != 8 || err != nil {
		t.Fatalf("%d events, %v", len(events), err)
	}
	publish(0, 1, 2, 3, 0, 1, 2, 3, 3)
	// Events that wait in other slots come first.
	events, more, err := w.Take(t.Context())
	if len(events) != 6 || !more || err != nil {
		t.Fatalf("%d events, more %t, %v", len(events), more, err)
	}
	if _, _, err := w.Take(t.Context()); !errors.Is(err, ErrSlow) {
		t.Fatal(err)
	}
	if at := w.At(); at.String() != (Cursors{{Seq: 4}, {Slot: 1, Seq: 4}, {Slot: 2, Seq: 4}, {Slot: 3, Seq: 2}}).String() {
		t.Errorf("he may go on behind %v", at)
	}
}

// The memory for the logs is bounded for all slots together, and records that are read of
// the past take nothing from the newest.
func TestAllSlotsShareOneMemory(t *testing.T) {
	t.Parallel()
	all := manySlots(t, 4)
	tail := NewTail(NewLogs(all.engines), slog.New(slog.DiscardHandler))
	tail.logs.past.room = 100
	for range 50 {
		for _, s := range all.scripts {
			s.do(tea())
		}
	}
	for _, l := range tail.logs.Each() {
		for _, seq := range []engine.Seq{48, 0, 10, 20, 30, 40} {
			if _, err := l.readBehind(t.Context(), l.load, seq); err != nil {
				t.Fatal(err)
			}
		}
		if l.newest.first() != 49 || l.newest.lastSeq() != 50 {
			t.Errorf("the newest of slot %d are %d to %d", l.Slot, l.newest.first(), l.newest.lastSeq())
		}
	}
	past, weight := tail.logs.past, 0
	for _, el := range past.bySeq {
		weight += el.Value.(*Record).weight
	}
	if weight+past.room != 100 || past.room < 0 || weight < 90 {
		t.Errorf("records of weight %d are remembered, and there is room for %d", weight, past.room)
	}
	for _, l := range tail.logs.Each() {
		past.forget(l.Slot)
	}
	if past.room != 100 || past.used.Len() != 0 {
		t.Errorf("%d are left", past.used.Len())
	}
}

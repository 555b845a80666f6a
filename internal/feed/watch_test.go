package feed

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

func TestAWatcherIsToldWhatPassesHisFilter(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	tail := run(t, e)
	s.do(tea(), mug())
	s.do(item("acme", "oslo", "tea"), item("other", "rome", "tea"))
	s.do(mug(), tea(), tea())
	for _, test := range []struct {
		name   string
		filter Filter
		after  string
		want   []string
	}{
		{"everything of his tenant", Filter{}, "0-0", []string{"0-1-0-0", "0-1-1-0", "0-2-0-0", "0-3-0-0", "0-3-1-0", "0-3-2-0"}},
		{"a product at all locations", Filter{Product: "tea"}, "0-0", []string{"0-1-0-0", "0-2-0-0", "0-3-1-0", "0-3-2-0"}},
		{"a location", Filter{Location: "rome"}, "0-0", []string{"0-1-0-0", "0-1-1-0", "0-3-0-0", "0-3-1-0", "0-3-2-0"}},
		{"a product at a location", Filter{Product: "tea", Location: "oslo"}, "0-0", []string{"0-2-0-0"}},
		{"an operation that happened", Filter{Product: "mug", Ops: Ops(0).With(stock.OpRestock)}, "0-0", []string{"0-1-1-0", "0-3-0-0"}},
		{"an operation that did not", Filter{Ops: Ops(0).With(stock.OpExpire)}, "0-0", nil},
		{"a tenant that has nothing", Filter{Tenant: "nobody"}, "0-0", nil},
		{"another tenant sees his own alone", Filter{Tenant: "other"}, "0-0", []string{"0-2-2-0"}},
		{"behind a whole record", Filter{}, "0-2", []string{"0-3-0-0", "0-3-1-0", "0-3-2-0"}},
		{"behind an event in the middle of a record", Filter{}, "0-1-0-0", []string{"0-1-1-0", "0-2-0-0", "0-3-0-0", "0-3-1-0", "0-3-2-0"}},
		{"behind an event in the middle of the last record", Filter{Product: "tea"}, "0-3-1-0", []string{"0-3-2-0"}},
		{"behind the last event", Filter{}, "0-3-2-0", nil},
		{"behind the last record", Filter{}, "0-3", nil},
		{"from now on", Filter{}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, tail, test.filter, test.after)
			// The order of blocks in a record is that of its tenants.
			if got := next(t, w, len(test.want)); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			w.Close()
		})
	}
}

func TestAnEventShowsTheItemAfterIt(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	tail := run(t, e)
	s.do(tea())
	s.do(tea())
	w := start(t, tail, Filter{}, "0-1")
	var got *Event
	for got == nil {
		events, _, err := w.Take(t.Context())
		if err != nil || len(events) > 1 {
			t.Fatalf("%v, %v", events, err)
		}
		if len(events) == 1 {
			got = events[0]
		}
	}
	if got.After != (stock.Figures{Available: 2, OnHand: 2}) || got.Delta != (stock.Figures{Available: 1, OnHand: 1}) ||
		got.Version != 2 || !got.OnSale || !got.Tracked || got.Op != stock.OpRestock || got.At == 0 || got.Product != "tea" || got.Location != "rome" {
		t.Errorf("%+v", got)
	}
}

func TestAPlaceThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	tail := run(t, e)
	s.do(tea())
	s.do(tea())
	for _, test := range []struct {
		name, after string
		want        error
	}{
		{"a slot that does not exist", "1-1", ErrCursor},
		{"beyond the end", "0-3", ErrAhead},
		{"an event beyond the end", "0-3-0-0", ErrAhead},
		{"an entry the record does not have", "0-2-2-0", ErrAhead},
	} {
		c, err := ParseCursors(test.after)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, c); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestWhoIsTooSlowIsCutOffAndGoesOnWhereHeWas(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	tail := run(t, e, WithQueue(4))
	idler := start(t, tail, Filter{Product: "tea"}, "")
	other := start(t, tail, Filter{}, "")
	s.do(tea())
	tail.logs.Notify(0, s.seq)
	if got := next(t, idler, 1); !slices.Equal(got, []string{"0-1-0-0"}) {
		t.Fatal(got)
	}
	next(t, other, 1)
	for i := range 6 {
		s.do(tea())
		tail.logs.Notify(0, s.seq)
		if got := next(t, other, 1); got[0] != fmt.Sprintf("0-%d-0-0", i+2) {
			t.Fatalf("the other watcher got %v", got)
		}
	}
	if _, _, err := idler.Take(t.Context()); !errors.Is(err, ErrSlow) {
		t.Fatalf("%v, want %v", err, ErrSlow)
	}
	if idler.At().String() != "0-1-0-0" {
		t.Fatalf("he may go on behind %s", idler.At())
	}
	idler.Close()
	again := start(t, tail, Filter{Product: "tea"}, idler.At().String())
	if got := next(t, again, 6); len(got) != 6 || got[0] != "0-2-0-0" || got[5] != "0-7-0-0" {
		t.Errorf("the second watch has %v", got)
	}
}

func TestARecordLargerThanTheQueueCutsNobodyOff(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	tail := run(t, e, WithQueue(4))
	w := start(t, tail, Filter{}, "")
	s.do(slices.Repeat([]stock.ItemKey{tea()}, 50)...)
	tail.logs.Notify(0, s.seq)
	if got := next(t, w, 50); len(got) != 50 {
		t.Errorf("%d events", len(got))
	}
}

func TestAQuietWatcherMovesOn(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	tail := run(t, e)
	quiet := start(t, tail, Filter{Product: "mug"}, "")
	busy := start(t, tail, Filter{Product: "tea"}, "")
	for range 5 {
		s.do(tea())
	}
	next(t, busy, 5)
	if events, _, err := quiet.Take(t.Context()); len(events) != 0 || err != nil {
		t.Fatalf("%v, %v", events, err)
	}
	if at := quiet.At().String(); at != "0-5" && at != "0-4" {
		// The last record is published when the busy one has it, or just after.
		t.Errorf("the quiet watcher is at %s", at)
	}
}

func TestAnEventIsWrittenOnceForAll(t *testing.T) {
	t.Parallel()
	var e Event
	made := 0
	write := func(*Event) (any, error) { made++; return made, nil }
	for range 3 {
		if got, err := e.Encoded(1, write); got != 1 || err != nil {
			t.Fatal(got, err)
		}
	}
	if got, _ := e.Encoded(0, write); got != 2 || made != 2 {
		t.Errorf("the other format is %v", got)
	}
}

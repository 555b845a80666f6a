package feed

import (
	"context"
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

// epochs are histories, of which a process may not know the newest yet.
type epochs struct {
	known, fresh map[uint16]catalog.History
	err          error
	asked        int
}

func (e *epochs) History(slot uint16) catalog.History { return e.known[slot] }

func (e *epochs) FreshHistory(_ context.Context, slot uint16) (catalog.History, error) {
	e.asked++
	e.known = e.fresh
	return e.known[slot], e.err
}

func restored(slot uint16, h ...catalog.Epoch) *epochs {
	all := map[uint16]catalog.History{slot: h}
	return &epochs{known: all, fresh: all}
}

func mustParse(t *testing.T, text string) Cursors {
	t.Helper()
	c, err := ParseCursors(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

func TestPlacesOfALostHistoryAreKnown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, at string
		resume   string // "" when it is a place of these books
		asked    int
	}{
		{"what the backup had is still there", "0-10", "", 0},
		{"an event of it as well", "0-9-0-3", "", 0},
		{"the beginning", "0-0", "", 0},
		{"a place of before there were epochs that was lost", "0-11", "0-10", 1},
		{"an event that was lost", "0-12-0-0", "0-10", 1},
		{"a place of the epoch between two restores", "0.7-15", "", 0},
		{"one of it that was lost by the second", "0.7-21", "0.7-20", 1},
		{"what is written now", "0.8-21", "", 0},
		{"however far", "0.8-99", "", 0},
		{"an epoch that these books never had", "0.9-3", "0.7-20", 1},
		{"an epoch that began behind the place", "0.8-12", "0.7-12", 1},
		{"another slot was not restored", "1-50", "", 0},
	} {
		e := restored(0, catalog.Epoch{ID: 7, From: 10}, catalog.Epoch{ID: 8, From: 20})
		err := NewHistories(e).Check(t.Context(), mustParse(t, test.at))
		var lost *LostError
		switch {
		case test.resume == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.resume != "" && (!errors.As(err, &lost) || !errors.Is(err, ErrAhead) || lost.Resume.String() != test.resume):
			t.Errorf("%s: %v, want to go on behind %s", test.name, err, test.resume)
		}
		if e.asked != test.asked {
			t.Errorf("%s: the database was asked %d times, want %d", test.name, e.asked, test.asked)
		}
	}
}

func TestBooksThatWereNeverRestoredHaveNoEpochs(t *testing.T) {
	t.Parallel()
	var none *Histories
	if err := none.Check(t.Context(), mustParse(t, "0-7")); err != nil {
		t.Error(err)
	}
	if err := none.Check(t.Context(), mustParse(t, "0.a-7")); !errors.Is(err, ErrAhead) {
		t.Errorf("a place of other books: %v", err)
	}
	if got := none.Stamp(Cursors{Behind(0, 7)}).String(); got != "0-7" {
		t.Errorf("a place is written %s, want as ever", got)
	}
}

func TestAnEpochThatHasJustBegunIsAskedFor(t *testing.T) {
	t.Parallel()
	e := &epochs{fresh: map[uint16]catalog.History{0: {{ID: 7, From: 10}}}}
	if err := NewHistories(e).Check(t.Context(), mustParse(t, "0.7-11")); err != nil {
		t.Errorf("a place that another server gave: %v", err)
	}
	down := errors.New("down")
	e = &epochs{err: down}
	if err := NewHistories(e).Check(t.Context(), mustParse(t, "0.7-11")); !errors.Is(err, down) || errors.Is(err, ErrAhead) {
		t.Errorf("a database that does not answer: %v", err)
	}
}

func TestPlacesWithEpochsTravelAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	some := places(3)
	some[1].Epoch = 7
	all := places(64)
	for slot := range all {
		all[slot] = Cursor{Slot: uint16(slot), Seq: 1<<63 - 1, Entry: whole - 1, Item: whole - 1, Epoch: 1<<32 - 1}
	}
	for _, at := range []Cursors{
		{{Slot: 0, Seq: 12, Entry: whole, Item: whole, Epoch: 1<<32 - 1}}, {{Slot: 3, Seq: 12, Epoch: 36}}, some, all,
	} {
		text := at.String()
		if back, err := ParseCursors(text); err != nil || !slices.Equal(back, at) || len(text) > 2048 {
			t.Errorf("%s, %d bytes, is read as %v, %v", text, len(text), back, err)
		}
	}
	for _, text := range []string{"0.-7", "0.0-7", "0.A-7", "0.zzzzzzzz-7", ".7-7", "0.7.7-7", "0.07-7", "v3.", "v3." + places(3).String()[3:]} {
		if _, err := ParseCursors(text); !errors.Is(err, ErrCursor) {
			t.Errorf("%s: %v, want %v", text, err, ErrCursor)
		}
	}
}

// Watchers receive the epoch with each event, and begin anew when events that they received
// were lost.
func TestWatchersAfterARestore(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	for range 4 {
		s.do(tea())
	}
	tail := runOn(t, NewLogs([]engine.Engine{e}, WithHistories(NewHistories(restored(0, catalog.Epoch{ID: 7, From: 2})))))
	w := start(t, tail, Filter{}, "0-1")
	if got := next(t, w, 3); !slices.Equal(got, []string{"0-2-0-0", "0.7-3-0-0", "0.7-4-0-0"}) {
		t.Errorf("told was %v", got)
	}
	if at := w.At().String(); at != "0.7-4-0-0" && at != "0.7-4" {
		t.Errorf("he is at %s", at)
	}
	for after, resume := range map[string]string{"0-3": "0-2", "0-4-0-0": "0-2", "0-9": "0-2", "0.7-9": "0.7-4", "0.8-1": "0-2", "0.8-99": "0-2"} {
		var lost *LostError
		if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, mustParse(t, after)); !errors.As(err, &lost) || lost.Resume.String() != resume {
			t.Errorf("behind %s: %v, want to go on behind %s", after, err, resume)
			continue
		}
		start(t, tail, Filter{}, resume).Close()
	}
	if _, err := tail.Watch(t.Context(), Filter{Tenant: "acme"}, mustParse(t, "5.9-1")); !errors.Is(err, ErrCursor) {
		t.Errorf("a slot that does not exist: %v", err)
	}
	// No epoch shows it: books that are behind a place of an epoch they do not know.
	other, script := slot(t)
	script.do(tea())
	var lost *LostError
	if _, err := run(t, other).Watch(t.Context(), Filter{}, mustParse(t, "0.9-5")); !errors.As(err, &lost) || lost.Resume[0].Seq != engine.Seq(1) {
		t.Errorf("an old file: %v", err)
	}
}

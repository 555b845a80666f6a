package stock

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// bring makes everything of the order and the items arrive on the shelf, and returns the
// events.
func bring(t *testing.T, to *shelf, holds []*Hold, items ...*Item) []Event {
	t.Helper()
	var events []Event
	do := func(c Arrive) {
		c.From = Origin{Slot: 3, Seq: 9}
		e, err := to.do(c, start)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	for _, it := range items {
		do(Arrive{Item: it})
	}
	for _, h := range holds {
		for call := range h.Calls {
			do(Arrive{Hold: h, Call: call})
		}
	}
	return events
}

func TestABucketArrivesAsItWas(t *testing.T) {
	t.Parallel()
	from := newShelf()
	for _, c := range []Command{
		open("A", 10), open("B", 5), allot("A", "web", 4), untracked("G"),
		place("o", want("A", 6)).on("web"), place("o", want("B", 1), want("G", 2)),
		Confirm{Target: line("o", "A").n(2).keyed()},
		Commit{Target: line("o", "B")},
	} {
		if _, err := from.do(c, start); err != nil {
			t.Fatal(err)
		}
	}
	k := OrderKey{"t", "o"}
	to := newShelf()
	events := bring(t, to, from.holds[k], from.items[item("A")], from.items[item("B")], from.items[item("G")])
	if diff := gocmp.Diff(from, to, gocmp.AllowUnexported(shelf{})); diff != "" {
		t.Errorf("left (-), arrived (+):\n%s", diff)
	}
	for i := range events {
		if e := &events[i]; !e.Changed() || e.From.Seq != 9 {
			t.Errorf("arrival %d: %+v", i, e)
		}
		for j := range events[i].Items {
			if c := &events[i].Items[j]; len(c.Postings) > 0 || c.Version != from.items[c.Key].Version {
				t.Errorf("arrival %d posts or counts a version of its own: %+v", i, c)
			}
		}
	}
	again := bring(t, to, from.holds[k], from.items[item("A")], from.items[item("B")])
	for i := range again {
		if again[i].Changed() {
			t.Errorf("what has not changed since came again: %+v", again[i])
		}
	}
}

func TestWhatChangedSinceArrivesAgain(t *testing.T) {
	t.Parallel()
	from, to := newShelf(), newShelf()
	given := func(commands ...Command) {
		t.Helper()
		for _, c := range commands {
			if _, err := from.do(c, start); err != nil {
				t.Fatal(err)
			}
		}
	}
	k, tea := OrderKey{"t", "o"}, item("A")
	given(open("A", 10), shift("A", Shared, Damaged, 1), place("o", want("A", 6)))
	bring(t, to, from.holds[k], from.items[tea])
	given(Release{Target: line("o", "A").n(2).keyed()}, open("B", 5), place("o", want("B", 1)))
	events := bring(t, to, from.holds[k], from.items[tea], from.items[item("B")])
	if diff := gocmp.Diff(from, to, gocmp.AllowUnexported(shelf{})); diff != "" {
		t.Errorf("left (-), arrived (+):\n%s", diff)
	}
	var calls []bool
	for i := range events {
		if len(events[i].Lines) > 0 {
			calls = append(calls, events[i].Call != nil)
		}
	}
	if diff := gocmp.Diff([]bool{false, true}, calls); diff != "" {
		t.Errorf("only a call that is not here yet comes with its lines (-want +got):\n%s", diff)
	}
}

func TestAnAccountThatIsGoneArrivesEmpty(t *testing.T) {
	t.Parallel()
	k := item("A")
	was := &Item{Key: k, Version: 1, Tracked: true, Balances: []Balance{{Supplier, -3}, {Held, 1}, {Shared, 2}}}
	is := &Item{Key: k, Version: 4, Tracked: true, Balances: []Balance{{Supplier, -3}, {Shared, 3}}}
	b := newShelf()
	bring(t, b, nil, was, is)
	if got := b.items[k]; got.Of(Held) != 0 || got.Of(Shared) != 3 || got.Version != 4 || got.Sound() != nil {
		t.Errorf("arrived as %+v, %v", got, got.Sound())
	}
	if events := bring(t, b, nil, was); events[0].Changed() {
		t.Errorf("an earlier state arrived over a later one: %+v", events[0])
	}
}

func TestACallArrivesUnderTheNumberItHasThere(t *testing.T) {
	t.Parallel()
	k := HoldKey{OrderKey{"t", "o"}, 5}
	old := Call{HomeBucket: 5, HomeLocation: "shop", HomeProduct: "A"}
	call := Call{HomeBucket: 5, HomeLocation: "shop", HomeProduct: "B", Legs: []Bucket{7}}
	b := newShelf()
	b.holds[k.OrderKey] = []*Hold{{Key: k, Calls: []Call{call}, Lines: []Line{{Item: item("B"), Requested: 1, End: EndReleased, Released: 1}}}}
	comes := &Hold{Key: k, Calls: []Call{old, call}, Lines: []Line{
		{Item: item("A"), Requested: 1, Drawn: []Balance{{Shared, 1}}},
		{Item: item("B"), Call: 1, Requested: 1, End: EndReleased, Released: 1},
	}}
	events := bring(t, b, []*Hold{comes})
	if !events[0].Changed() || events[1].Changed() {
		t.Errorf("changed: %t, %t; the second call was there already", events[0].Changed(), events[1].Changed())
	}
	want := []Call{call, old}
	if diff := gocmp.Diff(want, b.holds[k.OrderKey][0].Calls); diff != "" || events[0].Lines[0].Line.Call != 1 {
		t.Errorf("the line is of call %d of (-want +got):\n%s", events[0].Lines[0].Line.Call, diff)
	}
}

func TestLinesAreEqualInEveryField(t *testing.T) {
	t.Parallel()
	full := Line{
		Item: item("A"), Call: 1, Channel: "web", Requested: 9, Drawn: []Balance{{Shared, 2}}, Confirmed: 3, Released: 4,
		LastConfirmed: 1, LastReleased: 2, Deadline: 5, End: EndExpired, CreatedAt: 6, UpdatedAt: 7, Leg: &Leg{Key: [16]byte{1}},
	}
	same := full
	same.Drawn, same.Leg = []Balance{{Shared, 2}}, &Leg{Key: [16]byte{1}}
	if !full.Equal(&same) {
		t.Errorf("%+v and %+v are said to differ", full, same)
	}
	for name, spoil := range map[string]func(*Line){
		"item": func(l *Line) { l.Item = item("B") }, "call": func(l *Line) { l.Call++ }, "channel": func(l *Line) { l.Channel = "" },
		"requested": func(l *Line) { l.Requested++ }, "drawn": func(l *Line) { l.Drawn = nil }, "confirmed": func(l *Line) { l.Confirmed++ },
		"released": func(l *Line) { l.Released++ }, "last confirmed": func(l *Line) { l.LastConfirmed++ }, "last released": func(l *Line) { l.LastReleased++ },
		"deadline": func(l *Line) { l.Deadline++ }, "end": func(l *Line) { l.End = Open }, "created": func(l *Line) { l.CreatedAt++ },
		"updated": func(l *Line) { l.UpdatedAt++ }, "no leg": func(l *Line) { l.Leg = nil }, "another leg": func(l *Line) { l.Leg = &Leg{Copy: true} },
	} {
		l := full
		spoil(&l)
		if full.Equal(&l) || l.Equal(&full) {
			t.Errorf("lines of which one has another %s are said to be equal", name)
		}
	}
}

package stock

import (
	"reflect"
	"slices"

	"pgregory.net/rapid"
)

// later checks that a plain event of steady items is the same at any time until a line of
// its order ends by itself, except for the times in it.
func later(t *rapid.T, book *shelf, then Time, cmd Command, e *Event) {
	holds := book.Order(cmd.Reach().Order)
	if !e.Plain() || e.Op == OpPlace && len(holds) > 0 {
		return
	}
	if slices.ContainsFunc(e.Items, func(c ItemChange) bool { return !book.Item(c.Key).Steady() }) {
		return
	}
	now := then + rapid.SampledFrom([]Time{0, 1, second, 20 * second, minute, 5 * minute}).Draw(t, "foreseen")
	if until := Until(holds); until != 0 && now >= until {
		return
	}
	want, err := Decide(book, cmd, now)
	got, again := Decide(book, cmd, then)
	got.Later(then, now)
	if err != nil || again != nil || !reflect.DeepEqual(want, got) {
		t.Fatalf("%T %+v decided at %d and made later:\n%+v %v\ndecided at %d:\n%+v %v", cmd, cmd, then, got, again, now, want, err)
	}
}

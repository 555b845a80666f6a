package feed

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// An announcement of a product is delivered like an event of its items, live and from the
// log, also out of a large record in which nothing else concerns the watcher.
func TestWhatIsAnnouncedIsToldToThoseWhoWatchTheProduct(t *testing.T) {
	t.Parallel()
	e, s := slot(t)
	tail := run(t, e)
	live, apart := start(t, tail, Filter{Product: "tea"}, ""), start(t, tail, Filter{Location: "rome", Product: "tea"}, "")
	bound := start(t, tail, Filter{Product: "tea", Bounds: &stock.Bounds{Locations: []string{"rome"}}}, "")
	commands := []stock.Command{stock.Announce{Tenant: "acme", Product: "tea", Channel: "web", Is: stock.OpSoldOut}}
	for range 2 * few {
		commands = append(commands, stock.Restock{Item: mug(), Bucket: stock.BucketOf("acme", "rome"), Qty: 1, Open: &stock.Opening{}})
	}
	s.decide(commands...)
	s.do(tea())
	want := []string{"0-1-0-0", "0-2-0-0"}
	if got := next(t, live, 2); !slices.Equal(got, want) {
		t.Errorf("live: %v", got)
	}
	for name, w := range map[string]*Watch{"at a location": apart, "bound to one": bound} {
		if got := next(t, w, 1); !slices.Equal(got, want[1:]) {
			t.Errorf("%s: %v", name, got)
		}
	}
	again := start(t, tail, Filter{Product: "tea"}, "0-0")
	var got *Event
	for got == nil {
		events, more, err := again.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(events) > 0 {
			got = events[0]
		} else if !more {
			<-again.Ready()
		}
	}
	if got.ID.String() != want[0] || got.Op != stock.OpSoldOut || got.Channel != "web" || got.Product != "tea" || got.Location != "" || got.Lot != "" || got.Version != 1 {
		t.Errorf("%+v", got)
	}
	for _, test := range []struct {
		channel string
		want    []string
	}{{"web", want[:1]}, {"pos", nil}} {
		if got := next(t, start(t, tail, Filter{Channel: test.channel}, "0-0"), len(test.want)); !slices.Equal(got, test.want) {
			t.Errorf("of %q: %v", test.channel, got)
		}
	}
}

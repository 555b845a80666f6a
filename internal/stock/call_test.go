package stock

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestTheHomeOfACallIsItsFirstNewLineByLocationThenProduct(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, name := range []string{"N/B", "S/A", "S/B", "W/A", "X/A"} {
		if _, err := b.do(open(name, 9), start); err != nil {
			t.Fatal(err)
		}
	}
	n, s, w, x := BucketOf("t", "N"), BucketOf("t", "S"), BucketOf("t", "W"), BucketOf("t", "X")
	for _, c := range []struct {
		name string
		when Place
		want *Call
	}{
		{
			"the first by location",
			place("o", want("W/A", 1), want("N/B", 1), want("S/A", 1)),
			&Call{HomeBucket: n, HomeLocation: "N", HomeProduct: "B", Legs: []Bucket{min(s, w), max(s, w)}},
		},
		{
			"the first of the new lines, not of those the order has or that got nothing",
			place("o", want("N/B", 1), want("X/A", 1), want("S/B", 1), want("A/A", 1)).partly(),
			&Call{HomeBucket: s, HomeLocation: "S", HomeProduct: "B", Legs: []Bucket{x}},
		},
		{
			"the first by product within a location, which has no legs alone",
			place("p", want("S/B", 1), want("S/A", 1)),
			&Call{HomeBucket: s, HomeLocation: "S", HomeProduct: "A"},
		},
		{
			"a repeat is no call",
			place("o", want("N/B", 1), want("S/A", 1)),
			nil,
		},
	} {
		e, err := b.do(c.when, start)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if diff := gocmp.Diff(c.want, e.Call); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
	holds := b.Order(OrderKey{"t", "o"})
	if len(holds) != 4 {
		t.Fatalf("%d holds, wanted one in each of 4 buckets", len(holds))
	}
	for _, h := range holds {
		if calls := map[Bucket]int{n: 1, s: 2, w: 1, x: 1}[h.Key.Bucket]; len(h.Calls) != calls {
			t.Errorf("bucket %s has %d calls, wanted %d", h.Key.Bucket, len(h.Calls), calls)
		}
		for _, c := range h.Calls {
			if (h.Key.Bucket == c.HomeBucket) != (c.Legs != nil) {
				t.Errorf("bucket %s: legs are named at the home and only there, got %+v", h.Key.Bucket, c)
			}
		}
	}
}

package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func mustLanes(t *testing.T, c *Catalog) []Lane {
	t.Helper()
	all, err := c.Lanes(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLanesAreSetAndTakenAway(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		zone := strings.Repeat("z", 63)
		long := strings.Repeat("L", 64)
		for _, id := range []string{"a", "a-b", long} {
			mustPlace(t, c, DefaultPlace("demo", id))
		}
		set := []Lane{
			{Location: long, Zone: zone, PerUnit: MaxCost, PerShipment: MaxCost},
			{Location: "a-b", Zone: "eu", PerUnit: 3},
			{Location: "a", Zone: "us", PerShipment: 5},
			{Location: "a"},
		}
		if err := c.SetLanes(t.Context(), "demo", set); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(set)
		set[2], set[3] = set[3], set[2]
		for i := range set {
			set[i].Tenant = "demo"
		}
		slices.SortFunc(set, CompareLanes)
		if got := mustLanes(t, c); !slices.Equal(got, set) {
			t.Errorf("there are %+v, want %+v", got, set)
		}
		head := mustHead(t, c)
		if err := c.SetLanes(t.Context(), "demo", set); err != nil || mustHead(t, c) != head {
			t.Errorf("the same lanes again: %v, the log went from %d to %d", err, head, mustHead(t, c))
		}
		if err := c.SetLanes(t.Context(), "demo", []Lane{{Location: "a", PerUnit: 9}}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.DropLane(t.Context(), "demo", LaneKey{"a", "us"}); err != nil {
				t.Error(err)
			}
		}
		if head += 2; mustHead(t, c) != head {
			t.Errorf("the log is at %d, want %d: a lane is taken away once", mustHead(t, c), head)
		}
		if got := fmt.Sprint(mustLanes(t, c)[:1]); got != "[{demo L"+long[1:]+" "+zone+" 1073741824 1073741824}]" {
			t.Errorf("there is %s", got)
		}
		if got := mustLanes(t, c); len(got) != 3 || got[1].PerUnit != 9 {
			t.Errorf("there are %+v", got)
		}
		if err := c.SetLanes(t.Context(), "demo", []Lane{{Location: "a", Zone: "us", PerUnit: 2}}); err != nil || len(mustLanes(t, c)) != 4 {
			t.Errorf("a lane that comes back: %v, there are %+v", err, mustLanes(t, c))
		}
		mustVerify(t, c)
	})
}

func TestLanesThatCannotBe(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	mustPlace(t, c, DefaultPlace("demo", "a"))
	for _, tc := range []struct {
		name string
		set  []Lane
		want error
	}{
		{"none", nil, ErrInvalid},
		{"too many", make([]Lane, MaxSet+1), ErrInvalid},
		{"no location", []Lane{{Zone: "z"}}, ErrInvalid},
		{"a long zone", []Lane{{Location: "a", Zone: strings.Repeat("z", 64)}}, ErrInvalid},
		{"a cost below 0", []Lane{{Location: "a", PerUnit: -1}}, ErrInvalid},
		{"a cost too high", []Lane{{Location: "a", PerShipment: MaxCost + 1}}, ErrInvalid},
		{"one twice", []Lane{{Location: "a", Zone: "z"}, {Location: "a", Zone: "z", PerUnit: 1}}, ErrInvalid},
		{"from nowhere", []Lane{{Location: "a"}, {Location: "b"}}, ErrUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if err := c.SetLanes(t.Context(), "demo", tc.set); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if got := mustLanes(t, c); len(got) != 0 {
				t.Errorf("it left %+v", got)
			}
		})
	}
	for key, want := range map[LaneKey]error{{"a", ""}: ErrUnknown, {"", ""}: ErrInvalid} {
		if err := c.DropLane(t.Context(), "demo", key); !errors.Is(err, want) {
			t.Errorf("dropping %v: %v, want %v", key, err, want)
		}
	}
}

package main

import (
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

func TestALocationIsSpreadAndBroughtTogether(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	c := s.catalog()
	if _, err := c.CreateTenant(t.Context(), catalog.DefaultTenant); err != nil {
		t.Fatal(err)
	}
	if _, err := c.EnsureLocation(t.Context(), catalog.DefaultTenant, "store-0"); err != nil {
		t.Fatal(err)
	}
	s.fill(3)
	s.refused("a,b", 1, "nowhere", "shards", "spread", "nowhere")
	s.refused("a,b", 2, "--keep", "shards", "spread", "store-0", "--keep", "1s")
	for _, on := range []bool{true, false} {
		args, says := []string{"shards", "spread", "store-0", "--keep", "5s"}, "location store-0 is spread: 2 rows"
		if !on {
			args, says = append(args, "--off"), "location store-0 lies together: 2 rows"
		}
		s.must("a,b", says, args...)
		s.must("a,b", "0 rows", args...)
		s.must("a,b", "every row lies where its bucket lives", "shards", "verify")
		s.must("a,b", "", "verify")
		if l, err := c.Location(t.Context(), catalog.DefaultTenant, "store-0"); err != nil || l.Spread != on {
			t.Errorf("the catalog says spread %t, %v; want %t", l.Spread, err, on)
		}
	}
}

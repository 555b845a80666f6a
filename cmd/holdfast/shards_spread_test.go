package main

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

func TestALocationIsSpreadAndBroughtTogether(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	c := s.catalog()
	if _, err := c.CreateTenant(t.Context(), catalog.DefaultTenant); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: catalog.DefaultTenant, Location: "store-0"}}); err != nil {
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

// A command that dies at its end leaves the location sealed, and the books whole.
// The same command continues the change, the opposite one undoes it.
func TestALocationStaysSealedUntilItsCommandHasEnded(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	if _, err := s.catalog().CreateTenant(t.Context(), catalog.DefaultTenant); err != nil {
		t.Fatal(err)
	}
	if _, err := s.catalog().Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: catalog.DefaultTenant, Location: "store-0"}}); err != nil {
		t.Fatal(err)
	}
	s.fill(3)
	for _, off := range []bool{false, true} {
		b, l, end := s.open()
		dies := errors.New("the command dies")
		change := ledger.LocationChange{
			Tenant: catalog.DefaultTenant, Location: "store-0", On: true, Note: func(context.Context) error { return dies },
		}
		err := l.SpreadLocation(t.Context(), newMoves(b.directory), change, func(ledger.SpreadProgress) {}, move.Keep(0))
		if !errors.Is(err, dies) {
			t.Fatal(err)
		}
		k := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: "store-0", Product: "mug"}
		write := ledger.Request{Command: stock.Restock{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: 1}}
		if res := l.Submit(t.Context(), write)[0]; !errors.Is(res.Err, ledger.ErrSealed) {
			t.Errorf("a write says %v, want that the location is sealed", res.Err)
		}
		end()
		s.must("a,b", "", "verify")
		s.must("a,b", "every row lies where its bucket lives", "shards", "verify")
		if args := []string{"shards", "spread", "store-0", "--keep", "5s", "--off"}; off {
			s.must("a,b", "location store-0 lies together: 2 rows", args...)
		} else {
			s.must("a,b", "location store-0 is spread: 0 rows", args[:5]...)
			s.must("a,b", "location store-0 lies together: 2 rows", args...)
		}
		s.must("a,b", "every row lies where its bucket lives", "shards", "verify")
		s.must("a,b", "", "verify")
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// A location is spread, brought together and carried from slot to slot: what the
// journal has of its orders stays whole.
func TestTheLogOfAnOrderIsWholeWhereverItsLinesWent(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	b, l, _ := s.open()
	const shop = "store-0"
	own := stock.BucketOf(catalog.DefaultTenant, shop)
	keys := make([]stock.ItemKey, 6)
	for n := range keys {
		keys[n] = stock.ItemKey{Tenant: catalog.DefaultTenant, Location: shop, Product: fmt.Sprint("mug-", n)}
		s.submit(l, stock.OpenItem{Item: keys[n], Bucket: own, Qty: 20, Tracked: true})
	}
	far := s.elsewhere(b, own)
	s.submit(l, stock.OpenItem{Item: far, Bucket: stock.BucketOf(far.Tenant, far.Location), Qty: 20, Tracked: true})
	orders := make([]string, 4)
	for n := range orders {
		orders[n] = fmt.Sprint("o-", n)
		o := stock.OrderKey{Tenant: catalog.DefaultTenant, Order: orders[n]}
		lines := []stock.Demand{{Item: keys[n], Bucket: own, Qty: 3}, {Item: keys[n+2], Bucket: own, Qty: 2}}
		if n%2 == 1 {
			lines = append(lines, stock.Demand{Item: far, Bucket: stock.BucketOf(far.Tenant, far.Location), Qty: 1})
		}
		s.submit(l, stock.Place{Order: o, TTL: 3_600_000, Lines: lines})
		s.submit(l, stock.Release{Target: stock.Target{Order: o, Item: keys[n], Qty: 1, Keyed: true}})
	}
	journal := view.NewJournal(feed.NewLogs(b.slotSet.engines), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	var kept sync.WaitGroup
	kept.Go(func() {
		if err := journal.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("the journal ended: %v", err)
		}
	})
	defer kept.Wait()
	defer stop()
	logs := func() map[string][]string {
		all := map[string][]string{}
		for n, o := range orders {
			for _, k := range []stock.ItemKey{keys[n], keys[n+2], far} {
				page, err := journal.Entries(t.Context(), view.EntryQuery{Tenant: k.Tenant, Product: k.Product, Order: o})
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Entries {
					all[o] = append(all[o], fmt.Sprint(e.ID, " ", e.Operation, " ", e.Product, " ", e.Postings))
				}
			}
		}
		return all
	}
	want := logs()
	for n, o := range orders {
		if got := len(want[o]); got < 3+n%2 {
			t.Errorf("order %s has %d entries, want one for each line that was reserved and a release: %q", o, got, want[o])
		}
	}
	m := newMoves(b.directory)
	check := func(when string) {
		t.Helper()
		for o, got := range logs() {
			if !slices.Equal(got, want[o]) {
				t.Errorf("%s, order %s:\n%q\nwant\n%q", when, o, got, want[o])
			}
		}
	}
	carry := func() {
		t.Helper()
		buckets := []stock.Bucket{own}
		for _, k := range keys {
			buckets = append(buckets, stock.SpreadBucketOf(k.Tenant, k.Location, k.Product))
		}
		slices.Sort(buckets)
		for _, bucket := range slices.Compact(buckets) {
			if err := l.MoveBucket(t.Context(), m, bucket, 1-b.directory.Slots.SlotOf(bucket), move.Keep(0)); err != nil {
				t.Fatal(err)
			}
		}
	}
	spread := func(was, on bool) {
		t.Helper()
		c := ledger.LocationChange{Tenant: catalog.DefaultTenant, Location: shop, Was: was, On: on, Note: func(context.Context) error { return nil }}
		err := l.SpreadLocation(t.Context(), m, c, func(ledger.SpreadProgress) {}, move.Keep(0))
		if err != nil {
			t.Fatal(err)
		}
	}
	for round := range 2 {
		for _, on := range []bool{true, false} {
			for n := range 2 {
				carry()
				check(fmt.Sprintf("round %d, carried %d times before spread is %t", round, n+1, on))
			}
			spread(!on, on)
			check(fmt.Sprintf("round %d, spread %t", round, on))
		}
	}
}

// elsewhere is an item of a location that is in another slot than the bucket.
func (s *shardBooks) elsewhere(b *laidOut, bucket stock.Bucket) stock.ItemKey {
	for n := 0; ; n++ {
		k := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: fmt.Sprint("far-", n), Product: "mug"}
		if b.directory.Slots.SlotOf(stock.BucketOf(k.Tenant, k.Location)) != b.directory.Slots.SlotOf(bucket) {
			return k
		}
	}
}

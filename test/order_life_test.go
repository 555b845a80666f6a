package test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

// paid is an order's answer, as far as its deadlines go.
type paid struct {
	Reservations []struct {
		Location  string     `json:"location_id"`
		State     string     `json:"state"`
		Quantity  int64      `json:"quantity"`
		Committed bool       `json:"committed"`
		ExpiresAt *time.Time `json:"expires_at"`
	} `json:"reservations"`
}

// want wants the order to be of so many lines that are all alike.
func (p *paid) want(t *testing.T, when string, lines int, state string, committed bool) {
	t.Helper()
	if len(p.Reservations) != lines {
		t.Errorf("%s: %d reservations, want %d", when, len(p.Reservations), lines)
	}
	for _, r := range p.Reservations {
		if r.State != state || r.Committed != committed || (r.ExpiresAt == nil) != committed {
			t.Errorf("%s: %+v, want %s, committed %v", when, r, state, committed)
		}
	}
}

// An order over two databases is extended and committed as one, by REST and by
// gRPC, and stays so when the server dies.
func TestAnOrderOverTwoDatabasesIsPaidAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	databases := fmt.Sprintf("a=sqlite:%s,b=sqlite:%s", filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db"))
	s := offServer(t, filepath.Join(dir, "main.db"))
	s.under = []string{"env", "HOLDFAST_DATABASES=" + databases}
	s.start()
	c := newCaller(adminKey)
	const stores = 8
	var lines []object
	var items []client.Item
	for i := range stores {
		at := fmt.Sprint("store-", i)
		c.must(t, "POST", s.url("/inventory"), "", object{"product_id": "mug", "location_id": at, "available_stock": 10}, nil)
		lines = append(lines, object{"product_id": "mug", "location_id": at, "quantity": 1})
		items = append(items, client.Item{ProductID: "mug", LocationID: at, Quantity: 1})
	}
	answer := func(method, path, key string, body any) *paid {
		t.Helper()
		var p paid
		c.must(t, method, s.url(path), key, body, &p)
		return &p
	}
	before := answer("POST", "/inventory/reserve", "", object{"order_id": "rest", "items": lines, "ttl_seconds": 600})
	before.want(t, "reserved", stores, "active", false)
	longer := answer("POST", "/v1/inventory/extend", "longer", object{"order_id": "rest", "ttl_seconds": 7200})
	longer.want(t, "extended", stores, "active", false)
	for _, r := range longer.Reservations {
		if r.ExpiresAt != nil && !r.ExpiresAt.After(*before.Reservations[0].ExpiresAt) {
			t.Errorf("extended to %s, it was %s", r.ExpiresAt, before.Reservations[0].ExpiresAt)
		}
	}
	commit := func() *paid {
		t.Helper()
		return answer("POST", "/v1/inventory/commit", "", object{"order_id": "rest"})
	}
	commit().want(t, "committed", stores, "active", true)
	s.kill()
	s.start()
	answer("GET", "/inventory/orders/rest", "", nil).want(t, "after the server died", stores, "active", true)
	commit().want(t, "committed again", stores, "active", true)

	shop, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shop.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := t.Context()
	fine := func(o *client.Order, err error) *client.Order {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	fine(shop.Reserve(ctx, client.Reserve{OrderID: "grpc", Items: items, TTL: time.Minute}))
	fine(shop.Extend(ctx, client.Extend{OrderID: "grpc", TTL: time.Hour}))
	if o := fine(shop.Commit(ctx, client.Commit{OrderID: "grpc", ProductID: "mug", LocationID: "store-3"})); len(o.Reservations) != 1 || !o.Reservations[0].Committed {
		t.Errorf("one line committed: %+v", o)
	}
	committed := func() (n int) {
		for _, r := range fine(shop.Order(ctx, "grpc")).Reservations {
			if r.Committed {
				n++
			}
		}
		return n
	}
	if n := committed(); n != 1 {
		t.Errorf("%d lines are committed, want the one", n)
	}
	fine(shop.Commit(ctx, client.Commit{OrderID: "grpc"}))
	if n := committed(); n != stores {
		t.Errorf("%d lines are committed, want all %d", n, stores)
	}
	fine(shop.Deduct(ctx, client.Deduct{OrderID: "grpc"}))
	for _, it := range items {
		fine(shop.Reserve(ctx, client.Reserve{OrderID: "call by call", ProductID: it.ProductID, LocationID: it.LocationID, Quantity: 2}))
	}
	for range 2 {
		if o := fine(shop.Commit(ctx, client.Commit{OrderID: "call by call"})); len(o.Reservations) != stores {
			t.Errorf("reserved by %d calls, committed: %+v", stores, o)
		}
	}
	for _, r := range fine(shop.Release(ctx, client.Release{OrderID: "call by call"})).Reservations {
		if !r.Committed || r.State != client.Cancelled || r.Released != 2 {
			t.Errorf("committed, then released: %+v", r)
		}
	}
	fine(shop.Release(ctx, client.Release{OrderID: "rest"}))
	if _, err := shop.Accounts.Return(ctx, client.Return{ProductID: "mug", LocationID: "store-0", Quantity: 1, OrderID: "grpc", To: client.Damaged}); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Accounts.Move(ctx, client.Move{ProductID: "mug", LocationID: "store-1", From: client.SharedPool, To: client.Withheld, Quantity: 4}); err != nil {
		t.Fatal(err)
	}
	at, err := shop.Accounts.Get(ctx, client.Accounts{ProductID: "mug"})
	if err != nil || len(at.Items) != stores {
		t.Fatalf("%+v %v", at, err)
	}
	for i, it := range at.Items {
		want := map[client.Account]int64{client.SharedPool: 9, "ext/supplier": -10, "ext/customer": 1}
		switch i {
		case 0:
			delete(want, "ext/customer")
			want[client.Damaged] = 1
		case 1:
			want[client.SharedPool], want[client.Withheld] = 5, 4
		}
		if !maps.Equal(it.Balances, want) {
			t.Errorf("%s has %v, want %v", it.LocationID, it.Balances, want)
		}
	}
	if !slices.IsSortedFunc(at.Items, func(a, b client.ItemAccounts) int { return strings.Compare(a.LocationID, b.LocationID) }) {
		t.Errorf("the locations are not in order: %+v", at.Items)
	}
	s.stop()
	out, code := holdfast(t, "shards", "verify", "--db", s.db, "--databases", databases)
	if code != 0 || strings.Contains(out, "across slots: 0 legs") {
		t.Errorf("verify: exit code %d, and the orders must lie in both databases:\n%s", code, out)
	}
}

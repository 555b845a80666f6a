package test

import (
	"fmt"
	"path/filepath"
	"testing"
)

// kinds are all kinds of writes there are; call n of each changes something.
var kinds = []struct {
	name, method, path string
	body               func(n int) object
}{
	{"create", "POST", "/inventory", func(n int) object { return object{"product_id": fmt.Sprint("new", n), "available_stock": 1} }},
	{"restock", "POST", "/inventory/restock", func(int) object { return object{"product_id": "p", "quantity": 1} }},
	{"adjust", "POST", "/inventory/adjust", func(int) object { return object{"product_id": "p", "delta": 1, "reason": "found"} }},
	{"count", "POST", "/inventory/adjust", func(n int) object { return object{"product_id": "q", "set_to": 1000 + n, "reason": "counted"} }},
	{"threshold", "PUT", "/inventory/p/threshold", func(n int) object { return object{"low_stock_threshold": n + 1} }},
	{"sale status", "POST", "/inventory/sale-status", func(n int) object { return object{"product_id": "q", "on_sale": n%2 == 1} }},
	{"reserve", "POST", "/inventory/reserve", func(n int) object { return object{"order_id": fmt.Sprint("o", n), "product_id": "p", "quantity": 2} }},
	{"extend", "POST", "/v1/inventory/extend", func(n int) object { return object{"order_id": fmt.Sprint("o", n), "ttl_seconds": 7200} }},
	{"commit", "POST", "/v1/inventory/commit", func(n int) object { return object{"order_id": fmt.Sprint("o", n)} }},
	{"deduct a part", "POST", "/inventory/deduct", func(n int) object {
		return object{"order_id": fmt.Sprint("o", n), "product_id": "p", "quantity": 1}
	}},
	{"release the rest", "POST", "/inventory/release", func(n int) object { return object{"order_id": fmt.Sprint("o", n)} }},
	{"return", "POST", "/v1/inventory/return", func(int) object { return object{"product_id": "p", "quantity": 1} }},
	{"move", "POST", "/v1/inventory/move", func(int) object {
		return object{"product_id": "p", "from": "pool/shared", "to": "damaged", "quantity": 1}
	}},
	{"refusal under a key", "POST", "/inventory/reserve", func(n int) object {
		return object{"order_id": fmt.Sprint("never", n), "product_id": "p", "quantity": 1_000_000}
	}},
	{"batch", "POST", "/v1/commands:batch", func(n int) object {
		return object{"commands": []object{{"restock": object{"product_id": "p", "quantity": 1}}, {"reserve": object{"order_id": fmt.Sprint("b", n), "product_id": "p", "quantity": 1}}}}
	}},
}

// Every write is synced before it is acknowledged: each of more than a hundred writes, one after
// another, of every kind there is, costs at least one sync of its own.
func TestEveryKindOfWriteIsSynced(t *testing.T) {
	t.Parallel()
	s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
	trace := traced(t, s, "-e", "trace=fsync,fdatasync")
	s.start()
	c := newCaller(adminKey)
	c.create(t, s, "p", 1000)
	c.create(t, s, "q", 1000)
	writes, begun := 0, syncsIn(t, trace)
	done := begun
	for n := range 10 {
		for _, k := range kinds {
			r, err := c.call(t.Context(), k.method, s.url(k.path), fmt.Sprint("key-", k.name[:3], writes), k.body(n))
			if err != nil {
				t.Fatal(err)
			}
			if refused := k.name == "refusal under a key"; refused != (r.status == 409) || !refused && r.status != 200 {
				t.Fatalf("%s: %d %s", k.name, r.status, r.body)
			}
			now := syncsIn(t, trace)
			if now <= done {
				t.Fatalf("%s %d was acknowledged without a sync", k.name, n)
			}
			done, writes = now, writes+1
		}
	}
	if writes < 100 {
		t.Errorf("%d writes, want at least 100", writes)
	}
	t.Logf("%d syncs for %d writes of %d kinds, one after another", done-begun, writes, len(kinds))
	s.stop()
	s.verify()
}

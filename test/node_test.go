package test

import (
	"fmt"
	"path/filepath"
	"testing"
)

// Two servers on one SQLite file: what one acknowledged the other shows at
// once, in a check and in a reserve. Never a stale refusal, never a stale figure.
func TestTwoServersOnOneFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "holdfast.db")
	a := newServerOn(t, path)
	b := newServerOn(t, path)
	c := newCaller(adminKey)
	c.create(t, a, "p", 0)
	for i := range rounds(1000) {
		c.must(t, "POST", "http://"+a.http+"/inventory/restock", "", object{"product_id": "p", "quantity": 1}, nil)
		var seen struct{ Available int64 }
		c.must(t, "GET", "http://"+b.http+"/inventory/check/p?location_id=default", "", nil, &seen)
		if seen.Available != 1 {
			t.Fatalf("round %d: the other server shows %d available", i, seen.Available)
		}
		order := fmt.Sprint("o", i)
		c.must(t, "POST", "http://"+b.http+"/inventory/reserve", "", object{"order_id": order, "product_id": "p", "quantity": 1}, nil)
		c.must(t, "GET", "http://"+a.http+"/inventory/check/p", "", nil, &seen)
		if seen.Available != 0 {
			t.Fatalf("round %d: the first server shows %d available after the reserve", i, seen.Available)
		}
		c.must(t, "POST", "http://"+a.http+"/inventory/deduct", "", object{"order_id": order}, nil)
	}
	a.stop()
	b.stop()
	a.verify()
}

package test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A till whose disk is full refuses orders with 503 and says so to nobody else. It answers reads,
// and sells again by itself when there is room. Nothing that it acknowledged is lost, and its file
// is not taken for a copy.
func TestATillWhoseDiskIsFullSellsOnWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	dir, ok := mounted(t, "size=3m")
	if !ok {
		t.Log("this user may not mount a file system: nothing was tested")
		return
	}
	centre := newCentre(t, 20_000)
	setTill(t, centre, "one", object{"percent": 50})
	m := tillOn(t, centre, "one", filepath.Join(dir, "till.db"))
	if o := runWith(t, nil, "till", "pair", "--centre", centre.grpc, "--db", m.db, tillCode(t, centre, "one")); o.code != 0 {
		t.Fatalf("pair the till: %s", o.stderr)
	}
	m.start()
	m.has(10_000)
	var sold []string
	full := &reply{}
	for i := 0; full.status == 0; i++ {
		order := fmt.Sprint("o-", i)
		r, err := clerk.once(t.Context(), "POST", m.url("/inventory/reserve"), "reserve-"+order, object{"order_id": order, "product_id": mug, "location_id": shop, "quantity": 1})
		switch {
		case err != nil:
			t.Fatal(err)
		case r.status == http.StatusOK:
			sold = append(sold, order)
		default:
			full = r
		}
	}
	if full.status != http.StatusServiceUnavailable || full.code != "UNAVAILABLE" || full.later == "" {
		t.Errorf("an order on a full disk: %+v, want 503 with Retry-After", full)
	}
	if n := mugsAt(t, m.server); n > 10_000 {
		t.Errorf("on a full disk the till says that it has %d mugs", n)
	}
	m.kill() // it must also come up so
	m.start()
	if n := mugsAt(t, m.server); n > 10_000 {
		t.Errorf("started on a full disk the till says that it has %d mugs", n)
	}
	if err := unix.Mount("holdfast-test", dir, "tmpfs", unix.MS_REMOUNT, "size=256m"); err != nil {
		t.Fatal(err)
	}
	before := len(sold)
	for i := range 20 {
		order := fmt.Sprint("late-", i)
		if code := reserveAt(t, m.server, order, 1); code != "" {
			t.Fatalf("order %s was refused after there was room: %s", order, code)
		}
		sold = append(sold, order)
	}
	_, at := agree(t, centre, m)
	for _, order := range sold {
		if l := at[0].orders[order]; l.Quantity() != 1 {
			t.Errorf("order %s was acknowledged, the till has %+v", order, l)
		}
	}
	t.Logf("%d orders before the disk was full, then %s; 20 after there was room", before, full.code)
}

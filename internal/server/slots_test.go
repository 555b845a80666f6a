package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// places are the locations of three slots.
var places = []string{"berlin", "rome", "oslo"}

// stocked opens a house of three slots with the products tea and mug at one
// location in each of them, every one a record of its own.
func stocked(t *testing.T) *house {
	t.Helper()
	h := startSlots(t, 3)
	for _, product := range []string{"tea", "mug"} {
		h.play(t, step{path: "/inventory", body: fmt.Sprintf(`{"product_id":%q,"location_id":"berlin","available_stock":5}`, product)})
		for slot := 1; slot < 3; slot++ {
			h.open(t, slot, item(places[slot], product))
		}
	}
	return h
}

func item(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: "default", Location: location, Product: product}
}

func (h *house) open(t *testing.T, slot int, k stock.ItemKey) {
	t.Helper()
	h.submit(t, slot, stock.OpenItem{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: 5, Tracked: true})
}

func (h *house) submit(t *testing.T, slot int, c stock.Command) {
	t.Helper()
	books := h.books
	if slot > 0 {
		books = h.others[slot-1]
	}
	if r := books.Submit(t.Context(), ledger.Request{Command: c}); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
}

func TestListsAreOfAllSlots(t *testing.T) {
	t.Parallel()
	h := stocked(t)
	h.submit(t, 1, stock.SetSaleStatus{Item: item("rome", "tea"), Bucket: stock.BucketOf("default", "rome")})
	for _, test := range []struct {
		path string
		name func(i int) string
		want []string
	}{
		{
			"/inventory?page_size=%d", func(i int) string { return fmt.Sprintf("items.%d.location_id", i) },
			[]string{"berlin", "oslo", "rome", "berlin", "oslo", "rome"},
		},
		{"/inventory/low-stock?page_size=%d", func(i int) string { return fmt.Sprintf("items.%d.location_id", i) }, []string{"rome"}},
		{
			"/inventory/logs/tea?page_size=%d", func(i int) string { return fmt.Sprintf("items.%d.entry_id", i) },
			[]string{"0-1-0-0", "1-1-0-0", "1-3-0-0", "2-1-0-0"},
		},
	} {
		for size := 1; size < 8; size++ {
			var got []string
			for token := ""; ; {
				a := h.call(t, "admin", "GET", fmt.Sprintf(test.path, size)+token, "")
				if a.status != http.StatusOK || a.head.Get("Holdfast-Stale") != "" {
					t.Fatalf("%d %s", a.status, a.raw)
				}
				for i := range size {
					if v := a.at(test.name(i)); v != "absent" {
						got = append(got, strings.Trim(v, `"`))
					}
				}
				if token = a.at("next_page_token"); token == "absent" {
					break
				}
				token = "&page_token=" + strings.Trim(token, `"`)
			}
			if strings.Contains(test.path, "logs") {
				slices.Sort(got) // their times may be the same or not
			}
			if !slices.Equal(got, test.want) {
				t.Errorf(test.path+": %v, want %v", size, got, test.want)
			}
		}
	}
}

func TestEventsOfManySlotsGoOnBehindWhatWasSeen(t *testing.T) {
	t.Parallel()
	h := stocked(t)
	s := h.watch(t, "read", "?after=0-0")
	var seen []string
	for range 6 {
		e := s.next()
		seen = append(seen, fmt.Sprint(e["event_id"]))
		// The connection breaks behind each event, and whatever has not come
		// yet comes again.
		s.body.Close()
		if len(seen)%2 == 0 {
			s = h.watch(t, "read", "?after="+s.id)
		} else {
			s = h.watch(t, "read", "", "Last-Event-ID", s.id)
		}
	}
	if want := []string{"0-1-0-0", "0-2-0-0", "1-1-0-0", "1-2-0-0", "2-1-0-0", "2-2-0-0"}; !slices.Equal(slices.Sorted(slices.Values(seen)), want) {
		t.Fatalf("seen %v, want %v", seen, want)
	}
	h.open(t, 2, item("oslo", "new"))
	s.want("create new")
	if !strings.HasPrefix(s.id, "v2.") || len(s.id) > 24 {
		t.Errorf("the place is %s", s.id)
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if e := s.next(); e["name"] != "end" || e["resume_after"] != s.id {
		t.Errorf("%v at %s", e, s.id)
	}
}

func TestWatchStockOfManySlots(t *testing.T) {
	t.Parallel()
	h := stocked(t)
	var seen []string
	for at := "0-0"; len(seen) < 6; {
		s, begin := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{After: at})
		if !strings.HasPrefix(begin, "v2.") {
			t.Fatal(begin)
		}
		for n := 0; n < 2; {
			m, err := s.Recv()
			if err != nil {
				t.Fatal(err)
			}
			at = m.Position
			if m.Event != nil {
				seen = append(seen, m.Event.EventId)
				n++
			}
		}
	}
	slices.Sort(seen)
	if len(slices.Compact(slices.Clone(seen))) != 6 {
		t.Errorf("seen %v", seen)
	}
}

// An export and then a watch from the position that the export names give
// everything.
func TestAnExportOfManySlotsNamesItsPlace(t *testing.T) {
	t.Parallel()
	h := stocked(t)
	for n, kind := range []string{"levels", "thresholds", "journal"} {
		a := h.call(t, "admin", "GET", "/v1/exports?kind="+kind, "")
		lines := strings.Split(strings.TrimSpace(string(a.raw)), "\n")
		if a.status != http.StatusOK || len(lines) != 1+6+n {
			t.Fatalf("%s: %d %s", kind, a.status, a.raw)
		}
		if kind != "journal" && !slices.IsSorted(lines[1:]) {
			t.Errorf("%s are not in the order of the list: %s", kind, a.raw)
		}
		s := h.watch(t, "read", "?after="+a.head.Get("Holdfast-Position"))
		h.open(t, 2, item("oslo", "new-"+kind))
		s.want("create new-" + kind)
		s.body.Close()
	}
}

func TestPlacesOfManySlotsAreRefused(t *testing.T) {
	t.Parallel()
	h := stocked(t)
	s := h.watch(t, "read", "")
	place := s.id
	h.tell(t, []step{
		{name: "cut", path: "/v1/events?after=" + place[:len(place)-1], status: 400, want: []string{`violations.0.field "after"`}},
		{name: "changed", path: "/v1/events?after=" + strings.Replace(place, "v2.A", "v2.B", 1) + "A", status: 400},
		{name: "a slot that does not exist", path: "/v1/events?after=3-1", status: 400},
		{name: "beyond the end of one", path: "/v1/events?after=2-9", status: 410},
		{name: "too long for anything", path: "/v1/events?after=v2." + strings.Repeat("A", 3000), status: 400},
	})
	start(t).tell(t, []step{{name: "three slots where there is one", path: "/v1/events?after=" + place, status: 400}})
}

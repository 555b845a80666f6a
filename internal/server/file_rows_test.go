package server_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/sheet"
)

// fileRows are three rows of a file: the second is refused.
type fileRows struct {
	head string
	rows [3]string
	// read shows what the rows change.
	read []string
}

// importWays is what a file of each kind does with its rows: each by itself with an answer of its own,
// or, when the file says so, all or none. Rows of one thing, as the components of a kit, are one.
var importWays = map[sheet.Kind]fileRows{
	sheet.KindProducts:   {"product_id,unit,scale", [3]string{"new,kg,3", "other,kg,9", "more,l,2"}, []string{"/inventory/product/new", "/inventory/product/other", "/inventory/product/more"}},
	sheet.KindLevels:     {"product_id,location_id,on_hand", [3]string{"p,a,5", "held,a,1", "q,a,6"}, []string{"/inventory/product/p", "/inventory/product/held", "/inventory/product/q"}},
	sheet.KindThresholds: {"product_id,location_id,low_stock_threshold", [3]string{"p,a,5", "nothing,a,1", "q,a,6"}, []string{"/inventory/product/p", "/inventory/product/q"}},
	sheet.KindLocations:  {"location_id,name,capacity", [3]string{"a,A,3", "b,B,0", "c,C,4"}, []string{"/v1/locations"}},
	sheet.KindKits:       {"product_id,component_id,quantity", [3]string{"k,p,1", "l,l,1", "m,q,2"}, []string{"/v1/kits"}},
	sheet.KindQuotas:     {"product_id,location_id,channel_id,quota", [3]string{"p,a,web,1", "held,a,web,99", "q,a,web,2"}, []string{"/v1/quotas/p?location_id=a", "/v1/quotas/held?location_id=a", "/v1/quotas/q?location_id=a"}},
	sheet.KindTransfers:  {"transfer_id,from_location_id,to_location_id,product_id,quantity", [3]string{"t-1,a,b,p,1", "t-2,a,a,held,1", "t-3,a,b,q,1"}, []string{"/v1/transfers"}},
	sheet.KindLots:       {"product_id,location_id,on_hand,lot.batch", [3]string{"p,a,5,B1", "nothing,a,1,B1", "q,a,6,B1"}, []string{"/inventory/product/p", "/inventory/product/q"}},
}

func TestEveryImportHasAWayOfActingOnItsRows(t *testing.T) {
	t.Parallel()
	for _, kind := range sheet.ImportKinds {
		of := importWays[kind]
		if of.head == "" {
			t.Errorf("%s: what does an import do when one of its rows is refused? Write it into importWays", kind)
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			h := start(t)
			for _, p := range []string{"p", "held", "q"} {
				h.play(t, step{path: "/inventory", body: `{"product_id":"` + p + `","location_id":"a","available_stock":9}`})
			}
			h.play(t, step{path: "/inventory", body: `{"product_id":"p","location_id":"b"}`})
			h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o","product_id":"held","location_id":"a","quantity":4}`})
			look := func() string {
				var all []string
				for _, path := range of.read {
					all = append(all, volatile.ReplaceAllString(string(h.call(t, "admin", "GET", path, "").raw), ""))
				}
				return strings.Join(all, "\n")
			}
			send := func(parameters string, rows ...string) answer {
				return h.file(t, "admin", "/v1/imports?wait_seconds=30&kind="+string(kind)+parameters, of.head+"\n"+strings.Join(rows, "\n")+"\n")
			}
			was := look()
			if a := send("&mode=all", of.rows[:]...); a.at("applied") != "0" || a.at("refused") != "1" || look() != was {
				t.Fatalf("all or none: %s\n was %s\n is  %s", a.raw, was, look())
			}
			a := send("", of.rows[:]...)
			if a.at("applied") != "2" || a.at("refused") != "1" {
				t.Fatalf("each by itself: %s", a.raw)
			}
			r := h.call(t, "admin", "GET", strings.Trim(a.at("result"), `"`), "")
			if lines := strings.Split(strings.TrimSpace(string(r.raw)), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "3,") {
				t.Errorf("the refused row is not the one that is named: %s", r.raw)
			}
			is := look()
			if again := send("", slices.Concat(of.rows[:1], of.rows[2:])...); again.at("unchanged") != "2" || look() != is {
				t.Errorf("the good rows have been carried out, and change something again: %s\n was %s\n is  %s", again.raw, is, look())
			}
		})
	}
}

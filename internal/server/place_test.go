package server_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestLocations(t *testing.T) {
	t.Parallel()
	const london = `{"kind":"warehouse","name":"London","coordinates":{"latitude":51.49999,"longitude":-0.11672},"priority":5,"pickup":true,"channels":["web","app"],"region":"uk","capacity":40}`
	start(t).tell(t, []step{
		{name: "a location is unknown", path: "/v1/locations/W01", status: 404, code: "NOT_FOUND"},
		{
			name: "saying what it is makes it known", verb: "PUT", path: "/v1/locations/W01", body: london, head: []string{"Idempotency-Key", "a"},
			want: []string{
				`location_id "W01"`, `kind "warehouse"`, `name "London"`, `coordinates.latitude 51.49999`, `coordinates.longitude -0.11672`, `priority 5`,
				`active true`, `online true`, `pickup true`, `channels.0 "app"`, `channels.1 "web"`, `region "uk"`, `capacity 40`,
			},
			says: []string{"Idempotency-Replayed", "", "Holdfast-Position", ""},
		},
		{name: "the same again is the same", verb: "PUT", path: "/v1/locations/W01", body: london, head: []string{"Idempotency-Key", "a"}, want: []string{`priority 5`}},
		{name: "stock may be booked there", path: "/v1/inventory/restock", body: `{"product_id":"p","location_id":"W01","quantity":1}`, status: 404},
		{name: "for known products", path: "/v1/inventory", body: `{"product_id":"p","location_id":"W01","available_stock":1}`},
		{name: "a location that stock made known has the defaults", path: "/v1/inventory", body: `{"product_id":"p","location_id":"shop"}`},
		{
			name: "and is read with the scope read", as: "read", path: "/v1/locations/shop",
			want: []string{`kind "store"`, `name ""`, `coordinates absent`, `priority 100`, `active true`, `online true`, `pickup false`, `channels.length 0`, `region absent`, `capacity absent`},
		},
		{name: "writing needs admin", as: "internal", verb: "PUT", path: "/v1/locations/shop", body: `{}`, status: 403},
		{name: "nothing said is the defaults again", verb: "PUT", path: "/v1/locations/W01", body: `{"active":false,"online":false,"priority":0}`, want: []string{`kind "store"`, `coordinates absent`, `priority 0`, `active false`, `online false`, `capacity absent`}},
		{name: "the list is by id", as: "read", path: "/v1/locations", want: []string{`items.length 2`, `items.0.location_id "W01"`, `items.1.location_id "shop"`, `next_page_token absent`}},
		{name: "another tenant has none", as: "other", path: "/v1/locations", want: []string{`items.length 0`}},
		{name: "nor this one", as: "other", path: "/v1/locations/W01", status: 404},
		{name: "a location is not deleted", verb: "DELETE", path: "/v1/locations/W01", status: 405},
		{name: "the id comes from the path alone", verb: "PUT", path: "/v1/locations/a", body: `{"location_id":"a"}`, status: 400, want: []string{`violations.0.field "location_id"`}},
		{name: "a kind of its own is refused", verb: "PUT", path: "/v1/locations/a", body: `{"kind":"shop"}`, status: 400, want: []string{`violations.0.field "kind"`}},
		{name: "a pole is the end", verb: "PUT", path: "/v1/locations/a", body: `{"coordinates":{"latitude":91,"longitude":0}}`, status: 400, want: []string{`violations.0.field "latitude"`}},
		{name: "a coordinate is a number", verb: "PUT", path: "/v1/locations/a", body: `{"coordinates":{"latitude":"51"}}`, status: 400, want: []string{`violations.0.field "coordinates.latitude"`}},
		{name: "a priority has its range", verb: "PUT", path: "/v1/locations/a", body: `{"priority":1000001}`, status: 400, want: []string{`violations.0.field "priority"`}},
		{name: "a capacity of nothing is no capacity", verb: "PUT", path: "/v1/locations/a", body: `{"capacity":0}`, status: 400, want: []string{`violations.0.field "capacity"`}},
		{name: "a channel is an id", verb: "PUT", path: "/v1/locations/a", body: `{"channels":["a/b"]}`, status: 400, want: []string{`violations.0.field "channels"`}},
		{name: "of many all are set", verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"b","priority":1},{"location_id":"a"}]}`, want: []string{`items.0.location_id "b"`, `items.0.priority 1`, `items.1.location_id "a"`}},
		{name: "or none", verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"c"},{"location_id":"d","coordinates":{"latitude":0,"longitude":181}}]}`, status: 400, want: []string{`violations.0.field "items[1].longitude"`}},
		{name: "not one twice", verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"c"},{"location_id":"c"}]}`, status: 400, want: []string{`violations.0.field "items[1].location_id"`}},
		{name: "a bad form is named too", verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"c"},{"location_id":".."}]}`, status: 400, want: []string{`violations.0.field "items[1].location_id"`}},
		{name: "none at all is refused", verb: "PUT", path: "/v1/locations:batch", body: `{}`, status: 400, want: []string{`violations.0.field "items"`}},
		{name: "refused calls make nothing known", path: "/v1/locations", want: []string{`items.length 4`}},
	})
}

func TestLocationsAreListedInPages(t *testing.T) {
	t.Parallel()
	h := start(t)
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf(`{"location_id":"L%04d"}`, i))
	}
	if a := h.call(t, "admin", "PUT", "/v1/locations:batch", `{"items":[`+strings.Join(rows, ",")+`]}`); a.status != 200 {
		t.Fatal(string(a.raw))
	}
	if a := h.call(t, "admin", "PUT", "/v1/locations:batch", `{"items":[`+strings.Join(append(rows, `{"location_id":"x"}`), ",")+`]}`); a.status != 400 {
		t.Errorf("1001 rows: %s", a.raw)
	}
	var ids []string
	for path := "/v1/locations?page_size=400"; ; {
		a := h.call(t, "read", "GET", path, "")
		for i := range 400 {
			if id := a.at(fmt.Sprintf("items.%d.location_id", i)); id != "absent" {
				ids = append(ids, id)
			}
		}
		next := strings.Trim(a.at("next_page_token"), `"`)
		if next == "absent" {
			break
		}
		path = "/v1/locations?page_size=400&page_token=" + next
	}
	if len(ids) != 1000 || ids[0] != `"L0000"` || ids[999] != `"L0999"` {
		t.Errorf("%d ids", len(ids))
	}
	token := strings.Trim(h.call(t, "read", "GET", "/v1/locations?page_size=1", "").at("next_page_token"), `"`)
	for _, path := range []string{"/v1/locations?page_size=501", "/v1/locations?page_token=x", "/v1/kits?page_token=" + token, "/v1/lanes?page_token=" + token} {
		if a := h.call(t, "read", "GET", path, ""); a.status != 400 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

func TestLanes(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "locations", verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"a"},{"location_id":"a-b"}]}`},
		{
			name: "lanes are set", verb: "PUT", path: "/v1/lanes", head: []string{"Idempotency-Key", "k"},
			body: `{"items":[{"location_id":"a-b","zone":"eu","cost_per_unit":3,"cost_per_shipment":400},{"location_id":"a","zone":"us"},{"location_id":"a","zone":"","cost_per_unit":1}]}`,
			want: []string{`items.length 3`, `items.0.location_id "a-b"`, `items.0.cost_per_shipment 400`},
		},
		{name: "others stay", verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"a","zone":"us","cost_per_unit":7}]}`},
		{
			name: "they are listed by location and zone", as: "read", path: "/v1/lanes",
			want: []string{`items.length 3`, `items.0.zone ""`, `items.0.cost_per_unit 1`, `items.1.zone "us"`, `items.1.cost_per_unit 7`, `items.2.location_id "a-b"`},
		},
		{name: "of one location", as: "read", path: "/v1/lanes?location_id=a", want: []string{`items.length 2`, `items.1.zone "us"`}},
		{name: "of one that is known", as: "read", path: "/v1/lanes?location_id=x", status: 404},
		{name: "from an unknown location none is set", verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"a","zone":"z"},{"location_id":"x","zone":"z"}]}`, status: 404, code: "NOT_FOUND"},
		{name: "a cost is not below 0", verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"a","cost_per_unit":-1}]}`, status: 400, want: []string{`violations.0.field "items[0].cost_per_unit"`}},
		{name: "nor a fraction", verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"a","cost_per_unit":0.5}]}`, status: 400},
		{name: "a zone is an id", verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"a","zone":"a/b"}]}`, status: 400, want: []string{`violations.0.field "items[0].zone"`}},
		{name: "one is taken away", verb: "DELETE", path: "/v1/lanes/a?zone=us"},
		{name: "which may be repeated", verb: "DELETE", path: "/v1/lanes/a?zone=us"},
		{name: "one that never was", verb: "DELETE", path: "/v1/lanes/a?zone=nope", status: 404},
		{name: "with admin alone", as: "internal", verb: "DELETE", path: "/v1/lanes/a", status: 403},
		{name: "the one to everywhere else", verb: "DELETE", path: "/v1/lanes/a"},
		{name: "what is left", as: "read", path: "/v1/lanes?page_size=1", want: []string{`items.length 1`, `items.0.location_id "a-b"`, `next_page_token absent`}},
	})
}

func TestLocationsOverGRPC(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx := h.with(t, "admin")
	l, err := h.grpc.SetLocation(ctx, &holdfastv1.SetLocationRequest{LocationId: "W01", Coordinates: &holdfastv1.Coordinates{Latitude: -18.1, Longitude: 178.4}})
	if err != nil || l.GetCoordinates().GetLongitude() != 178.4 {
		t.Errorf("%v, %v", l, err)
	}
	_, err = h.grpc.SetLocation(ctx, &holdfastv1.SetLocationRequest{LocationId: "W01", Coordinates: &holdfastv1.Coordinates{Latitude: math.NaN()}})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("coordinates that are no numbers: %v", err)
	}
	list, err := h.grpc.ListLocations(h.with(t, "read"), &holdfastv1.ListLocationsRequest{})
	if err != nil || len(list.GetItems()) != 1 || list.GetItems()[0].GetCoordinates().GetLatitude() != -18.1 {
		t.Errorf("%v, %v", list, err)
	}
}

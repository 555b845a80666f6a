package sheet

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

func (h *house) places() map[string]catalog.Place {
	h.t.Helper()
	all, err := h.catalog.Places(h.t.Context(), "shop")
	if err != nil {
		h.t.Fatal(err)
	}
	byID := map[string]catalog.Place{}
	for _, p := range all {
		byID[p.ID] = p
	}
	return byID
}

func TestLocationsAreImported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := h.imports(spec(KindLocations), `location_id,kind,name,latitude,longitude,priority,active,online,pickup,channels,region,capacity
W01,warehouse,London,51.49999,-0.11672,5,yes,no,true,web/app,uk,40
W02,,,,,,,,,,,
`)
	if j.State != StateDone || j.Applied != 2 || j.Refused != 0 {
		t.Fatalf("%+v\n%s", j, h.result(j.ID))
	}
	want := catalog.Place{
		Tenant: "shop", ID: "W01", Kind: catalog.PlaceWarehouse, Name: "London", Coordinates: &catalog.Coordinates{Latitude: 51.49999, Longitude: -0.11672},
		Priority: 5, Active: true, Pickup: true, Channels: []string{"app", "web"}, Region: "uk", Capacity: 40,
	}
	if got := h.places(); !got["W01"].Equal(want) || !got["W02"].Equal(catalog.DefaultPlace("shop", "W02")) {
		t.Errorf("there are %+v", got)
	}
	// An export can be imported again, and changes nothing.
	out := h.export(ExportSpec{Kind: KindLocations, Format: CSV, Encoding: UTF8})
	if j := h.imports(spec(KindLocations), out); j.State != StateDone || j.Unchanged != 2 || j.Applied != 0 {
		t.Errorf("%+v of\n%s", j, out)
	}
	// A file without a column leaves it as it is; an empty cell empties.
	if j := h.imports(spec(KindLocations), "仓库,优先级,channels\nW01,9,\nW02,100,\n"); j.Applied != 1 || j.Unchanged != 1 {
		t.Errorf("%+v", j)
	}
	want.Priority, want.Channels = 9, nil
	if got := h.places()["W01"]; !got.Equal(want) {
		t.Errorf("it is %+v, want %+v", got, want)
	}
	if one := h.export(ExportSpec{Kind: KindLocations, Format: CSV, Encoding: UTF8, Location: "W02"}); strings.Count(one, "\n") != 2 {
		t.Errorf("of one location:\n%s", one)
	}
}

func TestBadRowsOfLocationsAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := h.imports(spec(KindLocations), `id,kind,lat,lon,priority,pickup,channels,capacity
a,shop,,,,,,
b,,91,0,,,,
c,,51.5,,,,,
d,,east,0,,,,
e,,,,-1,,,
f,,,,1000001,,,
g,,,,,maybe,,
h,,,,,,web//app,
i,,,,,,,0
j,,,,,,,
j,,,,,,,
x/y,,,,,,,
`)
	if j.Applied != 1 || j.Refused != 11 || len(h.places()) != 1 {
		t.Errorf("%+v, %v", j, h.places())
	}
	list, err := csv.NewReader(strings.NewReader(h.result(j.ID))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, row := range list[1:] {
		columns = append(columns, row[0]+" "+row[1])
	}
	if want := []string{"2 kind", "3 lat", "4 lon", "5 lat", "6 priority", "7 priority", "8 pickup", "9 channels", "10 capacity", "12 id", "13 id"}; !slices.Equal(columns, want) {
		t.Errorf("named %q, want %q", columns, want)
	}
	for _, heading := range []string{"kind\n", "location_id,lat\n", "location_id,lon\n", "location_id,country\n"} {
		if j := h.imports(spec(KindLocations), heading+"a\n"); j.State != StateRefused {
			t.Errorf("%q: %+v", heading, j)
		}
	}
}

// The sites and the 1,249 places of the sample data, with the columns named as
// here.
func TestTheWorldIsImported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, file := range []struct {
		name string
		kind string
		rows int64
	}{{"warehouses.csv", "warehouse", 17}, {"places.csv", "store", 1249}} {
		content := world(t, file.name, file.kind)
		if j := h.imports(spec(KindLocations), content); j.State != StateDone || j.Applied != file.rows {
			t.Fatalf("%+v\n%s", j, h.result(j.ID))
		}
	}
	all := h.places()
	if suva := all["W16"]; len(all) != 1266 || suva.Kind != catalog.PlaceWarehouse || suva.Name != "Suva" || suva.Coordinates == nil || suva.Coordinates.Longitude < 178 {
		t.Errorf("%d places, Suva is %+v", len(all), suva)
	}
	dry := spec(KindLocations)
	dry.DryRun = true
	out := h.export(ExportSpec{Kind: KindLocations, Format: CSV, Encoding: UTF8})
	if j := h.imports(dry, out); j.Unchanged != 1266 || j.Refused != 0 {
		t.Errorf("the export of the world again: %+v", j)
	}
}

// world is a file of the sample data with the columns of locations.
func world(t *testing.T, name, kind string) string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "data", "geo", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(word string) int { return slices.Index(rows[0], word) }
	var b strings.Builder
	b.WriteString("location_id,kind,name,latitude,longitude\n")
	out := csv.NewWriter(&b)
	for _, row := range rows[1:] {
		if err := out.Write([]string{row[at("id")], kind, row[at("name")], row[at("lat")], row[at("lon")]}); err != nil {
			t.Fatal(err)
		}
	}
	out.Flush()
	return b.String()
}

func TestLocationsOfSeveralBatchesAreImported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var b strings.Builder
	b.WriteString("location_id,priority\n")
	for i := range 3 * batchRows {
		fmt.Fprintf(&b, "L%06d,%d\n", i, i%7)
	}
	if j := h.imports(spec(KindLocations), b.String()); j.Applied != 3*batchRows || len(h.places()) != 3*batchRows {
		t.Errorf("%+v", j)
	}
}

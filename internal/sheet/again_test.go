package sheet

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"

	"pgregory.net/rapid"
)

// hostile are pieces of what people and programs name things by: each of them has
// been, or could be, taken for something else on its way through a file.
var hostile = []string{
	" ", "  ", "a", "B7", ",", ";", `"`, `""`, "'", "=", "'=", "+1", "-", "@", "|", "\\", `\.`, "#", "%", "&amp;", "<b>", "]]>", "_x0041_", "_x005F_", "_xFFFF_", "_",
	"007", "1.0", "1e5", "12345678901234567890", "TRUE", "是", "无", "2026-01-02", "茶杯", "é", "e\u0301", "ß", "İ", "😀", "\u00a0", "\u2028", "\u200b", "\ufeff", "\ufffd", "\U0010ffff",
	"\ufffe", "\uffff", "_x0041_x0042_", "_xD800_", "product_id", "NULL", "A1", "=SUM(A1:A9)", strings.Repeat("long", 20), strings.Repeat("长", 30),
}

// names draws hostile texts for a kind of file.
type names struct{ pieces []string }

// text draws a text of at most most bytes that the contract takes as an id.
func (n names) text(most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(n.pieces), 1, 4).Draw(t, "pieces"), "")
	}).Filter(func(s string) bool { return faultOfID(s, most, false) == "" })
}

func (n names) texts(most, count int) *rapid.Generator[[]string] {
	return rapid.SliceOfNDistinct(n.text(most), 1, count, rapid.ID[string])
}

// stocked makes a tenant with stock of all kinds under hostile names.
func (h *house) stocked(t *rapid.T, n names, tenant string) {
	ctx := h.t.Context()
	must := func(err error) {
		if err != nil {
			t.Fatalf("%+v", err)
		}
	}
	_, err := h.catalog.CreateTenant(ctx, tenant)
	must(err)
	try := func(c stock.Command) {
		outcomes, err := h.rooms.Door.Submit(ctx, tenant, []intake.Ask{{Command: c}})
		must(err)
		must(outcomes[0].Err)
	}
	note := func() stock.Note {
		return stock.Note{Reason: n.text(64).Draw(t, "reason"), Reference: n.text(64).Draw(t, "reference")}
	}
	qty := rapid.Map(rapid.Int64Range(1, 1<<40), func(q int64) stock.Qty { return stock.Qty(q) })
	channels := n.texts(maxChannel, 3).Draw(t, "channels")
	locations := n.texts(maxLocation, 3).Draw(t, "locations")
	for i, at := range locations {
		_, err := h.catalog.Know(ctx, catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Location: at}})
		must(err)
		if i == 0 {
			continue // nobody has described it
		}
		p := catalog.DefaultPlace(tenant, at)
		p.Name, p.Region, p.Channels = n.text(maxLocation).Draw(t, "name"), n.text(63).Draw(t, "region"), channels
		p.Coordinates = &catalog.Coordinates{Latitude: rapid.Float64Range(-90, 90).Draw(t, "latitude"), Longitude: rapid.Float64Range(-180, 180).Draw(t, "longitude")}
		p.Capacity, p.Priority, p.Active = int64(qty.Draw(t, "capacity")), int32(rapid.IntRange(0, 1_000_000).Draw(t, "priority")), rapid.Bool().Draw(t, "active")
		_, err = h.catalog.SetPlaces(ctx, tenant, []catalog.Place{p})
		must(err)
	}
	products := n.texts(maxProduct, 4).Filter(func(all []string) bool { return len(all) > 1 }).Draw(t, "products")
	var parts []catalog.Component
	for i, id := range products {
		in := catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Product: id}}
		if rapid.Bool().Draw(t, "declared") {
			in.Unit = catalog.Unit{Name: n.text(maxUnit).Draw(t, "unit"), Scale: rapid.IntRange(1, maxScale).Draw(t, "scale")}
		}
		_, err := h.catalog.Know(ctx, in)
		must(err)
		parts = append(parts, catalog.Component{Product: id, Qty: qty.Draw(t, "of the kit")})
		item := stock.ItemKey{Tenant: tenant, Location: locations[i%len(locations)], Product: id}
		if i == 3 {
			try(&stock.OpenItem{Item: item, Threshold: qty.Draw(t, "threshold"), Note: note()}) // not counted
			continue
		}
		try(&stock.Restock{Item: item, Qty: 1 << 45, Note: note()})
		try(&stock.SetThreshold{Item: item, Threshold: qty.Draw(t, "threshold"), Note: note()})
		if i%2 == 1 { // what is kept in lots has no quotas
			var set []stock.QuotaSetting
			for _, channel := range channels {
				share := qty.Draw(t, "quota")
				set = append(set, stock.QuotaSetting{Channel: channel, Quota: &share})
			}
			try(&stock.SetQuotas{Item: item, Set: set, Note: note()})
			continue
		}
		for _, value := range n.texts(128, 3).Draw(t, "lots") {
			attributes := map[string]string{"batch": value}
			if rapid.Bool().Draw(t, "more") {
				attributes["grade"], attributes["expires_at"] = n.text(128).Draw(t, "grade"), "2091-01-02"
			}
			lot, err := stock.MakeLot(attributes)
			must(err)
			in := item
			in.Lot = string(lot)
			try(&stock.Restock{Item: in, Qty: qty.Draw(t, "in the lot"), Note: note()})
		}
	}
	kit := n.text(maxProduct).Filter(func(s string) bool { return !strings.Contains(strings.Join(products, "\x00"), s) }).Draw(t, "kit")
	_, err = h.catalog.SetKits(ctx, tenant, []catalog.Kit{{Tenant: tenant, Product: kit, Components: parts}})
	must(err)
}

// out gives a table of the tenant out.
func (h *house) out(t *rapid.T, s ExportSpec) string {
	e, err := h.desk.Export(h.t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	text, err := io.ReadAll(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// back takes a table of the tenant in, all of it.
func (h *house) back(t *rapid.T, tenant string, kind Kind, e Encoding, content string) Job {
	s := spec(kind)
	s.Tenant, s.Encoding = tenant, e
	j, _, err := h.desk.Accept(h.t.Context(), s, strings.NewReader(content))
	for err == nil && !j.State.isEnded() {
		j, err = h.desk.Wait(h.t.Context(), tenant, j.ID, time.Minute)
	}
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// Transfers are another room's: server has them in its tests.
func TestWhatGoesOutComesInAgainAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tenants := 0
	rapid.Check(t, func(t *rapid.T) {
		tenants++
		tenant := fmt.Sprint("t", tenants)
		how := rapid.SampledFrom([]ExportSpec{{Format: CSV, Encoding: UTF8}, {Format: CSV, Encoding: UTF8BOM}, {Format: CSV, Encoding: GB18030}, {Format: XLSX}}).Draw(t, "how")
		n := names{hostile}
		if how.Encoding == GB18030 { // U+FFFD is what a letter becomes that cannot be read
			n.pieces = slices.DeleteFunc(slices.Clone(hostile), func(s string) bool { return s == "\ufffd" })
		}
		h.stocked(t, n, tenant)
		kinds := []Kind{KindProducts, KindLocations, KindLevels, KindThresholds, KindKits, KindQuotas, KindLots}
		how.Tenant = tenant
		sent := map[Kind]string{}
		for _, how.Kind = range kinds {
			sent[how.Kind] = h.out(t, how)
		}
		for _, kind := range kinds {
			j := h.back(t, tenant, kind, how.Encoding, sent[kind])
			if j.State != StateDone || j.Unchanged != j.Rows || j.Rows == 0 {
				file, _, _ := h.desk.Result(tenant, j.ID)
				defer file.Close()
				why, _ := io.ReadAll(file)
				t.Fatalf("%s as %s %s: %+v\n%s", kind, how.Format, how.Encoding, j, why)
			}
		}
		for _, how.Kind = range kinds {
			if after := h.out(t, how); after != sent[how.Kind] {
				t.Fatalf("%s were\n%sand are\n%s", how.Kind, sent[how.Kind], after)
			}
		}
	})
}

package sheet

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

func (h *house) kits() string {
	h.t.Helper()
	all, err := h.catalog.AllKits(h.t.Context(), "shop")
	if err != nil {
		h.t.Fatal(err)
	}
	var b strings.Builder
	for _, k := range all {
		fmt.Fprintf(&b, "%s@%d%v ", k.Product, k.Version, k.Components)
	}
	return strings.TrimSpace(b.String())
}

func (h *house) declare(product string, unit catalog.Unit) {
	h.t.Helper()
	if _, err := h.catalog.Know(h.t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: "shop", Product: product}, Unit: unit}); err != nil {
		h.t.Fatal(err)
	}
}

// Units of a kit would never be sold: its components are.
func TestAKitGetsNoStockFromAFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.imports(spec(KindKits), "product_id,component_id,quantity\nlatte,milk,2\n")
	for _, f := range []struct {
		kind Kind
		rows string
	}{
		{KindLevels, "product_id,location_id,on_hand\nlatte,berlin,5\nmilk,berlin,5\n"},
		{KindLevels, "product_id,location_id,available_stock\nlatte,rome,5\nmilk,rome,5\n"},
		{KindThresholds, "product_id,location_id,low_stock_threshold\nlatte,berlin,5\nmilk,berlin,5\n"},
		{KindQuotas, "product_id,location_id,channel_id,weight\nlatte,berlin,web,2\nmilk,berlin,web,2\n"},
	} {
		j := h.imports(spec(f.kind), f.rows)
		if out := h.result(j.ID); j.Applied != 1 || j.Refused != 1 || !strings.Contains(out, "is a kit") {
			t.Errorf("%s: %+v\n%s", f.rows, j, out)
		}
	}
	// A level that was opened before the product became a kit can be exported and imported.
	if j := h.imports(spec(KindLevels), "product_id,location_id,on_hand,low_stock_threshold\nlatte,berlin,0,0\n"); j.Refused != 0 {
		t.Errorf("a level of nothing: %+v\n%s", j, h.result(j.ID))
	}
}

func TestKitsAreImported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare("milk", catalog.Unit{Name: "l", Scale: 3})
	j := h.imports(spec(KindKits), `product_id,component_id,quantity
latte,milk,0.2
latte,espresso,2
espresso,beans,9
`)
	if j.State != StateDone || j.Applied != 3 {
		t.Fatalf("%+v\n%s", j, h.result(j.ID))
	}
	if got, want := h.kits(), "espresso@1[{beans 9}] latte@1[{espresso 2} {milk 200}]"; got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
	// An export can be imported again, and changes nothing.
	out := h.export(ExportSpec{Kind: KindKits, Format: CSV, Encoding: UTF8})
	if j := h.imports(spec(KindKits), out); j.State != StateDone || j.Unchanged != 3 || j.Applied != 0 || !strings.Contains(out, "latte,milk,0.200,l\n") {
		t.Errorf("%+v of\n%s", j, out)
	}
	// The rows of a kit are all of it.
	if j := h.imports(spec(KindKits), "商品,配料,用量\nlatte,milk,0.25\n"); j.Applied != 1 || h.kits() != "espresso@1[{beans 9}] latte@2[{milk 250}]" {
		t.Errorf("%+v, %s", j, h.kits())
	}
	if one := h.export(ExportSpec{Kind: KindKits, Format: CSV, Encoding: UTF8, Product: "espresso"}); strings.Count(one, "\n") != 2 {
		t.Errorf("of one kit:\n%s", one)
	}
}

func TestAKitWithABadRowIsRefusedWhole(t *testing.T) {
	t.Parallel()
	const file = `product_id,component_id,quantity
good,a,1
half,a,1
half,b,0.5
half,c,1
self,self,1
twice,a,1
twice,a,2
ring,good,1
good2,ring,1
none,a,0
many,a,
apart,a,1
good3,apart,1
apart,b,1
has stock,a,1
`
	for name, change := range map[string]func(*Spec){"row by row": func(*Spec) {}, "tried only": func(s *Spec) { s.DryRun = true }} {
		h := newHouse(t)
		if _, err := h.catalog.SetKit(t.Context(), "shop", "good", []catalog.Component{{Product: "ringed", Qty: 1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.catalog.SetKit(t.Context(), "shop", "ringed", []catalog.Component{{Product: "z", Qty: 1}}); err != nil {
			t.Fatal(err)
		}
		h.declare("has stock", catalog.Unit{})
		if _, err := h.catalog.Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: "shop", Location: "default"}}); err != nil {
			t.Fatal(err)
		}
		k := stock.ItemKey{Tenant: "shop", Location: "default", Product: "has stock"}
		h.do(stock.OpenItem{Item: k, Bucket: stock.BucketOf("shop", "default"), Qty: 1, Tracked: true})
		before := h.kits()
		s := spec(KindKits)
		change(&s)
		j := h.imports(s, strings.ReplaceAll(file, "ring,good", "ring,good2"))
		result := h.result(j.ID)
		for _, want := range []string{
			"\n2,", "4,quantity,", "3,product_id,line 4 of the same kit is bad", "5,product_id,line 4", "6,component_id,", "8,component_id,line 7 has the same component",
			"11,quantity,quantity must be more than 0", "12,quantity,quantity is missing", "15,product_id,the rows of a kit must stand together", "the product has stock of its own at",
			"contain itself: good2 > ring > good2",
		} {
			if found := strings.Contains(result, want); found == (want == "\n2,") {
				t.Errorf("%s: %q is there: %v\n%s", name, want, found, result)
			}
		}
		if s.DryRun && h.kits() != before {
			t.Errorf("trying left %s", h.kits())
		}
		if !s.DryRun && h.kits() != "apart@1[{a 1}] good@2[{a 1}] good3@1[{apart 1}] ring@1[{good2 1}] ringed@1[{z 1}]" {
			t.Errorf("there are %s", h.kits())
		}
	}
}

func TestAKitIsNotCutBetweenBatches(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var b strings.Builder
	b.WriteString("product_id,component_id,quantity\n")
	for kit := range 12 {
		for part := range 150 {
			fmt.Fprintf(&b, "k%02d,p%03d,%d\n", kit, part, kit+1)
		}
	}
	for part := range catalog.MaxComponents + 1 {
		fmt.Fprintf(&b, "large,p%03d,1\n", part)
	}
	for part := range 3 * batchRows {
		fmt.Fprintf(&b, "huge,p%03d,1\n", part)
	}
	j := h.imports(spec(KindKits), b.String())
	if j.State != StateDone || j.Rows != 1800+201+3*batchRows || j.Applied != 1800 || j.Refused != 201+3*batchRows {
		t.Errorf("%+v", j)
	}
	all, err := h.catalog.AllKits(t.Context(), "shop")
	if err != nil || len(all) != 12 {
		t.Fatalf("%d kits, %v", len(all), err)
	}
	for _, k := range all {
		if len(k.Components) != 150 || k.Version != 1 {
			t.Errorf("%s has %d parts, version %d", k.Product, len(k.Components), k.Version)
		}
	}
}

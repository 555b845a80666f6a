package sheet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// lotsOf is what is for sale of each lot of an item, and of no lot.
func (h *house) lotsOf(product, location string) string {
	h.t.Helper()
	it := h.item(location, product)
	out := fmt.Sprint("loose ", it.Of(stock.Shared))
	for i := range it.Lots {
		lot := it.Lots[i].Lot
		attributes, _ := lot.Attributes()
		out += ", "
		for _, a := range attributes {
			out += a.Value + " "
		}
		out += fmt.Sprint(it.Of(stock.Shared.InLot(lot)))
	}
	return out
}

func TestLotsAreImported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare("ham", catalog.Unit{Name: "kg", Scale: 3})
	h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmilk,dairy,5\nham,dairy,0\n")
	j := h.imports(spec(KindLots), `product_id,location_id,lot.batch,lot.expires_at,Lot.Grade,on_hand,reason
milk,dairy,B7,2091-01-02,A,40,the truck
milk,dairy,B8,,,20,
ham,dairy,H1,2091-02-01T06:30:00Z,,2.5,
milk,dairy,B8,,,7,
milk,dairy,,,,3,
milk,dairy,B9,soon,,3,
milk,dairy,B9,2091-01-02,,,
cheese,dairy,C1,,,3,
milk,moon,B7,,,3,
milk,dairy,B9,,,1.5,
`)
	if j.State != StateDone || j.Applied != 3 || j.Refused != 7 {
		t.Fatalf("%+v\n%s", j, h.result(j.ID))
	}
	if got, want := h.lotsOf("milk", "dairy"), "loose 5, B7 2091-01-02 A 40, B8 20"; got != want {
		t.Errorf("milk: %s, want %s", got, want)
	}
	if got, want := h.lotsOf("ham", "dairy"), "loose 0, H1 2091-02-01T06:30:00.000Z 2500"; got != want {
		t.Errorf("ham: %s, want %s", got, want)
	}
	for line, why := range map[string]string{
		"5,product_id,": "line 3 has the same lot of the item", "6,lot.batch,": "1 to 16 attributes", "7,lot.expires_at,": "must be a date",
		"8,on_hand,": "is missing", "9,product_id,": "is not known", "10,location_id,": "is not known", "11,on_hand,": "on_hand",
	} {
		found := false
		for _, r := range strings.Split(h.result(j.ID), "\n") {
			found = found || strings.HasPrefix(r, line) && strings.Contains(r, why)
		}
		if !found {
			t.Errorf("line %s does not say %q:\n%s", line, why, h.result(j.ID))
		}
	}
	dry := spec(KindLots)
	dry.DryRun = true
	if j := h.imports(dry, "product_id,location_id,lot.batch,on_hand\nmilk,dairy,B8,21\nmilk,dairy,B9,1\n"); j.Applied != 2 || h.lotsOf("milk", "dairy") != "loose 5, B7 2091-01-02 A 40, B8 20" {
		t.Errorf("a dry run: %+v, %s", j, h.lotsOf("milk", "dairy"))
	}

	// A lot that holds more is reported, and so is one that is gone.
	k := stock.ItemKey{Tenant: "shop", Location: "dairy", Product: "milk"}
	h.do(stock.Place{
		Order: stock.OrderKey{Tenant: "shop", Order: "o"}, TTL: 3_600_000,
		Lines: []stock.Demand{{Item: k, Bucket: stock.BucketOf("shop", "dairy"), Qty: 4, Known: true}},
	})
	j = h.imports(spec(KindLots), "商品,仓库,批次.batch,批次.expires_at,批次.grade,在库\nmilk,dairy,B7,2091-01-02,A,3\nmilk,dairy,B8,,,0\n")
	if j.Applied != 1 || j.Refused != 1 || !strings.Contains(h.result(j.ID), "less than what is held or set aside") {
		t.Errorf("%+v\n%s", j, h.result(j.ID))
	}
	if got, want := h.lotsOf("milk", "dairy"), "loose 5, B7 2091-01-02 A 36"; got != want {
		t.Errorf("milk: %s, want %s", got, want)
	}
}

func TestLotsGoOutAndComeInAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.declare("ham", catalog.Unit{Name: "kg", Scale: 3})
	h.imports(spec(KindLevels), "product_id,location_id,on_hand\nmilk,dairy,5\nham,dairy,0\ntea,dairy,8\n")
	h.imports(spec(KindLots), "product_id,location_id,lot.batch,on_hand\n")
	if out := h.export(ExportSpec{Kind: KindLots, Format: CSV, Encoding: UTF8}); !strings.HasPrefix(out, "product_id,location_id,lot.batch,on_hand,") || strings.Count(out, "\n") != 1 {
		t.Errorf("of no lots it comes out as\n%s", out)
	}
	dairy := stock.BucketOf("shop", "dairy")
	item := func(product string, attributes map[string]string) stock.ItemKey {
		lot, err := stock.MakeLot(attributes)
		if err != nil {
			t.Fatal(err)
		}
		return stock.ItemKey{Tenant: "shop", Location: "dairy", Product: product, Lot: string(lot)}
	}
	odd := item("milk", map[string]string{"batch": "=1+1", "farm": "𠀀, “x”"})
	h.do(stock.Restock{Item: odd, Bucket: dairy, Qty: 30})
	h.do(stock.Restock{Item: item("milk", map[string]string{"expires_at": "2091-01-02"}), Bucket: dairy, Qty: 20})
	h.do(stock.Restock{Item: item("ham", map[string]string{"batch": "H1"}), Bucket: dairy, Qty: 1250})
	h.do(stock.Move{From: stock.Spot{Item: odd, Bucket: dairy, Account: stock.Shared}, To: stock.Spot{Item: odd, Bucket: dairy, Account: stock.Damaged}, Qty: 2})
	h.do(stock.Recall{Item: odd, Bucket: dairy})
	out := h.export(ExportSpec{Kind: KindLots, Format: CSV, Encoding: UTF8})
	for _, row := range []string{
		"product_id,location_id,lot.batch,lot.expires_at,lot.farm,on_hand,available,held,withheld,damaged,quality,sellable,recalled,since,unit\n",
		"ham,dairy,H1,,,1.250,1.250,0.000,0.000,0.000,0.000,true,false,",
		`milk,dairy,'=1+1,,"𠀀, “x”",30,0,0,28,2,0,false,true,`,
		"milk,dairy,,2091-01-02,,20,20,0,0,0,0,true,false,",
	} {
		if !strings.Contains(out, row) {
			t.Errorf("there is no %q in\n%s", row, out)
		}
	}
	before := h.export(ExportSpec{Kind: KindLevels, Format: CSV, Encoding: UTF8})
	for _, s := range []ExportSpec{
		{Format: CSV, Encoding: UTF8}, {Format: CSV, Encoding: UTF8BOM}, {Format: CSV, Encoding: GB18030}, {Format: XLSX},
	} {
		s.Kind = KindLots
		again := spec(KindLots)
		again.Key, again.Encoding = fmt.Sprint(s.Format, s.Encoding), ""
		if s.Encoding == GB18030 {
			again.Encoding = GB18030 // the files are too short to tell
		}
		if j := h.imports(again, h.export(s)); j.State != StateDone || j.Rows != 3 || j.Unchanged != 3 {
			t.Errorf("as %s %s: %+v\n%s", s.Format, s.Encoding, j, h.result(j.ID))
		}
	}
	if after := h.export(ExportSpec{Kind: KindLevels, Format: CSV, Encoding: UTF8}); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}

	// Other books, which know the products and the place: lots first, then levels.
	other := newHouse(t)
	other.declare("ham", catalog.Unit{Name: "kg", Scale: 3})
	other.imports(spec(KindLevels), "product_id,location_id,on_hand\nmilk,dairy,0\nham,dairy,0\ntea,dairy,0\n")
	for _, table := range []struct {
		kind Kind
		rows string
	}{{KindLots, out}, {KindLevels, before}} {
		if j := other.imports(spec(table.kind), table.rows); j.State != StateDone || j.Applied+j.Unchanged != 3 {
			t.Errorf("%s: %+v\n%s", table.kind, j, other.result(j.ID))
		}
	}
	if got, want := other.lotsOf("milk", "dairy"), "loose 5, =1+1 𠀀, “x” 30, 2091-01-02 20"; got != want {
		t.Errorf("milk: %s, want %s", got, want)
	}
	if got, want := other.lotsOf("ham", "dairy"), "loose 0, H1 1250"; got != want {
		t.Errorf("ham: %s, want %s", got, want)
	}
}

// The columns of a table of lots are known before its rows are read.
func TestLotsThatComeWhileTheyAreExported(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		coming int // how often an attribute comes that the table has no column for
		want   string
	}{
		{"one comes in between", 1, "product_id,location_id,lot.batch,lot.new0,"},
		{"they do not stop coming", exportTries, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			receive := func(attribute string) {
				lot, err := stock.MakeLot(map[string]string{attribute: "x"})
				if err != nil {
					t.Fatal(err)
				}
				k := stock.ItemKey{Tenant: "shop", Location: "dairy", Product: "milk", Lot: string(lot)}
				h.do(stock.Restock{Item: k, Bucket: stock.BucketOf("shop", "dairy"), Qty: 1, Open: &stock.Opening{}})
			}
			receive("batch")
			looked := 0
			desk := NewDesk(t.TempDir(), h.rooms, WithClock(func() time.Time { // between the columns and the rows
				if looked < test.coming {
					receive(fmt.Sprintf("new%d", looked))
				}
				looked++
				return time.Now()
			}))
			e, err := desk.Export(t.Context(), ExportSpec{Tenant: "shop", Kind: KindLots})
			if test.want == "" {
				if !errors.Is(err, ErrChanging) {
					t.Errorf("%v, want that they change", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(e)
			if err = errors.Join(err, e.Close()); err != nil || !strings.HasPrefix(string(text), test.want) || e.Rows != 2 {
				t.Errorf("%d rows, %v: %s", e.Rows, err, text)
			}
		})
	}
}

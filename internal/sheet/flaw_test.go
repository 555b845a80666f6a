package sheet

import (
	"encoding/csv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// books opens what the rows of these tests meet: mug with 10 on hand, 4 of
// them held, at version 2; rope, counted in m with 2 decimals; gift, which is
// not counted.
func (h *house) stockUp() {
	h.t.Helper()
	for _, row := range []string{"mug,default,10,,\n", "rope,default,1.5,m,2\n"} {
		if j := h.imports(spec(KindLevels), "product_id,location_id,on_hand,unit,scale\n"+row); j.Applied != 1 {
			h.t.Fatalf("%+v %s", j, h.result(j.ID))
		}
	}
	if j := h.imports(spec(KindLevels), "product_id,on_hand,tracked\ngift,,no\n"); j.Applied != 1 {
		h.t.Fatalf("%+v %s", j, h.result(j.ID))
	}
	h.hold("o-1", "mug", 4)
}

// hold promises units of a product at the default location to an order.
func (h *house) hold(order, product string, qty stock.Qty) {
	h.t.Helper()
	h.do(stock.Place{
		Order: stock.OrderKey{Tenant: "shop", Order: order}, TTL: 3_600_000,
		Lines: []stock.Demand{{
			Item:   stock.ItemKey{Tenant: "shop", Location: "default", Product: product},
			Bucket: stock.BucketOf("shop", "default"), Qty: qty, Known: true,
		}},
	})
}

// every kind of bad row: the line is always 3, behind the heading and a row
// that is good.
var badRows = []struct {
	name   string
	kind   Kind
	header string
	good   string
	bad    string
	column string
	reason string // a part of it
	code   string // INVALID_ARGUMENT unless it says otherwise
}{
	{name: "a row without an id", header: "product_id,on_hand", bad: ",1", column: "product_id", reason: "is missing"},
	{name: "an id that is too long", header: "product_id,on_hand", bad: strings.Repeat("x", 129) + ",1", column: "product_id", reason: "129 bytes, at most 128"},
	{name: "an id with a control character", header: "product_id,on_hand", bad: "a\x07b,1", column: "product_id", reason: "control character"},
	{name: "an id with a NUL byte", header: "product_id,on_hand", bad: strings.Repeat("x", 5000) + "\x00,1", column: "product_id", reason: "too long"},
	{name: "an id with a slash", header: "product_id,on_hand", bad: "a/b,1", column: "product_id", reason: "must not contain /"},
	{name: "an id that nobody sees", header: "product_id,on_hand", bad: "\u3000,1", column: "product_id", reason: "invisible"},
	{name: "an id that is a path", header: "product_id,on_hand", bad: "..,1", column: "product_id", reason: "must not be . or .."},
	{name: "a line break in an id", header: "product_id,on_hand", bad: "\"a\nb\",1", column: "product_id", reason: "line break"},
	{name: "a location that is too long", header: "product_id,location_id,on_hand", bad: "a," + strings.Repeat("x", 65) + ",1", column: "location_id", reason: "65 bytes"},
	{name: "a quantity that is no number", header: "product_id,on_hand", bad: "a,many", column: "on_hand", reason: "not a number"},
	{name: "no quantity", header: "product_id,on_hand", bad: "a,", column: "on_hand", reason: "is missing"},
	{name: "a fraction of a piece", header: "product_id,on_hand", bad: "a,1.5", column: "on_hand", reason: "no declared unit"},
	{name: "more decimals than the unit has", header: "product_id,on_hand", bad: "rope,1.5555", column: "on_hand", reason: "more decimals"},
	{name: "a negative quantity", header: "product_id,on_hand", bad: "a,-1", column: "on_hand", reason: "negative"},
	{name: "a quantity beyond the largest", header: "product_id,on_hand", bad: "a,9007199254740992", column: "on_hand", reason: "too large"},
	{name: "a quantity that overflows in its unit", header: "product_id,on_hand", bad: "rope,90071992547409.92", column: "on_hand", reason: "too large"},
	{name: "a bad threshold", header: "product_id,on_hand,low_stock_threshold", bad: "a,1,x", column: "low_stock_threshold", reason: "not a number"},
	{name: "another unit than the product has", header: "product_id,on_hand,unit,scale", bad: "rope,1,kg,2", column: "unit", reason: `"m" with 2 decimals`},
	{name: "another scale than the product has", header: "product_id,on_hand,scale", bad: "rope,1,3", column: "unit", reason: `"m" with 2 decimals`},
	{name: "a scale out of range", header: "product_id,on_hand,unit,scale", bad: "a,1,kg,7", column: "scale", reason: "from 1 to 6"},
	{name: "a unit without its scale", header: "product_id,on_hand,unit,scale", bad: "a,1,kg,", column: "scale", reason: "needs its scale"},
	{name: "a scale without its unit", header: "product_id,on_hand,unit,scale", bad: "a,1,,2", column: "unit", reason: "needs its unit"},
	{name: "a unit that comes too late", header: "product_id,location_id,on_hand,unit,scale", good: "a,x,1,,", bad: "a,y,1,kg,3", column: "unit", reason: "first row"},
	{name: "a boolean that is neither", header: "product_id,on_hand,tracked", bad: "a,1,maybe", column: "tracked", reason: "true or false"},
	{name: "a quantity of what is not counted", header: "product_id,on_hand,tracked", bad: "a,1,no", column: "tracked", reason: "not counted has no quantity"},
	{name: "counting that cannot be stopped", header: "product_id,on_hand,tracked", bad: "mug,,no", column: "tracked", reason: "cannot be changed", code: "ALREADY_EXISTS"},
	{name: "a count of what is not counted", header: "product_id,on_hand", bad: "gift,1", column: "product_id", reason: "not tracked"},
	{name: "two quantities", header: "product_id,on_hand,available_stock", bad: "a,1,1", column: "available_stock", reason: "cannot stand beside"},
	{name: "an opening of what is open", header: "product_id,available_stock", bad: "mug,1", column: "available_stock", reason: "is there already", code: "ALREADY_EXISTS"},
	{name: "a version that has passed", header: "product_id,on_hand,expected_version", bad: "mug,9,1", column: "expected_version", reason: "the current one is 2", code: "VERSION_CONFLICT"},
	{name: "a version of what is not there", header: "product_id,on_hand,expected_version", bad: "new,9,1", column: "expected_version", reason: "no such item", code: "VERSION_CONFLICT"},
	{name: "a version that is none", header: "product_id,on_hand,expected_version", bad: "mug,9,-1", column: "expected_version", reason: "whole number"},
	{name: "less than is held", header: "product_id,on_hand", bad: "mug,3", column: "on_hand", reason: "less than what is held", code: "INSUFFICIENT_STOCK"},
	{name: "a reason that is too long", header: "product_id,on_hand,reason", bad: "a,1," + strings.Repeat("x", 1025), column: "reason", reason: "1025 bytes"},
	{name: "a reference with a control character", header: "product_id,on_hand,reference", bad: "a,1,\"x\ty\"", column: "reference", reason: "control character"},
	{name: "the same item again", header: "product_id,location_id,on_hand", good: "a,default,1", bad: "a,default,2", column: "product_id", reason: "line 2 has the same item"},
	{name: "too few cells", header: "product_id,location_id,on_hand", bad: "a,b", column: "on_hand", reason: "only 2 cells, the heading has 3"},
	{name: "too many cells", header: "product_id,on_hand", bad: "a,1,2", column: "3", reason: "3 cells, the heading has 2"},
	{name: "a quote in the middle", header: "product_id,on_hand", bad: "a\"b,1", column: "product_id", reason: "quote"},
	{name: "a quote that is never closed", header: "product_id,on_hand", bad: "a,\"1", column: "on_hand", reason: "never closed"},
	{name: "bytes of another encoding", header: "product_id,on_hand", good: "é,1", bad: "caf\xe9,1", column: "product_id", reason: "encoding"},
	{name: "a threshold of an unknown product", kind: KindThresholds, header: "product_id,low_stock_threshold", good: "mug,1", bad: "new,1", column: "product_id", reason: "is not known", code: "NOT_FOUND"},
	{name: "a threshold at an unknown location", kind: KindThresholds, header: "product_id,location_id,low_stock_threshold", good: "mug,default,1", bad: "mug,moon,1", column: "location_id", reason: "is not known", code: "NOT_FOUND"},
	{name: "a location left out", header: "product_id,location_id,on_hand", good: "a,default,1", bad: "b,,2", column: "location_id", reason: "leave the whole column out"},
	{name: "a number that is a thousand times another", header: "product_id;on_hand", good: "a;1000", bad: "b;1.000", column: "on_hand", reason: "two ways"},
	{name: "a cell under no heading", header: "product_id,on_hand,", good: "a,1,", bad: "b,2,x", column: "3", reason: "column 3 has no heading"},
	{name: "no threshold", kind: KindThresholds, header: "product_id,low_stock_threshold", good: "mug,1", bad: "rope,", column: "low_stock_threshold", reason: "is missing"},
	{name: "the same product again", kind: KindProducts, header: "product_id", good: "a", bad: "a", column: "product_id", reason: "line 2 has the same product"},
	{name: "a product with a unit it does not have", kind: KindProducts, header: "product_id,unit,scale", good: "a,,", bad: "rope,kg,2", column: "unit", reason: "stays as it is"},
	{name: "the word for a column is that of the file", header: "商品,实物库存", bad: "a,x", column: "实物库存", reason: "实物库存 is not a number"},
}

func TestEveryKindOfBadRowIsReported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stockUp()
	if len(badRows) < 20 {
		t.Fatalf("only %d kinds", len(badRows))
	}
	for i, c := range badRows {
		if c.kind == "" {
			c.kind = KindLevels
		}
		good := c.good
		if good == "" {
			good = "good-" + itoa(i) + strings.Repeat(",1", 1) + strings.Repeat(",", strings.Count(c.header, ",")-1)
			switch {
			case strings.Contains(c.header, "location_id"):
				good = "good-" + itoa(i) + ",default," + "1"
			case c.kind == KindProducts:
				good = "good-" + itoa(i)
			}
		}
		for _, dry := range []bool{true, false} {
			s := spec(c.kind)
			s.DryRun, s.Key = dry, c.name
			if dry {
				s.Key = ""
			}
			j := h.imports(s, c.header+"\n"+good+"\n"+c.bad+"\n")
			if j.State != StateDone || j.Rows != 2 || j.Refused != 1 {
				t.Errorf("%s (dry run %v): %+v, %v\n%s", c.name, dry, j, j.Problem, h.result(j.ID))
				continue
			}
			rows, err := csv.NewReader(strings.NewReader(h.result(j.ID))).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Errorf("%s: the result has %d rows, %v", c.name, len(rows), err)
				continue
			}
			code := c.code
			if code == "" {
				code = codeInvalid
			}
			if r := rows[1]; r[0] != "3" || r[1] != c.column || !strings.Contains(r[2], c.reason) || r[3] != code {
				t.Errorf("%s (dry run %v): line %s, column %s, reason %q, code %s; want line 3, column %s, reason %q, code %s",
					c.name, dry, r[0], r[1], r[2], r[3], c.column, c.reason, code)
			}
		}
	}
	if it := h.item("default", "mug"); it.Version != 3 || it.Figures().OnHand != 10 || it.Threshold != 1 {
		t.Errorf("bad rows changed the item: %+v", it)
	}
}

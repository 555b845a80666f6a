package sheet

import (
	"errors"
	"strings"
	"testing"
)

func TestHeadings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		kind  Kind
		cells string
		why   []string // parts of what is wrong
	}{
		{name: "the contract's words", kind: KindLevels, cells: "product_id,location_id,on_hand"},
		{name: "the glossary's words, in any order", kind: KindLevels, cells: "预警阈值,实物库存,商品,仓库"},
		{name: "both mixed", kind: KindThresholds, cells: "商品,location_id,预警阈值"},
		{name: "case, blanks and hyphens do not count", kind: KindLevels, cells: "Product ID, Location-Id ,ON_HAND"},
		{name: "what an export has beside is passed over", kind: KindLevels, cells: "product_id,on_hand,available,reserved,status,version,updated_at,on_sale"},
		{name: "a word that nobody knows", kind: KindLevels, cells: "product_id,on_hand,price", why: []string{`"price" is no column of levels`, "low_stock_threshold (预警阈值)"}},
		{name: "a word of another kind", kind: KindProducts, cells: "product_id,on_hand", why: []string{`"on_hand" is no column of products`}},
		{name: "no word, which an empty column has", kind: KindLevels, cells: "product_id,,on_hand,"},
		{name: "the same word twice", kind: KindLevels, cells: "product_id,on_hand,on_hand", why: []string{"same column"}},
		{name: "the same column in two languages", kind: KindLevels, cells: "product_id,on_hand,在库", why: []string{"same column, on_hand"}},
		{name: "no product", kind: KindLevels, cells: "location_id,on_hand", why: []string{"product_id is missing"}},
		{name: "no quantity", kind: KindLevels, cells: "product_id,location_id", why: []string{"on_hand is missing"}},
		{name: "no threshold", kind: KindThresholds, cells: "product_id", why: []string{"low_stock_threshold is missing"}},
		{name: "a version without what it guards", kind: KindLevels, cells: "product_id,available_stock,expected_version", why: []string{"on_hand is missing"}},
		{name: "attributes of lots", kind: KindLots, cells: "product_id,lot.batch,Lot.Expires-At,批次.产地,on_hand,available,sellable,recalled,since"},
		{name: "an attribute twice", kind: KindLots, cells: "product_id,lot.batch,批次.batch,on_hand", why: []string{"same column, lot.batch"}},
		{name: "no attribute", kind: KindLots, cells: "product_id,on_hand", why: []string{"lot.batch is missing", "and other attributes"}},
		{name: "an attribute without a name", kind: KindLots, cells: "product_id,lot.batch,lot.,on_hand", why: []string{`"lot." is no column of lots`}},
		{name: "no units of a lot", kind: KindLots, cells: "product_id,lot.batch", why: []string{"on_hand is missing"}},
		{name: "an attribute of a level", kind: KindLevels, cells: "product_id,lot.batch,on_hand", why: []string{`"lot.batch" is no column of levels`}},
		{name: "too many", kind: KindLevels, cells: strings.Repeat("x,", 100) + "x", why: []string{"101 columns"}},
	} {
		_, err := newHeader(Spec{Kind: c.kind}, 1, strings.Split(c.cells, ","))
		var flaw *Flaw
		if errors.As(err, &flaw) != (len(c.why) > 0) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, part := range c.why {
			if !strings.Contains(flaw.Reason, part) || flaw.Line != 1 {
				t.Errorf("%s: line %d, %q says nothing of %q", c.name, flaw.Line, flaw.Reason, part)
			}
		}
	}
}

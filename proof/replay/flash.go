package replay

import (
	"cmp"
	"slices"
	"time"
)

// flashSKUs is how many SKUs a flash sale has.
const flashSKUs = 20

// FlashSale is the sale that Flash replays: the best-selling SKUs of a month, each sale line a
// buyer of one unit.
type FlashSale struct {
	Month  string // "2011-05"
	SKUs   []int32
	Buyers []Move  // the sale lines, by seq, Qty 1
	Lines  []int64 // per SKU of SKUs: its buyers
}

// LastMonth returns the month of the history's last line.
func LastMonth(h *History) string { return month(h.Moves[len(h.Moves)-1].At) }

func month(at int64) string { return time.Unix(at, 0).UTC().Format("2006-01") }

// NewFlashSale picks the SKUs with most sale lines in month; of equal ones the first in byte
// order.
func NewFlashSale(h *History, inMonth string) (*FlashSale, error) {
	first, err := time.Parse("2006-01", inMonth)
	if err != nil {
		return nil, badSettings("month %q is not like 2011-05", inMonth)
	}
	begin, end := first.Unix(), first.AddDate(0, 1, 0).Unix()
	lines := make([]int64, len(h.SKUs))
	var sold []int32
	inside := func(m Move) bool { return m.Kind == Sale && m.At >= begin && m.At < end }
	for _, m := range h.Moves {
		if !inside(m) {
			continue
		}
		if lines[m.SKU] == 0 {
			sold = append(sold, m.SKU)
		}
		lines[m.SKU]++
	}
	if len(sold) == 0 {
		return nil, badSettings("the history has no sale line in %s", inMonth)
	}
	slices.SortFunc(sold, func(a, b int32) int {
		return cmp.Or(cmp.Compare(lines[b], lines[a]), cmp.Compare(h.SKUs[a], h.SKUs[b]))
	})
	sale := &FlashSale{Month: inMonth, SKUs: sold[:min(flashSKUs, len(sold))]}
	chosen := map[int32]bool{}
	for _, sku := range sale.SKUs {
		chosen[sku] = true
		sale.Lines = append(sale.Lines, lines[sku])
	}
	for _, m := range h.Moves {
		if chosen[m.SKU] && inside(m) {
			m.Qty = 1
			sale.Buyers = append(sale.Buyers, m)
		}
	}
	return sale, nil
}

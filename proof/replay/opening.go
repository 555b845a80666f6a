package replay

import "fmt"

// Opening returns the opening stock of each SKU of h under policy.
func Opening(h *History, policy Policy) ([]int64, error) {
	if err := checkSums(h); err != nil {
		return nil, err
	}
	stock := make([]int64, len(h.SKUs))
	switch policy {
	case Zero:
	case Flat100:
		for i := range stock {
			stock[i] = 100
		}
	case Scarce:
		for _, m := range h.Moves {
			if m.Kind == Sale {
				stock[m.SKU] += m.Qty
			}
		}
		for i, asked := range stock {
			stock[i] = asked * 3 / 5
		}
	case Gross:
		for _, m := range h.Moves {
			if m.Kind == Sale {
				stock[m.SKU] += m.Qty
			} else if m.Kind == Adjust && m.Qty < 0 {
				stock[m.SKU] -= m.Qty
			}
		}
	case Peak:
		peak(h, stock)
	default:
		return nil, badSettings("unknown opening policy %q: use one of %v", policy, Policies)
	}
	return stock, nil
}

// peak fills in the lowest point of each SKU's stock when every line is carried out, including
// negative adjusts: with that much stock nothing is refused.
func peak(h *History, stock []int64) {
	level := make([]int64, len(stock))
	for _, m := range h.Moves {
		if m.Kind == Adjust {
			level[m.SKU] += m.Qty
		} else {
			level[m.SKU] -= m.Qty
		}
		stock[m.SKU] = max(stock[m.SKU], -level[m.SKU])
	}
}

// checkSums returns which SKU's figures could exceed the API's largest. No opening policy gives
// more than the units of all lines or 100, so a total below the bound keeps every balance
// below it.
func checkSums(h *History) error {
	total := make([]int64, len(h.SKUs))
	for _, m := range h.Moves {
		units := max(m.Qty, -m.Qty)
		if units > maxUnits-100-total[m.SKU] {
			return fmt.Errorf("seq %d: the units of sku %q pass 2^53-1", m.Seq, h.SKUs[m.SKU])
		}
		total[m.SKU] += units
	}
	return nil
}

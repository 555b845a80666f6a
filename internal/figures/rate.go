package figures

// Rates are made from the stock of some hours or days, for the products that are counted in one
// unit. A rate is nil if there is nothing to divide by. docs/guide/figures.md defines them.
type Rates struct {
	Unit  string // "": pieces
	Scale uint8

	Turnover      *float64 // units sold ÷ average units on hand
	DaysOfSupply  *float64 // units on hand at the end ÷ units sold a day
	StockOutRate  *float64 // time of items in use without available units ÷ time of items in use
	CountAccuracy *float64 // counts that agreed with the books ÷ counts
	OversellRate  *float64 // units oversold ÷ units sold
}

// RatesOf returns the rates of the whole time of the rows, which come from Stocks, by unit.
func RatesOf(rows []Stock) (all []Rates) {
	seen := map[Group]*Stock{}
	var groups []Group
	for i := range rows {
		r := &rows[i]
		g := Group{Unit: r.Unit, Scale: r.Scale}
		total := seen[g]
		if total == nil {
			total = &Stock{Unit: r.Unit, Scale: r.Scale}
			seen[g] = total
			groups = append(groups, g)
		}
		total.OnHand = r.OnHand
		total.OnHandSeconds += r.OnHandSeconds
		total.ItemSeconds += r.ItemSeconds
		total.OutSeconds += r.OutSeconds
		total.Seconds += r.Seconds
		total.Sums.Add(&r.Sums)
	}
	for _, g := range groups {
		all = append(all, seen[g].rates())
	}
	return all
}

func (s *Stock) rates() Rates {
	const day = 24 * 3600
	sold := float64(s.Sums[Sold])
	return Rates{
		Unit: s.Unit, Scale: s.Scale,
		Turnover:      ratio(sold*s.Seconds, s.OnHandSeconds),
		DaysOfSupply:  ratio(float64(s.OnHand)*s.Seconds, sold*day),
		StockOutRate:  ratio(s.OutSeconds, s.ItemSeconds),
		CountAccuracy: ratio(float64(s.Sums[CountsExact]), float64(s.Sums[Counts])),
		OversellRate:  ratio(float64(s.Sums[Oversold]), sold),
	}
}

// ratio is nil where the whole is 0.
func ratio(part, whole float64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(part / whole)
}

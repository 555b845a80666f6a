package stores

import "holdfast.dev/holdfast/internal/stock"

// judgeLooks complains of facts that were reported after a look and happened before it, and that
// moved units off the shelf, or onto it, once more: whoever looked has seen their effect.
func (r judge) judgeLooks() {
	looks := map[stock.ItemKey]stock.Seen{}
	r.timed(r.centre.disk, func(at stock.Time, e *stock.Event) {
		if e.Refusal != nil {
			return
		}
		for i := range e.Items {
			c := &e.Items[i]
			if c.Key.Hidden() {
				continue
			}
			was := looks[c.Key]
			looks[c.Key] = c.Seen
			if e.Happened == 0 || e.Happened >= at || c.Seen != was || e.Happened >= was.AsOf {
				continue
			}
			if n := shelved(c); n != 0 {
				r.violate("%s: %s of order %q moved %d units on the shelf; it happened at %d, before the look of %d", c.Key.Product, e.Op, e.Order, n, e.Happened, was.AsOf)
			}
		}
	})
}

// shelved is how many units a change added to those that should be on the shelf.
func shelved(c *stock.ItemChange) (n stock.Qty) {
	on := func(a stock.Account) bool { return a.Physical() || a == stock.Oversold }
	for _, p := range c.Postings {
		if on(p.To) {
			n += p.Qty
		}
		if on(p.From) {
			n -= p.Qty
		}
	}
	return n
}

package stock

import "slices"

// Rebucket is the command with each item that it names in the bucket that at
// says, given the one that the command says. A command about an order says no
// buckets.
func Rebucket(cmd Command, at func(ItemKey, Bucket) Bucket) Command {
	switch c := cmd.(type) {
	case OpenItem:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case Restock:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case Adjust:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case Observe:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case SetThreshold:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case SetSaleStatus:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case Return:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case SoldElsewhere:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case SetQuotas:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case SetPromises:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case Allot:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case ResetSold:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case SetLotPolicy:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case Recall:
		c.Bucket = at(c.Item, c.Bucket)
		return c
	case Move:
		c.From.Bucket = at(c.From.Item, c.From.Bucket)
		c.To.Bucket = at(c.To.Item, c.To.Bucket)
		return c
	case Shift:
		// All of it is decided in one bucket. When its lines lie in several by now,
		// whoever made it makes others.
		to, together := c.Bucket, true
		for i := range c.Lines {
			b := at(c.Lines[i].Item, c.Bucket)
			together = together && (i == 0 || b == to)
			to = b
		}
		if together {
			c.Bucket = to
		}
		return c
	case Place:
		own := false
		for i := range c.Lines {
			d := c.Lines[i]
			if d.Bucket = at(d.Item, d.Bucket); d.Bucket == c.Lines[i].Bucket {
				continue
			}
			if !own {
				c.Lines, own = slices.Clone(c.Lines), true
			}
			c.Lines[i] = d
		}
		return c
	}
	return cmd
}

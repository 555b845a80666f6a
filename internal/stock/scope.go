package stock

// ScopeAt is the scope of what lies there: the product counts in a location
// that is spread, which shows in the bucket.
func ScopeAt(tenant, location, product string, b Bucket) Scope {
	if b == BucketOf(tenant, location) {
		return Scope{Location: location, Bucket: b}
	}
	return Scope{Location: location, Product: product, Bucket: b}
}

// ScopeOf is where the write of a command about items lands: of several the
// first in byte order of (location, product). It reports false for a command
// that is about an earlier order or about no item.
func ScopeOf(cmd Command) (Scope, bool) {
	k, b, ok := Foremost(cmd)
	if !ok {
		return Scope{}, false
	}
	return ScopeAt(k.Tenant, k.Location, k.Product, b), true
}

// OtherScope is ScopeOf as it would be if the location were placed the other
// way: spread if it is not, and the other way round.
func OtherScope(cmd Command) (Scope, bool) {
	k, b, ok := Foremost(cmd)
	own, share := BucketOf(k.Tenant, k.Location), SpreadBucketOf(k.Tenant, k.Location, k.Product)
	switch {
	case !ok || own == share:
		return Scope{}, false
	case b == own:
		return ScopeAt(k.Tenant, k.Location, k.Product, share), true
	}
	return ScopeAt(k.Tenant, k.Location, k.Product, own), true
}

// Foremost is the item where the write of such a command lands, and its bucket.
func Foremost(cmd Command) (k ItemKey, b Bucket, ok bool) {
	switch c := cmd.(type) {
	case OpenItem:
		k, b = c.Item, c.Bucket
	case Restock:
		k, b = c.Item, c.Bucket
	case Adjust:
		k, b = c.Item, c.Bucket
	case Observe:
		k, b = c.Item, c.Bucket
	case SetThreshold:
		k, b = c.Item, c.Bucket
	case SetSaleStatus:
		k, b = c.Item, c.Bucket
	case Return:
		k, b = c.Item, c.Bucket
	case SoldElsewhere:
		k, b = c.Item, c.Bucket
	case SetQuotas:
		k, b = c.Item, c.Bucket
	case Allot:
		k, b = c.Item, c.Bucket
	case ResetSold:
		k, b = c.Item, c.Bucket
	case SetPromises:
		k, b = c.Item, c.Bucket
	case SetLotPolicy:
		k, b = c.Item, c.Bucket
	case Recall:
		k, b = c.Item, c.Bucket
	case Move:
		k, b = c.From.Item, c.From.Bucket
		if c.To.Item.Location < k.Location {
			k, b = c.To.Item, c.To.Bucket
		}
	case Shift:
		if len(c.Lines) == 0 {
			return k, b, false
		}
		k, b = c.first(), c.Bucket
	case Place:
		if len(c.Lines) == 0 {
			return k, b, false
		}
		first := c.First()
		k, b = first.Item, first.Bucket
	default:
		return k, b, false
	}
	return k, b, true
}

// First is the line that comes first in byte order of (location, product).
func (c Place) First() *Demand {
	first := &c.Lines[0]
	for i := range c.Lines[1:] {
		d := &c.Lines[i+1].Item
		if d.Location < first.Item.Location || d.Location == first.Item.Location && d.Product < first.Item.Product {
			first = &c.Lines[i+1]
		}
	}
	return first
}

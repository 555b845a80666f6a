package stock

// ScopeAt is the scope of an item in the bucket. The product counts in a location that is
// spread, which shows in the bucket.
func ScopeAt(tenant, location, product string, b Bucket) Scope {
	if b == BucketOf(tenant, location) {
		return Scope{Location: location, Bucket: b}
	}
	return Scope{Location: location, Product: product, Bucket: b}
}

// ScopeOf is where the write of a command about items lands: of several the first in byte
// order of (location, product). It reports false for a command about an earlier order or
// about no item.
func ScopeOf(cmd Command) (Scope, bool) {
	k, b, ok := Foremost(cmd)
	if !ok {
		return Scope{}, false
	}
	return ScopeAt(k.Tenant, k.Location, k.Product, b), true
}

// OtherScope is ScopeOf as it would be if the location were placed the other way: spread if
// it is not, and not spread if it is.
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

// landing is a command about items: its write lands at one of them.
type landing interface {
	// firstItem is that item, of several the first in byte order, and its bucket; false when
	// the command has none.
	firstItem() (ItemKey, Bucket, bool)
}

// Foremost is the item where the write of such a command lands, and its bucket.
func Foremost(cmd Command) (k ItemKey, b Bucket, ok bool) {
	if c, lands := cmd.(landing); lands {
		return c.firstItem()
	}
	return k, b, false
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

package stock

import "slices"

// No single item can say whether a product can be had on a channel over all locations that
// serve it. The announcements are kept in a hidden item of the product, at no location. It
// is on sale, and no channel is off, except those that were announced as sold out.

// everywhereLot is the lot of that item. The lot of an allowance has a channel there,
// which is not empty.
const everywhereLot = allowanceLot + "\x00"

// Everywhere names the hidden item of a product over all locations.
func Everywhere(tenant, product string) ItemKey {
	return ItemKey{Tenant: tenant, Product: product, Lot: everywhereLot}
}

// Everywhere reports whether the item is the hidden one of its product.
func (k ItemKey) Everywhere() bool { return k.Location == "" && k.Lot == everywhereLot }

// EverywhereBucket is the bucket that the hidden item is in.
func (k ItemKey) EverywhereBucket() Bucket {
	return SpreadBucketOf(k.Tenant, k.Location, k.Product)
}

// Announce says that a product can no longer be had on a channel ("": without one), or can
// again, over all locations that serve it. The caller has read the latest announcement
// first, and then the books. The command changes nothing when the same is announced
// already, or when something was announced after Version: then the caller has to look
// again.
type Announce struct {
	Tenant, Product, Channel string
	// Is is the announcement: OpSoldOut or OpBackInStock.
	Is      Op
	Version uint64
}

// Op names the command.
func (c Announce) Op() Op { return c.Is }

// Announces reports whether the operation is about a product over all locations.
func (o Op) Announces() bool { return o == OpSoldOut || o == OpBackInStock }

func (c Announce) item() ItemKey { return Everywhere(c.Tenant, c.Product) }

// Reach says what the command needs to be judged.
func (c Announce) Reach() Reach { return Reach{Items: []ItemKey{c.item()}} }

func (c Announce) decide(s State, now Time) (Event, error) {
	if c.Tenant == "" || c.Product == "" || !c.Is.Announces() {
		return Event{}, invalid("product_id", "the tenant, the product or what is announced is missing")
	}
	k := c.item()
	it := s.Item(k)
	if it == nil {
		it = unopened(k, k.EverywhereBucket(), Opening{})
	}
	e, d := beginEvent(c.Is, it, Note{})
	e.Channel = c.Channel
	if it.Version != c.Version || it.SoldOutOn(c.Channel) == (c.Is == OpSoldOut) {
		d.show()
		return e, nil
	}
	switch at, off := slices.BinarySearch(it.Off, c.Channel); {
	case c.Channel == "":
		d.to.OnSale = c.Is == OpBackInStock
	case off:
		d.to.Off = slices.Delete(slices.Clone(it.Off), at, at+1)
	default:
		d.to.Off = slices.Insert(slices.Clone(it.Off), at, c.Channel)
	}
	return orNothing(e, d.done(now, "channel_id"))
}

// SoldOutOn reports whether the latest announcement on the channel is that the product is
// sold out. A product without announcements (nil) is not.
func (i *Item) SoldOutOn(channel string) bool {
	switch {
	case i == nil:
		return false
	case channel == "":
		return !i.OnSale
	}
	_, off := slices.BinarySearch(i.Off, channel)
	return off
}

// Turns reports whether the change of an item may have changed whether it can be had on a
// channel, as far as a reader of the log can see without the item itself: an account that
// is drawn from was emptied or filled, or the rules of drawing were changed.
func (e *Event) Turns(n int) bool {
	c := &e.Items[n]
	if !c.Changed || c.Key.Hidden() || e.Op.Internal() {
		return false
	}
	switch e.Op {
	case OpOpen, OpSaleStatus, OpRetire, OpReinstate, OpQuota, OpAllot, OpQuotaReset, OpLapse, OpLotPolicy, OpRecall:
		return true
	}
	if len(c.SoldOut)+len(c.InStock) > 0 || c.Version == 1 {
		return true
	}
	return slices.ContainsFunc(c.Touched, func(b Balance) bool {
		return b.Account.Sellable() && (b.Qty > 0) != (b.Qty-c.posted(b.Account) > 0)
	})
}

// posted is how much the account grew.
func (c *ItemChange) posted(a Account) (n Qty) {
	for _, p := range c.Postings {
		switch a {
		case p.To:
			n += p.Qty
		case p.From:
			n -= p.Qty
		}
	}
	return n
}

// AppendCanonical appends what makes two requests the same.
func (c Announce) AppendCanonical(dst []byte) []byte {
	dst = appendString(appendString(append(dst, byte(c.Is)), c.Tenant), c.Product)
	return appendUint(appendString(dst, c.Channel), c.Version)
}

func (c Announce) append(dst []byte) []byte {
	dst = appendString(appendString(appendString(dst, c.Tenant), c.Product), c.Channel)
	return appendUint(append(dst, byte(c.Is)), c.Version)
}

func (c Announce) firstItem() (ItemKey, Bucket, bool) {
	return c.item(), c.item().EverywhereBucket(), true
}

package stock

import "strings"

// spot names an item, its location only when it is another than shop.
func spot(k ItemKey) string {
	if k.Location == "shop" {
		return k.Product
	}
	return k.Location + "/" + k.Product
}

const minute = 60 * second

// item names an item of tenant t: "A" is at the location shop, "W/A" at W.
func item(name string) ItemKey {
	if loc, product, ok := strings.Cut(name, "/"); ok {
		return ItemKey{Tenant: "t", Location: loc, Product: product}
	}
	return ItemKey{Tenant: "t", Location: "shop", Product: name}
}

func bucket(k ItemKey) Bucket { return BucketOf(k.Tenant, k.Location) }

func open(name string, n Qty) OpenItem {
	return OpenItem{Item: item(name), Bucket: bucket(item(name)), Qty: n, Tracked: true}
}

func untracked(name string) OpenItem {
	return OpenItem{Item: item(name), Bucket: bucket(item(name))}
}

// allot moves units from the shared pool to a quota.
func allot(name, channel string, n Qty) Move {
	return shift(name, Shared, Quota(channel), n)
}

func shift(name string, from, to Account, n Qty) Move {
	k := item(name)
	return Move{From: Spot{k, bucket(k), from}, To: Spot{k, bucket(k), to}, Qty: n}
}

func setQuotas(name string, lower Lowering, set ...QuotaSetting) SetQuotas {
	return SetQuotas{Item: item(name), Bucket: bucket(item(name)), Set: set, Lower: lower, Open: &Opening{}}
}

func quota(channel string, n Qty) QuotaSetting { return QuotaSetting{Channel: channel, Quota: &n} }

func weight(channel string, w uint32) QuotaSetting { return QuotaSetting{Channel: channel, Weight: &w} }

func (q QuotaSetting) quota(n Qty) QuotaSetting {
	q.Quota = &n
	return q
}

func (q QuotaSetting) level(n Qty) QuotaSetting {
	q.Level = &n
	return q
}

func (q QuotaSetting) weighs(w uint32) QuotaSetting {
	q.Weight = &w
	return q
}

func (q QuotaSetting) ruled(r Rule) QuotaSetting {
	q.Rule = &r
	return q
}

func (q QuotaSetting) mends() QuotaSetting {
	q.Mends = true
	return q
}

// campaign sets a quota with a rule.
func campaign(n Qty, r Rule) QuotaSetting { return quota(r.Channel, n).ruled(r) }

func lapse(name string) Lapse { return Lapse{Item: item(name)} }

func share(name string, keep Qty, mode AllotMode) Allot {
	return Allot{Item: item(name), Bucket: bucket(item(name)), Keep: keep, Mode: mode}
}

func resetSold(name string, channels ...string) ResetSold {
	return ResetSold{Item: item(name), Bucket: bucket(item(name)), Channels: channels}
}

func restock(name string, n Qty) Restock {
	return Restock{Item: item(name), Bucket: bucket(item(name)), Qty: n, Open: &Opening{}}
}

func want(name string, n Qty) Demand {
	return Demand{Item: item(name), Bucket: bucket(item(name)), Qty: n, Known: true}
}

// place reserves for a minute on no channel.
func place(order string, lines ...Demand) Place {
	return Place{Order: OrderKey{"t", order}, Lines: lines, TTL: minute}
}

func (c Place) on(channel string) Place {
	c.Channel = channel
	return c
}

func (c Place) partly() Place {
	c.Partial = true
	return c
}

func (c Place) forTTL(ttl Time) Place {
	c.TTL = ttl
	return c
}

// toHold is a change to the wanted quantities of lines of the order.
func toHold(order string, lines ...Wanted) Change {
	return Change{Order: OrderKey{"t", order}, Lines: lines, Keyed: true}
}

func hold(name string, n Qty) Wanted { return Wanted{Demand: want(name, n)} }

func (c Change) expecting(name string, n Qty) Change {
	c.Expected = append(c.Expected, Expected{item(name), n})
	return c
}

func (c Change) replacing() Change {
	c.Replace = true
	return c
}

func (c Change) forTTL(ttl Time) Change {
	c.TTL = ttl
	return c
}

// whole is all lines of the order, line one of them.
func whole(order string) Target { return Target{Order: OrderKey{"t", order}} }

func line(order, name string) Target {
	return Target{Order: OrderKey{"t", order}, Item: item(name)}
}

func (t Target) n(q Qty) Target {
	t.Qty = q
	return t
}

func (t Target) keyed() Target {
	t.Keyed = true
	return t
}

func expire(order string) Expire { return Expire{Order: OrderKey{"t", order}} }

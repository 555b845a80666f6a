package stock

import "pgregory.net/rapid"

var (
	anItem    = shared(rapid.SampledFrom([]string{"A", "A", "A", "B", "W/A", "U"}))
	anOrder   = shared(rapid.SampledFrom([]string{"o", "o", "p"}))
	aChannel  = shared(rapid.SampledFrom([]string{"", "web", "app"}))
	aQty      = shared(rapid.SampledFrom([]Qty{2, 3, 1, 4, 5, 9, 1, 2, 3, 4, 7, full - 3, full}))
	nonsense  = shared(rapid.SampledFrom([]Qty{0, -1, full + 1, -1 << 63, 1<<63 - 1}))
	aLevel    = shared(rapid.SampledFrom([]Qty{0, 0, 1, 2, 5, 9, full, -1}))
	anAccount = shared(rapid.SampledFrom([]Account{
		Shared, Shared, Quota("web"), Quota("app"), Escrow("till", Shared), Damaged, Withheld, Quality, Transit("T"), Held, Customer,
	}))
	aTTL = shared(rapid.SampledFrom([]Time{minute, 10 * minute, 2 * minute, second}))
)

// rarely is true about once in 16 draws. rapid prefers small numbers, so a rare case must
// be a large number.
func rarely(t *rapid.T, what string) bool { return rapid.IntRange(0, 63).Draw(t, what) > 56 }

func anyQty(t *rapid.T) Qty {
	if rarely(t, "nonsense") {
		return nonsense.Draw(t, "quantity")
	}
	return aQty.Draw(t, "quantity")
}

func anyDemand(t *rapid.T) Demand {
	d := want(anItem.Draw(t, "item"), anyQty(t))
	d.Known = !rarely(t, "unknown")
	return d
}

func anyOpening(t *rapid.T) *Opening {
	if rarely(t, "unknown") {
		return nil
	}
	return &Opening{}
}

func anyTarget(t *rapid.T) Target {
	tg := whole(anOrder.Draw(t, "order"))
	if rapid.Bool().Draw(t, "one line") {
		tg.Item = item(anItem.Draw(t, "item"))
		tg.Qty = rapid.SampledFrom([]Qty{0, 1, 0, 2, 1, 3, 4, 9, -1}).Draw(t, "quantity")
	}
	tg.Keyed = rapid.Bool().Draw(t, "keyed")
	return tg
}

func anySpot(t *rapid.T, name string) Spot {
	k := item(name)
	return Spot{k, bucket(k), anAccount.Draw(t, "account")}
}

func anyPlace(t *rapid.T) Command {
	return Place{
		Order: OrderKey{"t", anOrder.Draw(t, "order")}, Channel: aChannel.Draw(t, "channel"),
		Lines: rapid.SliceOfN(rapid.Custom(anyDemand), 1, 3).Draw(t, "lines"),
		TTL:   aTTL.Draw(t, "ttl"), Partial: rapid.Bool().Draw(t, "partial"),
	}
}

// anyCommand draws a command. rapid prefers the cases with small numbers.
func anyCommand(t *rapid.T, now Time) Command {
	switch rapid.IntRange(0, 23).Draw(t, "command") {
	case 0, 9, 14, 15:
		return anyPlace(t)
	case 1, 16, 18:
		return Confirm{Target: anyTarget(t)}
	case 2, 17, 19:
		return Release{Target: anyTarget(t)}
	case 7:
		return expire(anOrder.Draw(t, "order"))
	case 8:
		c := Commit{Target: anyTarget(t)}
		c.Qty /= 3
		return c
	case 12:
		c := Extend{Target: anyTarget(t), TTL: aTTL.Draw(t, "ttl")}
		c.Qty /= 3
		return c
	case 20:
		return anyChange(t)
	case 21:
		return anyRelocate(t)
	case 22, 23:
		c := Withdraw{Target: anyTarget(t)}
		if rarely(t, "renews") {
			c.TTL = aTTL.Draw(t, "ttl")
		}
		return c
	}
	return anyItemCommand(t, now)
}

func anyRelocate(t *rapid.T) Command {
	from, to := item("A"), item("W/A")
	if rapid.Bool().Draw(t, "back") {
		from, to = to, from
	}
	return Relocate{
		Order: OrderKey{"t", anOrder.Draw(t, "order")}, From: from, To: to, FromBucket: bucket(from), ToBucket: bucket(to), Known: true,
		Qty: rapid.SampledFrom([]Qty{0, 0, 1, 2}).Draw(t, "quantity"), Keyed: true,
	}
}

func anyChange(t *rapid.T) Command {
	c := toHold(anOrder.Draw(t, "order"))
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		w := Wanted{Demand: anyDemand(t)}
		if rapid.IntRange(0, 3).Draw(t, "gives back") == 3 {
			w.Qty = 0
		}
		if rapid.IntRange(0, 3).Draw(t, "on a channel") == 3 {
			w.Channel = aChannel.Draw(t, "channel")
		}
		c.Lines = append(c.Lines, w)
	}
	c.Replace = rarely(t, "replace")
	if rarely(t, "renews") {
		c.TTL = aTTL.Draw(t, "ttl")
	}
	if rarely(t, "expects") {
		c = c.expecting(anItem.Draw(t, "item"), anyQty(t))
	}
	return c
}

func anyQuotas(t *rapid.T, name string) SetQuotas {
	c := setQuotas(name, Lowering(rapid.IntRange(0, int(lowerings)).Draw(t, "lowering")))
	c.Open = anyOpening(t)
	for range rapid.IntRange(1, 2).Draw(t, "channels") {
		q := QuotaSetting{Channel: aChannel.Draw(t, "channel")}
		if n := aLevel.Draw(t, "quota"); n != 9 {
			q.Quota = &n
		}
		if w := rapid.SampledFrom([]uint32{1, 0, 2, 3, 1<<32 - 1}).Draw(t, "weight"); w != 2 {
			q.Weight = &w
		}
		if n := aLevel.Draw(t, "level"); n != 9 {
			q.Level = &n
		}
		c.Set = append(c.Set, q)
	}
	return c
}

func anyItemCommand(t *rapid.T, now Time) Command {
	name := anItem.Draw(t, "item")
	k, b := item(name), bucket(item(name))
	switch rapid.IntRange(0, 15).Draw(t, "item command") {
	case 14:
		if rarely(t, "retires") {
			return Retire{Item: k, Bucket: b, WriteOff: rapid.Bool().Draw(t, "writes off")}
		}
		return Reinstate{Item: k, Bucket: b}
	case 15:
		return Reinstate{Item: k, Bucket: b}
	case 10:
		return anyQuotas(t, name)
	case 11:
		return Allot{
			Item: k, Bucket: b, Keep: aLevel.Draw(t, "keep"),
			Mode: AllotMode(rapid.IntRange(0, int(allotModes)).Draw(t, "mode")), Open: anyOpening(t),
		}
	case 12:
		c := ResetSold{Item: k, Bucket: b, Open: anyOpening(t)}
		if rapid.Bool().Draw(t, "one") {
			c.Channels = []string{aChannel.Draw(t, "channel")}
		}
		return c
	case 0:
		return OpenItem{Item: k, Bucket: b, Qty: aLevel.Draw(t, "stock"), Tracked: true}
	case 1:
		return Restock{Item: k, Bucket: b, Qty: anyQty(t), Open: anyOpening(t)}
	case 2:
		c := Adjust{Item: k, Bucket: b, Open: anyOpening(t), Version: uint64(rapid.IntRange(0, 3).Draw(t, "version"))}
		if c.Set = rapid.Bool().Draw(t, "set"); c.Set {
			c.SetTo = aLevel.Draw(t, "set to")
		} else {
			c.Delta = rapid.SampledFrom([]Qty{-1, -3, 2, 4, -full, full}).Draw(t, "delta")
		}
		return c
	case 3:
		return Observe{
			Item: k, Bucket: b, Seen: aLevel.Draw(t, "seen"), Booked: aLevel.Draw(t, "booked"),
			AsOf:   now + rapid.SampledFrom([]Time{-minute, -1, 0, minute}).Draw(t, "as of"),
			Quotas: []string{"web"}, Open: anyOpening(t),
		}
	case 4:
		return SetThreshold{Item: k, Bucket: b, Threshold: aLevel.Draw(t, "threshold"), Open: anyOpening(t)}
	case 5:
		return SetSaleStatus{Item: k, Bucket: b, Channel: aChannel.Draw(t, "channel"), OnSale: rapid.Bool().Draw(t, "on sale"), Open: anyOpening(t)}
	case 6, 7:
		return Move{
			From: anySpot(t, name), To: anySpot(t, rapid.SampledFrom([]string{name, "B"}).Draw(t, "to")),
			Qty: anyQty(t), Open: anyOpening(t),
		}
	case 8:
		return Return{Item: k, Bucket: b, Qty: anyQty(t), To: rapid.SampledFrom([]Account{"", Damaged, Held}).Draw(t, "into"), Open: anyOpening(t)}
	case 13:
		return anyShift(t)
	}
	return SoldElsewhere{Item: k, Bucket: b, Qty: anyQty(t), Channel: aChannel.Draw(t, "channel"), Open: anyOpening(t)}
}

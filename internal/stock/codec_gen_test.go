package stock

import (
	"cmp"
	"math"
	"slices"

	"pgregory.net/rapid"
)

// shared lets parallel tests draw from one generator. rapid makes its description when it
// is first asked for, and every draw reads that (Generator.value), so it is made before any
// test begins.
func shared[T any](g *rapid.Generator[T]) *rapid.Generator[T] {
	_ = g.String()
	return g
}

// Generators of values that the formats can hold, sensible or not.

var (
	someNames = shared(rapid.OneOf(
		rapid.SampledFrom([]string{"", "default", "sku-1", "sku-2", "app", "kg", "held", "pool/shared", "茶-100g"}),
		rapid.StringN(0, 20, 80),
		rapid.Just(string(make([]byte, 200))),
	))
	someQtys = shared(rapid.OneOf(
		rapid.Map(rapid.Int64Range(-200, 2000), func(n int64) Qty { return Qty(n) }),
		rapid.SampledFrom([]Qty{0, 1, MaxQty, -MaxQty, math.MaxInt64, math.MinInt64}),
	))
	someTimes = shared(rapid.OneOf(
		rapid.Map(rapid.Int64Range(0, 1<<42), func(n int64) Time { return Time(n) }),
		rapid.SampledFrom([]Time{0, 1, 1_800_000_000_000, math.MaxInt64, math.MinInt64}),
	))
	someBuckets  = shared(rapid.Map(rapid.IntRange(0, Buckets-1), func(n int) Bucket { return Bucket(n) }))
	someAccounts = shared(rapid.OneOf(
		rapid.SampledFrom(knownAccounts[:]),
		rapid.Map(someNames, Quota),
		rapid.Map(someLots, Withheld.InLot),
		rapid.Custom(func(t *rapid.T) Account { return Escrow(someNames.Draw(t, "holder"), Shared) }),
		rapid.Map(someNames, func(s string) Account { return Account(s) }),
	))
	someBalances = shared(listOf(rapid.Custom(func(t *rapid.T) Balance {
		return Balance{someAccounts.Draw(t, "account"), someQtys.Draw(t, "qty")}
	})))
	someOps = shared(rapid.OneOf(
		rapid.Map(rapid.IntRange(1, int(Ops)-1), func(n int) Op { return Op(n) }),
		rapid.Map(rapid.IntRange(int(Ops), 255), func(n int) Op { return Op(n) }),
	))
	someVersions  = shared(rapid.OneOf(rapid.Uint64Range(0, 1000), rapid.Just(uint64(math.MaxUint64))))
	someShortages = shared(listOf(rapid.Custom(func(t *rapid.T) Shortage {
		return Shortage{
			Location: someNames.Draw(t, "location"), Product: someNames.Draw(t, "product"),
			Requested: someQtys.Draw(t, "requested"), Available: someQtys.Draw(t, "available"),
			NotOnSale: rapid.Bool().Draw(t, "not on sale"), OverLimit: rapid.Bool().Draw(t, "over limit"),
		}
	})))
	someNotes = shared(rapid.OneOf(rapid.Just(Note{}), rapid.Custom(func(t *rapid.T) Note {
		n := Note{Reason: someNames.Draw(t, "reason"), Reference: someNames.Draw(t, "reference"), Operator: someNames.Draw(t, "operator")}
		if rapid.Bool().Draw(t, "coded") {
			n.Code = someNames.Draw(t, "code")
		}
		return n
	})))
)

// listOf gives lists of up to three; the empty one is nil.
func listOf[T any](g *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Map(rapid.SliceOfN(g, 0, 3), func(s []T) []T {
		if len(s) == 0 {
			return nil
		}
		return s
	})
}

func someKey(tenant string) *rapid.Generator[ItemKey] {
	return rapid.Custom(func(t *rapid.T) ItemKey {
		return ItemKey{tenant, someNames.Draw(t, "location"), someNames.Draw(t, "product"), someNames.Draw(t, "lot")}
	})
}

var someChannels = shared(listOf(rapid.Custom(func(t *rapid.T) Channel {
	return Channel{
		ID: someNames.Draw(t, "channel"), Weight: rapid.Uint32().Draw(t, "weight"), Level: someQtys.Draw(t, "level"),
		Held: someQtys.Draw(t, "held"), Sold: someQtys.Draw(t, "sold"),
		PoolHeld: someQtys.Draw(t, "held from pool"), PoolSold: someQtys.Draw(t, "sold from pool"),
		Pending: someQtys.Draw(t, "pending"), Since: someTimes.Draw(t, "since"),
	}
})))

// sortedChannels returns channels in the order in which an item keeps them.
var sortedChannels = shared(rapid.Map(someChannels, func(list []Channel) []Channel {
	slices.SortFunc(list, func(a, b Channel) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(list, func(a, b Channel) bool { return a.ID == b.ID })
}))

var someRule = shared(rapid.Custom(func(t *rapid.T) Rule {
	r := Rule{
		Channel: someNames.Draw(t, "channel"), Priority: uint32(rapid.IntRange(0, 9).Draw(t, "priority")),
		MaxHolds: uint32(rapid.IntRange(0, 9).Draw(t, "holds")), Alone: rapid.Bool().Draw(t, "alone"),
		LendsAll: rapid.Bool().Draw(t, "all"), Ended: rapid.Bool().Draw(t, "ended"),
		Lends: listOf(someNames).Draw(t, "lends"),
	}
	if rapid.Bool().Draw(t, "window") {
		r.Starts, r.Ends = someTimes.Draw(t, "starts"), someTimes.Draw(t, "ends")
	}
	if rapid.Bool().Draw(t, "wants") {
		r.Wants = someQtys.Draw(t, "quota")
	}
	if rapid.Bool().Draw(t, "limits") {
		r.MaxOrder, r.MaxCustomer = someQtys.Draw(t, "per order"), someQtys.Draw(t, "per customer")
	}
	return r
}))

// sortedRules returns rules in the order in which an item keeps them.
var sortedRules = shared(rapid.Map(listOf(someRule), func(list []Rule) []Rule {
	list = slices.DeleteFunc(list, func(r Rule) bool { return r.isEmpty() })
	slices.SortFunc(list, func(a, b Rule) int { return cmp.Compare(a.Channel, b.Channel) })
	list = slices.CompactFunc(list, func(a, b Rule) bool { return a.Channel == b.Channel })
	if len(list) == 0 {
		return nil
	}
	return list
}))

var someSales = shared(rapid.OneOf(rapid.Just(Sale{}), rapid.Custom(func(t *rapid.T) Sale {
	return Sale{
		Bound: someQtys.Draw(t, "bound"), Waiting: someQtys.Draw(t, "waiting"), Filled: someQtys.Draw(t, "filled"),
		For: someTimes.Draw(t, "for"), InParts: rapid.Bool().Draw(t, "in parts"), Closed: rapid.Bool().Draw(t, "closed"),
		Over: someQtys.Draw(t, "over"),
	}
})))

var somePromises = shared(rapid.Custom(func(t *rapid.T) *Promises {
	if rapid.Bool().Draw(t, "none") {
		return nil
	}
	p := &Promises{Presale: someSales.Draw(t, "presale"), Backorder: someSales.Draw(t, "backorder")}
	p.Waits = listOf(rapid.Custom(func(t *rapid.T) Wait {
		return Wait{someNames.Draw(t, "channel"), someQtys.Draw(t, "units"), rapid.Uint32().Draw(t, "orders")}
	})).Draw(t, "waits")
	slices.SortFunc(p.Waits, func(a, b Wait) int { return cmp.Compare(a.Channel, b.Channel) })
	p.Waits = slices.CompactFunc(p.Waits, func(a, b Wait) bool { return a.Channel == b.Channel })
	p.PresaleShares, p.BackorderShares = someShares.Draw(t, "presale shares"), someShares.Draw(t, "backorder shares")
	return p
}))

// keptPromises returns promises in the form in which an item keeps them.
var keptPromises = shared(rapid.Map(somePromises, func(p *Promises) *Promises {
	if p != nil && p.empty() {
		return nil
	}
	return p
}))

var someLots = shared(rapid.SampledFrom([]Lot{
	"\x05grade\x01A", "\x05batch\x02B7", "\x05batch\x02B8\x05grade\x01A",
	"\x0aexpires_at\x0a2026-12-01", "\x05batch\x02B9\x0aexpires_at\x182026-12-01T06:30:00.000Z",
}))

var someLotPolicies = shared(rapid.Custom(func(t *rapid.T) LotPolicy {
	return LotPolicy{DrawOrder(rapid.IntRange(0, int(drawUnused)-1).Draw(t, "draw")), uint16(rapid.IntRange(0, MaxLeadDays).Draw(t, "lead"))}
}))

var someLotRecords = shared(rapid.Custom(func(t *rapid.T) LotRecord {
	r := LotRecord{Lot: someLots.Draw(t, "lot"), Since: someTimes.Draw(t, "since")}
	if r.Since != 0 {
		r.Held, r.Recalled, r.Expires = someQtys.Draw(t, "held"), rapid.Bool().Draw(t, "recalled"), r.Lot.Expires()
	}
	return r
}))

var someLotUnits = shared(rapid.Custom(func(t *rapid.T) LotUnits {
	return LotUnits{someLots.Draw(t, "lot"), rapid.SampledFrom([]Qty{1, 40, MaxQty, math.MaxInt64}).Draw(t, "units")}
}))

// sortedLots returns lots in the order in which an item keeps them.
var sortedLots = shared(rapid.Map(listOf(someLotRecords), func(list []LotRecord) []LotRecord {
	list = slices.DeleteFunc(list, func(r LotRecord) bool { return r.Since == 0 })
	slices.SortFunc(list, func(a, b LotRecord) int { return cmp.Compare(a.Lot, b.Lot) })
	list = slices.CompactFunc(list, func(a, b LotRecord) bool { return a.Lot == b.Lot })
	if len(list) == 0 {
		return nil
	}
	return list
}))

var someRecalls = shared(rapid.Custom(func(t *rapid.T) RecallRule {
	r := RecallRule{Lot: someLots.Draw(t, "lot"), Since: someTimes.Draw(t, "since")}
	if r.Since != 0 {
		r.Except = sortedLotNames.Draw(t, "except")
	}
	return r
}))

var sortedLotNames = shared(rapid.Map(listOf(someLots), func(list []Lot) []Lot {
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		return nil
	}
	return list
}))

// sortedRecalls returns recalls in the order in which an item keeps them.
var sortedRecalls = shared(rapid.Map(listOf(someRecalls), func(list []RecallRule) (kept []RecallRule) {
	for _, r := range list {
		kept = withRecall(kept, r)
	}
	return kept
}))

func someSeen(t *rapid.T) Seen {
	if rapid.Bool().Draw(t, "never seen") {
		return Seen{}
	}
	return Seen{someTimes.Draw(t, "as of"), someNames.Draw(t, "source")}
}

func someLine(tenant string, at Time, calls int) *rapid.Generator[Line] {
	return rapid.Custom(func(t *rapid.T) Line {
		l := Line{
			Item: someKey(tenant).Draw(t, "item"), Call: rapid.IntRange(0, calls).Draw(t, "call"),
			Channel: someNames.Draw(t, "channel"), Requested: someQtys.Draw(t, "requested"),
			Drawn: someBalances.Draw(t, "drawn"), CreatedAt: at, UpdatedAt: at,
		}
		if rapid.Bool().Draw(t, "plain") {
			l.Drawn = []Balance{{Shared, l.Requested}}
		}
		if rapid.Bool().Draw(t, "deadline") {
			l.Deadline = someTimes.Draw(t, "deadline")
		}
		if rapid.Bool().Draw(t, "old") {
			l.CreatedAt, l.UpdatedAt = someTimes.Draw(t, "created"), someTimes.Draw(t, "updated")
		}
		if rapid.Bool().Draw(t, "ended") {
			l.End = End(rapid.IntRange(0, int(EndExpired)).Draw(t, "end"))
			l.Confirmed, l.Released = someQtys.Draw(t, "confirmed"), someQtys.Draw(t, "released")
			l.LastConfirmed, l.LastReleased = someQtys.Draw(t, "last confirmed"), someQtys.Draw(t, "last released")
		}
		if rapid.IntRange(0, 3).Draw(t, "promised") == 0 {
			l.PromisedFor = someTimes.Draw(t, "promised for")
		}
		if rapid.IntRange(0, 3).Draw(t, "chosen") == 0 {
			l.Lot = someLots.Draw(t, "lot")
		}
		if rapid.IntRange(0, 3).Draw(t, "left") == 0 {
			l.Left = someBalances.Draw(t, "left from")
		}
		l.Tallied = rapid.IntRange(0, 3).Draw(t, "tallied") == 0
		l.Counted = rapid.IntRange(0, 3).Draw(t, "counted") == 0
		if rapid.IntRange(0, 3).Draw(t, "customer") == 0 {
			l.Customer = "c" + someNames.Draw(t, "who")
			l.Period = someTimes.Draw(t, "period")
		}
		if rapid.IntRange(0, 3).Draw(t, "leg") == 0 {
			l.Leg, l.Withdrawn = someLeg(t), Qty(rapid.IntRange(0, 300).Draw(t, "withdrawn"))
		}
		return l
	})
}

var someRest = shared(rapid.Custom(func(t *rapid.T) *Rest {
	r := &Rest{Balances: someBalances.Draw(t, "balances"), Channels: someChannels.Draw(t, "channels"), Rules: listOf(someRule).Draw(t, "rules")}
	if r.empty() {
		return nil
	}
	return r
}))

func someEvent(tenant string, at Time) *rapid.Generator[*Event] {
	items := listOf(rapid.Custom(func(t *rapid.T) ItemChange {
		return ItemChange{
			Key: someKey(tenant).Draw(t, "key"), Bucket: someBuckets.Draw(t, "bucket"),
			Changed: rapid.Bool().Draw(t, "changed"),
			Postings: listOf(rapid.Custom(func(t *rapid.T) Posting {
				return Posting{someAccounts.Draw(t, "from"), someAccounts.Draw(t, "to"), someQtys.Draw(t, "qty")}
			})).Draw(t, "postings"),
			Unit: someNames.Draw(t, "unit"), Scale: rapid.Uint8().Draw(t, "scale"),
			Threshold: someQtys.Draw(t, "threshold"),
			Tracked:   rapid.Bool().Draw(t, "tracked"), OnSale: rapid.Bool().Draw(t, "on sale"),
			Off:     listOf(someNames).Draw(t, "off"),
			Version: someVersions.Draw(t, "version"), UpdatedAt: someTimes.Draw(t, "updated"),
			Figures: Figures{someQtys.Draw(t, "available"), someQtys.Draw(t, "held"), someQtys.Draw(t, "on hand")},
			Seen:    someSeen(t),
			Touched: someBalances.Draw(t, "touched"), Channels: someChannels.Draw(t, "channels"),
			Rules: listOf(someRule).Draw(t, "rules"), Promises: somePromises.Draw(t, "promises"),
			Lots: listOf(someLotRecords).Draw(t, "lots"), LotPolicy: someLotPolicies.Draw(t, "policy"), Retired: rapid.Bool().Draw(t, "retired"),
			Recalls: listOf(someRecalls).Draw(t, "recalls"),
			SoldOut: listOf(someNames).Draw(t, "sold out"), InStock: listOf(someNames).Draw(t, "in stock"),
			Confirmed: listOf(someLotUnits).Draw(t, "confirmed"),
			Rest:      someRest.Draw(t, "rest"),
		}
	}))
	lines := listOf(rapid.Custom(func(t *rapid.T) LineChange {
		return LineChange{
			Bucket: someBuckets.Draw(t, "bucket"), Changed: rapid.Bool().Draw(t, "changed"),
			Prev: someVersions.Draw(t, "prev"), Line: someLine(tenant, at, 3).Draw(t, "line"),
		}
	}))
	return rapid.Custom(func(t *rapid.T) *Event {
		e := &Event{
			Op: someOps.Draw(t, "op"), Tenant: tenant,
			Order: someNames.Draw(t, "order"), Channel: someNames.Draw(t, "channel"),
			Items: items.Draw(t, "items"), Lines: lines.Draw(t, "lines"),
			Short: someShortages.Draw(t, "short"), Note: someNotes.Draw(t, "note"),
		}
		for i := range min(len(e.Items), len(e.Lines)) {
			if rapid.Bool().Draw(t, "line of item") {
				e.Lines[i].Line.Item, e.Lines[i].Bucket = e.Items[i].Key, e.Items[i].Bucket
			}
		}
		if rapid.Bool().Draw(t, "call") {
			e.Call = &Call{
				HomeBucket: someBuckets.Draw(t, "home"), HomeLocation: someNames.Draw(t, "location"),
				HomeProduct: someNames.Draw(t, "product"), Legs: listOf(someBuckets).Draw(t, "legs"),
			}
			if len(e.Lines) > 0 && rapid.Bool().Draw(t, "home is a line") {
				l := &e.Lines[len(e.Lines)-1]
				e.Call.HomeBucket, e.Call.HomeLocation, e.Call.HomeProduct = l.Bucket, l.Line.Item.Location, l.Line.Item.Product
			}
		}
		if rapid.Bool().Draw(t, "refused") {
			e.Refusal = &Refusal{
				Code: Code(rapid.IntRange(1, 255).Draw(t, "code")), Detail: someNames.Draw(t, "detail"),
				Field: someNames.Draw(t, "field"), State: someNames.Draw(t, "state"),
				Shortages: someShortages.Draw(t, "shortages"), Version: someVersions.Draw(t, "version"),
				Holders: listOf(someNames).Draw(t, "holders"),
			}
		}
		if rapid.Bool().Draw(t, "was before") {
			e.Happened = max(1, someTimes.Draw(t, "happened"))
		}
		switch e.Op {
		case OpCleanup:
			e.Expired = someVersions.Draw(t, "expired")
		case OpHandover:
			e.Handover = someHandover().Draw(t, "handover")
		case OpArrive, OpRecallKey:
			e.From = &Origin{Slot: rapid.Uint16().Draw(t, "slot"), Seq: someVersions.Draw(t, "seq"), Index: uint32(rapid.IntRange(0, math.MaxInt32).Draw(t, "index"))}
		case OpSpread:
			e.Spread = &Spread{Placement: somePlacement(t), Buckets: someBucketSets.Draw(t, "buckets")}
			e.Spread.Tenant = tenant
		case OpRehouse:
			if len(e.Lines) > 0 {
				b := someBuckets.Draw(t, "leaves")
				e.Leaves = &b
			}
		}
		return e
	})
}

func someItem() *rapid.Generator[*Item] {
	return rapid.Custom(func(t *rapid.T) *Item {
		return &Item{
			Key: someKey(someNames.Draw(t, "tenant")).Draw(t, "key"), Bucket: someBuckets.Draw(t, "bucket"),
			Unit: someNames.Draw(t, "unit"), Scale: rapid.Uint8().Draw(t, "scale"),
			Threshold: someQtys.Draw(t, "threshold"),
			Tracked:   rapid.Bool().Draw(t, "tracked"), OnSale: rapid.Bool().Draw(t, "on sale"),
			Off:     listOf(someNames).Draw(t, "off"),
			Version: someVersions.Draw(t, "version"), UpdatedAt: someTimes.Draw(t, "updated"),
			Balances: someBalances.Draw(t, "balances"), Seen: someSeen(t),
			Channels: sortedChannels.Draw(t, "channels"), Rules: sortedRules.Draw(t, "rules"), Promises: keptPromises.Draw(t, "promises"),
			Lots: sortedLots.Draw(t, "lots"), LotPolicy: someLotPolicies.Draw(t, "policy"), Retired: rapid.Bool().Draw(t, "retired"),
			Recalls: sortedRecalls.Draw(t, "recalls"),
		}
	})
}

func someHold() *rapid.Generator[*Hold] {
	return rapid.Custom(func(t *rapid.T) *Hold {
		tenant := someNames.Draw(t, "tenant")
		h := &Hold{
			Key: HoldKey{OrderKey{tenant, someNames.Draw(t, "order")}, someBuckets.Draw(t, "bucket")},
			Calls: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Call {
				return Call{
					HomeBucket: someBuckets.Draw(t, "home"), HomeLocation: someNames.Draw(t, "location"),
					HomeProduct: someNames.Draw(t, "product"), Legs: listOf(someBuckets).Draw(t, "legs"),
				}
			}), 1, 3).Draw(t, "calls"),
		}
		h.Lines = listOf(someLine(tenant, someTimes.Draw(t, "at"), len(h.Calls)-1)).Draw(t, "lines")
		if len(h.Lines) > 0 && rapid.Bool().Draw(t, "home is a line") {
			l := &h.Lines[len(h.Lines)-1]
			h.Calls[0].HomeBucket, h.Calls[0].HomeLocation, h.Calls[0].HomeProduct = h.Key.Bucket, l.Item.Location, l.Item.Product
		}
		return h
	})
}

package stock

// goldenEvents has one event of each kind, and those with the rarer parts.
func goldenEvents() map[string]*Event {
	about := func(op Op, c ItemChange) *Event {
		return &Event{Op: op, Tenant: "acme", Items: []ItemChange{c}}
	}
	ended := func(op Op, end End, to Account) *Event {
		e := about(op, sampleChange([]Posting{{Held, to, 2}}, Balance{Held, 7}, Balance{to, 113}))
		if to != Shared {
			e.Items[0].Figures = Figures{Available: 111, Held: 7, OnHand: 118}
		} else {
			e.Items[0].Figures = Figures{Available: 113, Held: 7, OnHand: 120}
		}
		e.Order = "A-2026-00017"
		l := sampleLine()
		l.Prev = 4699
		l.Line.Drawn, l.Line.End = nil, end
		l.Line.CreatedAt = sampleAt - 1_200_000
		l.Line.Deadline = sampleAt + 600_000
		switch end {
		case EndConfirmed:
			l.Line.Confirmed, l.Line.LastConfirmed = 2, 2
		case EndReleased:
			l.Line.Released, l.Line.LastReleased = 2, 2
		case EndExpired:
			l.Line.Released = 2
			l.Line.Deadline = sampleAt - 600_000
		}
		e.Lines = []LineChange{l}
		return e
	}
	kept := func(op Op, deadline Time) *Event {
		e := ended(op, Open, Shared)
		e.Items[0] = sampleChange(nil)
		e.Items[0].Changed, e.Items[0].UpdatedAt = false, sampleAt-1_200_000
		e.Lines[0].Line.Drawn, e.Lines[0].Line.Deadline = []Balance{{Shared, 2}}, deadline
		return e
	}

	opened := about(OpOpen, ItemChange{
		Key: sampleCup, Bucket: BucketOf("acme", "default"), Changed: true,
		Postings: []Posting{{Supplier, Shared, 500}}, Touched: []Balance{{Supplier, -500}, {Shared, 500}},
		Unit: "kg", Scale: 3, Threshold: 10, Tracked: true, OnSale: true, Version: 1, UpdatedAt: sampleAt,
		Figures: Figures{Available: 500, OnHand: 500},
	})
	observed := about(OpObserve, sampleChange([]Posting{{Shared, Adjustment, 3}, {Quota("app"), Adjustment, 1}},
		Balance{Shared, 0}, Balance{Adjustment, 4}, Balance{Quota("app"), 29}))
	observed.Items[0].Seen = Seen{AsOf: sampleAt - 3_600_000, Source: "count-7"}
	observed.Items[0].Figures = Figures{Available: 29, Held: 9, OnHand: 38}
	switched := about(OpSaleStatus, sampleChange(nil))
	switched.Items[0].Off = []string{"app", "web"}
	switched.Items[0].OnSale = false

	spread := sampleReserve()
	spread.Channel = "app"
	spread.Items = append(spread.Items, ItemChange{
		Key: sampleCup, Bucket: 478, Changed: true,
		Postings: []Posting{{Quota("app"), Held, 3}, {Shared, Held, 1}},
		Touched:  []Balance{{Quota("app"), 0}, {Held, 4}, {Shared, 0}},
		Tracked:  true, OnSale: true, Version: 1 << 40, UpdatedAt: sampleAt, Figures: Figures{Held: 4, OnHand: 4},
	})
	spread.Lines[0].Line.Channel, spread.Lines[0].Line.Call = "app", 1
	spread.Lines[0].Prev = 12
	spread.Lines = append(spread.Lines, LineChange{Bucket: 478, Changed: true, Line: Line{
		Item: sampleCup, Channel: "app", Requested: 9, Drawn: []Balance{{Quota("app"), 3}, {Shared, 1}},
		Deadline: sampleAt + 1_800_000, CreatedAt: sampleAt, UpdatedAt: sampleAt,
	}}, LineChange{Bucket: 3, Line: Line{
		Item: ItemKey{Tenant: "acme", Location: "store-1", Product: "pot-red"}, Requested: 1,
		Drawn: []Balance{{Shared, 1}}, CreatedAt: sampleAt - 5, UpdatedAt: sampleAt - 5,
	}})
	spread.Call = &Call{HomeBucket: 478, HomeLocation: "default", HomeProduct: "cup-blue", Legs: []Bucket{BucketOf("acme", "default")}}
	spread.Short = []Shortage{{Location: "default", Product: "cup-blue", Requested: 9, Available: 4}}
	leg := sampleReserve()
	leg.Call = &Call{HomeBucket: 7, HomeLocation: "berlin", HomeProduct: "tea-green-50"}

	short := &Event{
		Op: OpPlace, Tenant: "acme", Order: "A-2026-00019",
		Refusal: &Refusal{Code: Insufficient, Detail: "not enough of 2 items", Shortages: []Shortage{
			{Location: "default", Product: "tea-green-50", Requested: 200, Available: 111},
			{Location: "default", Product: "cup-blue", Requested: 1, NotOnSale: true},
		}},
	}
	stale := &Event{
		Op: OpAdjust, Tenant: "acme",
		Refusal: &Refusal{Code: VersionConflict, Detail: "the version is 301", Field: "expected_version", Version: 301},
	}
	late := &Event{
		Op: OpConfirm, Tenant: "acme", Order: "A-2026-00017",
		Refusal: &Refusal{Code: Expired, Detail: "the reservation has expired", State: "expired"},
	}
	sold := about(OpSoldElsewhere, sampleChange([]Posting{{Shared, Customer, 1}, {Oversold, Customer, 1}},
		Balance{Shared, 0}, Balance{Customer, 381}, Balance{Oversold, -1}))
	sold.Order, sold.Channel = "till-3/55", "till"
	sold.Items[0].Figures = Figures{Held: 9, OnHand: 9}

	step, arrived, parted := sampleHandover(), about(OpArrive, sampleChange(nil, Balance{Supplier, -120}, Balance{Held, 9}, Balance{Shared, 111})), sampleParted()
	arrived.From = &Origin{Slot: 3, Seq: 90_210}
	came := &Event{
		Op: OpArrive, Tenant: "acme", Order: "A-2026-00017", Lines: []LineChange{sampleLine()}, Call: sampleCall(),
		From: &Origin{Slot: 3, Seq: 90_211},
	}
	came.Lines[0].Prev = 4700
	came.Lines[0].Line.UpdatedAt = sampleAt - 5

	set := about(OpQuota, sampleChange([]Posting{{Quota("app"), Shared, 10}, {Shared, Quota("web"), 30}},
		Balance{Quota("app"), 10}, Balance{Shared, 61}, Balance{Quota("web"), 40}))
	set.Items[0].Channels = []Channel{
		{ID: "app", Weight: 3, Held: 4, Sold: 6, PoolHeld: 1, PoolSold: 2, Since: sampleAt - 86_400_000},
		{ID: "web", Weight: 1, Level: 5, Since: sampleAt},
	}
	set.Items[0].Rest = &Rest{
		Balances: []Balance{{Quota("kiosk"), 4}}, Channels: []Channel{{ID: "kiosk", Weight: 1, Sold: 3, Since: sampleAt - 5}},
		Rules: []Rule{{Channel: "kiosk", Ends: sampleAt + 60_000}},
	}
	allotted := about(OpAllot, sampleChange([]Posting{{Shared, Quota("app"), 14}, {Shared, Quota("web"), 11}},
		Balance{Shared, 61}, Balance{Quota("app"), 28}, Balance{Quota("web"), 22}))
	begun := about(OpQuotaReset, sampleChange(nil))
	begun.Channel = "app"
	begun.Items[0].Channels = []Channel{{ID: "app", Weight: 3, Held: 4, PoolHeld: 1, Pending: 2, Since: sampleAt}}
	tallied := sampleReserve()
	tallied.Channel = "app"
	tallied.Items[0].Postings = []Posting{{Quota("app"), Held, 1}, {Shared, Held, 1}}
	tallied.Items[0].Touched = []Balance{{Quota("app"), 0}, {Held, 9}, {Shared, 111}}
	tallied.Items[0].Channels = []Channel{{ID: "app", Held: 1, PoolHeld: 1, Since: sampleAt - 86_400_000}}
	tallied.Lines[0].Line.Channel, tallied.Lines[0].Line.Tallied = "app", true
	tallied.Lines[0].Line.Drawn = []Balance{{Quota("app"), 1}, {Shared, 1}}

	flash := about(OpQuota, sampleChange([]Posting{{Shared, Quota("flash"), 30}}, Balance{Shared, 61}, Balance{Quota("flash"), 30}))
	flash.Channel = "flash"
	flash.Items[0].Channels = []Channel{{ID: "flash", Since: sampleAt}}
	flash.Items[0].Rules = []Rule{sampleRule(), {Channel: "gone"}}
	wanted := about(OpQuota, sampleChange([]Posting{{Shared, Quota("flash"), 5}}, Balance{Shared, 56}, Balance{Quota("flash"), 30}))
	wanted.Channel = "flash"
	wanted.Items[0].Channels = []Channel{{ID: "flash", Since: sampleAt}}
	wanted.Items[0].Rules = []Rule{{Channel: "flash", MaxOrder: 2, Wants: 30}}
	over := about(OpLapse, sampleChange([]Posting{{Quota("flash"), Shared, 12}}, Balance{Quota("flash"), 0}, Balance{Shared, 91}))
	over.Channel = "flash"
	over.Items[0].Rules = []Rule{{Channel: "flash", Ends: sampleAt, LendsAll: true, Ended: true}}

	presold := sampleReserve()
	presold.Items[0].Postings = []Posting{{Shared, Held, 1}, {Presale, Awaited, 1}}
	presold.Items[0].Touched = []Balance{{Shared, 0}, {Held, 9}, {Presale, 60}, {Awaited, 40}}
	presold.Items[0].Promises = &Promises{
		Presale: Sale{Bound: 100, Waiting: 40, For: sampleAt + 86_400_000, InParts: true}, Waits: []Wait{{"", 30, 12}, {"app", 10, 9}},
	}
	presold.Lines[0].Line.Drawn, presold.Lines[0].Line.PromisedFor = []Balance{{Shared, 1}, {Presale, 1}}, sampleAt+86_400_000
	promised := about(OpPromise, sampleChange([]Posting{{Promise, Presale, 100}, {Backorder, Promise, 4}}, Balance{Promise, -96}, Balance{Presale, 100}, Balance{Backorder, 0}))
	promised.Items[0].Promises = &Promises{
		Presale:   Sale{Bound: 100, For: sampleAt + 86_400_000},
		Backorder: Sale{Bound: 6, Waiting: 6, Closed: true}, Waits: []Wait{{"", 6, 2}},
	}
	filled := kept(OpFulfil, sampleAt+1_800_000)
	filled.Items = []ItemChange{sampleChange([]Posting{{Arrived(Shared), Held, 2}, {Awaited, Backorder, 2}},
		Balance{Arrived(Shared), 0}, Balance{Held, 11}, Balance{Awaited, 0}, Balance{Backorder, 2})}
	filled.Items[0].Promises = &Promises{}

	shared := about(OpPromise, sampleChange([]Posting{{Backorder, Promise, 4}}, Balance{Promise, -96}, Balance{Backorder, 0}))
	shared.Items[0].Promises = &Promises{
		Presale: Sale{Bound: 100, Waiting: 10, Filled: 4}, Backorder: Sale{Bound: 6, Over: 2, Waiting: 6}, Waits: []Wait{{"", 6, 2}, {"app", 10, 9}},
		PresaleShares:   []ChannelShare{{"app", 12, 30, true}, {"key", 0, 0, true}, {"web", 2, 0, false}},
		BackorderShares: []ChannelShare{{"", 6, 0, false}, {"app", 0, 1 << 53, true}},
	}
	given := kept(OpRestock, sampleAt+1_800_000)
	given.Items = []ItemChange{sampleChange([]Posting{{Supplier, Held, 2}, {Awaited, Backorder, 2}},
		Balance{Supplier, -502}, Balance{Held, 11}, Balance{Awaited, 0}, Balance{Backorder, 2})}
	given.Items[0].Promises = &Promises{}
	limited := &Event{Op: OpPlace, Tenant: "acme", Order: "A-2026-00021", Refusal: &Refusal{
		Code: Insufficient, Shortages: []Shortage{{Location: "default", Product: "cup-blue", Requested: 3, Available: 1, OverLimit: true}},
	}}

	soldOut := sampleReserve()
	soldOut.Items[0].SoldOut, soldOut.Items[0].InStock = []string{"", "app"}, []string{"web"}

	batch, dairy := sampleLots()
	received := about(OpRestock, sampleChange([]Posting{{Supplier, Shared.InLot(batch), 24}}, Balance{Supplier, -524}, Balance{Shared.InLot(batch), 24}))
	received.Items[0].Lots = []LotRecord{newLotRecord(batch, sampleAt)}
	lotted := sampleReserve()
	lotted.Items[0].Postings = []Posting{{Shared.InLot(dairy), Held, 1}, {Shared.InLot(batch), Held, 1}}
	lotted.Items[0].Touched = []Balance{{Shared.InLot(dairy), 0}, {Held, 9}, {Shared.InLot(batch), 23}}
	lotted.Items[0].Lots = []LotRecord{
		{Lot: dairy, Since: sampleAt - 86_400_000, Held: 4, Expires: dairy.Expires()}, {Lot: batch, Since: sampleAt, Held: 1},
	}
	lotted.Items[0].LotPolicy = LotPolicy{Draw: DrawFEFO, LeadDays: 2}
	lotted.Lines[0].Line.Drawn, lotted.Lines[0].Line.Lot = []Balance{{Shared.InLot(dairy), 1}, {Shared.InLot(batch), 1}}, sampleGrade
	left := ended(OpConfirm, EndConfirmed, Customer)
	left.Items[0].Lots = []LotRecord{{Lot: dairy, Since: sampleAt - 86_400_000, Held: 3, Expires: dairy.Expires()}, {Lot: batch}}
	left.Items[0].Confirmed = []LotUnits{{dairy, 1}, {batch, 1}}
	drawn := about(OpLotPolicy, sampleChange(nil))
	drawn.Items[0].LotPolicy = LotPolicy{Draw: DrawFIFO}
	recalled := about(OpRecall, sampleChange([]Posting{{Shared.InLot(batch), Withheld.InLot(batch), 23}},
		Balance{Shared.InLot(batch), 0}, Balance{Withheld.InLot(batch), 23}))
	recalled.Items[0].Lots = []LotRecord{{Lot: batch, Since: sampleAt - 5, Recalled: true}, {Lot: dairy}}
	ruled := about(OpRecall, sampleChange(nil))
	ruled.Items[0].Recalls = []RecallRule{{Lot: batch, Since: sampleAt, Except: []Lot{sampleGrade}}, {Lot: dairy}}

	changed := kept(OpChange, sampleAt+1_800_000)
	changed.Items = []ItemChange{
		sampleChange([]Posting{{Shared, Held, 3}}, Balance{Shared, 109}, Balance{Held, 12}),
	}
	changed.Lines[0].Line.Drawn = []Balance{{Shared, changed.Lines[0].Line.Quantity() + 3}}

	relocated := kept(OpRelocate, 0)
	relocated.Items = []ItemChange{sampleChange([]Posting{{Held, Shared, 2}}, Balance{Held, 7}, Balance{Shared, 114})}
	relocated.Lines[0].Line.Drawn, relocated.Lines[0].Line.Released, relocated.Lines[0].Line.End = nil, relocated.Lines[0].Line.Quantity(), EndReleased

	retired := about(OpRetire, sampleChange([]Posting{{Shared, Adjustment, 112}}, Balance{Shared, 0}, Balance{Adjustment, 112}))
	retired.Items[0].Retired, retired.Items[0].OnSale = true, false

	cameBack := kept(OpWithdraw, sampleAt+1_800_000)
	cameBack.Items = []ItemChange{sampleChange([]Posting{{Customer, Held, 2}}, Balance{Customer, 40}, Balance{Held, 11})}
	cameBack.Items[0].Lots = []LotRecord{{Lot: batch, Since: sampleAt, Held: 2}}
	cameBack.Items[0].Confirmed = []LotUnits{{batch, 2}}
	cameBack.Lines[0].Line.Drawn = []Balance{{Shared.InLot(batch), 2}}
	cameBack.Lines[0].Line.Confirmed, cameBack.Lines[0].Line.Left = 3, []Balance{{Shared, 1}, {Shared.InLot(batch), 2}}

	everywhere := about(OpSoldOut, ItemChange{
		Key: Everywhere(sampleCup.Tenant, sampleCup.Product), Bucket: 7, Changed: true, Version: 2, UpdatedAt: sampleAt,
		Tracked: true, OnSale: true, Off: []string{"app", "web"},
	})
	everywhere.Channel, everywhere.Note = "web", Note{}
	back := about(OpBackInStock, everywhere.Items[0])
	back.Note, back.Items[0].Version, back.Items[0].Off = Note{}, 3, []string{"app", "web"}

	soldBefore := about(OpSoldElsewhere, sampleChange([]Posting{{Shared, Customer, 2}, {Adjustment, Shared, 2}}, Balance{Shared, 111}, Balance{Customer, 42}, Balance{Adjustment, -2}))
	soldBefore.Happened = sampleAt - 7_200_000

	broken := about(OpAdjust, sampleChange([]Posting{{Shared, Adjustment, 2}}, Balance{Shared, 109}, Balance{Adjustment, 3}))
	broken.Note = Note{Code: "breakage"}

	escrow := Escrow("one", Shared)
	granted := func(op Op, rec EscrowRecord, postings []Posting, touched ...Balance) *Event {
		e := about(op, sampleChange(postings, touched...))
		e.Items[0].Escrows = []EscrowRecord{rec}
		return e
	}
	tookOver := kept(OpTakeOver, 0)
	looked := about(OpObserve, sampleChange(nil))
	onShelf := Qty(7)
	looked.Items[0].Shelf, looked.Items[0].Seen = &onShelf, Seen{AsOf: sampleAt - 60_000, Source: "ann"}
	holder := about(OpTill, ItemChange{
		Key: HolderItem("acme", "default", "one"), Bucket: 7, Changed: true, Version: 9, UpdatedAt: sampleAt, Tracked: true, OnSale: true,
		Holder: &Holder{Epoch: 1 << 40, Open: true, Ticket: 5, Era: 6, Seq: 7, Hash: [32]byte{8, 9}, Done: 2},
	})
	holder.Note = Note{}
	online := func(op Op, k *Kept, postings []Posting, touched ...Balance) *Event {
		e := kept(op, 0)
		if postings != nil {
			e.Items = []ItemChange{sampleChange(postings, touched...)}
		}
		e.Lines[0].Line.Kept = k
		return e
	}
	atTill := sampleReserve()
	atTill.Lines = append([]LineChange(nil), atTill.Lines...)
	ofQuota := Escrow("till-3", Quota("pos"))
	atTill.Lines[0].Line.Channel, atTill.Lines[0].Line.Tallied, atTill.Lines[0].Line.Counted = "pos", true, true
	atTill.Lines[0].Line.Drawn = []Balance{{ofQuota, atTill.Lines[0].Line.Quantity()}}
	repaired := about(OpRepair, sampleChange([]Posting{{Oversold, Held, 2}}, Balance{Oversold, -2}, Balance{Held, 11}))
	repaired.Items[0].Channels = []Channel{{ID: "pos", Held: 3, Since: sampleAt - 1000}}
	declined := ended(OpDecline, EndReleased, Shared)
	declined.Lines[0].Line.Kept = &Kept{}
	accepted := online(OpAccept, &Kept{}, []Posting{{Accepted, Held, 2}}, Balance{Accepted, -2}, Balance{Held, 11})
	accepted.Lines[0].Line.Drawn = []Balance{{Accepted, accepted.Lines[0].Line.Quantity()}}

	return map[string]*Event{
		"till":         holder,
		"grant":        granted(OpGrant, EscrowRecord{Holder: "one", Epoch: 1 << 40, Added: 12}, []Posting{{Shared, escrow, 5}}, Balance{Shared, 106}, Balance{escrow, 5}),
		"grant_recall": granted(OpGrantRecall, EscrowRecord{Holder: "one", Epoch: 1 << 40, Added: 12, Capped: true, Keep: 3}, nil),
		"hand_back":    granted(OpHandBack, EscrowRecord{Holder: "one", Epoch: 1 << 40, Added: 12}, []Posting{{escrow, Shared, 2}}, Balance{escrow, 3}, Balance{Shared, 108}),
		"reclaim":      granted(OpReclaim, EscrowRecord{Holder: "one"}, []Posting{{escrow, Shared, 3}}, Balance{escrow, 0}, Balance{Shared, 111}),
		"take_over":    tookOver, "repair": repaired,
		"accept": accepted, "accept-kept": online(OpAccept, &Kept{Holder: "one"}, nil), "decline": declined,
		"reserve-at-till": atTill,
		"cancel_ask":      online(OpCancelAsk, &Kept{Holder: "one", Asked: sampleAt}, nil),
		"cancel_refuse":   online(OpCancelRefuse, &Kept{Holder: "one", Asked: sampleAt, Refused: true}, nil),
		"serve_late":      about(OpServeLate, sampleChange([]Posting{{Shared, Customer, 2}}, Balance{Shared, 109}, Balance{Customer, 382})),
		"observe-till":    looked,
		"advance":         about(OpAdvance, sampleChange([]Posting{{Oversold, Shared, 2}}, Balance{Oversold, -2}, Balance{Shared, 2})),
		"withdraw":        cameBack,
		"sold_out":        everywhere, "back_in_stock": back,
		"adjust-reason": broken,
		"retire":        retired, "reinstate": about(OpReinstate, sampleChange(nil)),
		"change": changed, "relocate": relocated,
		"lot_policy": drawn, "recall": recalled, "recall-rule": ruled, "restock-lot": received, "reserve-lot": lotted, "deduct-lot": left,
		"reserve-sold-out": soldOut, "quota-rule": flash, "quota-wants": wanted, "lapse": over,
		"promise": promised, "fulfil": filled, "reserve-presale": presold,
		"promise-shares": shared, "restock-for": given, "refused-limit": limited,
		"quota": set, "allot": allotted, "quota_reset": begun, "reserve-quota": tallied,
		"transfer": about(OpTransfer, sampleChange([]Posting{{Incoming("T-1"), Promise, 6}, {Adjustment, Shared, 7}},
			Balance{Incoming("T-1"), 2}, Balance{Promise, -2}, Balance{Adjustment, -9}, Balance{Shared, 118})),
		"handover": {Op: OpHandover, Handover: &step}, "part": parted, "arrive": arrived, "arrive-hold": came,
		"spread":  {Op: OpSpread, Tenant: "acme", Spread: sampleSpread()},
		"rehouse": sampleRehoused(), "rehouse-item": about(OpRehouse, sampleChange(nil)),
		"recall_key": {Op: OpRecallKey, From: &Origin{Slot: 3, Seq: 90_212, Index: 7}},

		"create":  opened,
		"restock": about(OpRestock, sampleChange([]Posting{{Supplier, Shared, 24}}, Balance{Supplier, -524}, Balance{Shared, 111})),
		"adjust":  about(OpAdjust, sampleChange([]Posting{{Shared, Adjustment, 1}}, Balance{Shared, 111}, Balance{Adjustment, -3})),
		"observe": observed, "threshold": about(OpThreshold, sampleChange(nil)), "sale_status": switched,
		"reserve": sampleReserve(), "commit": kept(OpCommit, 0), "extend": kept(OpExtend, sampleAt+3_600_000),
		"deduct":  ended(OpConfirm, EndConfirmed, Customer),
		"release": ended(OpRelease, EndReleased, Shared), "expire": ended(OpExpire, EndExpired, Shared),
		"move":           about(OpMove, sampleChange([]Posting{{Shared, Escrow("till-3", Shared), 5}}, Balance{Shared, 106}, Balance{Escrow("till-3", Shared), 5})),
		"return":         about(OpReturn, sampleChange([]Posting{{Customer, Quality, 1}}, Balance{Customer, 379}, Balance{Quality, 1})),
		"return-order":   sampleReturn(),
		"sold_elsewhere": sold, "sold_before_a_look": soldBefore, "cleanup": {Op: OpCleanup, Tenant: "acme", Expired: 300},

		"reserve-partial-spread": spread, "reserve-leg": leg,
		"refused-short": short, "refused-version": stale, "refused-expired": late,
	}
}

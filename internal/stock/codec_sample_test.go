package stock

// The golden files show one shop on one day.

const sampleAt Time = 1_795_000_000_000

// sampleHead is of the record that the events are in.
var sampleHead = RecordHeader{
	Seq: 4711, At: sampleAt, Writer: [16]byte([]byte("writer-of-a-demo")), Nonce: 12,
	Prev: [32]byte([]byte("the hash of the record before it")),
}

var (
	sampleTea = ItemKey{Tenant: "acme", Location: "default", Product: "tea-green-50"}
	sampleCup = ItemKey{Tenant: "acme", Location: "default", Product: "cup-blue", Lot: "\x05grade\x01A"}
)

// sampleChange is the tea after 7 of 120 were held by posting 2 more.
func sampleChange(postings []Posting, touched ...Balance) ItemChange {
	return ItemChange{
		Key: sampleTea, Bucket: BucketOf("acme", "default"), Changed: true,
		Postings: postings, Touched: touched,
		Threshold: 10, Tracked: true, OnSale: true, Version: 301, UpdatedAt: sampleAt,
		Figures: Figures{Available: 111, Held: 9, OnHand: 120},
	}
}

func sampleLine() LineChange {
	return LineChange{Bucket: BucketOf("acme", "default"), Changed: true, Line: Line{
		Item: sampleTea, Requested: 2, Drawn: []Balance{{Shared, 2}},
		Deadline: sampleAt + 1_800_000, CreatedAt: sampleAt, UpdatedAt: sampleAt,
	}}
}

// sampleReturn is a return of what had left with an order, and of more.
func sampleReturn() *Event {
	l := sampleLine()
	l.Line.Drawn, l.Line.Confirmed, l.Line.LastConfirmed, l.Line.End, l.Line.Returned = nil, 2, 2, EndConfirmed, 3
	return &Event{
		Op: OpReturn, Tenant: "acme", Order: "A-2026-00017", Lines: []LineChange{l},
		Items: []ItemChange{sampleChange([]Posting{{Customer, Quality, 3}}, Balance{Customer, 379}, Balance{Quality, 3})},
		Back:  &CountedReturn{Unchecked: true, Counted: 2, Beyond: 1},
	}
}

func sampleCall() *Call {
	return &Call{HomeBucket: BucketOf("acme", "default"), HomeLocation: "default", HomeProduct: "tea-green-50"}
}

// sampleReserve is the event that most records are made of.
func sampleReserve() *Event {
	return &Event{
		Op: OpPlace, Tenant: "acme", Order: "A-2026-00017",
		Items: []ItemChange{sampleChange([]Posting{{Shared, Held, 2}}, Balance{Shared, 111}, Balance{Held, 9})},
		Lines: []LineChange{sampleLine()},
		Call:  sampleCall(),
	}
}

func sampleItem() *Item {
	return &Item{
		Key: sampleCup, Bucket: BucketOf("acme", "default"), Unit: "kg", Scale: 3,
		Threshold: 10, Tracked: true, OnSale: true, Off: []string{"app"},
		Version: 301, UpdatedAt: sampleAt,
		Balances: []Balance{{Customer, 380}, {Supplier, -500}, {Held, 9}, {Shared, 91}, {Quota("app"), 20}},
		Seen:     Seen{AsOf: sampleAt - 3_600_000, Source: "count-7"},
	}
}

// sampleRule is that of a sale of two hours.
func sampleRule() Rule {
	return Rule{
		Channel: "flash", Starts: sampleAt - 3_600_000, Ends: sampleAt + 3_600_000, Priority: 5,
		MaxOrder: 4, MaxCustomer: 6, MaxHolds: 2, Alone: true, Lends: []string{"app", "web"},
	}
}

func sampleHold() *Hold {
	b := BucketOf("acme", "default")
	return &Hold{
		Key:   HoldKey{OrderKey{"acme", "A-2026-00017"}, b},
		Calls: []Call{{HomeBucket: b, HomeLocation: "default", HomeProduct: "tea-green-50", Legs: []Bucket{478}}, {HomeBucket: 478, HomeLocation: "store-1", HomeProduct: "cup-blue"}},
		Lines: []Line{
			{
				Item: sampleTea, Requested: 2, Drawn: []Balance{{Shared, 2}},
				Deadline: sampleAt + 1_800_000, CreatedAt: sampleAt, UpdatedAt: sampleAt,
			},
			{
				Item: sampleCup, Call: 1, Channel: "app", Requested: 5,
				Drawn: []Balance{{Quota("app"), 1}}, Confirmed: 3, Released: 1, LastConfirmed: 3, LastReleased: 1,
				CreatedAt: sampleAt + 60_000, UpdatedAt: sampleAt + 90_000,
			},
			{
				Item: ItemKey{Tenant: "acme", Location: "default", Product: "pot-red"}, Requested: 1,
				Released: 1, End: EndExpired, Deadline: sampleAt + 1_800_000,
				CreatedAt: sampleAt, UpdatedAt: sampleAt + 1_801_000,
			},
		},
	}
}

// sampleGrade is a choice among lots: those of grade A.
const sampleGrade Lot = "\x05grade\x01A"

// sampleLots are one that never expires and one that does, by lot.
func sampleLots() (batch, dairy Lot) {
	return "\x05batch\x02B7\x05grade\x01A", "\x0aexpires_at\x0a2026-12-01\x05grade\x01A"
}

// sampleLotted is an item with lots.
func sampleLotted() *Item {
	it := sampleItem()
	batch, dairy := sampleLots()
	it.Balances = append(it.Balances, Balance{Shared.InLot(batch), 23}, Balance{Withheld.InLot(dairy), 3})
	it.Lots = []LotRecord{
		{Lot: batch, Since: sampleAt, Recalled: true}, {Lot: dairy, Since: sampleAt - 86_400_000, Held: 4, Expires: dairy.Expires()},
	}
	it.LotPolicy = LotPolicy{Draw: DrawFEFO, LeadDays: 300}
	return it
}

// sampleHandover is the bucket of the shop at home in another slot.
func sampleHandover() Handover {
	return Handover{
		Bucket: BucketOf("acme", "default"), Stage: Here, Epoch: 2, Slot: 3, Seq: 90_213,
		Hash: [32]byte([]byte("the hash of the record that seal")), Mover: [16]byte([]byte("mover-of-a-demo!")),
	}
}

// sampleSpread seals the shop in two buckets: its items are to be placed by product.
func sampleSpread() *Spread {
	c := &Spread{Placement: Placement{Tenant: "acme", Location: "default", Seal: Sealed, Spread: true, At: sampleAt}}
	c.Buckets.Put(478)
	c.Buckets.Put(1023)
	return c
}

// sampleRehoused has a line that goes to another bucket of the slot.
func sampleRehoused() *Event {
	comes, goes, from := sampleLine(), sampleLine(), BucketOf("acme", "default")
	goes.Prev, comes.Bucket = 4699, 478
	return &Event{
		Op: OpRehouse, Tenant: "acme", Order: "A-2026-00017", Lines: []LineChange{comes, goes}, Leaves: &from,
		Call: &Call{HomeBucket: from, HomeLocation: "default", HomeProduct: "tea-green-50", Legs: []Bucket{478}},
	}
}

// sampleParted has the two lines that a line of an order becomes when its
// bucket is about to leave.
func sampleParted() *Event {
	leg, own := sampleLine(), sampleLine()
	leg.Prev, own.Prev, own.Bucket, own.Line.Call = 4699, 4699, 478, 1
	leg.Line.Leg = &Leg{Key: [16]byte([]byte("key-of-the-call!"))}
	own.Line.Leg = &Leg{Copy: true, Key: leg.Line.Leg.Key}
	return &Event{Op: OpPart, Tenant: "acme", Order: "A-2026-00017", Lines: []LineChange{leg, own}}
}

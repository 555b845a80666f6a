package stock

import "slices"

// OrderKey names an order of a tenant.
type OrderKey struct {
	Tenant, Order string
}

// HoldKey names the part of an order's promise that is in one bucket.
type HoldKey struct {
	OrderKey
	Bucket Bucket
}

// Hold is one order's promise in one bucket. Its lines end independently; a later reserve
// adds lines under a call of its own.
type Hold struct {
	Key   HoldKey
	Calls []Call
	Lines []Line
}

// Call is one reserve call's part of a hold. Its lines live and expire
// together: the home's bucket decides for all legs.
type Call struct {
	// Home is the first line of the call in byte order of (location, product), fixed for
	// good, and the bucket it is in.
	HomeBucket                Bucket
	HomeLocation, HomeProduct string
	// Legs are the other buckets of the call, ascending; filled at the home.
	Legs []Bucket
}

// Line is what a hold keeps of one item. There is one line per item.
type Line struct {
	Item    ItemKey
	Call    int // index into Hold.Calls
	Channel string

	// Lot is the wanted lot: units of that lot, or of lots that have all its attributes;
	// "": of any.
	Lot Lot `json:",omitempty"`

	// Requested is the quantity that was asked for at first.
	Requested Qty
	// Drawn is what is still held, by account, in the order of drawing.
	Drawn []Balance
	// Confirmed units have left; Released units were given back, by release
	// or by expiry.
	Confirmed, Released Qty
	// Withdrawn is how many units in all have come back after they had left. It is kept for
	// a line whose units are in another slot than its home (and for one that was such a
	// line): Confirmed gets smaller then, and a leg has to know which of two figures is
	// later.
	Withdrawn Qty `json:",omitempty"`
	// Returned is how many units of the line customers have brought back for good: they went
	// into stock, and the line no longer has to do with them. It is kept where the line is
	// decided, and may be more than Confirmed: what was booked as a fact, or unchecked.
	Returned Qty `json:",omitempty"`
	// Left is where the confirmed units were drawn from, by account, in the order of
	// leaving. It is nil when all of them came from the shared pool or are not counted, and
	// for units that left before it was recorded.
	Left []Balance `json:",omitempty"`
	// LastConfirmed and LastReleased are what the latest confirm and the latest release
	// (never an expiry) took: only the same call again is answered after the line has
	// ended.
	LastConfirmed, LastReleased Qty

	// Deadline is when the line expires; 0: committed, it does not.
	Deadline Time
	End      End
	// Tallied says that the item keeps figures of the line's channel and the
	// line counts in them: the channel had a quota when the line was placed.
	// The home's copy of a line does not; its leg does.
	Tallied bool `json:",omitempty"`
	// Counted says of a line of a till that its units count in figures of channels: those of
	// a quota in the quota's own, those of the pool in those of the line's channel when it is
	// Tallied. A line that was booked before figures had the sales of tills is not counted.
	Counted bool `json:",omitempty"`
	// Customer is who ordered, when the caller named the customer. Period is the channel's
	// period in which the line counts for what the customer may have; 0 when it does not:
	// the channel's rule had no such limit.
	Customer string `json:",omitempty"`
	Period   Time   `json:",omitempty"`

	// PromisedFor is when the units that the line was sold ahead were to be there, as known
	// when it was placed; 0 when no time was given.
	PromisedFor Time `json:",omitempty"`

	CreatedAt, UpdatedAt Time

	// Kept is set when a till keeps the line of an order that was made at its centre.
	Kept *Kept `json:",omitempty"`

	// Leg is set when the line's units are in another slot than the home of its call; nil
	// in nearly all cases, when one slot has both.
	Leg *Leg `json:",omitempty"`
}

// Leg marks the two lines that one line of a reserve call becomes when its
// units are in another slot than the call's home. The home's copy is where the
// line is decided; the leg itself holds the units and only follows.
type Leg struct {
	// Copy says that this is the home's line: it shows what was decided; its units are in
	// the other slot.
	Copy bool
	// Undone says that the call of a leg was not carried out: the leg counts as never
	// placed, and another reserve may take its place.
	Undone bool
	// Key and Print are the idempotency key of the call at its home. A process that finds a
	// leg that its home does not know closes the call under that key before anything is
	// given back.
	Key, Print [16]byte
	// Joined is the key of the latest change by which the home's line grew (More.Key),
	// zero when it never did.
	Joined [16]byte
	// More are additional units that the leg holds for a change that its home, as far as is
	// known here, has not decided. nil: none.
	More *More `json:",omitempty"`
}

// Follows reports whether the line is a leg that another slot decides for.
func (l *Line) Follows() bool { return l.Leg != nil && !l.Leg.Copy }

// undone reports whether the line counts as never placed.
func (l *Line) undone() bool { return l.Leg != nil && l.Leg.Undone }

// Copied reports whether the line is the home's of units in another slot.
func (l *Line) Copied() bool { return l.Leg != nil && l.Leg.Copy }

// End says how the last held unit of a line left.
type End uint8

// The ends of a line. Open means that something is still held.
const (
	Open End = iota
	EndConfirmed
	EndReleased
	EndExpired
)

// String names the end.
func (e End) String() string {
	switch e {
	case EndConfirmed:
		return "confirmed"
	case EndReleased:
		return "released"
	case EndExpired:
		return "expired"
	}
	return "open"
}

// Quantity is what the line still holds.
func (l *Line) Quantity() Qty {
	var n Qty
	for _, d := range l.Drawn {
		n += d.Qty
	}
	return n
}

// Waiting is how many of the units that the line holds are not there yet.
func (l *Line) Waiting() Qty { return waiting(l.Drawn) }

// awaits reports whether units that arrive may be given to the line. A leg has the units;
// the home's copy of it learns of them.
func (l *Line) awaits() bool { return !l.Copied() && l.End == Open && l.Waiting() > 0 }

// Lags reports whether the line is the home's copy of the leg, and waits for units that the
// leg has got. It is false for a leg that has not followed all decisions.
func (l *Line) Lags(leg *Line) bool {
	return l.Copied() && leg.Follows() && l.Item == leg.Item && l.Leg.Key == leg.Leg.Key && l.End == Open && leg.End == Open &&
		l.Confirmed == leg.Confirmed && l.Released == leg.Released && l.Quantity() == leg.Quantity() && leg.Waiting() < l.Waiting()
}

// AwaitsAway reports whether the line is the home's copy of one that waits for units in
// another slot, as far as the home knows.
func (l *Line) AwaitsAway() bool { return l.Copied() && l.End == Open && l.Waiting() > 0 }

func waiting(drawn []Balance) (n Qty) {
	for _, d := range drawn {
		if d.Account.Ahead() {
			n += d.Qty
		}
	}
	return n
}

// Due reports whether the line is open and past its deadline: it counts as expired, swept
// or not. A leg is never due: its home's clock decides.
func (l *Line) Due(now Time) bool {
	return l.End == Open && l.Deadline != 0 && l.Deadline <= now && !l.Follows()
}

// Find returns the line of the item.
func (h *Hold) Find(item ItemKey) *Line {
	for i := range h.Lines {
		if h.Lines[i].Item == item {
			return &h.Lines[i]
		}
	}
	return nil
}

// Open reports whether any line still holds something.
func (h *Hold) Open() bool {
	for i := range h.Lines {
		if h.Lines[i].End == Open {
			return true
		}
	}
	return false
}

// Clone returns a copy that shares no memory that Apply changes. Apply
// replaces a line's Drawn and never writes into it.
func (h *Hold) Clone() *Hold {
	return &Hold{Key: h.Key, Calls: slices.Clone(h.Calls), Lines: slices.Clone(h.Lines)}
}

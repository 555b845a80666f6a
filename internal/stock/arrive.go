package stock

import (
	"slices"
)

// Origin is a place in another slot's log.
type Origin struct {
	Slot uint16
	Seq  uint64
	// Index is that of an entry in the record; 0 when the record as a whole is
	// meant.
	Index uint32
}

// Arrive brings an item, or the lines of one reserve call of a hold, of a bucket that is
// Coming, as they are in the slot where it lives. It may come again until the bucket is
// Here; what has not changed since then changes nothing.
type Arrive struct {
	Mover [16]byte
	From  Origin
	// Item or Hold is set.
	Item *Item
	Hold *Hold
	// Call is the reserve call of the hold that is meant.
	Call int
}

// Op names the command.
func (c Arrive) Op() Op { return OpArrive }

// Bucket is the bucket that comes.
func (c Arrive) Bucket() Bucket {
	if c.Item != nil {
		return c.Item.Bucket
	}
	return c.Hold.Key.Bucket
}

// Reach says what the command needs to be judged.
func (c Arrive) Reach() Reach {
	if c.Item != nil {
		return Reach{Items: []ItemKey{c.Item.Key}}
	}
	return Reach{Order: c.Hold.Key.OrderKey}
}

// AppendCanonical appends what makes two requests the same.
func (c Arrive) AppendCanonical(dst []byte) []byte {
	dst = c.From.append(append(dst, byte(OpArrive)))
	if c.Item != nil {
		return AppendItem(c.Item.Key.appendCanonical(dst), c.Item)
	}
	dst = appendUint(c.Hold.Key.OrderKey.appendCanonical(dst), uint64(c.Hold.Key.Bucket))
	return appendUint(AppendHold(dst, c.Hold), uint64(c.Call))
}

func (c Arrive) decide(s State, _ Time) (Event, error) {
	from := c.From
	if c.Item != nil {
		e := Event{Op: OpArrive, Tenant: c.Item.Key.Tenant, From: &from}
		if was := s.Item(c.Item.Key); was == nil || was.Version < c.Item.Version {
			e.Items = []ItemChange{c.Item.arrival(was)}
		}
		return e, nil
	}
	return c.lines(s, &from), nil
}

// arrival is the change that turns was (nil: no item) into this item.
func (i *Item) arrival(was *Item) ItemChange {
	c := ItemChange{
		Key: i.Key, Bucket: i.Bucket, Changed: true,
		Unit: i.Unit, Scale: i.Scale, Threshold: i.Threshold, Tracked: i.Tracked, OnSale: i.OnSale, Off: i.Off, Retired: i.Retired,
		Version: i.Version, UpdatedAt: i.UpdatedAt, Figures: i.Figures(), Seen: i.Seen,
		Touched: slices.Clone(i.Balances), Channels: slices.Clone(i.Channels), Rules: slices.Clone(i.Rules),
		Promises: i.Promises,
		Lots:     slices.Clone(i.Lots), LotPolicy: i.LotPolicy, Recalls: slices.Clone(i.Recalls),
	}
	if was == nil {
		return c
	}
	if i.Promises == nil && was.Promises != nil {
		c.Promises = &Promises{}
	}
	for _, gone := range was.Channels {
		if i.Channel(gone.ID) == nil {
			c.Channels = append(c.Channels, Channel{ID: gone.ID})
		}
	}
	for _, gone := range was.Rules {
		if i.Rule(gone.Channel) == nil {
			c.Rules = append(c.Rules, Rule{Channel: gone.Channel})
		}
	}
	for _, gone := range was.Lots {
		if i.LotRecord(gone.Lot) == nil {
			c.Lots = append(c.Lots, LotRecord{Lot: gone.Lot})
		}
	}
	for _, gone := range was.Recalls {
		if _, ok := findRecall(i.Recalls, gone.Lot); !ok {
			c.Recalls = append(c.Recalls, RecallRule{Lot: gone.Lot})
		}
	}
	for _, b := range was.Balances {
		if !slices.ContainsFunc(i.Balances, func(own Balance) bool { return own.Account == b.Account }) {
			c.Touched = append(c.Touched, Balance{Account: b.Account})
		}
	}
	return c
}

// lines is the event that brings the lines of the call that are not here yet, or have
// changed since they came.
func (c Arrive) lines(s State, from *Origin) Event {
	h := c.Hold
	e := Event{Op: OpArrive, Tenant: h.Key.Tenant, Order: h.Key.Order, From: from}
	has := &Hold{Key: h.Key}
	for _, own := range s.Order(h.Key.OrderKey) {
		if own.Key.Bucket == h.Key.Bucket {
			has = own
		}
	}
	call := h.Calls[c.Call]
	number := slices.IndexFunc(has.Calls, call.isSame)
	if number < 0 {
		number = len(has.Calls)
	}
	for i := range h.Lines {
		if h.Lines[i].Call != c.Call {
			continue
		}
		l := h.Lines[i]
		l.Call = number
		if was := has.Find(l.Item); was == nil || !was.Equal(&l) {
			e.Lines = append(e.Lines, LineChange{Bucket: h.Key.Bucket, Changed: true, Line: l})
		}
	}
	if len(e.Lines) > 0 && number == len(has.Calls) {
		e.Call = &call
	}
	return e
}

// isSame reports whether the calls are one.
func (c Call) isSame(o Call) bool {
	return c.HomeBucket == o.HomeBucket && c.HomeLocation == o.HomeLocation && c.HomeProduct == o.HomeProduct &&
		slices.Equal(c.Legs, o.Legs)
}

// Equal reports whether the lines are the same in every field.
func (l *Line) Equal(o *Line) bool {
	if !l.Leg.Equal(o.Leg) || !l.Kept.Equal(o.Kept) || !slices.Equal(l.Drawn, o.Drawn) || !slices.Equal(l.Left, o.Left) {
		return false
	}
	a, b := *l, *o
	a.Drawn, b.Drawn, a.Left, b.Left, a.Leg, b.Leg = nil, nil, nil, nil, nil, nil
	return a.Item == b.Item && a.Call == b.Call && a.Channel == b.Channel && a.Lot == b.Lot && a.Requested == b.Requested &&
		a.Confirmed == b.Confirmed && a.Released == b.Released && a.Returned == b.Returned &&
		a.LastConfirmed == b.LastConfirmed && a.LastReleased == b.LastReleased &&
		a.Deadline == b.Deadline && a.End == b.End && a.Tallied == b.Tallied && a.Counted == b.Counted && a.Customer == b.Customer && a.Period == b.Period &&
		a.PromisedFor == b.PromisedFor && a.CreatedAt == b.CreatedAt && a.UpdatedAt == b.UpdatedAt
}

// RecallKey says where the outcome of a key is, when the key belongs to a bucket that is
// Coming: in the log of the slot that the bucket comes from. Key and Print are those of the
// key's row.
type RecallKey struct {
	Mover      [16]byte
	Bucket     Bucket
	Key, Print [16]byte
	From       Origin
}

// Op names the command.
func (c RecallKey) Op() Op { return OpRecallKey }

// Reach says that the command is about no item and no order.
func (c RecallKey) Reach() Reach { return Reach{} }

// AppendCanonical appends what makes two requests the same.
func (c RecallKey) AppendCanonical(dst []byte) []byte {
	dst = appendUint(append(dst, byte(OpRecallKey)), uint64(c.Bucket))
	dst = append(append(dst, c.Key[:]...), c.Print[:]...)
	return c.From.append(dst)
}

func (c RecallKey) decide(State, Time) (Event, error) {
	from := c.From
	return Event{Op: OpRecallKey, From: &from}, nil
}

func (o *Origin) append(dst []byte) []byte {
	return appendUint(appendUint(appendUint(dst, uint64(o.Slot)), o.Seq), uint64(o.Index))
}

// read reads what append wrote.
func (o *Origin) read(s *byteReader) {
	o.Slot, o.Seq, o.Index = s.slot(), s.uint(), uint32(s.index())
}

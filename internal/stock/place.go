package stock

import (
	"cmp"
	"slices"
)

// Demand is what a place asks of one item.
type Demand struct {
	Item   ItemKey
	Bucket Bucket
	Qty    Qty
	// Known says that the product and the location exist, so that an item
	// never opened counts as empty; without it such an item is refused as
	// NotFound.
	Known bool
	// Inactive says that the location takes no new orders: a line that the order
	// does not have yet is refused as InvalidState.
	Inactive bool
	// Lot selects among the lots of the item: that one, or, when the item has no
	// such lot, those that have all its attributes; "" leaves it to the item's
	// policy. The item's key names none.
	Lot Lot
}

// Place holds units for an order until now + TTL (milliseconds). All demands
// are of one tenant. Partial takes what there is.
type Place struct {
	Order   OrderKey
	Channel string
	// Default is the channel when Channel names none: that of the till where the order is placed.
	// It is no part of the request.
	Default string
	Lines   []Demand
	TTL     Time
	Partial bool
	Note    Note
	// Customer is who orders; rules may limit the units of a customer.
	Customer string
	// Ahead also takes units that are sold before they are there, after all units that are
	// there.
	Ahead bool
	// Fenced says that Redis takes none of the lines for this order from now on (the fence
	// is next to its tasks). Without it a new line of an item that Redis sells is refused.
	Fenced bool

	// Home is set when the call's lines are in several slots. With Away, Lines are all of
	// the call and this slot is their home; without, they are legs.
	Home *Home
	Away []Away
	// Decided are the keys of other calls of the order (Leg.Key) that are known
	// to have been granted by their homes: their legs here are lines like others.
	Decided [][16]byte
}

// Op names the command.
func (c Place) Op() Op { return OpPlace }

// Reach says what the command needs to be judged.
func (c Place) Reach() Reach {
	items := make([]ItemKey, 0, len(c.Lines))
	for i := range c.Lines {
		if c.Here(i) {
			items = append(items, c.Lines[i].Item)
		}
	}
	return Reach{Items: items, Order: c.Order, New: true}
}

// Here reports whether line i is in the slot that the call is for.
func (c Place) Here(i int) bool { return len(c.Away) == 0 || c.judgedAway(c.Lines[i].Item) == nil }

// Lines that the order holds already are the same reserve when they were asked for in the
// same way. The others are judged together, all or nothing unless Partial.
func (c Place) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	if c.Channel == "" {
		c.Channel = c.Default
	}
	var room [2]ask
	asks, r := c.sum(room[:0])
	if r != nil {
		return Event{}, r
	}
	holds := s.Order(c.Order)
	have := indexLines(holds, len(asks))
	for i := range asks {
		a := &asks[i]
		if a.away = c.judgedAway(a.Item); a.away != nil {
			a.Bucket = c.Home.Bucket
		}
		if r := a.judge(s, now, have, &c); r != nil {
			return Event{}, r
		}
		if e := c.homeOfOpenLeg(a, holds); e != nil {
			return Event{}, e
		}
	}
	if !c.Partial {
		if short := c.shortages(asks, true); short != nil {
			return Event{}, c.addSources(insufficient(short...), asks, now)
		}
	}
	e := Event{
		Op: OpPlace, Tenant: c.Order.Tenant, Order: c.Order.Order, Channel: c.Channel,
		Short: c.shortages(asks, false), Note: c.Note,
	}
	err := c.hold(s, &e, now, holds, asks)
	return orNothing(e, err)
}

// Check says what is wrong with the call itself, independent of the books; nil when nothing
// is.
func (c Place) Check() error {
	if r := c.check(); r != nil {
		return r
	}
	return nil
}

func (c Place) check() *Refusal {
	if r := checkOrder(c.Order); r != nil {
		return r
	}
	if r := checkTTL(c.TTL); r != nil {
		return r
	}
	if len(c.Lines) == 0 || len(c.Lines) > MaxLines {
		return invalid("items", "items must be from 1 to %d, there are %d", MaxLines, len(c.Lines))
	}
	for i := range c.Lines {
		d := &c.Lines[i]
		if r := checkItem(d.Item); r != nil {
			return r
		}
		if d.Item.Tenant != c.Order.Tenant {
			return invalid("tenant", "all items must be of the order's tenant")
		}
		if r := checkWhole(d.Item); r != nil {
			return r
		}
		if r := d.Lot.check(d.Item); r != nil {
			return r
		}
		if r := checkQty("quantity", d.Qty, 1); r != nil {
			return r
		}
	}
	return nil
}

// hold books the lines that are new and shows the others, in the order in which they were
// asked for.
func (c Place) hold(s State, e *Event, now Time, holds []*Hold, asks []ask) error {
	granted, added := 0, 0
	for i := range asks {
		if asks[i].gets > 0 {
			granted++
		}
		if asks[i].adds() {
			added++
		}
	}
	if granted == 0 {
		return nil
	}
	if c.Home != nil && c.rootless(asks) {
		c.Home = nil // all lines are here, and none at the home that the call was to have
	}
	if added > 0 && c.Home != nil {
		e.Call = c.Home.call(asks)
	}
	if granted == 1 && added == 1 && c.Home == nil {
		// Most orders are like that: one allocation has everything that the event needs.
		room := new(struct {
			lines [1]LineChange
			items [1]ItemChange
			call  Call
		})
		e.Lines, e.Items, e.Call = room.lines[:0], room.items[:0], &room.call
	} else {
		e.Lines = make([]LineChange, 0, granted)
		if added > 0 {
			e.Items = make([]ItemChange, 0, added)
		}
		if added > 0 && c.Home == nil {
			e.Call = new(Call)
		}
	}
	if added > 0 && c.Home == nil {
		e.Call.chooseHome(asks)
	}
	for i := range asks {
		a := &asks[i]
		if !a.isNew() {
			e.Lines = append(e.Lines, LineChange{Bucket: a.has.bucket, Line: *a.has.line})
			continue
		}
		if a.gets == 0 {
			continue
		}
		l := Line{
			Item: a.Item, Call: calls(holds, a.Bucket), Channel: c.Channel, Lot: a.Lot, Requested: a.Qty,
			Deadline: now + c.TTL, CreatedAt: now, UpdatedAt: now, Leg: c.leg(a), Customer: c.Customer,
		}
		if a.away != nil {
			l.Drawn, l.PromisedFor = a.away.Line.Drawn, a.away.Line.PromisedFor
			e.Lines = append(e.Lines, LineChange{Bucket: a.Bucket, Changed: true, Line: l})
			continue
		}
		l.Drawn = a.item.draw(c.Channel, a.Lot, a.gets, now)
		l.Tallied = a.item.Channel(c.Channel) != nil
		if a.item.Rule(c.Channel).limitsCustomers() {
			l.Period = a.item.Channel(c.Channel).Since
		}
		l.PromisedFor = a.item.promisedFor(l.Drawn)
		e.Lines = append(e.Lines, LineChange{Bucket: a.Bucket, Changed: true, Line: l})
		e.Items = append(e.Items, ItemChange{})
		d := edit(a.item, &e.Items[len(e.Items)-1])
		for _, b := range l.Drawn {
			switch {
			case b.Account.Ahead():
				d.promise(&l, b)
			case b.Account != Uncounted:
				d.post(b.Account, Held, b.Qty)
			}
		}
		d.countHeld(&l, 1)
		if err := d.end(now, "quantity"); err != nil {
			return err
		}
	}
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed {
			continue
		}
		if err := e.use(s, now, c.Bucket, nil, &c.Line); err != nil {
			return err
		}
	}
	return nil
}

// rootless reports whether a call over several slots turned out to be in this one only,
// with no line where its home was to be.
func (c Place) rootless(asks []ask) bool {
	return len(c.Away) > 0 && !slices.ContainsFunc(asks, func(a ask) bool {
		return a.adds() && a.Bucket == c.Home.Bucket // the home shows the lines of other slots
	})
}

// calls is how many reserve calls the order's hold in the bucket has.
func calls(holds []*Hold, b Bucket) int {
	for _, h := range holds {
		if h.Key.Bucket == b {
			return len(h.Calls)
		}
	}
	return 0
}

// chooseHome sets the home of the new lines, which is the first of them in byte order of
// (location, product), and its legs.
func (c *Call) chooseHome(asks []ask) {
	var home *ask
	for i := range asks {
		a := &asks[i]
		if a.adds() && (home == nil || cmp.Or(
			cmp.Compare(a.Item.Location, home.Item.Location),
			cmp.Compare(a.Item.Product, home.Item.Product)) < 0) {
			home = a
		}
	}
	*c = Call{HomeBucket: home.Bucket, HomeLocation: home.Item.Location, HomeProduct: home.Item.Product}
	for i := range asks {
		if a := &asks[i]; a.adds() && a.Bucket != home.Bucket && !slices.Contains(c.Legs, a.Bucket) {
			c.Legs = append(c.Legs, a.Bucket)
		}
	}
	slices.Sort(c.Legs)
}

// AppendCanonical appends what makes two requests the same.
func (c Place) AppendCanonical(dst []byte) []byte {
	dst = c.Order.appendCanonical(append(dst, byte(OpPlace)))
	bits := c.bits() &^ (placeFenced | placeDefault) // the server sets them, not the caller
	dst = appendString(appendUint(dst, bits), c.Channel)
	dst = appendUint(dst, uint64(len(c.Lines)))
	for _, d := range c.Lines {
		dst = d.Item.appendCanonical(dst)
		dst = appendQty(dst, d.Qty)
	}
	dst = appendInt(dst, int64(c.TTL))
	return c.appendParts(c.Note.appendCanonical(dst), bits)
}

func (c Place) firstItem() (k ItemKey, b Bucket, ok bool) {
	if len(c.Lines) == 0 {
		return k, b, false
	}
	first := c.First()
	return first.Item, first.Bucket, true
}

package stock

import "fmt"

// Repair sets the figures of an item that are sums of its open lines to what the lines say,
// when they contradict each other: a mistake of the program, or a row that was changed by
// hand, must not stop an item for ever. Somebody has looked at the item at Version and added
// its lines up (LineSums). Units that lines hold and the books do not have are owed; units that
// no line holds are for sale again. A repair of an item that is right changes nothing.
type Repair struct {
	Item    ItemKey
	Bucket  Bucket
	Version uint64
	Lines   LineSums
	Note    Note
}

// LineSums is what the open lines of an item hold of it.
type LineSums struct {
	Held     Qty
	Channels []ChannelHeld // with something held, by ID
}

// ChannelHeld is what open lines hold that counts in the figures of a channel: of its own
// quota, and of the pool.
type ChannelHeld struct {
	ID         string
	Held, Pool Qty
}

// Add counts what a line holds, if it is open.
func (s *LineSums) Add(l *Line) {
	if l.Copied() {
		return
	}
	for _, b := range l.Drawn {
		if b.Account.Ahead() || b.Account == Uncounted {
			continue
		}
		s.Held += b.Qty
		if id, ok := l.CountsIn(b.Account); ok {
			c := s.channel(id)
			if b.Account.source() == Shared {
				c.Pool += b.Qty
			} else {
				c.Held += b.Qty
			}
		}
	}
}

func (s *LineSums) channel(id string) *ChannelHeld {
	at := 0
	for at < len(s.Channels) && s.Channels[at].ID < id {
		at++
	}
	if at == len(s.Channels) || s.Channels[at].ID != id {
		s.Channels = append(s.Channels, ChannelHeld{})
		copy(s.Channels[at+1:], s.Channels[at:])
		s.Channels[at] = ChannelHeld{ID: id}
	}
	return &s.Channels[at]
}

// Of is what the lines hold for the channel.
func (s *LineSums) Of(channel string) ChannelHeld {
	for _, c := range s.Channels {
		if c.ID == channel {
			return c
		}
	}
	return ChannelHeld{ID: channel}
}

// RepairLate is the Field of the refusal of a repair of an item that has changed since
// somebody looked at it.
const RepairLate = "version"

// Op names the command.
func (c Repair) Op() Op { return OpRepair }

// Reach says what the command needs to be judged.
func (c Repair) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c Repair) decide(s State, now Time) (Event, error) {
	if r := checkItem(c.Item); r != nil {
		return Event{}, r
	}
	it := s.Item(c.Item)
	if it == nil {
		return Event{}, UnknownItem(c.Item)
	}
	if it.Version != c.Version {
		return Event{}, &Refusal{Code: InvalidState, Field: RepairLate, Detail: fmt.Sprintf("the item is at version %d, and was looked at at version %d: look again", it.Version, c.Version)}
	}
	if r := checkQty("held", c.Lines.Held, 0); r != nil {
		return Event{}, r
	}
	e, d := beginEvent(OpRepair, it, c.Note)
	for _, b := range it.Balances {
		if !b.Account.Outside() && b.Account != Held {
			d.post(Oversold, b.Account, max(0, -b.Qty))
		}
	}
	if more := c.Lines.Held - d.balance(Held); more > 0 {
		d.post(Oversold, Held, more)
	} else {
		d.postArrival(Held, Shared, -more, now)
	}
	repairChannels(&d, &c.Lines, now)
	d.cover(now)
	if len(d.to.Postings)+len(d.to.Channels) == 0 {
		d.show()
		return e, nil
	}
	return orNothing(e, d.done(now, "held"))
}

// repairChannels sets what channels hold to what the lines say.
func repairChannels(d *draft, lines *LineSums, now Time) {
	for i := range d.was.Channels {
		is := d.was.Channels[i]
		held := lines.Of(is.ID)
		is.Held, is.PoolHeld = held.Held, held.Pool
		for _, q := range []*Qty{&is.Level, &is.Sold, &is.PoolSold, &is.Pending} {
			*q = max(0, *q)
		}
		if is != d.was.Channels[i] {
			d.to.Channels = append(d.to.Channels, is)
		}
	}
	for _, held := range lines.Channels {
		if d.was.Channel(held.ID) == nil {
			d.to.Channels = append(d.to.Channels, Channel{ID: held.ID, Since: now, Held: held.Held, PoolHeld: held.Pool})
		}
	}
}

// AppendCanonical appends what makes two requests the same.
func (c Repair) AppendCanonical(dst []byte) []byte {
	return c.appendRest(c.Item.appendCanonical(append(dst, byte(OpRepair))), c.Note.appendCanonical)
}

func (c Repair) append(dst []byte) []byte {
	return c.appendRest(appendItemAt(dst, c.Item, c.Bucket), c.Note.append)
}

func (c Repair) appendRest(dst []byte, note func([]byte) []byte) []byte {
	dst = appendUint(appendQty(appendUint(dst, c.Version), c.Lines.Held), uint64(len(c.Lines.Channels)))
	for _, h := range c.Lines.Channels {
		dst = appendQty(appendQty(appendString(dst, h.ID), h.Held), h.Pool)
	}
	return note(dst)
}

func (c Repair) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }

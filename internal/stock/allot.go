package stock

// AllotMode says what an allotment shares, and who takes part.
type AllotMode uint8

// The modes. Their numbers are kept for ever.
const (
	// AllotPool shares what is free in the pool among all channels.
	AllotPool AllotMode = iota
	// AllotUnderLevel shares it among the channels with a remaining quota below their
	// level, and fills them no further than that level.
	AllotUnderLevel
	// AllotRebalance shares what is free in the pool and what remains of all
	// quotas anew.
	AllotRebalance
	allotModes
)

// Allot shares the units of the shared pool beyond Keep among the item's channels by
// weight, exactly (shares). Channels without a weight take no part, nor do those whose
// quota is still to shrink or whose time is over. Held units never move.
type Allot struct {
	Item   ItemKey
	Bucket Bucket
	Keep   Qty
	Mode   AllotMode
	Open   *Opening
	Note   Note
}

// Op names the command.
func (c Allot) Op() Op { return OpAllot }

// Reach says what the command needs to be judged.
func (c Allot) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c Allot) decide(s State, now Time) (Event, error) {
	if r := checkQty("keep", c.Keep, 0); r != nil {
		return Event{}, r
	}
	if c.Mode >= allotModes {
		return Event{}, invalid("mode", "there is no such way to allot")
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpAllot, it, c.Note)
	c.share(it, &d, now)
	if err := d.end(now, "keep"); err != nil {
		return Event{}, err
	}
	d.keepRest()
	return e, nil
}

// share posts what changes: from the pool, or from a channel that has more
// than its share, straight to those that have less.
func (c Allot) share(it *Item, d *draft, now Time) {
	free := max(0, it.Of(Shared)-c.Keep)
	var accounts []Account
	var weights []uint32
	var has, room []Qty
	total := free
	for i := range it.Channels {
		rec := &it.Channels[i]
		remains := it.Of(Quota(rec.ID))
		if c.Mode == AllotUnderLevel {
			remains = it.Remaining(rec.ID)
		}
		if rec.Weight == 0 || rec.Pending > 0 || it.Rule(rec.ID).Over(now) || c.Mode == AllotUnderLevel && remains >= rec.Level {
			continue
		}
		accounts = append(accounts, Quota(rec.ID))
		weights, has, room = append(weights, rec.Weight), append(has, remains), append(room, rec.Level-remains)
		if c.Mode == AllotRebalance {
			total += remains
		}
	}
	if len(accounts) == 0 {
		return
	}
	var more []Qty
	switch c.Mode {
	case AllotUnderLevel:
		more = fill(free, weights, room)
	case AllotRebalance:
		more = shares(total, weights)
		for i := range more {
			more[i] -= has[i]
		}
	default:
		more = shares(free, weights)
	}
	givers := []Balance{{Shared, free}}
	for i, n := range more {
		if n < 0 {
			givers = append(givers, Balance{accounts[i], -n})
			givenByHand(d, accounts[i], Shared)
		}
	}
	for i, n := range more {
		for n > 0 {
			g := &givers[0]
			took := min(n, g.Qty)
			d.post(g.Account, accounts[i], took)
			n -= took
			if g.Qty -= took; g.Qty == 0 {
				givers = givers[1:]
			}
		}
	}
}

// AppendCanonical appends what makes two requests the same.
func (c Allot) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpAllot)))
	dst = append(appendQty(dst, c.Keep), byte(c.Mode))
	return c.Note.appendCanonical(dst)
}

func (c Allot) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }

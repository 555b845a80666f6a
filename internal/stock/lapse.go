package stock

// LapsesAt is the earliest moment at which the item changes by itself, 0 when it never
// does. From that moment on the change is in force, whether or not it has been written down
// (Lapse). So code that judges or shows an item lapses it before, or takes it as it is At
// that time.
func (i *Item) LapsesAt() Time {
	var first Time
	for n := range i.Rules {
		if at := i.endsAt(&i.Rules[n]); at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	if at := i.lotLapses(); at != 0 && (first == 0 || at < first) {
		first = at
	}
	return first
}

// Lapsed reports whether the item has changed by itself by now and the change has not been
// written down.
func (i *Item) Lapsed(now Time) bool {
	at := i.LapsesAt()
	return at != 0 && at <= now
}

// endsAt is when the rest of the rule's quota goes back to the pool, 0 when nothing will.
func (i *Item) endsAt(r *Rule) Time {
	if r.Ended && i.Of(Quota(r.Channel)) == 0 {
		return 0
	}
	return r.Ends
}

// At returns the item as it is at the time: i itself when nothing has changed
// by then, else a copy.
func (i *Item) At(now Time) *Item {
	if !i.Lapsed(now) {
		return i
	}
	var c ItemChange
	d := edit(i, &c)
	d.lapse(now)
	if d.done(now, "") != nil {
		return i // it cannot be lapsed: its books are broken, and a write reports that
	}
	to := i.Clone()
	c.applyTo(to)
	return to
}

// Lapse writes down the changes that an item made by itself: campaigns that have ended give
// back the rest of their quotas, units of lots that have expired are withheld. When nothing
// is due it changes nothing, so any number of processes may send it.
type Lapse struct{ Item ItemKey }

// Op names the command.
func (c Lapse) Op() Op { return OpLapse }

// Reach says what the command needs to be judged.
func (c Lapse) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// AppendCanonical appends what makes two requests the same.
func (c Lapse) AppendCanonical(dst []byte) []byte {
	return c.Item.appendCanonical(append(dst, byte(OpLapse)))
}

func (c Lapse) append(dst []byte) []byte { return c.Item.appendCanonical(dst) }

// The reasons that the journal gives for a lapse.
const (
	// ReasonEnded: the time of a campaign is over.
	ReasonEnded = "campaign ended"
	// ReasonExpired: the last moment at which a lot was sold is past.
	ReasonExpired = "lot expired"
)

func (c Lapse) decide(s State, now Time) (Event, error) {
	if r := checkItem(c.Item); r != nil {
		return Event{}, r
	}
	e := Event{Op: OpLapse, Tenant: c.Item.Tenant}
	it := s.Item(c.Item)
	if it == nil || !it.Lapsed(now) {
		return e, nil
	}
	e, d := beginEvent(OpLapse, it, Note{})
	e.Channel, e.Note.Reason = d.lapse(now)
	return orNothing(e, d.done(now, "quota"))
}

// lapse makes the changes that are due at the time. It returns the channel, when they are
// of one, and why.
func (d *draft) lapse(now Time) (channel, reason string) {
	ended := 0
	for n := range d.was.Rules {
		r := &d.was.Rules[n]
		if at := d.was.endsAt(r); at == 0 || at > now {
			continue
		}
		d.endCampaign(r)
		channel, reason = r.Channel, ReasonEnded
		ended++
	}
	if ended > 1 {
		channel = ""
	}
	d.was.lotPools(func(r *LotRecord, pool Balance) {
		if !d.was.SellsLot(r, now) {
			d.post(pool.Account, Withheld.InLot(r.Lot), pool.Qty)
			reason = ReasonExpired
		}
	})
	return channel, reason
}

// endCampaign gives the rest of the quota to the pool. Units that are still held go there
// as they come back.
func (d *draft) endCampaign(r *Rule) {
	d.post(Quota(r.Channel), Shared, d.balance(Quota(r.Channel)))
	if was := d.was.Channel(r.Channel); was != nil && was.Pending > 0 {
		d.channel(r.Channel).Pending = 0
	}
	if !r.Ended {
		to := *r
		to.Ended = true
		d.to.Rules = append(d.to.Rules, to)
	}
}

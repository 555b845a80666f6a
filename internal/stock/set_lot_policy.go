package stock

// SetLotPolicy says how an item's lots are drawn, also of one that has none yet.
type SetLotPolicy struct {
	Item   ItemKey
	Bucket Bucket
	Policy LotPolicy
	Open   *Opening
	Note   Note
}

// Op names the command.
func (c SetLotPolicy) Op() Op { return OpLotPolicy }

// Reach says what the command needs to be judged.
func (c SetLotPolicy) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// AppendCanonical appends what makes two requests the same.
func (c SetLotPolicy) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpLotPolicy)))
	return c.Note.appendCanonical(c.Policy.append(dst))
}

// Lots that are no longer sold under the new policy are withheld at once. Those that were
// withheld under the old one stay so: the reason why each of their units is withheld is no
// longer known.
func (c SetLotPolicy) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpLotPolicy, it, c.Note)
	if c.Policy == it.LotPolicy {
		d.show()
		return e, nil
	}
	d.to.LotPolicy = c.Policy
	it.lotPools(func(r *LotRecord, pool Balance) {
		if !r.sells(c.Policy, now) {
			d.post(pool.Account, Withheld.InLot(r.Lot), pool.Qty)
		}
	})
	return orNothing(e, d.done(now, "lead_days"))
}

func (c SetLotPolicy) check() *Refusal {
	if c.Policy.Draw >= drawUnused {
		return invalid("draw", "there is no such order of drawing")
	}
	if c.Policy.LeadDays > MaxLeadDays {
		return invalid("lead_days", "lead_days must be at most %d, it is %d", MaxLeadDays, c.Policy.LeadDays)
	}
	return nil
}

func (c SetLotPolicy) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }

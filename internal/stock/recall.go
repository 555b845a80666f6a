package stock

import "slices"

// Recall takes lots off sale, all that have the attributes of the lot that the item's key
// names: those that are there, and those that come later. Their free units are withheld, and
// so are units that come back of them. Lift ends that for all lots with the attributes:
// withheld units are sold again, unless they have expired. People decide about orders that
// hold units.
type Recall struct {
	Item   ItemKey
	Bucket Bucket
	Lift   bool
	Note   Note
	// Exact says that just the one recall is set, with its exceptions, or ended, as the
	// catalog has it. Other recalls of the same lots stay as they are. Since is when it
	// began. An item that is out of use takes it too.
	Exact  bool
	Since  Time
	Except []Lot
	// Was is since when the item's own recall of the lot was, 0: it had none. When the item has
	// another one by then, nothing happens: whoever changed it knows more.
	Was Time
	// Unruled leaves recalls as they are, and lifts lots that none of them covers: those that were
	// recalled before items kept recalls.
	Unruled bool
}

// Op names the command.
func (c Recall) Op() Op { return OpRecall }

// Reach says what the command needs to be judged.
func (c Recall) Reach() Reach { return Reach{Items: []ItemKey{c.Item.Whole()}} }

// AppendCanonical appends what makes two requests the same.
func (c Recall) AppendCanonical(dst []byte) []byte {
	dst = c.Note.appendCanonical(appendBool(c.Item.appendCanonical(append(dst, byte(OpRecall))), c.Lift))
	if c.Exact {
		dst = c.appendExact(appendString(dst, noCode))
	}
	return dst
}

func (c Recall) decide(s State, now Time) (Event, error) {
	lot := c.Item.LotOf()
	if lot == "" {
		return Event{}, invalid("lot", "lot is missing")
	}
	if r := lot.check(c.Item); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item.Whole(), c.Bucket, nil)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpRecall, it, c.Note)
	if r := c.setRules(&d, now); r != nil {
		return Event{}, r
	}
	changes := len(d.to.Recalls) > 0
	rules := rulesAfter(&d)
	for i := range it.Lots {
		was := &it.Lots[i]
		covered := recalls(rules, was.Lot)
		lifted := recalls(it.Recalls, was.Lot) || c.Lift && (!c.Exact || c.Unruled) && was.Lot.Has(lot)
		if covered == was.Recalled || !covered && !lifted {
			continue
		}
		recallLot(&d, was.Lot, !covered, now)
		changes = true
	}
	if !changes {
		d.show()
		return e, nil
	}
	return orNothing(e, d.done(now, "lot"))
}

// setRules changes the recalls that the item keeps.
func (c Recall) setRules(d *draft, now Time) *Refusal {
	rules, rule := d.was.Recalls, RecallRule{Lot: c.Item.LotOf()}
	if c.Unruled {
		return nil
	}
	if c.Lift && !c.Exact {
		for i := range rules {
			r := rules[i].without(rule.Lot)
			if r.Since == rules[i].Since && r.Same(&rules[i]) {
				continue
			}
			if refused := r.check(d.was.Key); refused != nil {
				return refused
			}
			d.to.Recalls = append(d.to.Recalls, r)
		}
		return nil
	}
	if !c.Lift {
		rule.Since, rule.Except = c.Since, slices.Clone(c.Except)
		if rule.Since == 0 {
			rule.Since = now
		}
	}
	if refused := rule.check(d.was.Key); refused != nil {
		return refused
	}
	var is RecallRule
	at, has := findRecall(rules, rule.Lot)
	if has {
		is = rules[at]
	}
	switch {
	case c.Exact && is.Since != c.Was, c.Lift && !has:
		return nil
	case !c.Lift && has && is.Same(&rule) && (!c.Exact || is.Since == rule.Since):
		return nil
	case !has && len(rules) >= MaxRecalls:
		return lotsRefused(d.was.Key, "has %d recalls, which is the most: lift those of lots that are gone", MaxRecalls)
	}
	d.to.Recalls = []RecallRule{rule}
	return nil
}

// recallLot takes the lot off sale, or puts it back on sale.
func recallLot(d *draft, lot Lot, lift bool, now Time) {
	r := d.lot(lot, now)
	r.Recalled = !lift
	pool, aside := Shared.InLot(lot), Withheld.InLot(lot)
	switch {
	case !lift:
		d.post(pool, aside, d.balance(pool))
	case r.sells(d.was.LotPolicy, now):
		d.post(aside, pool, d.balance(aside))
	}
}

func (c Recall) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }

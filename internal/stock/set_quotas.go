package stock

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Lowering says what happens to a quota that is set below its held and sold units.
type Lowering uint8

// The ways to lower a quota. Their numbers are kept for ever.
const (
	// LowerRefuse refuses the whole command.
	LowerRefuse Lowering = iota
	// LowerWait takes what remains now, and the rest as holds give it back.
	LowerWait
	lowerings
)

// QuotaSetting is what is to change about one channel; nil fields stay.
type QuotaSetting struct {
	Channel string
	// Quota is the whole quota of the period: remaining, held and sold.
	Quota  *Qty
	Weight *uint32
	Level  *Qty
	// Rule replaces the channel's rule; an empty rule removes it.
	Rule *Rule
	// Mends is set when a campaign's document has Quota and Rule brought in again, after units of
	// the quota were lost. It is refused when somebody has set either by hand meanwhile.
	Mends bool
}

// SetQuotas sets quotas of one item, all or nothing. The difference to the old quotas moves
// between the shared pool and the channels' accounts.
type SetQuotas struct {
	Item   ItemKey
	Bucket Bucket
	Set    []QuotaSetting
	Lower  Lowering
	Open   *Opening
	Note   Note
}

// Op names the command.
func (c SetQuotas) Op() Op { return OpQuota }

// Reach says what the command needs to be judged.
func (c SetQuotas) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// Units that lowered quotas give are there for those that are raised.
func (c SetQuotas) decide(s State, now Time) (Event, error) {
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
	if err := it.refuseInLots(); err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpQuota, it, c.Note)
	if len(c.Set) == 1 {
		e.Channel = c.Set[0].Channel
	}
	added := 0
	var raised []Balance
	var wanted Qty
	for i := range c.Set {
		to := &c.Set[i]
		if r := to.mayMend(it); r != nil {
			return Event{}, r
		}
		is := Channel{ID: to.Channel, Since: now}
		was := it.Channel(to.Channel)
		if was == nil {
			added++
		} else {
			is = *was
		}
		more, r := to.set(&is, it.Of(Quota(to.Channel)), it.quotaAway(to.Channel), c.Lower)
		if r != nil {
			return Event{}, r
		}
		to.rule(&d, now)
		if more > 0 && ruleAfter(it, to).Over(now) {
			return Event{}, &Refusal{Code: InvalidState, Detail: fmt.Sprintf("campaign %q has ended: nobody could draw its quota", to.Channel)}
		}
		if was == nil || is != *was {
			d.to.Channels = append(d.to.Channels, is)
		}
		if more > 0 {
			raised = append(raised, Balance{Quota(to.Channel), more})
			wanted += more
		} else {
			d.post(Quota(to.Channel), Shared, -more)
		}
	}
	if has := d.balance(Shared); has < wanted {
		return Event{}, insufficient(shortOf(c.Item, wanted, has))
	}
	for _, b := range raised {
		d.post(Shared, b.Account, b.Qty)
	}
	if r := c.makeRoom(it, &d, added); r != nil {
		return Event{}, r
	}
	if len(d.to.Postings)+len(d.to.Channels)+len(d.to.Rules) == 0 {
		d.show()
	} else if err := d.done(now, "quota"); err != nil {
		return Event{}, err
	}
	d.keepRest()
	return e, nil
}

// set changes the record and returns by how much the rest of the quota here is to grow. Units
// of the quota that holders have stay with them.
func (q *QuotaSetting) set(c *Channel, remains, away Qty, lower Lowering) (more Qty, r *Refusal) {
	if q.Weight != nil {
		c.Weight = *q.Weight
	}
	if q.Level != nil {
		c.Level = *q.Level
	}
	if q.Quota == nil {
		return 0, nil
	}
	to := *q.Quota - c.Held - c.Sold - away
	if to < 0 && lower == LowerRefuse {
		return 0, &Refusal{Code: InvalidState, Detail: q.describeExcess(c, away)}
	}
	c.Pending = max(0, -to)
	return max(0, to) - remains, nil
}

// describeExcess says why the quota cannot be set.
func (q *QuotaSetting) describeExcess(c *Channel, away Qty) string {
	if away == 0 {
		return fmt.Sprintf("channel %q: %d held and %d sold are more than a quota of %d", c.ID, c.Held, c.Sold, *q.Quota)
	}
	return fmt.Sprintf("channel %q: %d held, %d sold and %d at tills are more than a quota of %d", c.ID, c.Held, c.Sold, away, *q.Quota)
}

// mayMend says why a document may not bring its quota in again; nil when it may. It may as long as
// the books have the quota and the rule that it set, or want the quota.
func (q *QuotaSetting) mayMend(it *Item) *Refusal {
	if !q.Mends || it.WantsQuota(q.Channel, q.Rule) {
		return nil
	}
	return refuseByHand(it, q.Channel)
}

// WantsQuota reports whether the books have the quota of the channel as a document set it, with
// the rule: nobody has set it by hand since.
func (i *Item) WantsQuota(channel string, rule *Rule) bool {
	r, rec := i.Rule(channel), i.Channel(channel)
	if r != nil && r.Wants > 0 {
		return r.Wants == rule.Wants
	}
	return rec == nil && r == nil || rec != nil && i.Quota(rec) == rule.Wants && r.SaysSame(rule)
}

// refuseByHand says that a document no longer sets the channel's quota.
func refuseByHand(it *Item, channel string) *Refusal {
	var has Qty
	if rec := it.Channel(channel); rec != nil {
		has = it.Quota(rec)
	}
	return &Refusal{
		Code: InvalidState, Field: "channel_id",
		Detail: fmt.Sprintf("the quota of channel %q, %d, or its rule, was set by hand: set the item of the campaign again to replace it", channel, has),
	}
}

// TryQuota says why the books would refuse the setting now; nil when they would not.
func (i *Item) TryQuota(q QuotaSetting, now Time) *Refusal {
	if i.Retired {
		return refuseItemRetired(i.Key)
	}
	cmd := SetQuotas{Item: i.Key, Bucket: i.Bucket, Set: []QuotaSetting{q}}
	e, err := Decide(oneItem{i}, cmd, now)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal
	case err != nil:
		return &Refusal{Code: InvalidState, Detail: err.Error()}
	}
	return e.Refusal
}

// oneItem is a state that has nothing but the item.
type oneItem struct{ it *Item }

func (s oneItem) Item(k ItemKey) *Item {
	if s.it.Key == k {
		return s.it
	}
	return nil
}

func (oneItem) Order(OrderKey) []*Hold { return nil }

// rule changes the channel's rule when the setting has another. A quota that is set without a
// rule was set by hand.
func (q *QuotaSetting) rule(d *draft, now Time) {
	if q.Rule == nil {
		if q.Quota != nil {
			setByHand(d, q.Channel)
		}
		return
	}
	it := d.was
	was, is := it.Rule(q.Channel), ruleAfter(it, q)
	if was != nil && is.Over(now) && was.Ended {
		is.Ended = true
	}
	if was == nil && is.isEmpty() || was != nil && was.Same(is) {
		return
	}
	d.to.Rules = append(d.to.Rules, *is)
}

// setByHand notes that somebody set the quota of the channel: its campaign's document no longer
// does.
func setByHand(d *draft, channel string) {
	r := d.was.Rule(channel)
	if r == nil || r.Wants == 0 {
		return
	}
	to := *r
	to.Wants = 0
	d.to.Rules = append(d.to.Rules, to)
}

// givenByHand is setByHand when units of a quota were moved to where others sell them.
func givenByHand(d *draft, from, to Account) {
	if id, quota := from.Channel(); quota && to.pool() {
		setByHand(d, id)
	}
}

// ruleAfter is the channel's rule after the setting, nil when it has none.
func ruleAfter(it *Item, q *QuotaSetting) *Rule {
	if q.Rule == nil {
		return it.Rule(q.Channel)
	}
	is := *q.Rule
	is.Channel, is.Ended = q.Channel, false
	return &is
}

// makeRoom removes records that are idle, those of the oldest periods first, when the new
// ones are more than an item may keep.
func (c SetQuotas) makeRoom(it *Item, d *draft, added int) *Refusal {
	over := len(it.Channels) + added - MaxChannels
	if over <= 0 || added == 0 {
		return nil
	}
	var idle []Channel
	for i := range it.Channels {
		rec := &it.Channels[i]
		if it.idle(rec) && !slices.ContainsFunc(c.Set, func(q QuotaSetting) bool { return q.Channel == rec.ID }) {
			idle = append(idle, *rec)
		}
	}
	if len(idle) < over {
		return invalid("channels", "product %q at location %q would keep %d channels, at most %d are possible",
			c.Item.Product, c.Item.Location, len(it.Channels)+added-len(idle), MaxChannels)
	}
	slices.SortStableFunc(idle, func(a, b Channel) int { return cmp.Compare(a.Since, b.Since) })
	for _, rec := range idle[:over] {
		d.to.Channels = append(d.to.Channels, Channel{ID: rec.ID})
		if it.Rule(rec.ID) != nil {
			d.to.Rules = append(d.to.Rules, Rule{Channel: rec.ID})
		}
	}
	return nil
}

func (c SetQuotas) check() *Refusal {
	if len(c.Set) == 0 || len(c.Set) > MaxChannels {
		return invalid("channels", "channels must be from 1 to %d, there are %d", MaxChannels, len(c.Set))
	}
	if c.Lower >= lowerings {
		return invalid("lowering", "there is no such way to lower a quota")
	}
	seen := make(map[string]bool, len(c.Set))
	for i := range c.Set {
		q := &c.Set[i]
		if !Quota(q.Channel).Valid() {
			return invalid("channel_id", "%q is no channel", q.Channel)
		}
		if seen[q.Channel] {
			return invalid("channel_id", "channel %q is named twice", q.Channel)
		}
		seen[q.Channel] = true
		if q.Quota == nil && q.Weight == nil && q.Level == nil && q.Rule == nil {
			return invalid("quota", "nothing is said about channel %q: quota, weight or level is needed", q.Channel)
		}
		if q.Quota != nil {
			if r := checkQty("quota", *q.Quota, 0); r != nil {
				return r
			}
		}
		if q.Mends && (q.Quota == nil || q.Rule == nil) {
			return invalid("quota", "channel %q: what is brought in again is a quota and a rule", q.Channel)
		}
		if q.Rule != nil {
			to := *q.Rule
			to.Channel = q.Channel
			if r := to.check(); r != nil {
				return r
			}
		}
		if q.Level != nil {
			if r := checkQty("level", *q.Level, 0); r != nil {
				return r
			}
		}
	}
	return nil
}

// AppendCanonical appends what makes two requests the same.
func (c SetQuotas) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpQuota)))
	dst = append(appendSettings(dst, c.Set), byte(c.Lower))
	return c.Note.appendCanonical(dst)
}

func (c SetQuotas) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }

package stock

import "slices"

// Rest is what an event about quotas did not change of an item. With it the event shows how
// all channels share the item. Balances of 0 and outside accounts are left out.
type Rest struct {
	Balances []Balance `json:",omitempty"`
	Channels []Channel `json:",omitempty"`
	Rules    []Rule    `json:",omitempty"`
}

func (r *Rest) empty() bool { return len(r.Balances)+len(r.Channels)+len(r.Rules) == 0 }

// keepRest adds to the change what it does not change. It must come last.
func (d *draft) keepRest() {
	var r Rest
	for _, b := range d.was.Balances {
		if b.Qty != 0 && !b.Account.Outside() && !slices.ContainsFunc(d.to.Touched, func(t Balance) bool { return t.Account == b.Account }) {
			r.Balances = append(r.Balances, b)
		}
	}
	for _, c := range d.was.Channels {
		if !slices.ContainsFunc(d.to.Channels, func(to Channel) bool { return to.ID == c.ID }) {
			r.Channels = append(r.Channels, c)
		}
	}
	for i := range d.was.Rules {
		rule := &d.was.Rules[i]
		if !slices.ContainsFunc(d.to.Rules, func(to Rule) bool { return to.Channel == rule.Channel }) {
			r.Rules = append(r.Rules, *rule)
		}
	}
	if !r.empty() {
		d.to.Rest = &r
	}
}

// Item returns the item after an event that has its rest, without its lots and its sales
// ahead.
func (c *ItemChange) Item() *Item {
	it := &Item{Key: c.Key}
	if c.Rest != nil {
		it.Balances, it.Channels, it.Rules = slices.Clone(c.Rest.Balances), slices.Clone(c.Rest.Channels), slices.Clone(c.Rest.Rules)
	}
	c.applyTo(it)
	return it
}

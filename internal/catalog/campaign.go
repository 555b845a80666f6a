package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Campaign is a campaign or a key account as a document: one rule for the quotas
// of many items (docs/adr/0024). Its id is the channel of its orders.
type Campaign struct {
	Tenant, ID string
	Name, Text string
	Rule       stock.Rule // without Channel and Ended
	// Ended is when it was ended before its time, zero when it was not.
	Ended   Moment
	Changed Moment
	// Revision is that of the entry that wrote it last.
	Revision int64
	// Look is when servers compare its items with the books, zero when they need not.
	Look time.Time
	// Items is how many there are, Waiting how many the books have not been
	// asked for, Refused how many they refused.
	Items, Waiting, Refused int
}

const (
	// MaxCampaignItems is how many items a campaign may have: all of them change
	// in one transaction.
	MaxCampaignItems = 10_000

	maxCampaignName = 256
	maxCampaignText = 4096
)

// Effective is the rule as items should have it.
func (c *Campaign) Effective() stock.Rule {
	r := c.Rule
	if !c.Ended.IsZero() {
		r = endedAt(r, c.Ended.Time)
	}
	return r
}

// isOver reports whether the campaign is over at the time, in milliseconds.
func (c *Campaign) isOver(now int64) bool {
	r := c.Effective()
	return r.Over(stock.Time(now))
}

// endedAt is the rule with its end brought forward.
func endedAt(r stock.Rule, at time.Time) stock.Rule {
	end := stock.Time(at.UnixMilli())
	if r.Ends == 0 || r.Ends > end {
		r.Ends = end
	}
	if r.Starts >= r.Ends {
		r.Starts = 0
	}
	return r
}

func (c *Campaign) check() error {
	if err := checkID("campaign_id", c.ID, maxChannel); err != nil {
		return err
	}
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	r := &c.Rule
	switch {
	case len(c.Name) > maxCampaignName || !printable(c.Name):
		return bad("name", fmt.Sprintf("must be UTF-8 of at most %d bytes without control characters", maxCampaignName))
	case len(c.Text) > maxCampaignText || !storable(c.Text):
		return bad("text", fmt.Sprintf("must be UTF-8 of at most %d bytes", maxCampaignText))
	case r.Starts < 0 || r.Ends < 0 || r.Ends != 0 && r.Ends <= r.Starts:
		return bad("rule.ends_at", "must be after starts_at")
	case min(r.MaxOrder, r.MaxCustomer) < 0 || max(r.MaxOrder, r.MaxCustomer) > maxQty:
		return bad("rule", "has limits that are out of range")
	case len(r.Lends) > stock.MaxLends || r.LendsAll && len(r.Lends) > 0:
		return bad("rule.lends_to", "must be all or some, at most "+fmt.Sprint(stock.MaxLends))
	}
	for i, id := range r.Lends {
		if err := checkID("rule.lends_to", id, maxChannel); err != nil {
			return err
		}
		if id == c.ID || i > 0 && r.Lends[i-1] >= id {
			return bad("rule.lends_to", "must name other channels, each once and in order")
		}
	}
	return nil
}

// Campaigns keeps campaigns and their items.
type Campaigns struct {
	*core
	items documents[CampaignItem]
}

// Set stores a campaign and the items that are named, and returns it as it is
// stored; items that are not named stay. A campaign that had ended begins anew
// when the rule allows it. Everything that the books do not have of it is then
// due. Setting the same again changes nothing, but refused turns are tried
// again.
func (c Campaigns) Set(ctx context.Context, k Campaign, items []CampaignItem) (Campaign, error) {
	err := k.check()
	if err == nil {
		err = checkCampaignItems(items)
	}
	if err == nil {
		err = c.store.write(ctx, c.now, func(w *write) error { return k.set(w, items) })
	}
	return result(k, err, "set campaign %q", k.ID)
}

func (c *Campaign) set(w *write, items []CampaignItem) error {
	if err := w.findTenant(c.Tenant); err != nil {
		return err
	}
	is, _, err := campaignKind.get(&w.read, c.Tenant, c.ID)
	if err != nil {
		return err
	}
	c.Ended = Moment{}
	if err := c.change(w, is); err != nil {
		return err
	}
	return c.setItems(w, items)
}

// change stores the campaign if it differs from is, which is nil for a new one.
// If the difference matters to its items, they get another turn.
func (c *Campaign) change(w *write, is *Campaign) error {
	sameRule := false
	if is != nil {
		was, to := is.Effective(), c.Effective()
		if sameRule = was.Same(&to); sameRule {
			c.Ended = is.Ended // nothing begins anew
		}
		if is.Name == c.Name && is.Text == c.Text && is.Rule.Same(&c.Rule) && is.Ended.Equal(c.Ended.Time) {
			*c = *is
			return c.turnRefused(w)
		}
	}
	c.Changed = Moment{w.time()}
	c.Look = time.Time{}
	if !c.isOver(w.now) {
		c.Look = graced(w)
	}
	if err := campaignKind.put(w, c, is); err != nil {
		return err
	}
	if is == nil || sameRule {
		return c.turnRefused(w)
	}
	return c.turnAll(w, is.isOver(w.now) && !c.isOver(w.now))
}

// SetItems sets items of a campaign: new ones, or ones with another
// quota. It returns the campaign, or ErrUnknown.
func (c Campaigns) SetItems(ctx context.Context, tenant, id string, items []CampaignItem) (Campaign, error) {
	var k Campaign
	err := checkCampaignItems(items)
	if err == nil {
		err = c.store.write(ctx, c.now, func(w *write) error {
			is, err := campaignKind.must(&w.read, tenant, id)
			if err != nil {
				return err
			}
			k = *is
			return is.setItems(w, items)
		})
	}
	return result(k, err, "set items of campaign %q", id)
}

// End ends a campaign now, and returns it. One that is over is no change;
// one that never was is ErrUnknown.
func (c Campaigns) End(ctx context.Context, tenant, id string) (Campaign, error) {
	var k Campaign
	err := c.store.write(ctx, c.now, func(w *write) error {
		is, err := campaignKind.must(&w.read, tenant, id)
		if err != nil {
			return err
		}
		k = *is
		if k.isOver(w.now) {
			return k.turnRefused(w)
		}
		k.Ended = Moment{w.time()}
		return k.change(w, is)
	})
	return result(k, err, "end campaign %q", id)
}

// Get returns a campaign as the database has it now, or ErrUnknown.
func (c Campaigns) Get(ctx context.Context, tenant, id string) (Campaign, error) {
	all, err := c.list(ctx, tenant, func(r *read) ([]Campaign, error) {
		is, err := campaignKind.must(r, tenant, id)
		if err != nil {
			return nil, err
		}
		return []Campaign{*is}, nil
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign %q: %w", id, err)
	}
	return all[0], nil
}

// List lists the campaigns of a tenant with ids behind after, by id.
func (c Campaigns) List(ctx context.Context, tenant, after string, limit int) ([]Campaign, error) {
	all, err := c.list(ctx, tenant, func(r *read) ([]Campaign, error) { return campaignKind.page(r, tenant, after, limit) })
	return result(all, err, "list campaigns")
}

// list reads them with what is counted of their items, as of one moment.
func (c Campaigns) list(ctx context.Context, tenant string, ask func(*read) ([]Campaign, error)) ([]Campaign, error) {
	return snapshot(ctx, c.store, func(r *read) ([]Campaign, error) {
		all, err := ask(r)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		return all, countItems(r, tenant, all)
	})
}

// countItems counts the items of campaigns, which are sorted by id.
func countItems(r *read, tenant string, all []Campaign) error {
	type count struct {
		id, state string
		items     int
	}
	counts, err := list(r, func(scan func(...any) error, n *count) error { return scan(&n.id, &n.state, &n.items) },
		`SELECT parent, state, count(*) FROM {document} WHERE tenant = ? AND kind = ? AND parent >= ? AND parent <= ? AND number > 0 GROUP BY parent, state`,
		tenant, campaignItemKind.name, all[0].ID, all[len(all)-1].ID)
	for _, n := range counts {
		at := slices.IndexFunc(all, func(c Campaign) bool { return c.ID == n.id })
		if at < 0 {
			continue
		}
		all[at].Items += n.items
		switch n.state {
		case itemWaits:
			all[at].Waiting = n.items
		case itemRefused:
			all[at].Refused = n.items
		}
	}
	return err
}

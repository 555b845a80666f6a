package catalog

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// The books may come to differ from a campaign: a count takes units from a quota, a product is
// retired and reinstated, somebody sets a quota by hand. Servers compare the two from time to
// time (docs/adr/0092).

// CampaignStanding is how an item of a campaign stands in the books.
type CampaignStanding struct {
	// InForce is the quota that the books have: what remains, is held and was sold.
	InForce stock.Qty
	// Differs says that the books do not have what the campaign wants.
	Differs bool
	// Mends is the setting that brings the two together; nil: there is nothing to do, or it cannot be
	// done, because of Why.
	Mends *stock.QuotaSetting
	Why   *stock.Refusal
}

// Stands compares the item with the books. it is nil when they never opened it.
func (t *CampaignTurn) Stands(it *stock.Item, now stock.Time) (s CampaignStanding) {
	rule, wants := t.Wanted(), stock.Qty(t.Quota)
	if it == nil {
		s.Differs = wants > 0 && !rule.Over(now)
		if s.Differs {
			s.Why = stock.UnknownItem(stock.ItemKey{Tenant: t.Tenant, Location: t.Location, Product: t.Product})
		}
		return s
	}
	rec, is := it.Channel(t.Campaign), it.Rule(t.Campaign)
	if rec != nil {
		s.InForce = it.Quota(rec)
	}
	if rule.Over(now) {
		return s
	}
	s.Differs = s.InForce != wants || !is.SaysSame(&rule)
	switch {
	case !s.Differs && (is == nil || is.Wants == rule.Wants):
		return s
	case s.InForce > wants && is.SaysSame(&rule) && t.Code == "":
		s.Why = &stock.Refusal{
			Code: stock.InvalidState, Field: "quota",
			Detail: fmt.Sprintf("the quota of channel %q is %d: units were put there by name. Set the item of the campaign again to take them back", t.Campaign, s.InForce),
		}
		return s
	}
	mend := stock.QuotaSetting{Channel: t.Campaign, Quota: &wants, Rule: &rule, Mends: true}
	if s.Why = it.TryQuota(mend, now); s.Why == nil {
		s.Mends = &mend
	}
	return s
}

// DueLooks lists campaigns of all tenants whose items are to be compared with the books, the
// longest due first.
func (c Campaigns) DueLooks(ctx context.Context, at time.Time, limit int) ([]Campaign, error) {
	all, err := look(ctx, c.store, func(r *read) ([]Campaign, error) { return campaignKind.due(r, at, limit) })
	return result(all, err, "list campaigns to compare")
}

// Looks notes that somebody compares a campaign with the books, and when that is done next; zero:
// never. It is ErrStale when somebody else does, or the campaign was changed.
func (c Campaigns) Looks(ctx context.Context, k *Campaign, next time.Time) error {
	err := c.store.write(ctx, c.now, func(w *write) error { return campaignKind.done(w, k, millis(next)) })
	return during(err, "note the look at campaign %q", k.ID)
}

// AwakeLooks makes all campaigns due that nobody compares: those of an older program.
func (c Campaigns) AwakeLooks(ctx context.Context) error {
	err := c.store.write(ctx, c.now, func(w *write) error {
		return w.exec(`UPDATE {document} SET due = ? WHERE kind = ? AND due = 0 AND NOT gone`, w.now, campaignKind.name)
	})
	return during(err, "compare all campaigns")
}

// Again gives items another turn, which are as they were read and have no turn under way: mends
// says that it brings in what the books had.
func (c Campaigns) Again(ctx context.Context, mends bool, items ...CampaignItem) error {
	if len(items) == 0 {
		return nil
	}
	err := c.store.write(ctx, c.now, func(w *write) error {
		have, err := readCampaignItemsAgain(&w.read, items)
		if err != nil {
			return err
		}
		for i := range items {
			it := have[items[i].Tenant][items[i].id()].document
			if it == nil || it.Turn != items[i].Turn || !it.Due.IsZero() || it.Ended {
				continue
			}
			it.turn(graced(w), it.Whole || !mends)
			if it.Mends = mends; mends {
				it.Due = w.time()
			}
			if err := campaignItemKind.keep(w, it); err != nil {
				return err
			}
		}
		return nil
	})
	return during(err, "give %d items of campaigns another turn", len(items))
}

// readCampaignItemsAgain reads items as they are now, by tenant and id.
func readCampaignItemsAgain(r *read, items []CampaignItem) (map[string]map[string]kept[CampaignItem], error) {
	ids := map[string][]string{}
	for i := range items {
		ids[items[i].Tenant] = append(ids[items[i].Tenant], items[i].id())
	}
	have := map[string]map[string]kept[CampaignItem]{}
	for tenant := range ids {
		var err error
		if have[tenant], err = campaignItemKind.readSome(r, tenant, ids[tenant]); err != nil {
			return nil, err
		}
	}
	return have, nil
}

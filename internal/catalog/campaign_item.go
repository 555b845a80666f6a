package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// CampaignItem is a product at a location with a quota of a campaign.
type CampaignItem struct {
	Tenant, Campaign  string
	Location, Product string
	Number            int64 // counts the items of the campaign from 1
	Quota             int64 // units of the whole period
	// Ended says that the campaign is over for this item, whatever its rule says.
	Ended bool
	// Revision is that of the entry that wrote it last.
	Revision int64

	// Turn counts what the books were to be told of it. Those up to Closed have
	// an answer, so that nobody can carry them out any more.
	Turn, Closed int64
	// Due is when servers take care of the turn, zero when it has its answer.
	Due time.Time
	// Whole says that the turn sets the quota too, and not the rule alone.
	Whole bool
	// Code and Detail are why the books refused, "" when they did not.
	Code, Detail string
}

// CampaignTurn is what the books are to be told of an item: the item and its
// campaign as of one moment.
type CampaignTurn struct {
	CampaignItem
	Of Campaign
}

// Rule is the rule that the item is to have.
func (t *CampaignTurn) Rule() stock.Rule {
	r := t.Of.Effective()
	if t.Ended {
		r = endedAt(r, time.UnixMilli(1))
	}
	return r
}

// CampaignOutcome is what became of a turn.
type CampaignOutcome struct {
	CampaignTurn
	// Closes says that the books keep their answer to the turn.
	Closes bool
	// Again wants another turn of the same in its place.
	Again bool
}

// campaignGrace is how long who has stored a campaign may take to ask the books
// before all servers do.
const campaignGrace = 3 * time.Second

func checkCampaignItems(items []CampaignItem) error {
	if len(items) > MaxSet {
		return &InvalidError{Field: "items", Reason: fmt.Sprintf("must be at most %d", MaxSet)}
	}
	seen := make(map[[2]string]bool, len(items))
	for i := range items {
		it := &items[i]
		err := checkID("product_id", it.Product, maxProduct)
		if err == nil {
			err = checkID("location_id", it.Location, maxLocation)
		}
		at := [2]string{it.Location, it.Product}
		switch {
		case err != nil:
		case seen[at]:
			err = &InvalidError{Field: "product_id", Reason: "is given twice for the location"}
		case it.Quota < 0 || it.Quota > maxQty:
			err = &InvalidError{Field: "quota", Reason: "is out of range"}
		}
		if err != nil {
			return rowError(i, err)
		}
		seen[at] = true
	}
	return nil
}

// setCampaignItems stores the items that are new or other, and has those that
// the books refused tried again.
func (w *write) setCampaignItems(k *Campaign, items []CampaignItem) error {
	if len(items) == 0 {
		return nil
	}
	have, err := w.campaignItems(k.Tenant, k.ID, 0, MaxCampaignItems)
	if err != nil {
		return err
	}
	known := make(map[[2]string]*CampaignItem, len(have))
	last := int64(0)
	for i := range have {
		it := &have[i]
		known[[2]string{it.Location, it.Product}], last = it, it.Number
	}
	var fresh []Ref
	for _, it := range items {
		if known[[2]string{it.Location, it.Product}] == nil {
			fresh = append(fresh, Ref{Tenant: k.Tenant, Location: it.Location, Product: it.Product})
		}
	}
	if err := w.meetAll(fresh); err != nil {
		return err
	}
	over := k.over(w.now)
	for i, it := range items {
		is := known[[2]string{it.Location, it.Product}]
		it.Tenant, it.Campaign = k.Tenant, k.ID
		if is == nil {
			last++
			it.Number, it.Turn, it.Whole = last, 1, !over && !it.Ended
			err = w.openCampaignItem(&it)
		} else {
			it.Whole = !over && !it.Ended && (is.Whole || is.Quota != it.Quota || is.Ended)
			err = w.changeCampaignItem(is, &it)
		}
		if err != nil {
			return rowError(i, err)
		}
	}
	if last > MaxCampaignItems {
		return &InvalidError{Field: "items", Reason: fmt.Sprintf("would be %d, at most %d are possible", last, MaxCampaignItems)}
	}
	return nil
}

func (w *write) openCampaignItem(it *CampaignItem) (err error) {
	if err := w.mustKnow(Ref{Tenant: it.Tenant, Location: it.Location, Product: it.Product}); err != nil {
		return err
	}
	it.Due = w.graced()
	_, err = campaignItemKind.put(w, it, nil)
	return err
}

// changeCampaignItem stores what is to be of the item. One that says the same has
// another turn when the books refused the last.
func (w *write) changeCampaignItem(is, to *CampaignItem) error {
	same := is.Quota == to.Quota && is.Ended == to.Ended
	if same && (is.Code == "" || !is.Due.IsZero()) {
		return nil
	}
	next := *is
	next.Quota, next.Ended = to.Quota, to.Ended
	next.turn(w.graced(), to.Whole)
	if same {
		return campaignItemKind.keep(w, &next)
	}
	_, err := campaignItemKind.put(w, &next, is)
	return err
}

// turn begins another turn of the item, in place of the last.
func (i *CampaignItem) turn(due time.Time, whole bool) {
	i.Turn, i.Due, i.Whole = i.Turn+1, due, whole
}

func (w *write) graced() time.Time { return w.at().Add(campaignGrace) }

// turnCampaign gives all items of a campaign that are in it a turn, because its
// rule is another; with anew, their quotas are set too. One that is over sets none.
func (w *write) turnCampaign(k *Campaign, anew bool) error {
	all, err := w.campaignItems(k.Tenant, k.ID, 0, MaxCampaignItems)
	if err != nil {
		return err
	}
	return w.turnItems(k, anew, slices.DeleteFunc(all, func(it CampaignItem) bool { return it.Ended }))
}

// againCampaign gives the items that the books refused another turn.
func (w *write) againCampaign(k *Campaign) error {
	refused, err := campaignItemKind.find(&w.read, `tenant = ? AND parent = ? AND number > 0 AND state = ? ORDER BY number`, k.Tenant, k.ID, itemRefused)
	if err != nil {
		return err
	}
	return w.turnItems(k, false, refused)
}

func (w *write) turnItems(k *Campaign, anew bool, items []CampaignItem) error {
	over := k.over(w.now)
	for i := range items {
		it := &items[i]
		it.turn(w.graced(), !over && (it.Whole || anew))
		if err := campaignItemKind.keep(w, it); err != nil {
			return err
		}
	}
	return nil
}

// campaignItems returns items behind a number, in the order in which they came.
func (r *read) campaignItems(tenant, campaign string, after int64, limit int) ([]CampaignItem, error) {
	if !storable(tenant) || !storable(campaign) {
		return nil, nil
	}
	return campaignItemKind.find(r, `tenant = ? AND parent = ? AND number > 0 AND number > ? ORDER BY number LIMIT ?`, tenant, campaign, after, pageSize(limit))
}

// CampaignItems lists items of a campaign behind the number after, in the order
// in which they came.
func (c *campaigns) CampaignItems(ctx context.Context, tenant, id string, after int64, limit int) ([]CampaignItem, error) {
	return campaignItemKind.list(ctx, c.store, func(r *read) ([]CampaignItem, error) { return r.campaignItems(tenant, id, after, limit) })
}

// CampaignTurns lists the turns of a campaign that have no answer.
func (c *campaigns) CampaignTurns(ctx context.Context, tenant, id string, limit int) ([]CampaignTurn, error) {
	if !storable(tenant) || !storable(id) {
		return nil, nil
	}
	return c.campaignTurns(ctx, func(r *read) ([]CampaignItem, error) {
		return campaignItemKind.find(r, `tenant = ? AND parent = ? AND number > 0 AND state = ? ORDER BY number LIMIT ?`, tenant, id, itemWaits, pageSize(limit))
	})
}

// DueCampaignTurns lists turns of all tenants that are due at the moment, the
// longest due first.
func (c *campaigns) DueCampaignTurns(ctx context.Context, at time.Time, limit int) ([]CampaignTurn, error) {
	return c.campaignTurns(ctx, func(r *read) ([]CampaignItem, error) { return campaignItemKind.due(r, at, limit) })
}

// campaignTurns reads items and their campaigns in one snapshot: what belongs to
// a turn is as of one moment, so that whoever carries it out says the same.
func (c *campaigns) campaignTurns(ctx context.Context, ask func(*read) ([]CampaignItem, error)) (all []CampaignTurn, err error) {
	err = c.store.read(ctx, func(r *read) error {
		items, err := ask(r)
		if err != nil {
			return err
		}
		all = make([]CampaignTurn, len(items))
		of := map[[2]string]*Campaign{}
		for i, it := range items {
			key := [2]string{it.Tenant, it.Campaign}
			if of[key] == nil {
				if of[key], err = campaignKind.must(r, it.Tenant, it.Campaign); err != nil {
					return err
				}
			}
			all[i] = CampaignTurn{it, *of[key]}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list turns of campaigns: %w", err)
	}
	return all, nil
}

// CampaignTurnsDone says what became of turns. Those that are not the newest of
// their items any more are left out.
func (c *campaigns) CampaignTurnsDone(ctx context.Context, done ...CampaignOutcome) error {
	if len(done) == 0 {
		return nil
	}
	err := c.store.write(ctx, c.now, func(w *write) error { return w.campaignTurnsDone(done) })
	if err != nil {
		return fmt.Errorf("end %d turns of campaigns: %w", len(done), err)
	}
	return nil
}

func (w *write) campaignTurnsDone(done []CampaignOutcome) error {
	ids := map[string][]string{} // by tenant
	for i := range done {
		ids[done[i].Tenant] = append(ids[done[i].Tenant], done[i].id())
	}
	have := map[string]map[string]kept[CampaignItem]{}
	for tenant := range ids {
		var err error
		if have[tenant], err = campaignItemKind.some(&w.read, tenant, ids[tenant]); err != nil {
			return err
		}
	}
	for i := range done {
		t := &done[i]
		it := have[t.Tenant][t.id()].is
		if it == nil || it.Turn != t.Turn || it.Due.IsZero() {
			continue
		}
		if t.Again {
			it.Closed = it.Turn
			it.turn(w.at(), it.Whole)
		} else {
			it.Due, it.Closed, it.Whole, it.Code, it.Detail = time.Time{}, t.Closed, t.Whole && t.Code != "", t.Code, t.Detail
			if t.Closes {
				it.Closed = t.Turn
			}
		}
		if err := campaignItemKind.keep(w, it); err != nil {
			return err
		}
	}
	return nil
}

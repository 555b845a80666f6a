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
	Tenant   string `json:"-"`
	Campaign string `json:"-"`
	Location string `json:"location"`
	Product  string `json:"product"`
	Number   int64  `json:"-"`     // counts the items of the campaign from 1
	Quota    int64  `json:"quota"` // units of the whole period
	// Ended says that the campaign is over for this item, whatever its rule says.
	Ended bool `json:"ended,omitempty"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`

	campaignProgress `json:"-"`
	// Due is when servers take care of the turn, zero when it has its answer.
	Due time.Time `json:"-"`
}

// campaignProgress is how far the books have an item.
type campaignProgress struct {
	// Turn counts the turns of the item: each is one change to send to the
	// books. The turns up to Closed have an answer, so nobody can carry them
	// out again.
	Turn   int64 `json:"turn"`
	Closed int64 `json:"closed,omitempty"`
	// Whole says that the turn sets the quota too, and not the rule alone.
	Whole bool `json:"whole,omitempty"`
	// Mends says that the turn brings in quota and rule again as they were, unless somebody has set
	// them by hand since.
	Mends bool `json:"mends,omitempty"`
	// Code and Detail are why the books refused, "" when they did not.
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// CampaignTurn is what is to be sent to the books for an item: the item and its
// campaign as of one moment.
type CampaignTurn struct {
	CampaignItem
	Of Campaign
}

// Rule is the rule that the item should have.
func (t *CampaignTurn) Rule() stock.Rule {
	r := t.Of.Effective()
	if t.Ended {
		r = endedAt(r, time.UnixMilli(1))
	}
	return r
}

// Wanted is the rule that the item should have in the books, with the quota that the campaign wants.
func (t *CampaignTurn) Wanted() stock.Rule {
	r := t.Rule()
	r.Wants = stock.Qty(t.Quota)
	return r
}

// CampaignOutcome is the outcome of a turn.
type CampaignOutcome struct {
	CampaignTurn
	// Closes says that the books keep their answer to the turn.
	Closes bool
	// Again wants another turn of the same in its place.
	Again bool
}

// campaignGrace is how long the server that stored a campaign has to ask the
// books, before all servers do so.
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

// setItems stores items that are new or changed, and makes those that the books
// refused be tried again.
func (c *Campaign) setItems(w *write, items []CampaignItem) error {
	if len(items) == 0 {
		return nil
	}
	have, err := readCampaignItems(&w.read, c.Tenant, c.ID, 0, MaxCampaignItems)
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
			fresh = append(fresh, Ref{Tenant: c.Tenant, Location: it.Location, Product: it.Product})
		}
	}
	if err := w.meetAll(fresh); err != nil {
		return err
	}
	over := c.isOver(w.now)
	for i, it := range items {
		is := known[[2]string{it.Location, it.Product}]
		it.Tenant, it.Campaign = c.Tenant, c.ID
		if is == nil {
			last++
			it.Number, it.Turn, it.Whole = last, 1, !over && !it.Ended
			err = it.open(w)
		} else {
			it.Whole = !over && !it.Ended && (is.Whole || is.Quota != it.Quota || is.Ended)
			err = is.change(w, &it)
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

// open stores a new item.
func (i *CampaignItem) open(w *write) error {
	if err := w.mustKnow(Ref{Tenant: i.Tenant, Location: i.Location, Product: i.Product}); err != nil {
		return err
	}
	i.Due = graced(w)
	return campaignItemKind.put(w, i, nil)
}

// change stores the new state of the item. If the state is the same, the item
// gets another turn only when the books refused the last one.
func (i *CampaignItem) change(w *write, to *CampaignItem) error {
	same := i.Quota == to.Quota && i.Ended == to.Ended
	if same && (i.Code == "" || !i.Due.IsZero()) {
		return nil
	}
	next := *i
	next.Quota, next.Ended = to.Quota, to.Ended
	next.turn(graced(w), to.Whole)
	if same {
		return campaignItemKind.keep(w, &next)
	}
	return campaignItemKind.put(w, &next, i)
}

// turn begins another turn of the item, in place of the last.
func (i *CampaignItem) turn(due time.Time, whole bool) {
	i.Turn, i.Due, i.Whole, i.Mends = i.Turn+1, due, whole, false
}

func graced(w *write) time.Time { return w.time().Add(campaignGrace) }

// turnAll gives all items of the campaign a turn, because its rule has changed.
// With anew, their quotas are set too. A campaign that is over sets none.
func (c *Campaign) turnAll(w *write, anew bool) error {
	all, err := readCampaignItems(&w.read, c.Tenant, c.ID, 0, MaxCampaignItems)
	if err != nil {
		return err
	}
	return c.turnItems(w, anew, slices.DeleteFunc(all, func(it CampaignItem) bool { return it.Ended }))
}

// turnRefused gives the items that the books refused another turn.
func (c *Campaign) turnRefused(w *write) error {
	refused, err := campaignItemKind.find(&w.read, `tenant = ? AND parent = ? AND number > 0 AND state = ? ORDER BY number`, c.Tenant, c.ID, itemRefused)
	if err != nil {
		return err
	}
	return c.turnItems(w, false, refused)
}

func (c *Campaign) turnItems(w *write, anew bool, items []CampaignItem) error {
	over := c.isOver(w.now)
	for i := range items {
		it := &items[i]
		it.turn(graced(w), !over && (it.Whole || anew))
		if err := campaignItemKind.keep(w, it); err != nil {
			return err
		}
	}
	return nil
}

// readCampaignItems returns items behind a number, in the order in which they came.
func readCampaignItems(r *read, tenant, campaign string, after int64, limit int) ([]CampaignItem, error) {
	if !storable(tenant) || !storable(campaign) {
		return nil, nil
	}
	return campaignItemKind.find(r, `tenant = ? AND parent = ? AND number > 0 AND number > ? ORDER BY number LIMIT ?`, tenant, campaign, after, pageSize(limit))
}

// Items lists items of a campaign behind the number after, in the order
// in which they came.
func (c Campaigns) Items(ctx context.Context, tenant, id string, after int64, limit int) ([]CampaignItem, error) {
	return c.items.list(ctx, func(r *read) ([]CampaignItem, error) { return readCampaignItems(r, tenant, id, after, limit) })
}

// Turns lists the turns of a campaign that have no answer.
func (c Campaigns) Turns(ctx context.Context, tenant, id string, limit int) ([]CampaignTurn, error) {
	if !storable(tenant) || !storable(id) {
		return nil, nil
	}
	return c.turns(ctx, func(r *read) ([]CampaignItem, error) {
		return campaignItemKind.find(r, `tenant = ? AND parent = ? AND number > 0 AND state = ? ORDER BY number LIMIT ?`, tenant, id, itemWaits, pageSize(limit))
	})
}

// DueTurns lists turns of all tenants that are due at the moment, the
// longest due first.
func (c Campaigns) DueTurns(ctx context.Context, at time.Time, limit int) ([]CampaignTurn, error) {
	return c.turns(ctx, func(r *read) ([]CampaignItem, error) { return campaignItemKind.due(r, at, limit) })
}

// turns reads items and their campaigns in one snapshot: all parts of a turn
// are as of one moment, so every server that carries it out sends the same.
func (c Campaigns) turns(ctx context.Context, ask func(*read) ([]CampaignItem, error)) ([]CampaignTurn, error) {
	all, err := snapshot(ctx, c.store, func(r *read) ([]CampaignTurn, error) {
		items, err := ask(r)
		if err != nil {
			return nil, err
		}
		all := make([]CampaignTurn, len(items))
		of := map[[2]string]*Campaign{}
		for i, it := range items {
			key := [2]string{it.Tenant, it.Campaign}
			if of[key] == nil {
				if of[key], err = campaignKind.must(r, it.Tenant, it.Campaign); err != nil {
					return nil, err
				}
			}
			all[i] = CampaignTurn{it, *of[key]}
		}
		return all, nil
	})
	return result(all, err, "list turns of campaigns")
}

// EndTurns notes the outcomes of turns. Turns that are no longer the newest of
// their items are left out.
func (c Campaigns) EndTurns(ctx context.Context, done ...CampaignOutcome) error {
	if len(done) == 0 {
		return nil
	}
	err := c.store.write(ctx, c.now, func(w *write) error { return endTurns(w, done) })
	return during(err, "end %d turns of campaigns", len(done))
}

func endTurns(w *write, done []CampaignOutcome) error {
	items := make([]CampaignItem, len(done))
	for i := range done {
		items[i] = done[i].CampaignItem
	}
	have, err := readCampaignItemsAgain(&w.read, items)
	if err != nil {
		return err
	}
	for i := range done {
		t := &done[i]
		it := have[t.Tenant][t.id()].document
		if it == nil || it.Turn != t.Turn || it.Due.IsZero() {
			continue
		}
		if t.Again {
			it.Closed = it.Turn
			mends := it.Mends
			it.turn(w.time(), it.Whole)
			it.Mends = mends
		} else {
			if !t.Mends || t.Code == "" {
				it.Whole, it.Code, it.Detail = t.Whole && t.Code != "", t.Code, t.Detail
			}
			it.Due, it.Closed, it.Mends = time.Time{}, t.Closed, false
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

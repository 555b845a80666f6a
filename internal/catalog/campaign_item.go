package catalog

import (
	"context"
	"fmt"
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
	have, err := list(&w.read, scanCampaignItem, `SELECT `+campaignItemColumns+` FROM {campaign_item} WHERE tenant = ? AND campaign = ? ORDER BY number`, k.Tenant, k.ID)
	if err != nil {
		return err
	}
	known := make(map[[2]string]*CampaignItem, len(have))
	last := int64(0)
	for i := range have {
		it := &have[i]
		known[[2]string{it.Location, it.Product}], last = it, it.Number
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

func (w *write) openCampaignItem(it *CampaignItem) error {
	k, err := w.knowledge(Ref{Tenant: it.Tenant, Location: it.Location, Product: it.Product})
	switch {
	case err != nil:
		return err
	case !k.Product:
		return &UnknownError{What: "product", ID: it.Product}
	case !k.Location:
		return &UnknownError{What: "location", ID: it.Location}
	}
	if it.Revision, err = w.log(it.Tenant, KindCampaignItemSet, it.id(), it.body()); err != nil {
		return err
	}
	w.insert(`{campaign_item} (`+campaignItemColumns+`)`, it.Tenant, it.id(), it.Campaign, it.Number, it.Location, it.Product, it.Quota, it.Ended, it.Revision,
		it.Turn, it.Closed, w.graced(), it.Whole, "", "")
	return nil
}

// changeCampaignItem stores what is to be of the item. One that says the same has
// another turn when the books refused the last.
func (w *write) changeCampaignItem(is, to *CampaignItem) (err error) {
	same := is.Quota == to.Quota && is.Ended == to.Ended
	if same && (is.Code == "" || !is.Due.IsZero()) {
		return nil
	}
	to.Number, to.Revision = is.Number, is.Revision
	if !same {
		if to.Revision, err = w.log(to.Tenant, KindCampaignItemSet, to.id(), to.body()); err != nil {
			return err
		}
	}
	return w.exec(`UPDATE {campaign_item} SET quota = ?, ended = ?, seq = ?, turn = turn + 1, due = ?, whole = ? WHERE tenant = ? AND id = ?`,
		to.Quota, to.Ended, to.Revision, w.graced(), to.Whole, to.Tenant, to.id())
}

func (w *write) graced() int64 { return w.now + campaignGrace.Milliseconds() }

// turnCampaign gives all items of a campaign that are in it a turn, because its
// rule is another; with anew, their quotas are set too. One that is over sets none.
func (w *write) turnCampaign(k *Campaign, anew bool) error {
	return w.exec(`UPDATE {campaign_item} SET turn = turn + 1, due = ?, whole = (? AND (whole OR ?)) WHERE tenant = ? AND campaign = ? AND NOT ended`,
		w.graced(), !k.over(w.now), anew, k.Tenant, k.ID)
}

// againCampaign gives the items that the books refused another turn.
func (w *write) againCampaign(k *Campaign) error {
	return w.exec(`UPDATE {campaign_item} SET turn = turn + 1, due = ?, whole = (whole AND ?) WHERE tenant = ? AND campaign = ? AND due = 0 AND code <> ''`,
		w.graced(), !k.over(w.now), k.Tenant, k.ID)
}

// CampaignItems lists items of a campaign behind the number after, in the order
// in which they came.
func (c *Catalog) CampaignItems(ctx context.Context, tenant, id string, after int64, limit int) (all []CampaignItem, err error) {
	if !storable(tenant) || !storable(id) {
		return nil, nil
	}
	err = c.store.look(ctx, func(r *read) error {
		all, err = list(r, scanCampaignItem, `SELECT `+campaignItemColumns+` FROM {campaign_item}
			WHERE tenant = ? AND campaign = ? AND number > ? ORDER BY number LIMIT ?`, tenant, id, after, max(1, min(limit, maxListed)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list items of campaign %q: %w", id, err)
	}
	return all, nil
}

// CampaignTurns lists the turns of a campaign that have no answer.
func (c *Catalog) CampaignTurns(ctx context.Context, tenant, id string, limit int) ([]CampaignTurn, error) {
	if !storable(tenant) || !storable(id) {
		return nil, nil
	}
	return c.campaignTurns(ctx, `i.tenant = ? AND i.campaign = ? AND i.due > 0 ORDER BY i.number LIMIT ?`, tenant, id, limit)
}

// DueCampaignTurns lists turns of all tenants that are due at the moment, the
// longest due first.
func (c *Catalog) DueCampaignTurns(ctx context.Context, at time.Time, limit int) ([]CampaignTurn, error) {
	return c.campaignTurns(ctx, `i.due > 0 AND i.due <= ? ORDER BY i.due, i.tenant, i.campaign, i.number LIMIT ?`, millis(at), limit)
}

// campaignTurns reads items and their campaigns in one statement: what belongs to
// a turn is as of one moment, so that whoever carries it out says the same.
func (c *Catalog) campaignTurns(ctx context.Context, where string, args ...any) ([]CampaignTurn, error) {
	type row struct {
		CampaignItem
		of campaignRow
	}
	var rows []row
	err := c.store.look(ctx, func(r *read) (err error) {
		rows, err = list(r, func(scan func(...any) error, t *row) error {
			return scanItemOf(scan, &t.CampaignItem, &t.of.packed, &t.of.Revision)
		}, `SELECT i.tenant, i.id, i.campaign, i.number, i.location, i.product, i.quota, i.ended, i.seq, i.turn, i.closed, i.due, i.whole, i.code, i.detail, c.body, c.seq
			FROM {campaign_item} i JOIN {campaign} c ON c.tenant = i.tenant AND c.id = i.campaign WHERE `+where, args...)
		return err
	})
	all := make([]CampaignTurn, len(rows))
	for i := range rows {
		t := &rows[i]
		t.of.Tenant, t.of.ID = t.Tenant, t.Campaign
		if err == nil {
			err = t.of.unpack()
		}
		all[i] = CampaignTurn{t.CampaignItem, t.of.Campaign}
	}
	if err != nil {
		return nil, fmt.Errorf("list turns of campaigns: %w", err)
	}
	return all, nil
}

// CampaignTurnsDone says what became of turns. Those that are not the newest of
// their items any more are left out.
func (c *Catalog) CampaignTurnsDone(ctx context.Context, done ...CampaignOutcome) error {
	if len(done) == 0 {
		return nil
	}
	err := c.store.write(ctx, c.now, func(w *write) error {
		for i := range done {
			if err := w.campaignTurnDone(&done[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end %d turns of campaigns: %w", len(done), err)
	}
	return nil
}

func (w *write) campaignTurnDone(t *CampaignOutcome) error {
	if t.Again {
		return w.exec(`UPDATE {campaign_item} SET closed = turn, turn = turn + 1, due = ? WHERE tenant = ? AND id = ? AND turn = ? AND due > 0`,
			w.now, t.Tenant, t.id(), t.Turn)
	}
	closed := t.Closed
	if t.Closes {
		closed = t.Turn
	}
	return w.exec(`UPDATE {campaign_item} SET due = 0, closed = ?, whole = ?, code = ?, detail = ? WHERE tenant = ? AND id = ? AND turn = ? AND due > 0`,
		closed, t.Whole && t.Code != "", t.Code, t.Detail, t.Tenant, t.id(), t.Turn)
}

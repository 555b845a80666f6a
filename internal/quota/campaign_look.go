package quota

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// lookAgain is how long after a look a campaign is compared with the books again. A large one is
	// compared less often: lookPace items a second.
	lookAgain = 5 * time.Second
	lookPace  = 100
	// maxLooks is how many campaigns are compared at once.
	maxLooks = 20
)

// Looking compares what campaigns want with what the books have, and has brought together what can
// be: units of a quota that were lost are taken from the pool as soon as it has them. What
// somebody set by hand stays. One process of the fleet looks at a campaign at a time.
func (s *Campaigns) Looking() duty.Kind {
	return &duty.Duty[catalog.Campaign]{
		Failing: "campaign is not compared with the books", Every: lookEvery, Most: maxLooks,
		Due: func(ctx context.Context, limit int) ([]catalog.Campaign, error) {
			if !s.awake.Load() {
				if err := s.turns.AwakeLooks(ctx); err != nil {
					return nil, err
				}
				s.awake.Store(true)
			}
			return s.turns.DueLooks(ctx, s.now(), limit)
		},
		Name: func(k *catalog.Campaign) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%s/%s@%d", k.Tenant, k.ID, k.Look.UnixMilli()), About: []any{"tenant", k.Tenant, "campaign", k.ID}}
		},
		CarryOut: duty.EachAlone(s.look),
	}
}

// look compares the campaign with the books.
func (s *Campaigns) look(ctx context.Context, k *catalog.Campaign) error {
	rule := k.Effective()
	if rule.Over(stock.Time(s.now().UnixMilli())) {
		return s.turns.Looks(ctx, k, time.Time{})
	}
	items, err := s.items(ctx, k)
	if err != nil {
		return err
	}
	next := max(lookAgain, time.Duration(len(items))*time.Second/lookPace)
	if err := s.turns.Looks(ctx, k, s.now().Add(next)); err != nil {
		return err
	}
	return s.compareAll(ctx, k, items, true)
}

// items are those of the campaign.
func (s *Campaigns) items(ctx context.Context, k *catalog.Campaign) (all []catalog.CampaignItem, err error) {
	for after := int64(0); ; {
		items, err := s.turns.Items(ctx, k.Tenant, k.ID, after, maxTurns)
		if all = append(all, items...); err != nil || len(items) < maxTurns {
			return all, err
		}
		after = items[len(items)-1].Number
	}
}

// compareAll compares items with the books, a part at a time.
func (s *Campaigns) compareAll(ctx context.Context, k *catalog.Campaign, items []catalog.CampaignItem, mends bool) (failed error) {
	for part := range slices.Chunk(items, maxTurns) {
		failed = errors.Join(failed, s.compare(ctx, k, part, mends))
	}
	return failed
}

// Renew gives those of the items another turn that the books do not have as the campaign wants them:
// somebody has set them again, and so replaces what was set by hand.
func (s *Campaigns) Renew(ctx context.Context, k *catalog.Campaign, items []catalog.CampaignItem) error {
	rule := k.Effective()
	if rule.Over(stock.Time(s.now().UnixMilli())) {
		return nil
	}
	return s.compareAll(ctx, k, items, false)
}

// compare gives another turn to the items that differ in the books. With mends, only to those that can
// be brought together without replacing what somebody set by hand.
func (s *Campaigns) compare(ctx context.Context, k *catalog.Campaign, items []catalog.CampaignItem, mends bool) error {
	settled := make([]catalog.CampaignItem, 0, len(items))
	for i := range items {
		if items[i].Due.IsZero() && !items[i].Ended {
			settled = append(settled, items[i])
		}
	}
	at := map[string][]catalog.CampaignItem{}
	for _, it := range settled {
		at[it.Location] = append(at[it.Location], it)
	}
	standings, failed := s.standings(ctx, k, settled)
	if failed != nil && len(at) > 1 { // the slot of one location may be away: the others do not wait for it
		failed = nil
		for _, there := range at {
			failed = errors.Join(failed, s.compare(ctx, k, there, mends))
		}
		return failed
	}
	if failed != nil {
		return failed
	}
	var differ []catalog.CampaignItem
	for i := range settled {
		if mends && standings[i].Mends != nil || !mends && (standings[i].Differs || standings[i].Mends != nil) {
			differ = append(differ, settled[i])
		}
	}
	return s.turns.Again(ctx, mends, differ...)
}

// standings is how the items stand in the books.
func (s *Campaigns) standings(ctx context.Context, k *catalog.Campaign, items []catalog.CampaignItem) ([]catalog.CampaignStanding, error) {
	if len(items) == 0 {
		return nil, nil
	}
	keys := make([]stock.ItemKey, len(items))
	for i := range items {
		keys[i] = stock.ItemKey{Tenant: k.Tenant, Location: items[i].Location, Product: items[i].Product}
	}
	levels, now, err := s.books.Items(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read the items of campaign %q: %w", k.ID, err)
	}
	all := make([]catalog.CampaignStanding, len(items))
	for i := range items {
		t := catalog.CampaignTurn{CampaignItem: items[i], Of: *k}
		all[i] = t.Stands(levels[i].Now(), now)
	}
	return all, nil
}

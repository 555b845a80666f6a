package tills

import (
	"context"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server/kit"
)

// This file has the calls that list and count tills and what they have.

// tillsAtATime is how many tills are read together for a list that is not in the order of their ids.
const tillsAtATime = 500

// tillFilter selects tills. An empty field selects everything.
type tillFilter struct {
	state          outpost.Condition
	location, part string // part is in lower case
}

func (f *tillFilter) isEmpty() bool { return *f == tillFilter{} }

func (f *tillFilter) has(t *catalog.Till) bool {
	return (f.location == "" || t.Location == f.location) &&
		(f.part == "" || strings.Contains(strings.ToLower(t.ID), f.part) || strings.Contains(strings.ToLower(t.Name), f.part))
}

func (s *Chapter) listTills(ctx context.Context, c *kit.Call, r *holdfastv1.ListTillsRequest) (*holdfastv1.ListTillsResponse, error) {
	const list = "tills"
	var f kit.Form
	size, after := f.Page(r.PageSize), f.ReadPageToken(list, r.GetPageToken())
	tillState(&f, r.GetState())
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	if q := r.GetQ(); len(q) > maxPlaceName || kit.IsBadText(q) {
		f.Refuse("q", "must be text of at most "+kit.Itoa(maxPlaceName)+" bytes")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	of := tillFilter{state: outpost.Condition(r.GetState()), location: r.GetLocationId(), part: strings.ToLower(r.GetQ())}
	all, err := s.choose(ctx, c.Tenant, &of, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(t catalog.Till) string { return t.ID })
	items, err := s.tillMessages(ctx, page)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.ListTillsResponse{NextPageToken: next, Items: items}, nil
}

// choose returns up to limit tills of the filter that follow after, by id.
func (s *Chapter) choose(ctx context.Context, tenant string, of *tillFilter, after string, limit int) (chosen []catalog.Till, err error) {
	if of.isEmpty() {
		return s.tills.List(ctx, tenant, after, limit)
	}
	err = s.walkTills(ctx, tenant, after, func(t *catalog.Till) bool {
		if of.has(t) && (of.state == "" || s.glance(t).Condition == of.state) {
			chosen = append(chosen, *t)
		}
		return len(chosen) < limit
	})
	return chosen, err
}

// walkTills calls fn for the tills that follow after, by id, until it returns false.
func (s *Chapter) walkTills(ctx context.Context, tenant, after string, fn func(*catalog.Till) bool) error {
	for {
		some, err := s.tills.List(ctx, tenant, after, tillsAtATime)
		if err != nil {
			return err
		}
		for i := range some {
			if !fn(&some[i]) {
				return nil
			}
		}
		if len(some) < tillsAtATime {
			return nil
		}
		after = some[len(some)-1].ID
	}
}

func (s *Chapter) countTills(ctx context.Context, c *kit.Call, _ *holdfastv1.CountTillsRequest) (*holdfastv1.TillCounts, error) {
	counts := &holdfastv1.TillCounts{}
	var away, behind time.Time
	err := s.walkTills(ctx, c.Tenant, "", func(t *catalog.Till) bool {
		at := s.glance(t)
		counts.Total++
		if at.Paired && outpost.Skewed(at.Offset) {
			counts.Skewed++
		}
		switch at.Condition {
		case outpost.Unpaired:
			counts.Unpaired++
		case outpost.Away:
			counts.Away++
			away = earlierTime(away, at.Heard)
		case outpost.Stale:
			counts.Stale++
		case outpost.Behind:
			counts.Behind++
			behind = earlierTime(behind, at.Behind)
		case outpost.Synced:
			counts.Synced++
		}
		return true
	})
	counts.AwaySince, counts.BehindSince = kit.OptionalTime(away), kit.OptionalTime(behind)
	return counts, err
}

// glance is the state of a till, without reading the books.
func (s *Chapter) glance(t *catalog.Till) outpost.Standing {
	if s.desk == nil {
		return standingOf(t)
	}
	return s.desk.Glance(t)
}

// earlierTime is the earlier of two moments; a zero moment does not count.
func earlierTime(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (s *Chapter) listTillStock(ctx context.Context, c *kit.Call, r *holdfastv1.ListTillStockRequest) (*holdfastv1.ListTillStockResponse, error) {
	const list = "till-stock"
	var f kit.Form
	tillID(&f, r.GetTillId())
	size, after := f.Page(r.PageSize), f.ReadPageToken(list, r.GetPageToken())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if s.desk == nil {
		return nil, errNoTills()
	}
	has, err := s.desk.Holdings(ctx, c.Tenant, r.GetTillId(), after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, kit.FactError("", err)
	}
	page, next := kit.CutPage(has, list, after, size, func(h outpost.Holding) string { return h.Product })
	return &holdfastv1.ListTillStockResponse{Items: kit.Each(page, renderHolding), NextPageToken: next}, nil
}

func renderHolding(h outpost.Holding) *holdfastv1.TillStock {
	shown := &holdfastv1.TillStock{ProductId: h.Product, Unit: h.Unit, Scale: int32(h.Scale), Units: h.Has, OnHand: h.OnHand}
	if h.Keep >= 0 && h.Keep < h.Has {
		shown.Keep = &h.Keep
	}
	return shown
}

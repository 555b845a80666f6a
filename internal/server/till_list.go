package server

import (
	"context"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
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

func (s *tillChapter) listTills(ctx context.Context, c *call, r *holdfastv1.ListTillsRequest) (*holdfastv1.ListTillsResponse, error) {
	const list = "tills"
	var f requestForm
	size, after := f.page(r.PageSize), f.readPageToken(list, r.GetPageToken())
	tillState(&f, r.GetState())
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	if q := r.GetQ(); len(q) > maxPlaceName || isBadText(q) {
		f.refuse("q", "must be text of at most "+itoa(maxPlaceName)+" bytes")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	of := tillFilter{state: outpost.Condition(r.GetState()), location: r.GetLocationId(), part: strings.ToLower(r.GetQ())}
	all, err := s.choose(ctx, c.tenant, &of, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, list, after, size, func(t catalog.Till) string { return t.ID })
	items, err := s.tillMessages(ctx, page)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.ListTillsResponse{NextPageToken: next, Items: items}, nil
}

// choose returns up to limit tills of the filter that follow after, by id.
func (s *tillChapter) choose(ctx context.Context, tenant string, of *tillFilter, after string, limit int) (chosen []catalog.Till, err error) {
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
func (s *tillChapter) walkTills(ctx context.Context, tenant, after string, fn func(*catalog.Till) bool) error {
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

func (s *tillChapter) countTills(ctx context.Context, c *call, _ *holdfastv1.CountTillsRequest) (*holdfastv1.TillCounts, error) {
	counts := &holdfastv1.TillCounts{}
	var away, behind time.Time
	err := s.walkTills(ctx, c.tenant, "", func(t *catalog.Till) bool {
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
	counts.AwaySince, counts.BehindSince = optionalTime(away), optionalTime(behind)
	return counts, err
}

// glance is the state of a till, without reading the books.
func (s *tillChapter) glance(t *catalog.Till) outpost.Standing {
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

func (s *tillChapter) listTillStock(ctx context.Context, c *call, r *holdfastv1.ListTillStockRequest) (*holdfastv1.ListTillStockResponse, error) {
	const list = "till-stock"
	var f requestForm
	tillID(&f, r.GetTillId())
	size, after := f.page(r.PageSize), f.readPageToken(list, r.GetPageToken())
	if err := f.err(); err != nil {
		return nil, err
	}
	if s.desk == nil {
		return nil, errNoTills()
	}
	has, err := s.desk.Holdings(ctx, c.tenant, r.GetTillId(), after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, factError("", err)
	}
	page, next := cutPage(has, list, after, size, func(h outpost.Holding) string { return h.Product })
	return &holdfastv1.ListTillStockResponse{Items: each(page, renderHolding), NextPageToken: next}, nil
}

func renderHolding(h outpost.Holding) *holdfastv1.TillStock {
	shown := &holdfastv1.TillStock{ProductId: h.Product, Unit: h.Unit, Scale: int32(h.Scale), Units: h.Has, OnHand: h.OnHand}
	if h.Keep >= 0 && h.Keep < h.Has {
		shown.Keep = &h.Keep
	}
	return shown
}

package figures

import (
	"context"
	"maps"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	// maxCompared bounds the items that one call compares with their targets.
	maxCompared = 200_000
	// ruleStep is how many rules are read at once.
	ruleStep = 500
)

// targets are the most units of each product that a location should have. all is the target
// of products without one of their own, 0 for none.
type targets struct {
	all int64
	own map[string]int64
}

func (t *targets) add(r *catalog.Replenishment) {
	if len(r.Products) == 0 {
		t.all = max(t.all, r.Target)
	}
	for _, product := range r.Products {
		t.own[product] = max(t.own[product], r.Target)
	}
}

// target is the target of a product, the greatest of all rules; 0 for none.
func (t *targets) target(product string) int64 { return max(t.own[product], t.all) }

// targets returns the targets of the active rules by location, of one location or all ("").
func (s *Chapter) targets(ctx context.Context, tenant, location string) (map[string]*targets, error) {
	at := map[string]*targets{}
	for after := ""; ; {
		rules, err := s.rules.List(ctx, tenant, after, ruleStep)
		if err != nil {
			return nil, err
		}
		for i := range rules {
			r := &rules[i]
			if !r.Active || location != "" && r.To != location {
				continue
			}
			if at[r.To] == nil {
				at[r.To] = &targets{own: map[string]int64{}}
			}
			at[r.To].add(r)
		}
		if len(rules) < ruleStep {
			return at, nil
		}
		after = rules[len(rules)-1].ID
	}
}

func (s *Chapter) listOverstock(ctx context.Context, c *kit.Call, r *holdfastv1.ListOverstockRequest) (*holdfastv1.ListOverstockResponse, error) {
	var f kit.Form
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	keep := f.Page(r.PageSize)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := c.RequireChannel(""); err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Location: r.GetLocationId()}); err != nil {
		return nil, err
	}
	if s.rules == nil {
		return nil, kit.Unavailable("this server keeps no rules of replenishment", nil)
	}
	at, err := s.targets(ctx, c.Tenant, r.GetLocationId())
	if err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	_, now, err := s.core.Books.Items(ctx, nil)
	if err != nil {
		return nil, err
	}
	all, compared := figures.NewOverstock(keep), 0
	for _, location := range slices.Sorted(maps.Keys(at)) {
		err := forEachAt(ctx, from, location, func(it *stock.Item) error {
			target := at[location].target(it.Key.Product)
			if target == 0 || !it.Tracked || it.Retired {
				return nil
			}
			if compared++; compared > maxCompared {
				return kit.Invalid("location_id", "must be named: more than %d items have a target", maxCompared)
			}
			all.Add(it, target)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	worst, sums := all.Sums()
	return &holdfastv1.ListOverstockResponse{Items: kit.Each(worst, renderOverstock), Sums: kit.Each(sums, renderOverSum), AsOf: kit.TimeOf(now)}, nil
}

// forEachAt gives each item of a location.
func forEachAt(ctx context.Context, s *kit.Source, location string, do func(*stock.Item) error) error {
	for q := (view.LevelQuery{Tenant: s.Call.Tenant, Location: location, PageSize: view.MaxPageSize}); ; {
		page, err := s.Page(ctx, q)
		if err != nil {
			return kit.BadPage(err)
		}
		for _, it := range page.Items {
			if err := do(it); err != nil {
				return err
			}
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return nil
		}
	}
}

func renderOverstock(o figures.Over) *holdfastv1.Overstock {
	m := &holdfastv1.Overstock{ProductId: o.Key.Product, LocationId: o.Key.Location, OnHand: o.OnHand, Target: o.Target, Overstock: o.Units}
	m.Unit, m.Scale = renderUnit(o.Unit, o.Scale)
	return m
}

func renderOverSum(o figures.OverSum) *holdfastv1.OverstockSum {
	m := &holdfastv1.OverstockSum{Items: o.Items, ItemsOver: o.ItemsOver, OnHand: o.OnHand, Overstock: o.Units, OverstockRate: o.Rate}
	m.Unit, m.Scale = renderUnit(o.Unit, o.Scale)
	return m
}

package transfer

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// maxRuleItems is how many items, at the location and where it is filled up
// from, one rule may be about.
const maxRuleItems = 200_000

// carryOutRule requests the transfers that the rule calls for now.
func (x *Transfers) carryOutRule(ctx context.Context, p *catalog.Replenishment) error {
	products, err := x.ruled(ctx, p)
	if err != nil {
		return err
	}
	r := ReplenishRequest{Tenant: p.Tenant, Reason: "rule of replenishment", Reference: p.ID}
	for _, product := range products {
		r.Rules = append(r.Rules, ReplenishRule{
			Product: product, To: p.To, From: p.From,
			Min: stock.Qty(p.Min), Target: stock.Qty(p.Target), Multiple: stock.Qty(p.Multiple),
		})
	}
	newest, o, err := x.called(ctx, &r)
	if err != nil {
		return err
	}
	rows, err := packAll(o.Transfers)
	if err != nil {
		return err
	}
	return x.rules.Done(ctx, *p, x.now(), newest, rows...)
}

// ruled is the products that a rule is about.
func (x *Transfers) ruled(ctx context.Context, p *catalog.Replenishment) ([]string, error) {
	if len(p.Products) > 0 {
		return p.Products, nil
	}
	if x.levels == nil {
		return nil, &stock.Refusal{Code: stock.Invalid, Field: "product_ids", Detail: "this server does not list the products of a location"}
	}
	most := maxRuleItems / (1 + len(p.From))
	var all []string
	for q := (view.LevelQuery{Tenant: p.Tenant, Location: p.To, PageSize: view.MaxPageSize}); ; {
		page, err := x.levels.Page(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			if it.Tracked {
				all = append(all, it.Key.Product)
			}
		}
		if len(all) > most {
			detail := fmt.Sprintf("%s has more than %d products: name those that the rule is about", p.To, most)
			return nil, &stock.Refusal{Code: stock.Invalid, Field: "product_ids", Detail: detail}
		}
		if page.NextPageToken == "" {
			return all, nil
		}
		q.PageToken = page.NextPageToken
	}
}

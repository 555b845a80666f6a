package transfer

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// maxDue is how many stored rules are carried out in one go.
const maxDue = 100

// maxRuleItems is how many items, at the location and where it is filled up
// from, one rule may be about.
const maxRuleItems = 200_000

// ReplenishDue carries out the stored rules of replenishment that are due, and
// returns how many. The transfers and the mark that the period is done are one
// write, so a period is carried out once, whoever does it and wherever it is cut
// off. Of periods that were missed only the latest is. A rule that is refused is
// reported and waits for its next period.
func (x *Transfers) ReplenishDue(ctx context.Context, failing map[[2]string]bool) (done int) {
	due, err := x.directory.DueReplenishments(ctx, x.now(), maxDue)
	x.reportRule(ctx, failing, [2]string{"", "rules"}, err)
	for _, p := range due {
		what := [2]string{p.Tenant, "rule/" + p.ID}
		err := x.carryOutRule(ctx, &p)
		if errors.Is(err, catalog.ErrStale) { // somebody else was faster; or it is tried again
			continue
		}
		x.reportRule(ctx, failing, what, err)
		var refusal *stock.Refusal
		if errors.As(err, &refusal) {
			err = x.directory.Replenished(ctx, p, x.now(), catalog.Whenever)
			if !errors.Is(err, catalog.ErrStale) {
				x.reportRule(ctx, failing, [2]string{p.Tenant, "mark/" + p.ID}, err)
			}
		}
		if err == nil {
			done++
		}
	}
	return done
}

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
	return x.directory.Replenished(ctx, *p, x.now(), newest, rows...)
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

// reportRule logs what has begun to fail.
func (x *Transfers) reportRule(ctx context.Context, failing map[[2]string]bool, what [2]string, err error) {
	switch {
	case err == nil:
		delete(failing, what)
	case ctx.Err() == nil && !failing[what]:
		failing[what] = true
		x.log.WarnContext(ctx, "rule of replenishment is not carried out", "tenant", what[0], "rule", what[1], "err", err)
	}
}

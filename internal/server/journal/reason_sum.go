package journal

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// A page of sums covers that many pages of the journal, or as many as are read in that
// time: where few entries have a reason, a page of them takes much of the log.
const (
	summedPages  = 20
	summedWithin = 2 * time.Second
)

// reasonKey is the key of a sum: units of products that are counted differently are not added.
type reasonKey struct {
	code string
	op   stock.Op
	unit catalog.Unit
}

// sumReasons sums a stretch of the journal by reason, operation and unit.
func (s *Chapter) sumReasons(ctx context.Context, c *kit.Call, r *holdfastv1.SumReasonsRequest) (*holdfastv1.SumReasonsResponse, error) {
	var f kit.Form
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	f.OptionalID("product_id", r.ProductId, kit.MaxProduct)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	q := view.EntryQuery{
		Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId, Coded: true,
		Since: kit.Moment(r.Since), Until: kit.Moment(r.Until), PageSize: view.MaxPageSize, PageToken: r.PageToken,
	}
	_, now, err := s.core.Books.Items(ctx, nil)
	if err != nil {
		return nil, err
	}
	sums := map[reasonKey]*holdfastv1.ReasonSum{}
	for n, began := 0, time.Now(); n < summedPages && time.Since(began) < summedWithin; n++ {
		page, err := from.Entries(ctx, q)
		if err != nil {
			return nil, kit.BadPage(err)
		}
		c.Stale = c.Stale || page.Stale
		in := make([]catalog.Unit, len(page.Entries))
		err = kit.Units(ctx, s.core.Directory, c.Tenant, len(in), func(i int) string { return page.Entries[i].Product }, func(i int, u catalog.Unit) { in[i] = u })
		if err != nil {
			return nil, err
		}
		for i := range page.Entries {
			addReason(sums, &page.Entries[i], in[i])
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			break
		}
	}
	out := &holdfastv1.SumReasonsResponse{AsOf: kit.TimeOf(now)}
	for _, sum := range sums {
		out.Items = append(out.Items, sum)
	}
	slices.SortFunc(out.Items, func(a, b *holdfastv1.ReasonSum) int {
		return cmp.Or(strings.Compare(a.ReasonCode, b.ReasonCode), strings.Compare(a.Operation, b.Operation),
			strings.Compare(a.GetUnit(), b.GetUnit()), cmp.Compare(a.GetScale(), b.GetScale()))
	})
	if q.PageToken != "" {
		out.NextPageToken = &q.PageToken
	}
	return out, nil
}

// addReason counts an entry of a product with that unit. If on hand stays the same, it counts the change of
// available units.
func addReason(sums map[reasonKey]*holdfastv1.ReasonSum, e *view.Entry, in catalog.Unit) {
	k := reasonKey{e.ReasonCode, e.Operation, in}
	sum := sums[k]
	if sum == nil {
		sum = &holdfastv1.ReasonSum{ReasonCode: k.code, Operation: k.op.String()}
		sum.Unit, sum.Scale = kit.Spell(in)
		sums[k] = sum
	}
	sum.Entries++
	n := e.After.OnHand - e.Before.OnHand
	if n == 0 {
		n = e.After.Available - e.Before.Available
	}
	if n > 0 {
		sum.UnitsIn = int64(kit.Summed(stock.Qty(sum.UnitsIn), n))
	} else {
		sum.UnitsOut = int64(kit.Summed(stock.Qty(sum.UnitsOut), -n))
	}
}

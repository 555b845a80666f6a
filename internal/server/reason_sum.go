package server

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
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
func (s *inventoryChapter) sumReasons(ctx context.Context, c *call, r *holdfastv1.SumReasonsRequest) (*holdfastv1.SumReasonsResponse, error) {
	var f requestForm
	f.optionalID("location_id", r.LocationId, maxLocation)
	f.optionalID("product_id", r.ProductId, maxProduct)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	q := view.EntryQuery{
		Tenant: c.tenant, Product: r.ProductId, Location: r.LocationId, Coded: true,
		Since: moment(r.Since), Until: moment(r.Until), PageSize: view.MaxPageSize, PageToken: r.PageToken,
	}
	_, now, err := s.books.Items(ctx, nil)
	if err != nil {
		return nil, err
	}
	sums := map[reasonKey]*holdfastv1.ReasonSum{}
	for n, began := 0, time.Now(); n < summedPages && time.Since(began) < summedWithin; n++ {
		page, err := from.entries(ctx, q)
		if err != nil {
			return nil, badPage(err)
		}
		c.stale = c.stale || page.Stale
		in := make([]catalog.Unit, len(page.Entries))
		err = s.units(ctx, c.tenant, len(in), func(i int) string { return page.Entries[i].Product }, func(i int, u catalog.Unit) { in[i] = u })
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
	out := &holdfastv1.SumReasonsResponse{AsOf: timeOf(now)}
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
		sum.Unit, sum.Scale = spell(in)
		sums[k] = sum
	}
	sum.Entries++
	n := e.After.OnHand - e.Before.OnHand
	if n == 0 {
		n = e.After.Available - e.Before.Available
	}
	if n > 0 {
		sum.UnitsIn = int64(summed(stock.Qty(sum.UnitsIn), n))
	} else {
		sum.UnitsOut = int64(summed(stock.Qty(sum.UnitsOut), -n))
	}
}

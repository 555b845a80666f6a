package figures

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// productRows returns the figures of a product, from its journal.
func (s *Chapter) productRows(ctx context.Context, c *kit.Call, product string, q *figures.Query) ([]figures.Row, time.Time, error) {
	from, err := s.core.Source(ctx, c, "")
	if err != nil {
		return nil, time.Time{}, err
	}
	_, now, err := s.core.Books.Items(ctx, nil)
	if err != nil {
		return nil, time.Time{}, err
	}
	sums := figures.NewProduct()
	err = forEachOfProduct(ctx, from, view.EntryQuery{Product: product, Location: q.Location, Since: millisecond(q.Begins())},
		map[string]uint64{}, func(e *view.Entry) { sums.Entry(e.At, e.Event, e.Item) })
	if err != nil {
		return nil, time.Time{}, err
	}
	rows, err := sums.Rows(q, time.UnixMilli(int64(now)))
	return rows, time.UnixMilli(int64(now)), err
}

// productStocks returns the earlier stock of a product: the present stock minus the later entries of its journal.
func (s *Chapter) productStocks(ctx context.Context, c *kit.Call, product string, q *figures.Query) ([]figures.Stock, time.Time, error) {
	from, err := s.core.Source(ctx, c, "")
	if err != nil {
		return nil, time.Time{}, err
	}
	levels, at, err := from.ReadEveryLevel(ctx, c.Tenant, kit.Question{Product: product, Location: q.Location})
	if err != nil {
		return nil, time.Time{}, err
	}
	var is []*stock.Item
	versions := map[string]uint64{}
	for i := range levels {
		if it := levels[i].Committed(); it != nil {
			is = append(is, it)
			versions[it.Key.Location] = it.Version + 1
		}
	}
	now, sums := time.UnixMilli(int64(at)), figures.NewProduct()
	err = forEachOfProduct(ctx, from, view.EntryQuery{Product: product, Location: q.Location, Since: millisecond(q.Begins())}, versions, func(e *view.Entry) {
		if e.Version < versions[e.Location] { // otherwise booked since the items were read
			sums.Entry(e.At, e.Event, e.Item)
		}
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	rows, err := sums.Stocks(q, now, is)
	return rows, now, err
}

// forEachOfProduct gives the entries of a product, newest first. versions are those that items
// have by location; the entries are older than them. It is refused when the journal does not
// reach back to q.Since.
func forEachOfProduct(ctx context.Context, s *kit.Source, q view.EntryQuery, versions map[string]uint64, do func(*view.Entry)) error {
	err := s.ForEachEntry(ctx, q, "since", func(e *view.Entry) error {
		do(e)
		if v, ok := versions[e.Location]; !ok || e.Version < v {
			versions[e.Location] = e.Version
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v > 1 { // there were more entries, before q.Since
			page, err := s.Entries(ctx, view.EntryQuery{Tenant: s.Call.Tenant, Product: q.Product, Location: q.Location, Until: q.Since, PageSize: 1})
			if err == nil && len(page.Entries) == 0 {
				err = kit.Invalid("since", "is before what the journal of this product still has")
			}
			return err
		}
	}
	return nil
}

// millisecond is the first millisecond at or after t, and after 1970.
func millisecond(t time.Time) stock.Time { return kit.Moment(timestamppb.New(t)) }

package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	// rateOver is the time over which the rate of sales is measured.
	rateOver = 24 * time.Hour
	// maxEntries is how many entries of the journal one look reads.
	maxEntries = 20_000
)

// seeHoursLeft looks how long items last if they sell as in the last 24 hours. An item that
// has sold nothing lasts for ever, and is skipped.
func (d *Desk) seeHoursLeft(ctx context.Context, o *observation) error {
	sold := map[string]stock.Qty{}
	err := d.entries(ctx, o.rule, o.at.Add(-rateOver), func(e *view.Entry) {
		for _, p := range e.Postings {
			if p.To == stock.Customer {
				sold[e.Location] += p.Qty
			}
		}
	})
	if err != nil {
		return err
	}
	return d.forEachItem(ctx, o, func(it *stock.Item) {
		rate := float64(sold[it.Key.Location]) / rateOver.Hours()
		if left := float64(it.Figures().Available); rate > 0 && it.Tracked {
			o.see(subject{product: it.Key.Product, location: it.Key.Location}, left/rate, left, rate)
		}
	})
}

// entries calls fn with the entries of the product of a rule since a time, the newest first.
func (d *Desk) entries(ctx context.Context, r *catalog.AlertRule, since time.Time, fn func(*view.Entry)) error {
	q := view.EntryQuery{Tenant: r.Tenant, Product: r.Product, Location: r.Location, Since: stock.Time(since.UnixMilli()), PageSize: view.MaxPageSize}
	for read := 0; ; {
		page, err := d.rooms.Journal.Entries(ctx, q)
		switch {
		case err != nil:
			return fmt.Errorf("read the journal of product %q: %w", r.Product, err)
		case page.Stale:
			return errNotYet
		}
		for i := range page.Entries {
			fn(&page.Entries[i])
		}
		if page.NextPageToken == "" {
			return nil
		}
		if read += len(page.Entries); read >= maxEntries {
			return &TooMuchError{Product: r.Product}
		}
		q.PageToken = page.NextPageToken
	}
}

// TooMuchError says that a product has more entries than are read.
type TooMuchError struct{ Product string }

func (e *TooMuchError) Error() string {
	return fmt.Sprintf("product %q has more than %d changes in that time: name a location, or a shorter time", e.Product, maxEntries)
}

// ErrUntold says that the past does not show what a rule watches.
var ErrUntold = errors.New("the past does not tell it")

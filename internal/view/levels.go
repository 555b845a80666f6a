package view

import (
	"context"
	"fmt"
	"strconv"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Levels lists what there is of the items of a tenant. Every page is one
// snapshot of the books: it shows each write acknowledged before it was asked
// for.
type Levels struct {
	engine engine.Engine
	now    func() stock.Time
}

// NewLevels returns the levels kept in e. now tells the time for AsOf.
func NewLevels(e engine.Engine, now func() stock.Time) *Levels {
	return &Levels{engine: e, now: now}
}

// LevelQuery selects the items of a page.
type LevelQuery struct {
	Tenant string
	// Location and Product select one of each; "" is every.
	Location, Product string
	// Low selects what is low or sold out.
	Low bool
	// PageSize is 1 to MaxPageSize; 0 is DefaultPageSize.
	PageSize int
	// PageToken goes on behind the page that returned it, "" starts.
	PageToken string
}

// LevelPage is one page of levels, ordered by product, location and lot.
type LevelPage struct {
	Items []*stock.Item
	// NextPageToken is "" on the last page.
	NextPageToken string
	// AsOf is a time at which the page was right.
	AsOf stock.Time
	// Head is the newest record the page shows.
	Head engine.Seq
}

// Page returns one page. It returns ErrPageSize and ErrPageToken for a query
// that cannot be answered.
func (l *Levels) Page(ctx context.Context, q LevelQuery) (*LevelPage, error) {
	size, err := pageSize(q.PageSize)
	if err != nil {
		return nil, err
	}
	f := newFilter("levels", q.Tenant, q.Location, q.Product, strconv.FormatBool(q.Low))
	scan := engine.ItemScan{
		Tenant: q.Tenant, Location: q.Location, Product: q.Product, Low: q.Low,
		Limit: size + 1, // one more tells whether there is a next page
	}
	if q.PageToken != "" {
		if scan.After, err = openLevelToken(f, q.PageToken, q.Tenant); err != nil {
			return nil, err
		}
	}

	page := &LevelPage{AsOf: l.now(), Items: make([]*stock.Item, 0, min(size, 64))}
	more := false
	page.Head, err = l.engine.ScanItems(ctx, scan, func(row *engine.ItemRow) error {
		if len(page.Items) == size {
			more = true
			return nil
		}
		it, err := stock.DecodeItem(row.Key, row.Packed)
		if err != nil {
			return fmt.Errorf("item %q at %q: %w", row.Key.Product, row.Key.Location, err)
		}
		page.Items = append(page.Items, it)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list levels: %w", err)
	}
	if more {
		page.NextPageToken = sealLevelToken(f, page.Items[size-1].Key)
	}
	return page, nil
}

func sealLevelToken(f filter, last stock.ItemKey) string {
	return f.seal(appendText(appendText(appendText(nil, last.Product), last.Location), last.Lot))
}

func openLevelToken(f filter, token, tenant string) (*stock.ItemKey, error) {
	b, err := f.open(token)
	if err != nil {
		return nil, err
	}
	k := stock.ItemKey{Tenant: tenant}
	for _, part := range []*string{&k.Product, &k.Location, &k.Lot} {
		var ok bool
		if *part, b, ok = cutText(b); !ok {
			return nil, ErrPageToken
		}
	}
	if len(b) > 0 {
		return nil, ErrPageToken
	}
	return &k, nil
}

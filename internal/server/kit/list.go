package kit

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Levels lists the stock.
type Levels interface {
	// Page returns one page. It returns view.ErrPageToken for a token it did not make.
	Page(ctx context.Context, q view.LevelQuery) (*view.LevelPage, error)
}

// Journal lists what happened.
type Journal interface {
	// Entries returns one page. It returns view.ErrPageToken for a token it did not make, and
	// feed.ErrAhead for a token of a history that is lost.
	Entries(ctx context.Context, q view.EntryQuery) (*view.EntryPage, error)
	// Entry returns the entry with the id, nil when the tenant has none inside the bounds.
	Entry(ctx context.Context, tenant, id string, bounds *stock.Bounds) (*view.Entry, error)
}

// Page checks the size of a page; 0 is the usual one.
func (f *Form) Page(size *int32) int {
	if size == nil {
		return view.DefaultPageSize
	}
	f.RequireRange("page_size", int64(*size), 1, view.MaxPageSize)
	return int(*size)
}

// BadPage turns an error of a list into the caller's.
func BadPage(err error) error {
	if errors.Is(err, view.ErrPageToken) {
		return Invalid("page_token", "is malformed or belongs to another request")
	}
	if errors.Is(err, feed.ErrAhead) {
		return &Problem{Code: CodeGone, Detail: "the books were restored since the page before: begin with the first page", Cause: err}
	}
	return err
}

// Known returns what the catalog knows of ref, or refuses what it does not know.
func Known(ctx context.Context, directory Directory, ref catalog.Ref) (catalog.Knowledge, error) {
	known, err := directory.KnownAll(ctx, []catalog.Ref{ref})
	if err != nil {
		return catalog.Knowledge{}, err
	}
	if refusal := intake.Unknown(ref, known[0]); refusal != nil {
		return known[0], refusal
	}
	return known[0], nil
}

// ItemRequest asks about a product at a location.
type ItemRequest interface {
	GetProductId() string
	GetLocationId() string
	GetConsistency() string
}

// ReadItem returns an item, and what the catalog knows of it, as of a time.
func (s *Core) ReadItem(ctx context.Context, c *Call, r ItemRequest) (*ledger.Level, catalog.Knowledge, stock.Time, error) {
	var f Form
	f.Item(r.GetProductId(), r.GetLocationId())
	f.Consistency(r.GetConsistency())
	var known catalog.Knowledge
	if err := f.Err(); err != nil {
		return nil, known, 0, err
	}
	from, err := s.Source(ctx, c, r.GetConsistency())
	if err == nil {
		known, err = Known(ctx, s.Directory, c.Ref(r.GetProductId(), r.GetLocationId()))
	}
	if err != nil {
		return nil, known, 0, err
	}
	levels, now, err := from.Items(ctx, []stock.ItemKey{c.Item(r.GetProductId(), r.GetLocationId())})
	if err != nil {
		return nil, known, 0, err
	}
	return &levels[0], known, now, nil
}

package itemlist

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Counts are how many items have each state.
type Counts [states]int64

// LocationCounts are those of one location.
type LocationCounts struct {
	Location string
	Counts
}

// Tally is how many items have each state, by location.
type Tally struct {
	Locations []LocationCounts // ordered by location, each with items
	// AsOf is up to when all changes are shown.
	AsOf time.Time
}

// Tally counts the items of a tenant within the bounds, at one location or, for "", at all of
// them. While they are read for the first time it waits. ErrTooMany says that a location must
// be named.
func (l *List) Tally(ctx context.Context, tenant, location string, bounds *stock.Bounds) (*Tally, error) {
	t, err := l.get(ctx, tenant)
	if errors.Is(err, ErrTooMany) && location != "" && bounds.Location(location) {
		t, err = l.scanned(ctx, tenant, location)
	}
	if err != nil {
		return nil, err
	}
	asOf, err := t.shownUntil()
	if err != nil {
		return nil, err
	}
	all, err := t.columns.tally(ctx, location, bounds)
	return &Tally{all, asOf}, err
}

func (c *columns) tally(ctx context.Context, location string, bounds *stock.Bounds) ([]LocationCounts, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	wanted, counts := c.matchLocations(location, bounds), make([]Counts, len(c.locations.ids))
	err := c.rows(false, ctx.Err, func(r *listRow) { counts[r.location][r.state]++ })
	if err != nil {
		return nil, err
	}
	var all []LocationCounts
	for i, id := range c.locations.ids {
		counts[i][none] = 0
		if wanted[i] && counts[i] != (Counts{}) {
			all = append(all, LocationCounts{id, counts[i]})
		}
	}
	slices.SortFunc(all, func(a, b LocationCounts) int { return strings.Compare(a.Location, b.Location) })
	return all, nil
}

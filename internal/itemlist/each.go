package itemlist

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Standing is an item as the list has it.
type Standing struct {
	Key                                stock.ItemKey
	Available, OnHand, Held, Threshold int64
	// State is that of the item as a whole.
	State State
}

// Each calls fn for every item that fits a query, in no order: changes wait until it is done.
// fn must not keep what it is given. Errors are as of Page.
func (l *List) Each(ctx context.Context, q *Query, fn func(*Standing)) error {
	t, places, err := l.open(ctx, q)
	if err != nil {
		return err
	}
	if _, err := t.shownUntil(); err != nil {
		return err
	}
	c := t.columns
	c.mu.RLock()
	defer c.mu.RUnlock()
	f, err := c.filter(q, places)
	if err != nil || f == nil {
		return err
	}
	var s Standing
	return c.rows(false, ctx.Err, func(r *listRow) {
		if f.wants(r) {
			s = Standing{c.key(q.Tenant, r), r.available, r.onHand, r.held, r.threshold, r.state}
			fn(&s)
		}
	})
}

// open returns the items of a query, and what their locations sell when that matters.
func (l *List) open(ctx context.Context, q *Query) (t *tenant, places []catalog.Place, err error) {
	t, err = l.get(ctx, q.Tenant)
	if errors.Is(err, ErrTooMany) && q.Location != "" && q.Bounds.Location(q.Location) {
		t, err = l.scanned(ctx, q.Tenant, q.Location)
	}
	if err != nil {
		return nil, nil, err
	}
	if q.Channel != "" && len(q.States) > 0 {
		if err = l.rooms.Directory.CatchUp(ctx); err == nil {
			places, err = l.rooms.Directory.Places(ctx, q.Tenant)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read what locations sell: %w", err)
		}
	}
	return t, places, nil
}

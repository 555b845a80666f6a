package view

import (
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Snapshot says as of when something was right.
type Snapshot struct {
	// AsOf is a time at which all of it was right.
	AsOf stock.Time
	// At is the place in the logs up to which everything is shown. With several
	// slots some of what came later may be shown as well.
	At feed.Cursors
}

// scanChunk is how many rows of one of several slots are read at a time.
const scanChunk = 1000

// Scan calls fn for every item that the query selects, ordered by product,
// location and lot. PageSize and PageToken have no meaning here. With one slot
// all of it is one snapshot of the books, which the store keeps while fn works:
// fn must not wait for anybody. No store can keep one of several slots: there
// each row is as it was at or after the returned place, and its version tells
// which of the events behind that it has seen. fn's error ends the scan and is
// returned.
func (l *Levels) Scan(ctx context.Context, q LevelQuery, fn func(*stock.Item) error) (Snapshot, error) {
	slots := l.all()
	s := l.snapshot(slots)
	var err error
	if len(slots) == 1 {
		err = l.scanOne(ctx, slots[0], q, s, fn)
	} else {
		err = l.scanAll(ctx, slots, q, s, fn)
	}
	if err != nil {
		return s, fmt.Errorf("scan levels: %w", err)
	}
	return s, nil
}

func (l *Levels) scanOne(ctx context.Context, e engine.Engine, q LevelQuery, s Snapshot, fn func(*stock.Item) error) error {
	head, err := e.ScanItems(ctx, scanOf(q), func(row *engine.ItemRow) error {
		it, err := decodeRow(row)
		if err != nil {
			return err
		}
		return fn(it)
	})
	s.At[0] = feed.Behind(0, head)
	return err
}

func (l *Levels) scanAll(ctx context.Context, slots []engine.Engine, q LevelQuery, s Snapshot, fn func(*stock.Item) error) error {
	var under sync.WaitGroup
	defer under.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := rowsOf(ctx, &under, slots, q, nil, rowPages{limit: scanChunk, ahead: true}, s.At)
	if err != nil {
		return err
	}
	for {
		it, ok, err := rows.next(ctx)
		if err != nil || !ok {
			return err
		}
		if err := fn(it); err != nil {
			return err
		}
	}
}

func scanOf(q LevelQuery) engine.ItemScan {
	return engine.ItemScan{Tenant: q.Tenant, Location: q.Location, Product: q.Product, Low: q.Low}
}

func decodeRow(row *engine.ItemRow) (*stock.Item, error) {
	it, err := stock.DecodeItem(row.Key, row.Packed)
	if err != nil {
		return nil, fmt.Errorf("item %q at %q: %w", row.Key.Product, row.Key.Location, err)
	}
	return it, nil
}

// itemRows gives the items of all slots in the order of the list.
type itemRows struct {
	merged *merged[*engine.ItemRow]
	held   *engine.ItemRow // read, and not yet given
}

// rowPages says how many rows of a slot are read at a time.
type rowPages struct {
	limit int
	// most is how many are wanted of a slot in all, 0 for all there are. Who
	// needs more than limit after all gets twice as many each time.
	most  int
	ahead bool
}

// rowsOf reads the rows of the query behind after. It notes in at where each
// slot was when its first rows were read.
func rowsOf(
	ctx context.Context, under *sync.WaitGroup, slots []engine.Engine, q LevelQuery, after *stock.ItemKey, size rowPages, at feed.Cursors,
) (*itemRows, error) {
	read := func(slot int) func(context.Context) ([]*engine.ItemRow, bool, error) {
		scan := scanOf(q)
		scan.After, scan.Limit = after, size.limit
		seen := 0
		return func(ctx context.Context) ([]*engine.ItemRow, bool, error) {
			rows := make([]*engine.ItemRow, 0, min(scan.Limit, 64))
			head, err := slots[slot].ScanItems(ctx, scan, func(row *engine.ItemRow) error {
				rows = append(rows, row)
				return nil
			})
			if err != nil {
				return nil, false, err
			}
			if seen == 0 {
				at[slot] = feed.Behind(uint16(slot), head)
			}
			seen += len(rows)
			if len(rows) < scan.Limit || seen == size.most {
				return rows, false, nil
			}
			scan.After = &rows[len(rows)-1].Key
			if size.most > 0 {
				scan.Limit = min(2*scan.Limit, size.most-seen)
			}
			return rows, true, nil
		}
	}
	m, err := beside(ctx, under, len(slots), size.ahead, read, func(a, b *engine.ItemRow) bool { return a.Key.Compare(b.Key) < 0 })
	if err != nil {
		return nil, err
	}
	return &itemRows{merged: m}, nil
}

// next returns the next item. While an item moves from slot to slot both may
// have a row of it; the one with the higher version counts.
func (r *itemRows) next(ctx context.Context) (*stock.Item, bool, error) {
	best := r.held
	for {
		row, ok, err := r.merged.next(ctx)
		if err != nil {
			return nil, false, err
		}
		r.held = row
		switch {
		case !ok && best == nil:
			return nil, false, nil
		case best == nil:
			best = row
		case ok && row.Key == best.Key:
			if row.Version > best.Version {
				best = row
			}
		default:
			it, err := decodeRow(best)
			return it, err == nil, err
		}
	}
}

package view

import (
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Snapshot says as of when a result was right.
type Snapshot struct {
	// AsOf is a time at which all of it was right.
	AsOf stock.Time
	// At is the place in the logs up to which everything is shown. With several slots some
	// later events may be shown as well.
	At feed.Cursors
}

// scanChunk is how many rows of one of several slots are read at a time.
const scanChunk = 1000

// Scan calls fn for every item that the query selects, ordered by product, location and
// lot. PageSize and PageToken have no meaning here. With one slot the scan is one snapshot
// of the books, which the store keeps while fn works: fn must not wait for anybody. With
// several slots no store can keep one snapshot: there each row is as it was at or after the
// returned place, and its version shows which of the events behind that place it has seen.
// fn's error ends the scan and is returned.
func (l *Levels) Scan(ctx context.Context, q LevelQuery, fn func(*stock.Item) error) (Snapshot, error) {
	slots := l.listSlots()
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
	l.history.Stamp(s.At)
	return s, nil
}

func (l *Levels) scanOne(ctx context.Context, e slotReader, q LevelQuery, s Snapshot, fn func(*stock.Item) error) error {
	scan := scanOf(q)
	scan.After = q.After
	head, err := e.ScanItems(ctx, scan, func(row *engine.ItemRow) error {
		if row.Key.Hidden() || !q.Bounds.Location(row.Key.Location) {
			return nil
		}
		it, err := decodeRow(row)
		if err != nil {
			return err
		}
		return fn(it)
	})
	s.At[0] = feed.Behind(0, head)
	return err
}

// scanAll scans in stretches. A stretch is right if no bucket moved during it. After a
// wrong stretch it begins anew behind the last right one.
func (l *Levels) scanAll(ctx context.Context, slots []slotReader, q LevelQuery, s Snapshot, fn func(*stock.Item) error) error {
	after := q.After
	for at := s.At; ; at = make(feed.Cursors, len(slots)) {
		last, ended, err := l.scanOn(ctx, slots, q, after, at, fn)
		if ended || err != nil {
			return err
		}
		after = last
	}
}

// scanOn scans behind after until it ends, or a bucket has moved, and returns the last item
// that fn was called for.
func (l *Levels) scanOn(
	ctx context.Context, slots []slotReader, q LevelQuery, after *stock.ItemKey, at feed.Cursors, fn func(*stock.Item) error,
) (last *stock.ItemKey, ended bool, err error) {
	known, err := l.stages(ctx, slots)
	if err != nil {
		return nil, false, err
	}
	var under sync.WaitGroup
	defer under.Wait()
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := rowsOf(within, &under, slots, known, q, after, rowPages{limit: scanChunk, ahead: true}, at)
	if err != nil {
		return nil, false, err
	}
	stretch := make([]*stock.Item, 0, scanChunk)
	for {
		stretch = stretch[:0]
		for len(stretch) < scanChunk {
			it, ok, err := rows.next(within)
			if err != nil {
				return nil, false, err
			}
			if !ok {
				break
			}
			stretch = append(stretch, it)
		}
		held, err := l.held(ctx, slots, known)
		if err != nil {
			return nil, false, err
		}
		if !held {
			return after, false, nil
		}
		for _, it := range stretch {
			if err := fn(it); err != nil {
				return nil, false, err
			}
			after = &it.Key
		}
		if len(stretch) < scanChunk {
			return after, true, nil
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

// itemRows returns the items of all slots in the order of the list.
type itemRows struct {
	merged *merged[*engine.ItemRow]
	held   *engine.ItemRow // read, and not yet returned
}

// rowPages says how many rows of a slot are read at a time.
type rowPages struct {
	limit int
	// most is how many rows are wanted of a slot in all, 0 for all there are. A reader that
	// needs more than limit after all gets twice as many each time.
	most  int
	ahead bool
}

// rowsOf reads the rows of the query behind after that count. It notes in at
// where each slot was when its first rows were read.
func rowsOf(
	ctx context.Context, under *sync.WaitGroup, slots []slotReader, known *stages, q LevelQuery, after *stock.ItemKey, size rowPages, at feed.Cursors,
) (*itemRows, error) {
	read := func(slot int) func(context.Context) ([]*engine.ItemRow, bool, error) {
		scan := scanOf(q)
		scan.After, scan.Limit = after, size.limit
		seen, first := 0, true
		return func(ctx context.Context) ([]*engine.ItemRow, bool, error) {
			rows, passed := make([]*engine.ItemRow, 0, min(scan.Limit, 64)), 0
			var last *stock.ItemKey
			head, err := slots[slot].ScanItems(ctx, scan, func(row *engine.ItemRow) error {
				passed++
				last = &row.Key
				if known.shows(slot, row.Bucket) && !row.Key.Hidden() && q.Bounds.Location(row.Key.Location) {
					rows = append(rows, row)
				}
				return nil
			})
			if err != nil {
				return nil, false, err
			}
			if first {
				at[slot], first = feed.Behind(uint16(slot), head), false
			}
			seen += len(rows)
			if passed < scan.Limit || size.most > 0 && seen >= size.most {
				return rows, false, nil
			}
			scan.After = last
			switch {
			case passed > len(rows): // there may be many rows that do not count
				scan.Limit = min(2*scan.Limit, scanChunk)
			case size.most > 0:
				scan.Limit = min(2*scan.Limit, size.most-seen)
			}
			return rows, true, nil
		}
	}
	m, err := merge(ctx, streams(ctx, under, len(slots), size.ahead, read), func(a, b *engine.ItemRow) bool { return a.Key.Compare(b.Key) < 0 })
	if err != nil {
		return nil, err
	}
	return &itemRows{merged: m}, nil
}

// next returns the next item. Where two slots both show a row of the item, the one with the
// higher version counts.
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

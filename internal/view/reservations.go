package view

import (
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// Reservations lists what orders hold, in all slots: who holds this? Every answer has each
// write acknowledged before it was asked for. Active reservations are found in memory. For
// those that have ended, all holds that are kept are read.
type Reservations struct {
	now     func() stock.Time
	history *feed.Histories
	slots   []*openLines // by number
}

// NewReservations returns the reservations kept in the slots, which are numbered in their
// order. now is the clock by which lines expire.
func NewReservations(slots []engine.Engine, now func() stock.Time, opts ...Option) *Reservations {
	var s settings
	for _, set := range opts {
		set(&s)
	}
	r := &Reservations{now: now, history: s.history}
	for slot, e := range slots {
		r.slots = append(r.slots, newOpenLines(uint16(slot), e))
	}
	return r
}

// ReservationPage is one page of reservations, ordered by deadline (those
// without one last), order, product, location and lot.
type ReservationPage struct {
	Items []Reservation
	// NextPageToken is "" on the last page.
	NextPageToken string
	// Snapshot says as of when the page was right.
	Snapshot
}

// Page returns one page. It returns ErrPageSize and ErrPageToken for a query that
// cannot be answered.
func (r *Reservations) Page(ctx context.Context, q ReservationQuery) (*ReservationPage, error) {
	size, err := pageSize(q.PageSize)
	if err != nil {
		return nil, err
	}
	if q.State == "" {
		q.State = stock.StateActive
	}
	f := q.filter()
	var after *Reservation
	if q.PageToken != "" {
		if after, err = openReservationToken(f, q.PageToken); err != nil {
			return nil, err
		}
	}
	page := &ReservationPage{}
	// One more shows whether there is a next page.
	if page.Items, page.Snapshot, err = r.find(ctx, &q, after, size+1); err != nil {
		return nil, err
	}
	if len(page.Items) > size {
		page.Items = page.Items[:size]
		page.NextPageToken = sealReservationToken(f, &page.Items[size-1])
	}
	return page, nil
}

// Scan calls fn for every reservation that the query selects, in the order of a
// page. PageSize and PageToken have no meaning here. fn's error ends the scan and
// is returned.
func (r *Reservations) Scan(ctx context.Context, q ReservationQuery, fn func(*Reservation) error) (Snapshot, error) {
	if q.State == "" {
		q.State = stock.StateActive
	}
	all, at, err := r.find(ctx, &q, nil, 0)
	if err != nil {
		return at, err
	}
	for i := range all {
		if err := fn(&all[i]); err != nil {
			return at, err
		}
	}
	return at, nil
}

// find returns the first reservations behind after, as many as are wanted (0: all).
func (r *Reservations) find(ctx context.Context, q *ReservationQuery, after *Reservation, want int) ([]Reservation, Snapshot, error) {
	collect := func() *first { return &first{after: after, want: want} }
	return collectLines(ctx, r, lineScan{q.Tenant, q.State == stock.StateActive}, collect, func(into *first, order string, l *stock.Line) {
		if q.selects(order, l) {
			into.add(Reservation{order, *l})
		}
	})
}

// lineScan says which lines are looked at.
type lineScan struct {
	tenant string
	open   bool // only those that hold something, which are in memory
}

// collector keeps the first of what it is given.
type collector[T any] interface {
	add(T)
	cut() []T
}

// collectLines passes each line of a tenant, as it counts now, to take with the collector
// of its slot, and returns what all of them kept. The line is reused.
func collectLines[T any, C collector[T]](ctx context.Context, r *Reservations, scan lineScan, collect func() C, take func(C, string, *stock.Line)) ([]T, Snapshot, error) {
	readers := make([]slotReader, len(r.slots))
	for slot, o := range r.slots {
		readers[slot] = o.engine
	}
	for {
		known, err := readStages(ctx, readers)
		if err != nil {
			return nil, Snapshot{}, fmt.Errorf("list reservations: %w", err)
		}
		at := Snapshot{AsOf: r.now(), At: make(feed.Cursors, len(r.slots))}
		all := collect()
		var mu sync.Mutex
		err = feed.EachSlot(ctx, len(r.slots), func(ctx context.Context, slot int) error {
			own := collect()
			var line stock.Line
			head, err := r.lines(ctx, slot, scan.open, func(key stock.HoldKey, l *stock.Line) {
				if key.Tenant != scan.tenant || !known.shows(slot, key.Bucket) {
					return
				}
				line = l.At(at.AsOf)
				take(own, key.Order, &line)
			})
			at.At[slot] = feed.Behind(uint16(slot), head)
			mu.Lock()
			defer mu.Unlock()
			for _, found := range own.cut() {
				all.add(found)
			}
			return err
		})
		if err != nil {
			return nil, Snapshot{}, fmt.Errorf("list reservations: %w", err)
		}
		now, err := readStages(ctx, readers)
		if err != nil {
			return nil, Snapshot{}, fmt.Errorf("list reservations: %w", err)
		}
		if known.held(now) {
			r.history.Stamp(at.At)
			return all.cut(), at, nil
		}
	}
}

// lines calls fn for all lines of a slot, or for those that are open, and returns where
// the slot was then.
func (r *Reservations) lines(ctx context.Context, slot int, open bool, fn func(stock.HoldKey, *stock.Line)) (engine.Seq, error) {
	o := r.slots[slot]
	if open {
		return o.forEachLine(ctx, fn)
	}
	return o.engine.ScanHolds(ctx, engine.HoldScan{}, func(row *engine.HoldRow) error {
		h, err := stock.DecodeHold(row.Key, row.Packed)
		if err != nil {
			return fmt.Errorf("order %q: %w", row.Key.Order, err)
		}
		for i := range h.Lines {
			fn(h.Key, &h.Lines[i])
		}
		return nil
	})
}

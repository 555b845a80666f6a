package outpost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Offer opens a case for each act in the records of a till's file that is not in the books. A
// repeat opens none. Nothing is posted: people decide.
func (d *Desk) Offer(ctx context.Context, tenant, till string, o Offer) (Unknown, error) {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return Unknown{}, err
	}
	if len(o.Records) == 0 || len(o.Records) > MaxRecords {
		return Unknown{}, invalid("records", "records must be from 1 to %d, there are %d", MaxRecords, len(o.Records))
	}
	epoch, err := numberOf("epoch", o.Epoch)
	if err == nil && epoch == 0 {
		err = invalid("epoch", "epoch must be given")
	}
	if err != nil {
		return Unknown{}, err
	}
	all, err := readLost(&t, o.Records)
	if err != nil {
		return Unknown{}, err
	}
	known := arrivals{desk: d, till: &t, epoch: epoch, offset: o.Offset, byProduct: map[string]map[arrival]bool{}}
	answer := Unknown{}
	for i := range all {
		l := &all[i]
		l.entry.Epoch = nameOf(epoch)
		switch arrived, err := known.has(ctx, l.product, &l.entry, l.at); {
		case err != nil:
			return answer, err
		case arrived:
			continue
		}
		wanted, err := l.isWanted(ctx, d, &t, epoch)
		if err != nil || !wanted {
			if err != nil {
				return answer, err
			}
			continue
		}
		answer.Entries++
		if err := l.open(ctx, d, &t, epoch, o.Offset); err != nil {
			return answer, err
		}
	}
	return answer, nil
}

// isWanted reports whether there is something to decide: where a reservation was given up, whether the
// books still have it.
func (l *lost) isWanted(ctx context.Context, d *Desk, t *catalog.Till, epoch uint64) (bool, error) {
	if l.entry.Did != catalog.LostRelease {
		return true, nil
	}
	holds, _, err := d.books.Order(ctx, stock.OrderKey{Tenant: t.Tenant, Order: stock.OrderIn(epoch, t.ID, l.order)})
	if err != nil {
		return false, fmt.Errorf("read order %q: %w", l.order, err)
	}
	_, line := stock.LineOf(holds, stock.ItemKey{Tenant: t.Tenant, Location: t.Location, Product: l.product})
	return line != nil && line.End == stock.Open, nil
}

// open opens the case of one thing that a till did.
func (l *lost) open(ctx context.Context, d *Desk, t *catalog.Till, epoch uint64, offset time.Duration) error {
	happened := time.UnixMilli(int64(l.at)).UTC().Add(offset)
	if now := d.now(); happened.After(now) {
		happened = now
	}
	c := catalog.Case{
		Kind: catalog.CaseLostLine, Product: l.product, Qty: int64(l.units), Channel: l.channel, Lost: &l.entry,
		Reason: l.note.Reason, Reference: l.note.Reference, Operator: l.note.Operator, Happened: catalog.Moment{Time: happened},
	}
	if l.order != "" {
		c.Order = stock.OrderIn(epoch, t.ID, l.order)
	}
	return d.open(ctx, t, c, nameOf(epoch), fmt.Sprint(l.entry.Record), l.entry.Hash, fmt.Sprint(l.entry.Entry), l.product)
}

// HasArrived reports whether an entry that seemed lost by a till is in the books by now. It refuses an answer for
// an entry that may still arrive by itself: the till's epoch is open, and its log is not in the books up to that
// entry.
func (d *Desk) HasArrived(ctx context.Context, c *catalog.Case) (bool, error) {
	t, err := d.tills.Get(ctx, c.Tenant, c.Till)
	if errors.Is(err, catalog.ErrUnknown) { // its epoch was closed before
		t = catalog.Till{Tenant: c.Tenant, ID: c.Till, Location: c.Location}
	} else if err != nil {
		return false, err
	}
	epoch, err := numberOf("epoch", c.Lost.Epoch)
	if err != nil {
		return false, err
	}
	h, err := d.holder(ctx, &catalog.Till{Tenant: c.Tenant, ID: c.Till, Location: c.Location})
	if err != nil {
		return false, err
	}
	if h.Open && h.Epoch == epoch && c.Lost.Record > h.Seq {
		return false, &stock.Refusal{
			Code: stock.InvalidState, State: c.State,
			Detail: fmt.Sprintf("the log of till %q is in the books up to record %d, and this is record %d: it may still come by itself; write the till off or pair it anew to book it", t.ID, h.Seq, c.Lost.Record),
		}
	}
	t.Location = c.Location
	known := arrivals{desk: d, till: &t, epoch: epoch, byProduct: map[string]map[arrival]bool{}}
	return known.has(ctx, c.Product, c.Lost, stock.Time(c.Happened.UnixMilli()))
}

// arrival is how far a till's log was when a part of it came into the books.
type arrival struct {
	hash string
	done uint32
}

// arrivals are what came into the books of an epoch of a till, by product.
type arrivals struct {
	desk      *Desk
	till      *catalog.Till
	epoch     uint64
	offset    time.Duration
	byProduct map[string]map[arrival]bool
}

// arrivedSince is how long before the till's own time an entry is looked for in the journal: clocks may have
// been wrong.
const arrivedSince = 14 * 24 * time.Hour

// maxArrivals bounds the pages of the journal that are read for a product.
const maxArrivals = 1000

// has reports whether the entry is in the books.
func (a *arrivals) has(ctx context.Context, product string, l *catalog.LostEntry, at stock.Time) (bool, error) {
	of := a.byProduct[product]
	if of == nil {
		of = map[arrival]bool{}
		since := max(0, at+stock.Time((a.offset-arrivedSince).Milliseconds()))
		if err := a.read(ctx, product, since, of); err != nil {
			return false, err
		}
		a.byProduct[product] = of
	}
	return of[arrival{l.Hash, 0}] || of[arrival{l.Prev, l.Entry}], nil
}

// read collects what came in.
func (a *arrivals) read(ctx context.Context, product string, since stock.Time, into map[arrival]bool) error {
	q := view.EntryQuery{Tenant: a.till.Tenant, Product: product, Location: a.till.Location, Since: since, PageSize: view.MaxPageSize}
	for range maxArrivals {
		page, err := a.desk.journal.Entries(ctx, q)
		if err == nil && page.Stale {
			err = view.ErrBehind
		}
		if err != nil {
			return fmt.Errorf("look what of product %q is in the books: %w", product, err)
		}
		for i := range page.Entries {
			if till, at := holderIn(page.Entries[i].Event); at != nil && till == a.till.ID && at.Epoch == a.epoch {
				into[arrival{hexOf(at.Hash), at.Done}] = true
			}
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return nil
		}
	}
	return fmt.Errorf("look what of product %q is in the books: %w", product, view.ErrTooFarBack)
}

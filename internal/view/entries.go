package view

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// EntryQuery selects entries of the journal of a product.
type EntryQuery struct {
	Tenant, Product string
	// Location and Order leave out entries of others; "" is every. An order's
	// entries are what happened to its lines: what only names an order (a
	// return, a sale elsewhere) is found by its product.
	Location, Order string
	// Since and Until leave out what was booked before Since, and at or after
	// Until; 0 is no bound.
	Since, Until stock.Time
	// PageSize is 1 to MaxPageSize; 0 is DefaultPageSize.
	PageSize int
	// PageToken goes on behind the page that returned it, "" starts.
	PageToken string
}

// EntryPage is one page of the journal, newest first.
type EntryPage struct {
	Entries []Entry
	// NextPageToken is "" on the last page.
	NextPageToken string
	// Stale says that the journal did not catch up in time with what was
	// committed when the page was asked for: newer entries may be missing.
	Stale bool
}

// Entries returns one page. It returns ErrPageSize and ErrPageToken for a
// query that cannot be answered. Whether the product exists it does not say.
func (j *Journal) Entries(ctx context.Context, q EntryQuery) (*EntryPage, error) {
	size, err := pageSize(q.PageSize)
	if err != nil {
		return nil, err
	}
	f := q.filter()
	// The page starts behind this place: everything is before it.
	from := place{seq: ^engine.Seq(0)}
	if q.PageToken != "" {
		if from, err = openEntryToken(f, q.PageToken); err != nil {
			return nil, err
		}
	}
	page, last, err := j.page(ctx, q, from, size)
	if errors.Is(err, engine.ErrGone) {
		err = nil // what is left of the log ends here
	}
	if err != nil {
		return nil, fmt.Errorf("list journal entries: %w", err)
	}
	if last != nil {
		page.NextPageToken = sealEntryToken(f, *last)
	}
	return page, nil
}

// page returns up to size entries behind from, and the place of the last one
// when there are more.
func (j *Journal) page(ctx context.Context, q EntryQuery, from place, size int) (*EntryPage, *place, error) {
	page := &EntryPage{}
	head, err := j.engine.Head(ctx)
	if err != nil {
		return nil, nil, err
	}
	want := min(head, from.seq)
	cursor, err := j.await(ctx, want)
	if err != nil {
		return nil, nil, err
	}
	page.Stale = cursor < want
	// One upper bound for all histories, though the cursor moves on: else a
	// record could be in the part of one that is listed and not yet in
	// another.
	span, err := j.between(ctx, q.Since, q.Until, min(head, cursor))
	if err != nil || span.empty() {
		return page, nil, err
	}
	if from.seq < span.before-1 {
		span.before = from.seq + 1
	}
	records, err := j.histories(ctx, q, span.before, size)
	if err != nil {
		return page, nil, err
	}
	var last place
	for {
		seq, err := records.next(ctx)
		if err != nil {
			return page, nil, err
		}
		if seq < span.first {
			return page, nil, nil
		}
		r, err := j.record(ctx, seq)
		if err != nil {
			return page, nil, err
		}
		for i := len(r.events) - 1; i >= 0; i-- {
			e := r.events[i]
			if e == nil || e.Tenant != q.Tenant || q.Order != "" && (e.Order != q.Order || len(e.Lines) == 0) {
				continue
			}
			for n := len(e.Items) - 1; n >= 0; n-- {
				p := place{seq, i, n}
				if !q.selects(e, n) || !p.before(from) {
					continue
				}
				if len(page.Entries) == size {
					return page, &last, nil
				}
				page.Entries = append(page.Entries, j.entry(p, r.at, e))
				last = p
			}
		}
	}
}

func (j *Journal) record(ctx context.Context, seq engine.Seq) (*decodedRecord, error) {
	return j.decoded.read(ctx, j.engine, seq)
}

// histories returns the records before a seq that may have entries for the
// query, newest first.
func (j *Journal) histories(ctx context.Context, q EntryQuery, before engine.Seq, size int) (*merged, error) {
	var hs []history
	chunk := min(size+1, 64)
	if q.Order == "" {
		scan := engine.ItemScan{Tenant: q.Tenant, Product: q.Product, Location: q.Location}
		_, err := j.engine.ScanItems(ctx, scan, func(row *engine.ItemRow) error {
			hs = append(hs, &itemHistory{store: j.store, item: row.Key, before: before, chunk: chunk})
			return nil
		})
		if err != nil {
			return nil, err
		}
		return merge(ctx, hs)
	}
	order := stock.OrderKey{Tenant: q.Tenant, Order: q.Order}
	l, err := j.engine.Load(ctx, engine.Want{Orders: []stock.OrderKey{order}})
	if err != nil {
		return nil, err
	}
	for i := range l.Holds {
		hs = append(hs, &holdHistory{records: j.record, hold: l.Holds[i].Key, at: l.Holds[i].Seq, before: before})
	}
	return merge(ctx, hs)
}

// selects reports whether the query wants item n of an event of its tenant
// and order.
func (q *EntryQuery) selects(e *stock.Event, n int) bool {
	k := &e.Items[n].Key
	return k.Product == q.Product && (q.Location == "" || k.Location == q.Location) && e.Touches(n)
}

func (q *EntryQuery) filter() filter {
	return newFilter("entries", q.Tenant, q.Product, q.Location, q.Order,
		strconv.FormatInt(int64(q.Since), 10), strconv.FormatInt(int64(q.Until), 10))
}

func sealEntryToken(f filter, p place) string {
	b := binary.AppendUvarint(nil, uint64(p.seq))
	b = binary.AppendUvarint(b, uint64(p.event))
	return f.seal(binary.AppendUvarint(b, uint64(p.item)))
}

func openEntryToken(f filter, token string) (place, error) {
	b, err := f.open(token)
	if err != nil {
		return place{}, err
	}
	var v [3]uint64
	for i := range v {
		number, n := binary.Uvarint(b)
		if n <= 0 {
			return place{}, ErrPageToken
		}
		v[i], b = number, b[n:]
	}
	// No group is near that big; it keeps a forged token inside an int.
	const most = 1 << 31
	if len(b) > 0 || v[1] > most || v[2] > most || v[0] == 0 || v[0] >= 1<<63 {
		return place{}, ErrPageToken
	}
	return place{engine.Seq(v[0]), int(v[1]), int(v[2])}, nil
}

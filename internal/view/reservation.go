package view

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// Reservation is a line of an order.
type Reservation struct {
	Order string
	stock.Line
}

// compare orders reservations by deadline, those without one last, then by
// order, product, location and lot.
func (r *Reservation) compare(o *Reservation) int {
	a, b := &r.Item, &o.Item
	return cmp.Or(
		// 0 becomes the greatest value.
		cmp.Compare(uint64(r.Deadline)-1, uint64(o.Deadline)-1), strings.Compare(r.Order, o.Order), strings.Compare(a.Product, b.Product),
		strings.Compare(a.Location, b.Location), strings.Compare(a.Lot, b.Lot),
	)
}

// ReservationQuery selects reservations of a tenant.
type ReservationQuery struct {
	Tenant string
	// State is one of those of stock.Line.State; "" is stock.StateActive.
	State string
	// Product, Location, Channel and Customer select one of each; "" is every.
	Product, Location, Channel, Customer string
	// Bounds leave out lines at other locations and of other channels; nil: none.
	Bounds *stock.Bounds
	// OrderPrefix leaves out orders whose ids begin otherwise.
	OrderPrefix string
	// ExpiresBefore leaves out lines that expire then or later, or never. CreatedBefore
	// leaves out lines made then or later. 0 is no bound.
	ExpiresBefore, CreatedBefore stock.Time
	// PageSize is 1 to MaxPageSize; 0 is DefaultPageSize.
	PageSize int
	// PageToken continues after the page that returned it, "" starts.
	PageToken string
}

// selects reports whether the query wants a line as it counts at its moment. A line whose
// units are in another slot than its home is the home's.
func (q *ReservationQuery) selects(order string, l *stock.Line) bool {
	return !l.Follows() && l.State() == q.State &&
		(q.Product == "" || l.Item.Product == q.Product) && (q.Location == "" || l.Item.Location == q.Location) &&
		(q.Channel == "" || l.Channel == q.Channel) && (q.Customer == "" || l.Customer == q.Customer) &&
		strings.HasPrefix(order, q.OrderPrefix) && q.Bounds.Line(l) &&
		(q.ExpiresBefore == 0 || l.Deadline != 0 && l.Deadline < q.ExpiresBefore) && (q.CreatedBefore == 0 || l.CreatedAt < q.CreatedBefore)
}

func (q *ReservationQuery) filter() filter {
	return newFilter("reservations", q.Tenant, q.State, q.Product, q.Location, q.Channel, q.Customer, q.OrderPrefix,
		strconv.FormatInt(int64(q.ExpiresBefore), 10), strconv.FormatInt(int64(q.CreatedBefore), 10))
}

func sealReservationToken(f filter, last *Reservation) string {
	b := binary.AppendUvarint(nil, uint64(last.Deadline))
	for _, part := range []string{last.Order, last.Item.Product, last.Item.Location, last.Item.Lot} {
		b = appendText(b, part)
	}
	return f.seal(b)
}

func openReservationToken(f filter, token string) (*Reservation, error) {
	b, err := f.open(token)
	if err != nil {
		return nil, err
	}
	last := &Reservation{}
	deadline, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, ErrPageToken
	}
	last.Deadline, b = stock.Time(deadline), b[n:]
	for _, part := range []*string{&last.Order, &last.Item.Product, &last.Item.Location, &last.Item.Lot} {
		var ok bool
		if *part, b, ok = cutText(b); !ok {
			return nil, ErrPageToken
		}
	}
	if len(b) > 0 {
		return nil, ErrPageToken
	}
	return last, nil
}

// first keeps the first reservations behind a place, as many as are wanted.
type first struct {
	after *Reservation
	want  int // 0: all
	found []Reservation
}

func (f *first) add(r Reservation) {
	if f.after != nil && r.compare(f.after) <= 0 {
		return
	}
	f.found = append(f.found, r)
	if f.want > 0 && len(f.found) >= 2*f.want+64 {
		f.cut()
	}
}

// cut sorts the found reservations, and drops those that are not wanted.
func (f *first) cut() []Reservation {
	slices.SortFunc(f.found, func(a, b Reservation) int { return a.compare(&b) })
	if f.want > 0 && len(f.found) > f.want {
		clear(f.found[f.want:])
		f.found = f.found[:f.want]
	}
	return f.found
}

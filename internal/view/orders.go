package view

import (
	"context"
	"encoding/binary"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// The states of orders that reservations do not have: committed is active without a
// deadline, waiting holds units that are not there yet. Of confirmed orders something has
// left: they may be active too.
const (
	OrdersCommitted = "committed"
	OrdersWaiting   = "waiting"
	OrdersAny       = "any"
)

// OrderQuery selects orders of a tenant: those that have a line which fits all of it.
type OrderQuery struct {
	Tenant string
	// State is one of those of stock.Line.State or of those above; "" is
	// stock.StateActive.
	State string
	// Product, Location, Channel and Customer select one of each; "" is every.
	Product, Location, Channel, Customer string
	// Bounds leave out lines at other locations and of other channels; nil: none.
	Bounds *stock.Bounds
	// Part leaves out orders whose ids do not contain it.
	Part string
	// DueBefore leaves out lines that expire then or later, or never. Since leaves out
	// lines made before it, Until lines made then or later. 0 is no bound.
	DueBefore, Since, Until stock.Time
	// Due lists the earliest deadline first, orders without a deadline last. Without Due
	// the order that was made last is first.
	Due bool
	// PageSize is 1 to MaxPageSize; 0 is DefaultPageSize.
	PageSize int
	// PageToken continues after the page that returned it, "" starts.
	PageToken string
}

// OrderPlace is where an order is in the list: at the deadline, or the making, of its first
// line in that order.
type OrderPlace struct {
	Order string
	rank  uint64 // ascending
}

func (p *OrderPlace) isBefore(o *OrderPlace) bool {
	if p.rank != o.rank {
		return p.rank < o.rank
	}
	return p.Order < o.Order
}

// OrderPage is one page of orders.
type OrderPage struct {
	Places []OrderPlace
	// NextPageToken is "" on the last page.
	NextPageToken string
	// Snapshot says as of when the page was right.
	Snapshot
}

// Orders returns one page. It returns ErrPageSize and ErrPageToken for a query that cannot
// be answered. An order with lines in several buckets may have places on several pages:
// only the one that OrderQuery.Place returns counts.
func (r *Reservations) Orders(ctx context.Context, q OrderQuery) (*OrderPage, error) {
	size, err := pageSize(q.PageSize)
	if err != nil {
		return nil, err
	}
	f := q.filter()
	var after *OrderPlace
	if q.PageToken != "" {
		if after, err = openOrderToken(f, q.PageToken); err != nil {
			return nil, err
		}
	}
	page := &OrderPage{}
	// One more shows whether there is a next page.
	collect := func() *firstOrders { return &firstOrders{after: after, want: size + 1, best: map[string]OrderPlace{}} }
	page.Places, page.Snapshot, err = collectLines(ctx, r, lineScan{q.Tenant, q.open()}, collect, func(into *firstOrders, order string, l *stock.Line) {
		if q.selects(order, l) {
			into.add(q.placeOf(order, l))
		}
	})
	if err != nil {
		return nil, err
	}
	if len(page.Places) > size {
		page.Places = page.Places[:size]
		page.NextPageToken = sealOrderToken(f, &page.Places[size-1])
	}
	return page, nil
}

// Place returns where an order with these lines, as they count now, is in the list;
// false when it is not in it.
func (q *OrderQuery) Place(order string, lines []stock.Line) (place OrderPlace, listed bool) {
	for i := range lines {
		if !q.selects(order, &lines[i]) {
			continue
		}
		if p := q.placeOf(order, &lines[i]); !listed || p.isBefore(&place) {
			place, listed = p, true
		}
	}
	return place, listed
}

func (q *OrderQuery) placeOf(order string, l *stock.Line) OrderPlace {
	if q.Due {
		return OrderPlace{order, uint64(l.Deadline) - 1} // 0 becomes the greatest value
	}
	return OrderPlace{order, ^uint64(l.CreatedAt)}
}

// open reports whether the query is only about lines that hold something.
func (q *OrderQuery) open() bool {
	switch q.State {
	case "", stock.StateActive, OrdersCommitted, OrdersWaiting:
		return true
	}
	return false
}

// selects reports whether the query wants a line as it counts at its moment.
func (q *OrderQuery) selects(order string, l *stock.Line) bool {
	return !l.Follows() && q.inState(l) && strings.Contains(order, q.Part) && q.Bounds.Line(l) &&
		(q.Product == "" || l.Item.Product == q.Product) && (q.Location == "" || l.Item.Location == q.Location) &&
		(q.Channel == "" || l.Channel == q.Channel) && (q.Customer == "" || l.Customer == q.Customer) &&
		(q.DueBefore == 0 || l.Deadline != 0 && l.Deadline < q.DueBefore) &&
		l.CreatedAt >= q.Since && (q.Until == 0 || l.CreatedAt < q.Until)
}

func (q *OrderQuery) inState(l *stock.Line) bool {
	switch state := l.State(); q.State {
	case OrdersAny:
		return true
	case OrdersCommitted:
		return state == stock.StateActive && l.Deadline == 0
	case OrdersWaiting:
		return state == stock.StateActive && l.Waiting() > 0
	case stock.StateConfirmed: // also while the rest is held
		return state == stock.StateConfirmed || l.Confirmed > 0
	case "":
		return state == stock.StateActive
	default:
		return state == q.State
	}
}

func (q *OrderQuery) filter() filter {
	f := newFilter("orders", q.Tenant, q.State, q.Product, q.Location, q.Channel, q.Customer, q.Part, strconv.FormatBool(q.Due))
	for _, t := range []stock.Time{q.DueBefore, q.Since, q.Until} {
		f = f.add(strconv.FormatInt(int64(t), 10))
	}
	return f
}

func sealOrderToken(f filter, last *OrderPlace) string {
	return f.seal(appendText(binary.AppendUvarint(nil, last.rank), last.Order))
}

func openOrderToken(f filter, token string) (*OrderPlace, error) {
	b, err := f.open(token)
	if err != nil {
		return nil, err
	}
	rank, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, ErrPageToken
	}
	order, rest, ok := cutText(b[n:])
	if !ok || len(rest) > 0 {
		return nil, ErrPageToken
	}
	return &OrderPlace{order, rank}, nil
}

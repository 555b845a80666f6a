package orders

import (
	"cmp"
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	// maxHistory bounds the entries of an order that its history shows.
	maxHistory = 5000
	// maxSearched bounds the entries of its products that are read to find returns of the
	// order: the journal keeps returns by product.
	maxSearched = 5000
)

func (s *Chapter) getOrderHistory(ctx context.Context, c *kit.Call, r *holdfastv1.GetOrderHistoryRequest) (*holdfastv1.OrderHistory, error) {
	var f kit.Form
	f.ID("order_id", r.OrderId, kit.MaxOrder)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	lines, _, err := orderLines(ctx, from, r.OrderId)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, kit.Refuse(kit.CodeNotFound, "order %q is not known", r.OrderId)
	}
	h := orderHistory{Source: from, order: r.OrderId, known: map[string]bool{}}
	if err := h.readLines(ctx); err != nil {
		return nil, kit.BadPage(err)
	}
	if err := h.readReturns(ctx, lines); err != nil {
		return nil, kit.BadPage(err)
	}
	out := &holdfastv1.OrderHistory{OrderId: r.OrderId, Steps: h.steps(), Partial: h.partial}
	return out, s.unitsOfSteps(ctx, c.Tenant, out.Steps)
}

// orderHistory collects the entries of an order.
type orderHistory struct {
	*kit.Source
	order   string
	entries []view.Entry
	known   map[string]bool
	partial bool
}

// readLines reads what was done to the lines of the order.
func (h *orderHistory) readLines(ctx context.Context) error {
	all, err := h.read(ctx, view.EntryQuery{Tenant: h.Call.Tenant, Order: h.order}, maxHistory, func(e *view.Entry) {
		h.known[e.ID] = true
		h.entries = append(h.entries, *e)
	})
	h.partial = !all
	return err
}

// readReturns reads the returns of the order. Such entries only name the order, so they
// are found by its products.
func (h *orderHistory) readReturns(ctx context.Context, lines []stock.Line) error {
	left := maxSearched
	for _, p := range productsThatLeft(lines) {
		if left <= 0 {
			h.partial = true
			break
		}
		q := view.EntryQuery{Tenant: h.Call.Tenant, Product: p.product, Since: p.since}
		all, err := h.read(ctx, q, left, func(e *view.Entry) {
			left--
			if e.Order == h.order && !h.known[e.ID] {
				h.entries = append(h.entries, *e)
			}
		})
		if err != nil {
			return err
		}
		h.partial = h.partial || !all
	}
	return nil
}

// read passes up to most entries to fn, and reports whether they were all.
func (h *orderHistory) read(ctx context.Context, q view.EntryQuery, most int, fn func(*view.Entry)) (all bool, err error) {
	for {
		q.PageSize = min(most, view.MaxPageSize)
		page, err := h.Source.Entries(ctx, q)
		if err != nil {
			return false, err
		}
		h.Call.Stale = h.Call.Stale || page.Stale
		for i := range page.Entries {
			fn(&page.Entries[i])
		}
		most -= len(page.Entries)
		if q.PageToken = page.NextPageToken; q.PageToken == "" || most <= 0 {
			return q.PageToken == "", nil
		}
	}
}

// soldProduct is a product of which units left with an order, and since when they may
// have been returned.
type soldProduct struct {
	product string
	since   stock.Time
}

func productsThatLeft(lines []stock.Line) (all []soldProduct) {
	for i := range lines {
		l := &lines[i]
		if l.Confirmed == 0 {
			continue
		}
		at := slices.IndexFunc(all, func(p soldProduct) bool { return p.product == l.Item.Product })
		if at < 0 {
			all = append(all, soldProduct{l.Item.Product, l.CreatedAt})
		}
	}
	return all
}

// steps joins the entries that were booked together, oldest first.
func (h *orderHistory) steps() []*holdfastv1.OrderStep {
	slices.SortFunc(h.entries, func(a, b view.Entry) int { return cmp.Or(cmp.Compare(a.At, b.At), comparePlaces(a.ID, b.ID)) })
	var steps []*holdfastv1.OrderStep
	var last *view.Entry
	for i := range h.entries {
		e := &h.entries[i]
		if last == nil || !isSameEvent(last, e) {
			steps = append(steps, &holdfastv1.OrderStep{
				EntryId: e.ID, At: kit.TimeOf(e.At), Operation: e.Operation.String(),
				Operator: e.Operator, Reason: e.Reason, ReasonCode: e.ReasonCode, Reference: e.Reference,
			})
		}
		last = e
		step := steps[len(steps)-1]
		step.Changes = append(step.Changes, orderChange(e))
	}
	return steps
}

// comparePlaces orders entries of one moment by their positions: by slot, and then in the
// order of its log.
func comparePlaces(a, b string) int {
	p, q := cursorOf(a), cursorOf(b)
	return cmp.Or(cmp.Compare(p.Slot, q.Slot), cmp.Compare(p.Seq, q.Seq), cmp.Compare(p.Entry, q.Entry), cmp.Compare(p.Item, q.Item))
}

// isSameEvent reports whether two entries are of one event.
func isSameEvent(a, b *view.Entry) bool {
	p, q := cursorOf(a.ID), cursorOf(b.ID)
	p.Item, q.Item = 0, 0
	return p == q
}

func cursorOf(id string) feed.Cursor {
	c, _ := feed.ParseCursor(id) // the journal's own
	return c
}

func orderChange(e *view.Entry) *holdfastv1.OrderChange {
	out := &holdfastv1.OrderChange{EntryId: e.ID, ProductId: e.Product, LocationId: e.Location, ChannelId: e.Channel, Lots: kit.LotsMoved(e.Lots)}
	if e.Line {
		var held int64
		for _, b := range e.Drawn {
			held += int64(b.Qty)
		}
		out.Held = &held
		if held > 0 {
			out.ExpiresAt = kit.TimeOf(e.Deadline)
		}
	}
	out.Moves = unitsMoved(e.Postings)
	return out
}

// unitsMoved shows postings; postings of several lots are joined.
func unitsMoved(postings []stock.Posting) (all []*holdfastv1.UnitsMoved) {
	for _, p := range postings {
		_, from, _ := p.From.Lot()
		_, to, _ := p.To.Lot()
		at := slices.IndexFunc(all, func(m *holdfastv1.UnitsMoved) bool { return m.From == string(from) && m.To == string(to) })
		if at < 0 {
			at, all = len(all), append(all, &holdfastv1.UnitsMoved{From: string(from), To: string(to)})
		}
		all[at].Quantity += int64(p.Qty)
	}
	return all
}

func (s *Chapter) unitsOfSteps(ctx context.Context, tenant string, steps []*holdfastv1.OrderStep) error {
	var all []*holdfastv1.OrderChange
	for _, step := range steps {
		all = append(all, step.Changes...)
	}
	return kit.Units(ctx, s.core.Directory, tenant, len(all), func(i int) string { return all[i].ProductId }, func(i int, u catalog.Unit) {
		all[i].Unit, all[i].Scale = kit.Spell(u)
	})
}

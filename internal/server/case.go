package server

import (
	"context"
	"slices"
	"strconv"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// caseChapter has the cases that people decide.
type caseChapter struct{ *core }

func (s *caseChapter) functions() map[string]method {
	return map[string]method{
		"ListCases":  unary(deciding(s, s.listCases)),
		"GetCase":    unary(deciding(s, ofCase(s, s.getCase))),
		"AssignCase": unary(deciding(s, ofCase(s, onceDone(s.core, s.assignCase)))),
		"DecideCase": unary(deciding(s, ofCase(s, onceDone(s.core, s.decideCase)))),
		// It reads the catalog only: a comment and the answer under its key are one write.
		"CommentCase": unary(deciding(s, ofCase(s, writeOnce(s.core, nil, s.commentCase)))),
	}
}

// Cases opens cases, and carries out decisions about them (cases.Desk).
type Cases interface {
	// Open stores the case that an event opens; "" when it opens none.
	Open(ctx context.Context, e *stock.Event) (id string, err error)
	// Get returns catalog.ErrUnknown for a case that never existed.
	Get(ctx context.Context, tenant, id string) (catalog.Case, error)
	// List returns a page, and the number of its last case when others may follow.
	List(ctx context.Context, q catalog.CaseQuery) (page []catalog.Case, last int64, err error)
	Assign(ctx context.Context, tenant, id, assignee string) (catalog.Case, error)
	Comment(ctx context.Context, tenant, id, operator, text string) (catalog.CaseComment, error)
	// Decide also returns the outcomes in the books, even with an error.
	Decide(ctx context.Context, by cases.Decision) (catalog.Case, []intake.Outcome, error)
	// BookLost books cases of entries that a till has lost.
	BookLost(ctx context.Context, by cases.LostBooking) (cases.BookedLost, error)
}

// deciding carries out a call where there are cases.
func deciding[Q, R any](s *caseChapter, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return knowing(s.core, func(ctx context.Context, c *call, q Q) (R, error) {
		if s.cases == nil {
			var none R
			return none, unavailable("this server keeps no cases", nil)
		}
		return f(ctx, c, q)
	})
}

// ofCase carries out a call about a case if the case is at a location of the key.
func ofCase[Q interface{ GetCaseId() string }, R any](s *caseChapter, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return func(ctx context.Context, c *call, q Q) (R, error) {
		var none R
		if c.bounds != nil && q.GetCaseId() != "" {
			k, err := s.cases.Get(ctx, c.tenant, q.GetCaseId())
			if err != nil {
				return none, factError("", err)
			}
			if err := c.requireLocation(k.Location); err != nil {
				return none, err
			}
		}
		return f(ctx, c, q)
	}
}

const (
	maxCase = 64
	// maxCaseOrders is how many orders a case shows.
	maxCaseOrders = 500
)

func (s *caseChapter) listCases(ctx context.Context, c *call, r *holdfastv1.ListCasesRequest) (*holdfastv1.ListCasesResponse, error) {
	q := catalog.CaseQuery{
		Tenant: c.tenant, Kind: r.Kind, State: r.State, Product: r.ProductId, Location: r.LocationId, Assignee: r.Assignee, Order: r.OrderId, Till: r.TillId,
	}
	var f requestForm
	f.oneOf("kind", r.Kind, catalog.CaseKinds...)
	f.oneOf("state", r.State, catalog.CaseStates...)
	f.optionalID("product_id", r.ProductId, maxProduct)
	f.optionalID("location_id", r.LocationId, maxLocation)
	f.optionalID("assignee", r.Assignee, catalog.MaxAssignee)
	f.optionalID("order_id", r.OrderId, maxOrder)
	f.optionalID("till_id", r.TillId, catalog.MaxTillID)
	q.Limit = f.page(r.PageSize)
	list := "cases " + strconv.Quote(r.Kind+"\x00"+r.State+"\x00"+r.ProductId+"\x00"+r.LocationId+"\x00"+r.Assignee+"\x00"+r.OrderId+"\x00"+r.TillId)
	if last := f.readPageToken(list, r.PageToken); last != "" {
		var err error
		if q.Before, err = strconv.ParseInt(last, 10, 64); err != nil {
			f.refuse("page_token", "is malformed or belongs to another request")
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	page, last, err := s.cases.List(ctx, q)
	if err != nil {
		return nil, err
	}
	shown := renderCase
	if c.role == catalog.RoleDisplay {
		shown = caseOnAWall
	}
	out := &holdfastv1.ListCasesResponse{Items: each(page, shown)}
	if last != 0 {
		out.NextPageToken = new(pageToken(list, strconv.FormatInt(last, 10)))
	}
	return out, s.unitsOfCases(ctx, c.tenant, out.Items...)
}

func (s *caseChapter) unitsOfCases(ctx context.Context, tenant string, list ...*holdfastv1.Case) error {
	return s.units(ctx, tenant, len(list), func(i int) string { return list[i].ProductId }, func(i int, u catalog.Unit) {
		list[i].Unit, list[i].Scale = spell(u)
	})
}

func (s *caseChapter) getCase(ctx context.Context, c *call, r *holdfastv1.GetCaseRequest) (*holdfastv1.Case, error) {
	if err := checkID("case_id", r.CaseId, maxCase); err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	k, err := s.cases.Get(ctx, c.tenant, r.CaseId)
	if err != nil {
		return nil, factError("", err)
	}
	return s.wholeCase(ctx, k)
}

// wholeCase shows a case with the orders that it may be about.
func (s *caseChapter) wholeCase(ctx context.Context, k catalog.Case) (*holdfastv1.Case, error) {
	out := renderCase(k)
	out.Comments = each(k.Comments, renderComment)
	if err := s.unitsOfCases(ctx, k.Tenant, out); err != nil {
		return nil, err
	}
	if k.State == catalog.CaseSettled || k.Product == "" {
		return out, nil
	}
	levels, _, err := s.books.Items(ctx, []stock.ItemKey{{Tenant: k.Tenant, Location: k.Location, Product: k.Product}})
	if err != nil {
		return nil, err
	}
	owed := int64(0)
	if it := levels[0].Now(); it != nil {
		owed = int64(-it.Of(stock.Oversold))
	}
	out.Oversold = &owed
	_, err = s.held.Scan(ctx, view.ReservationQuery{Tenant: k.Tenant, Product: k.Product, Location: k.Location}, func(l *view.Reservation) error {
		if len(out.Orders) == 2*maxCaseOrders {
			out.Orders = slices.Delete(out.Orders, 0, maxCaseOrders)
		}
		out.Orders = append(out.Orders, &holdfastv1.CaseOrder{OrderId: l.Order, ChannelId: l.Channel, Quantity: int64(l.Quantity()), ExpiresAt: timeOf(l.Deadline)})
		return nil
	})
	slices.Reverse(out.Orders)
	out.Orders = out.Orders[:min(len(out.Orders), maxCaseOrders)]
	return out, err
}

func (s *caseChapter) assignCase(ctx context.Context, c *call, r *holdfastv1.AssignCaseRequest) (*holdfastv1.Case, error) {
	var f requestForm
	f.id("case_id", r.CaseId, maxCase)
	f.optionalID("assignee", r.Assignee, catalog.MaxAssignee)
	if err := f.err(); err != nil {
		return nil, err
	}
	k, err := s.cases.Assign(ctx, c.tenant, r.CaseId, r.Assignee)
	if err != nil {
		return nil, factError("assignee", err)
	}
	return s.wholeCase(ctx, k)
}

func (s *caseChapter) decideCase(ctx context.Context, c *call, r *holdfastv1.DecideCaseRequest) (*holdfastv1.Case, error) {
	var f requestForm
	f.id("case_id", r.CaseId, maxCase)
	if f.oneOf("decision", r.Decision, cases.Decisions...); r.Decision == "" {
		f.refuse("decision", "is missing")
	}
	f.reason(r.Note, false)
	acts := r.Decision == cases.Release || r.Decision == cases.Move
	switch {
	case acts:
		f.requireRange("orders", int64(len(r.Orders)), 0, catalog.MaxCaseOrders)
	case len(r.Orders) > 0:
		f.refuse("orders", "is for release and move")
	}
	if r.Decision == cases.Move {
		f.id("to_location_id", r.ToLocationId, maxLocation)
	} else if r.ToLocationId != "" {
		f.refuse("to_location_id", "is for move")
	}
	for i, order := range r.Orders[:min(len(r.Orders), catalog.MaxCaseOrders)] {
		f.id("orders["+itoa(i)+"]", order, maxOrder)
	}
	if acts && len(r.Orders) == 0 && !s.isAboutOrder(ctx, c, r) {
		f.requireRange("orders", 0, 1, catalog.MaxCaseOrders)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	k, outcomes, err := s.cases.Decide(ctx, cases.Decision{
		Tenant: c.tenant, ID: r.CaseId, Decision: r.Decision, Orders: r.Orders, To: r.ToLocationId, Note: r.Note, Operator: c.operator,
	})
	for i := range outcomes {
		s.reached(c, outcomes[i].Position)
		for _, p := range outcomes[i].Positions {
			s.reached(c, p)
		}
	}
	if err != nil {
		return nil, factError("", err)
	}
	return s.wholeCase(ctx, k)
}

// isAboutOrder reports whether a decision is about the one order of a paid message.
func (s *caseChapter) isAboutOrder(ctx context.Context, c *call, r *holdfastv1.DecideCaseRequest) bool {
	k, err := s.cases.Get(ctx, c.tenant, r.CaseId)
	return err == nil && k.Paid != nil && r.Decision == cases.Release
}

func (s *caseChapter) commentCase(ctx context.Context, c *call, r *holdfastv1.CommentCaseRequest) (*holdfastv1.CaseComment, error) {
	var f requestForm
	f.id("case_id", r.CaseId, maxCase)
	switch why := badNote(r.Text); {
	case why != "":
		f.refuse("text", why)
	case strings.TrimSpace(r.Text) == "":
		f.refuse("text", "must be given")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	said, err := s.cases.Comment(ctx, c.tenant, r.CaseId, c.operator, r.Text)
	if err != nil {
		return nil, factError("", err)
	}
	return renderComment(said), nil
}

func renderComment(o catalog.CaseComment) *holdfastv1.CaseComment {
	return &holdfastv1.CaseComment{Text: o.Text, Operator: o.By, At: timestamppb.New(o.At.Time)}
}

// caseOnAWall is a case without who it is about, who works on it, and what they wrote: anybody
// can read a screen on a wall.
func caseOnAWall(k catalog.Case) *holdfastv1.Case {
	return renderCase(catalog.Case{
		ID: k.ID, Kind: k.Kind, State: k.State, Product: k.Product, Location: k.Location, Till: k.Till, Qty: k.Qty,
		Happened: k.Happened, Opened: k.Opened, Changed: k.Changed, Settled: k.Settled,
	})
}

// renderCase shows a case as lists do.
func renderCase(k catalog.Case) *holdfastv1.Case {
	out := &holdfastv1.Case{
		CaseId: k.ID, Kind: k.Kind, State: k.State, ProductId: k.Product, LocationId: k.Location, Quantity: k.Qty,
		OrderId: k.Order, ChannelId: k.Channel, Reason: k.Reason, Reference: k.Reference, Operator: k.Operator,
		HappenedAt: timestamppb.New(k.Happened.Time), OpenedAt: timestamppb.New(k.Opened.Time), UpdatedAt: timestamppb.New(k.Changed.Time),
		Assignee: k.Assignee, TillId: k.Till,
	}
	if l := k.Lost; l != nil {
		out.Lost = &holdfastv1.CaseLost{Did: l.Did, Epoch: l.Epoch, Record: int64(l.Record), Entry: int64(l.Entry), Booked: l.Booked} //nolint:gosec // no log is that long
	}
	if p := k.Paid; p != nil {
		out.Paid = &holdfastv1.CasePaid{
			Source: p.Source, MessageId: p.MessageID, ParkedId: p.Parked,
			Lines: each(p.Lines, func(l catalog.UnmetLine) *holdfastv1.UnmetLine {
				return &holdfastv1.UnmetLine{ProductId: l.Product, Quantity: l.Qty, Short: l.Short}
			}),
		}
	}
	if k.Decision != "" {
		out.Decided = &holdfastv1.CaseDecision{
			Decision: k.Decision, Orders: k.Orders, ToLocationId: k.To, Note: k.Note, Operator: k.By, At: timestamppb.New(k.Decided.Time),
			Left: each(k.Left, func(l catalog.CaseLeft) *holdfastv1.CaseOrderLeft {
				return &holdfastv1.CaseOrderLeft{OrderId: l.Order, Detail: l.Why}
			}),
		}
	}
	if !k.Settled.IsZero() {
		out.SettledAt = timestamppb.New(k.Settled.Time)
	}
	return out
}

// Package cases shows cases, and takes decisions about them.
package cases

import (
	"context"
	"slices"
	"strconv"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Chapter has the cases that people decide.
type Chapter struct{ core *kit.Core }

// New returns the chapter.
func New(core *kit.Core) *Chapter {
	return &Chapter{core}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListCases":  kit.Unary(deciding(s, s.listCases)),
		"GetCase":    kit.Unary(deciding(s, ofCase(s, s.getCase))),
		"AssignCase": kit.Unary(deciding(s, ofCase(s, kit.OnceDone(s.core, s.assignCase)))),
		"DecideCase": kit.Unary(deciding(s, ofCase(s, kit.OnceDone(s.core, s.decideCase)))),
		// It reads the catalog only: a comment and the answer under its key are one write.
		"CommentCase": kit.Unary(deciding(s, ofCase(s, kit.WriteOnce(s.core, nil, s.commentCase)))),
	}
}

// deciding carries out a call where there are cases.
func deciding[Q, R any](s *Chapter, f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return kit.Knowing(s.core, func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		if s.core.Cases == nil {
			var none R
			return none, kit.Unavailable("this server keeps no cases", nil)
		}
		return f(ctx, c, q)
	})
}

// ofCase carries out a call about a case if the case is at a location of the key.
func ofCase[Q interface{ GetCaseId() string }, R any](s *Chapter, f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		var none R
		if c.Bounds != nil && q.GetCaseId() != "" {
			k, err := s.core.Cases.Get(ctx, c.Tenant, q.GetCaseId())
			if err != nil {
				return none, kit.FactError("", err)
			}
			if err := c.RequireLocation(k.Location); err != nil {
				return none, err
			}
		}
		return f(ctx, c, q)
	}
}

const (
	// maxCaseOrders is how many orders a case shows.
	maxCaseOrders = 500
)

func (s *Chapter) listCases(ctx context.Context, c *kit.Call, r *holdfastv1.ListCasesRequest) (*holdfastv1.ListCasesResponse, error) {
	q := catalog.CaseQuery{
		Tenant: c.Tenant, Kind: r.Kind, State: r.State, Product: r.ProductId, Location: r.LocationId, Assignee: r.Assignee, Order: r.OrderId, Till: r.TillId,
	}
	var f kit.Form
	f.OneOf("kind", r.Kind, catalog.CaseKinds...)
	f.OneOf("state", r.State, catalog.CaseStates...)
	f.OptionalID("product_id", r.ProductId, kit.MaxProduct)
	f.OptionalID("location_id", r.LocationId, kit.MaxLocation)
	f.OptionalID("assignee", r.Assignee, catalog.MaxAssignee)
	f.OptionalID("order_id", r.OrderId, kit.MaxOrder)
	f.OptionalID("till_id", r.TillId, catalog.MaxTillID)
	q.Limit = f.Page(r.PageSize)
	list := "cases " + strconv.Quote(r.Kind+"\x00"+r.State+"\x00"+r.ProductId+"\x00"+r.LocationId+"\x00"+r.Assignee+"\x00"+r.OrderId+"\x00"+r.TillId)
	if last := f.ReadPageToken(list, r.PageToken); last != "" {
		var err error
		if q.Before, err = strconv.ParseInt(last, 10, 64); err != nil {
			f.Refuse("page_token", "is malformed or belongs to another request")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	page, last, err := s.core.Cases.List(ctx, q)
	if err != nil {
		return nil, err
	}
	shown := renderCase
	if c.Role == catalog.RoleDisplay {
		shown = caseOnAWall
	}
	out := &holdfastv1.ListCasesResponse{Items: kit.Each(page, shown)}
	if last != 0 {
		out.NextPageToken = new(kit.PageToken(list, strconv.FormatInt(last, 10)))
	}
	return out, s.unitsOfCases(ctx, c.Tenant, out.Items...)
}

func (s *Chapter) unitsOfCases(ctx context.Context, tenant string, list ...*holdfastv1.Case) error {
	return kit.Units(ctx, s.core.Directory, tenant, len(list), func(i int) string { return list[i].ProductId }, func(i int, u catalog.Unit) {
		list[i].Unit, list[i].Scale = kit.Spell(u)
	})
}

func (s *Chapter) getCase(ctx context.Context, c *kit.Call, r *holdfastv1.GetCaseRequest) (*holdfastv1.Case, error) {
	if err := kit.CheckID("case_id", r.CaseId, kit.MaxCase); err != nil {
		return nil, err
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	k, err := s.core.Cases.Get(ctx, c.Tenant, r.CaseId)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return s.wholeCase(ctx, k)
}

// wholeCase shows a case with the orders that it may be about.
func (s *Chapter) wholeCase(ctx context.Context, k catalog.Case) (*holdfastv1.Case, error) {
	out := renderCase(k)
	out.Comments = kit.Each(k.Comments, renderComment)
	if err := s.unitsOfCases(ctx, k.Tenant, out); err != nil {
		return nil, err
	}
	if k.State == catalog.CaseSettled || k.Product == "" {
		return out, nil
	}
	levels, _, err := s.core.Books.Items(ctx, []stock.ItemKey{{Tenant: k.Tenant, Location: k.Location, Product: k.Product}})
	if err != nil {
		return nil, err
	}
	owed := int64(0)
	if it := levels[0].Now(); it != nil {
		owed = int64(-it.Of(stock.Oversold))
	}
	out.Oversold = &owed
	_, err = s.core.Held.Scan(ctx, view.ReservationQuery{Tenant: k.Tenant, Product: k.Product, Location: k.Location}, func(l *view.Reservation) error {
		if len(out.Orders) == 2*maxCaseOrders {
			out.Orders = slices.Delete(out.Orders, 0, maxCaseOrders)
		}
		out.Orders = append(out.Orders, &holdfastv1.CaseOrder{OrderId: l.Order, ChannelId: l.Channel, Quantity: int64(l.Quantity()), ExpiresAt: kit.TimeOf(l.Deadline)})
		return nil
	})
	slices.Reverse(out.Orders)
	out.Orders = out.Orders[:min(len(out.Orders), maxCaseOrders)]
	return out, err
}

func (s *Chapter) assignCase(ctx context.Context, c *kit.Call, r *holdfastv1.AssignCaseRequest) (*holdfastv1.Case, error) {
	var f kit.Form
	f.ID("case_id", r.CaseId, kit.MaxCase)
	f.OptionalID("assignee", r.Assignee, catalog.MaxAssignee)
	if err := f.Err(); err != nil {
		return nil, err
	}
	k, err := s.core.Cases.Assign(ctx, c.Tenant, r.CaseId, r.Assignee)
	if err != nil {
		return nil, kit.FactError("assignee", err)
	}
	return s.wholeCase(ctx, k)
}

func (s *Chapter) decideCase(ctx context.Context, c *kit.Call, r *holdfastv1.DecideCaseRequest) (*holdfastv1.Case, error) {
	var f kit.Form
	f.ID("case_id", r.CaseId, kit.MaxCase)
	if f.OneOf("decision", r.Decision, cases.Decisions...); r.Decision == "" {
		f.Refuse("decision", "is missing")
	}
	f.Reason(r.Note, false)
	acts := r.Decision == cases.Release || r.Decision == cases.Move
	switch {
	case acts:
		f.RequireRange("orders", int64(len(r.Orders)), 0, catalog.MaxCaseOrders)
	case len(r.Orders) > 0:
		f.Refuse("orders", "is for release and move")
	}
	if r.Decision == cases.Move {
		f.ID("to_location_id", r.ToLocationId, kit.MaxLocation)
	} else if r.ToLocationId != "" {
		f.Refuse("to_location_id", "is for move")
	}
	for i, order := range r.Orders[:min(len(r.Orders), catalog.MaxCaseOrders)] {
		f.ID("orders["+kit.Itoa(i)+"]", order, kit.MaxOrder)
	}
	if acts && len(r.Orders) == 0 && !s.isAboutOrder(ctx, c, r) {
		f.RequireRange("orders", 0, 1, catalog.MaxCaseOrders)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	k, outcomes, err := s.core.Cases.Decide(ctx, cases.Decision{
		Tenant: c.Tenant, ID: r.CaseId, Decision: r.Decision, Orders: r.Orders, To: r.ToLocationId, Note: r.Note, Operator: c.Operator,
	})
	for i := range outcomes {
		s.core.Reached(c, outcomes[i].Position)
		for _, p := range outcomes[i].Positions {
			s.core.Reached(c, p)
		}
	}
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return s.wholeCase(ctx, k)
}

// isAboutOrder reports whether a decision is about the one order of a paid message.
func (s *Chapter) isAboutOrder(ctx context.Context, c *kit.Call, r *holdfastv1.DecideCaseRequest) bool {
	k, err := s.core.Cases.Get(ctx, c.Tenant, r.CaseId)
	return err == nil && k.Paid != nil && r.Decision == cases.Release
}

func (s *Chapter) commentCase(ctx context.Context, c *kit.Call, r *holdfastv1.CommentCaseRequest) (*holdfastv1.CaseComment, error) {
	var f kit.Form
	f.ID("case_id", r.CaseId, kit.MaxCase)
	switch why := kit.BadNote(r.Text); {
	case why != "":
		f.Refuse("text", why)
	case strings.TrimSpace(r.Text) == "":
		f.Refuse("text", "must be given")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	said, err := s.core.Cases.Comment(ctx, c.Tenant, r.CaseId, c.Operator, r.Text)
	if err != nil {
		return nil, kit.FactError("", err)
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
			Lines: kit.Each(p.Lines, func(l catalog.UnmetLine) *holdfastv1.UnmetLine {
				return &holdfastv1.UnmetLine{ProductId: l.Product, Quantity: l.Qty, Short: l.Short}
			}),
		}
	}
	if k.Decision != "" {
		out.Decided = &holdfastv1.CaseDecision{
			Decision: k.Decision, Orders: k.Orders, ToLocationId: k.To, Note: k.Note, Operator: k.By, At: timestamppb.New(k.Decided.Time),
			Left: kit.Each(k.Left, func(l catalog.CaseLeft) *holdfastv1.CaseOrderLeft {
				return &holdfastv1.CaseOrderLeft{OrderId: l.Order, Detail: l.Why}
			}),
		}
	}
	if !k.Settled.IsZero() {
		out.SettledAt = timestamppb.New(k.Settled.Time)
	}
	return out
}

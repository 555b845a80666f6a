package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// CaseService keeps the cases that people decide: more was promised of a product at a
// location than there is, or a till needs attention.
type CaseService struct {
	c    *caller
	stub holdfastv1.CaseServiceClient
}

// Case is something that people have to decide.
type Case struct {
	CaseID string
	// Kind is shortage, oversell, over_return or parked, or of a till: copy, malformed, uncovered, order_twice,
	// against_rule, lost_line or file_lost. State is open, assigned, decided or settled.
	Kind, State           string
	ProductID, LocationID string // no product: it is about a till as a whole
	TillID                string // empty: it is about none
	// Lost is what the till did, for a lost_line; nil otherwise.
	Lost *CaseLost
	// Paid is the message of a parked case; nil otherwise.
	Paid *CasePaid
	// Quantity is by how much the promises grew beyond the stock, in smallest
	// units.
	Quantity int64
	// OrderID is the order that was sold elsewhere. The fields after it come from the write
	// that opened the case.
	OrderID, ChannelID          string
	Reason, Reference, Operator string
	HappenedAt                  time.Time
	OpenedAt, UpdatedAt         time.Time
	SettledAt                   time.Time // zero: it is not
	Assignee                    string
	// Decided is the last decision; nil: none.
	Decided *CaseDecision
	// Orders are the orders that hold the product there, the latest deadline first.
	// Oversold is how many units all cases of the item together still lack. Lists do
	// not have either.
	Orders   []CaseOrder
	Oversold int64
	// Comments are what people said about it, the oldest first. Lists do not have them.
	Comments []CaseComment
	Unit     string // the product's declared unit, if any
	Scale    int
}

// CaseLost is what a till did that is not in the books.
type CaseLost struct {
	Did           string // sale, take_back, release, restock, return, gain or loss
	Epoch         string // the pairing of the file
	Record, Entry int64  // in its log
	Booked        int64  // how many units were booked in addition to the reservation of the order
}

// CasePaid is a parked message that says that an order was paid which is not there.
type CasePaid struct {
	Source, MessageID, ParkedID string
	Lines                       []UnmetLine // none: all that the order held was paid
}

// CaseComment is what somebody said about a case.
type CaseComment struct {
	Text, Operator string
	At             time.Time
}

// CaseOrder is an order that a case may be about.
type CaseOrder struct {
	OrderID, ChannelID string
	Quantity           int64 // that it holds
	ExpiresAt          time.Time
}

// CaseDecision is what was decided about a case.
type CaseDecision struct {
	Decision     string
	Orders       []string
	ToLocationID string
	Note         string
	Operator     string
	At           time.Time
	// Left are those of Orders that changed while the others were released or moved.
	Left []CaseOrderLeft
}

// CaseOrderLeft is an order that a decision was not carried out for.
type CaseOrderLeft struct {
	OrderID string
	Detail  string // why the books refused it
}

// CaseList says which cases are wanted: those that match every field that is not empty.
type CaseList struct {
	Kind, State, ProductID, LocationID, Assignee, OrderID, TillID string

	PageSize  int // 1 to 500; 50 when 0
	PageToken string
}

// List reads a page of the cases, the newest first.
func (s *CaseService) List(ctx context.Context, r CaseList) (*Page[Case], error) {
	return askPage(ctx, s.c, "cases", s.stub.ListCases, &holdfastv1.ListCasesRequest{
		Kind: r.Kind, State: r.State, ProductId: r.ProductID, LocationId: r.LocationID, Assignee: r.Assignee, OrderId: r.OrderID, TillId: r.TillID,
		PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, caseOf)
}

// Get shows a case.
func (s *CaseService) Get(ctx context.Context, caseID string) (*Case, error) {
	return askOne(ctx, s.c, "case", s.stub.GetCase, &holdfastv1.GetCaseRequest{CaseId: caseID}, caseOf)
}

// Assign assigns a case to a person; with an empty assignee it is nobody's.
func (s *CaseService) Assign(ctx context.Context, caseID, assignee string) (*Case, error) {
	return askOne(ctx, s.c, "assign_case", s.stub.AssignCase, &holdfastv1.AssignCaseRequest{CaseId: caseID, Assignee: assignee}, caseOf)
}

// DecideCase is a decision. Release and move apply to 1 to 100 orders, the others
// to the case.
type DecideCase struct {
	CaseID       string
	Decision     string // release, wait, accept or move; of a lost_line book or dismiss
	Orders       []string
	ToLocationID string // of move
	Note         string
}

// Decide carries out a decision. If the call is interrupted, decide again.
func (s *CaseService) Decide(ctx context.Context, r DecideCase) (*Case, error) {
	return askOne(ctx, s.c, "decide_case", s.stub.DecideCase, &holdfastv1.DecideCaseRequest{
		CaseId: r.CaseID, Decision: r.Decision, Orders: r.Orders, ToLocationId: r.ToLocationID, Note: r.Note,
	}, caseOf)
}

// Comment adds a comment to a case, also to one that is settled.
func (s *CaseService) Comment(ctx context.Context, caseID, text string) (*CaseComment, error) {
	return askOne(ctx, s.c, "comment_case", s.stub.CommentCase, &holdfastv1.CommentCaseRequest{CaseId: caseID, Text: text}, commentOf)
}

func commentOf(m *holdfastv1.CaseComment) CaseComment {
	return CaseComment{Text: m.GetText(), Operator: m.GetOperator(), At: timeOf(m.GetAt())}
}

func caseOf(m *holdfastv1.Case) Case {
	c := Case{
		CaseID: m.GetCaseId(), Kind: m.GetKind(), State: m.GetState(), ProductID: m.GetProductId(), LocationID: m.GetLocationId(),
		Quantity: m.GetQuantity(), OrderID: m.GetOrderId(), ChannelID: m.GetChannelId(),
		Reason: m.GetReason(), Reference: m.GetReference(), Operator: m.GetOperator(), HappenedAt: timeOf(m.GetHappenedAt()),
		OpenedAt: timeOf(m.GetOpenedAt()), UpdatedAt: timeOf(m.GetUpdatedAt()), SettledAt: timeOf(m.GetSettledAt()),
		Assignee: m.GetAssignee(), Oversold: m.GetOversold(), Unit: m.GetUnit(), Scale: int(m.GetScale()),
		Comments: each(m.GetComments(), commentOf),
		Orders: each(m.GetOrders(), func(o *holdfastv1.CaseOrder) CaseOrder {
			return CaseOrder{OrderID: o.GetOrderId(), ChannelID: o.GetChannelId(), Quantity: o.GetQuantity(), ExpiresAt: timeOf(o.GetExpiresAt())}
		}),
	}
	c.TillID = m.GetTillId()
	if l := m.GetLost(); l != nil {
		c.Lost = &CaseLost{Did: l.GetDid(), Epoch: l.GetEpoch(), Record: l.GetRecord(), Entry: l.GetEntry(), Booked: l.GetBooked()}
	}
	if p := m.GetPaid(); p != nil {
		c.Paid = &CasePaid{Source: p.GetSource(), MessageID: p.GetMessageId(), ParkedID: p.GetParkedId(), Lines: each(p.GetLines(), unmetLineOf)}
	}
	if d := m.GetDecided(); d != nil {
		c.Decided = &CaseDecision{
			Decision: d.GetDecision(), Orders: d.GetOrders(), ToLocationID: d.GetToLocationId(),
			Note: d.GetNote(), Operator: d.GetOperator(), At: timeOf(d.GetAt()),
			Left: each(d.GetLeft(), func(l *holdfastv1.CaseOrderLeft) CaseOrderLeft { return CaseOrderLeft{l.GetOrderId(), l.GetDetail()} }),
		}
	}
	return c
}

func unmetLineOf(m *holdfastv1.UnmetLine) UnmetLine {
	return UnmetLine{ProductID: m.GetProductId(), Quantity: m.GetQuantity(), Short: m.GetShort()}
}

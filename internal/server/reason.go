package server

import (
	"context"
	"slices"
	"strconv"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// This file has the reasons of a tenant: their list, and what a write may do with one.

// Reasons returns the reasons of tenants, from memory. A tenant without reasons has an
// empty list.
type Reasons interface {
	Reasons(ctx context.Context, tenant string) (*catalog.ReasonList, error)
}

// needReason are the operations that need a reason code where the tenant requires one:
// the manual changes of stock.
var needReason = []stock.Op{stock.OpRestock, stock.OpAdjust, stock.OpObserve, stock.OpMove, stock.OpReturn, stock.OpRetire}

// noteOf is the note of a command that takes a reason code, nil for every other.
func noteOf(command stock.Command) *stock.Note {
	switch c := command.(type) {
	case *stock.Restock:
		return &c.Note
	case *stock.Adjust:
		return &c.Note
	case *stock.Observe:
		return &c.Note
	case *stock.Move:
		return &c.Note
	case *stock.Return:
		return &c.Note
	case *stock.SoldElsewhere:
		return &c.Note
	case *stock.SetSaleStatus:
		return &c.Note
	case *stock.Release:
		return &c.Note
	}
	return nil
}

// coded is a write that may have a reason code.
type coded interface{ GetReasonCode() string }

// giveReason puts the reason code of a write into its command, and whether the write may
// use it. The books refuse a code that does not fit, because only they know the earlier
// answer to a call with the same key.
func (s *core) giveReason(ctx context.Context, c *call, w write, a *intake.Ask) error {
	named, ok := w.(coded)
	n := noteOf(a.Command)
	if !ok || n == nil {
		return nil
	}
	r, err := s.judgeReason(ctx, c, a.Command.Op(), named.GetReasonCode(), n)
	if back, ok := a.Command.(*stock.Return); ok && r != nil && back.To == "" && r.Into != "" {
		back.To, back.Ruled = r.Into, true
	}
	return err
}

// judgeReason puts a code into a note, together with why it does not fit, and returns its
// reason, nil when there is none.
func (s *core) judgeReason(ctx context.Context, c *call, op stock.Op, code string, n *stock.Note) (*catalog.Reason, error) {
	if code == "" {
		if c.settings.ReasonsRequired && slices.Contains(needReason, op) {
			n.Denied = "reason_code must be given: the tenant requires a reason (GET /v1/reasons)"
		}
		return nil, nil
	}
	list, err := s.reasonList(ctx, c)
	if err != nil {
		return nil, err
	}
	n.Code = code
	r := list.Find(code)
	switch {
	case len(list.Reasons) == 0:
		n.Denied = "reason_code cannot be given: the tenant has listed no reasons (PUT /v1/reasons)"
	case r == nil:
		n.Denied = strconv.Quote(code) + " is none of the tenant's reasons" + nearest.Hint(code, list.Codes()) + "; they are " + firstWords(list.Codes())
	case !r.Active:
		n.Denied = strconv.Quote(code) + " is not active; those that are: " + firstWords(list.Codes())
	case !r.Is(op.String()):
		n.Denied = strconv.Quote(code) + " is not for " + op.String() + ", it is for " + strings.Join(r.Operations, ", ")
	case r.Document && n.Reference == "":
		n.Denied = strconv.Quote(code) + " needs a document: reference must be given"
	case r.Direction == catalog.ReasonIn:
		n.Way = stock.InOnly
	case r.Direction == catalog.ReasonOut:
		n.Way = stock.OutOnly
	}
	return r, nil
}

// firstWords returns the first of many words.
func firstWords(words []string) string {
	const most = 20
	if len(words) > most {
		return strings.Join(words[:most], ", ") + " and " + itoa(len(words)-most) + " more"
	}
	return strings.Join(words, ", ")
}

// reasonList is the tenant's list, read once in a call.
func (s *core) reasonList(ctx context.Context, c *call) (*catalog.ReasonList, error) {
	if s.reasons == nil {
		return &catalog.ReasonList{}, nil
	}
	var err error
	if c.reasons == nil {
		c.reasons, err = s.reasons.Reasons(ctx, c.tenant)
	}
	return c.reasons, err
}

// wholeNote is the note of a call with several steps: a code that does not fit is refused
// before the first step.
func (s *core) wholeNote(ctx context.Context, c *call, op stock.Op, reason, reference, code string) (stock.Note, error) {
	n := c.note(reason, reference)
	_, err := s.judgeReason(ctx, c, op, code, &n)
	if err == nil && n.Denied != "" {
		err = invalid(stock.ReasonCode, "%s", n.Denied)
	}
	return n, err
}

func (s *tenantChapter) getReasons(ctx context.Context, c *call, _ *holdfastv1.GetReasonsRequest) (*holdfastv1.Reasons, error) {
	s.reloadKeys(ctx)
	list, err := s.reasonList(ctx, c)
	if err != nil {
		return nil, err
	}
	return renderReasons(list), nil
}

func (s *tenantChapter) setReasons(ctx context.Context, c *call, r *holdfastv1.SetReasonsRequest) (*holdfastv1.Reasons, error) {
	list := catalog.ReasonList{Tenant: c.tenant}
	var f requestForm
	for i, it := range r.GetItems() {
		f.enter("items", i)
		f.id("code", it.GetCode(), catalog.MaxReasonCode)
		if f.oneOf("direction", it.GetDirection(), catalog.ReasonIn, catalog.ReasonOut, catalog.ReasonBoth); it.GetDirection() == "" {
			f.refuse("direction", "must be in, out or both")
		}
		for j, op := range it.GetOperations() {
			if f.oneOf("operations["+itoa(j)+"]", op, catalog.ReasonOperations...); op == "" {
				f.refuse("operations["+itoa(j)+"]", "must not be empty")
			}
		}
		list.Reasons = append(list.Reasons, catalog.Reason{
			Code: it.GetCode(), Title: it.GetTitle(), Direction: it.GetDirection(), Document: it.GetDocumentRequired(),
			Operations: it.GetOperations(), Into: stock.Account(it.GetInto()), Active: it.Active == nil || it.GetActive(),
		})
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	kept, err := s.lists.Set(ctx, list)
	if err != nil {
		return nil, factError("", err)
	}
	return renderReasons(&kept), nil
}

func renderReasons(l *catalog.ReasonList) *holdfastv1.Reasons {
	out := &holdfastv1.Reasons{Items: each(l.Reasons, func(r catalog.Reason) *holdfastv1.Reason {
		return &holdfastv1.Reason{
			Code: r.Code, Title: r.Title, Direction: r.Direction, DocumentRequired: r.Document,
			Operations: r.Operations, Into: string(r.Into), Active: new(r.Active),
		}
	})}
	if !l.Changed.IsZero() {
		out.UpdatedAt = timestamppb.New(l.Changed.Time)
	}
	return out
}

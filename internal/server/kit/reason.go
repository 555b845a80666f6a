package kit

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/stock"
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

// noteOf is the note of a command that may have a reason code, nil for every other.
func noteOf(command stock.Command) *stock.Note {
	if c, ok := command.(*stock.Release); ok {
		return &c.Note
	}
	added, _ := stock.AddedTo(command)
	return added.Note
}

// coded is a write that may have a reason code.
type coded interface{ GetReasonCode() string }

// giveReason puts the reason code of a write into its command, and whether the write may
// use it. The books refuse a code that does not fit, because only they know the earlier
// answer to a call with the same key.
func giveReason(ctx context.Context, reasons Reasons, c *Call, w Write, a *intake.Ask) error {
	named, ok := w.(coded)
	if !ok {
		return nil
	}
	n := noteOf(a.Command)
	if n == nil {
		return nil
	}
	r, err := judgeReason(ctx, reasons, c, a.Command.Op(), named.GetReasonCode(), n)
	if back, ok := a.Command.(*stock.Return); ok && r != nil && back.To == "" && r.Into != "" {
		back.To, back.Ruled = r.Into, true
	}
	return err
}

// judgeReason puts a code into a note, together with why it does not fit, and returns its
// reason, nil when there is none.
func judgeReason(ctx context.Context, reasons Reasons, c *Call, op stock.Op, code string, n *stock.Note) (*catalog.Reason, error) {
	if code == "" {
		if c.Settings.ReasonsRequired && slices.Contains(needReason, op) {
			n.Denied = "reason_code must be given: the tenant requires a reason (GET /v1/reasons)"
		}
		return nil, nil
	}
	list, err := ReasonList(ctx, reasons, c)
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
		return strings.Join(words[:most], ", ") + " and " + Itoa(len(words)-most) + " more"
	}
	return strings.Join(words, ", ")
}

// ReasonList is the tenant's list, read once in a call.
func ReasonList(ctx context.Context, reasons Reasons, c *Call) (*catalog.ReasonList, error) {
	if reasons == nil {
		return &catalog.ReasonList{}, nil
	}
	var err error
	if c.reasons == nil {
		c.reasons, err = reasons.Reasons(ctx, c.Tenant)
	}
	return c.reasons, err
}

// WholeNote is the note of a call with several steps: a code that does not fit is refused
// before the first step.
func WholeNote(ctx context.Context, reasons Reasons, c *Call, op stock.Op, reason, reference, code string) (stock.Note, error) {
	n := c.Note(reason, reference)
	_, err := judgeReason(ctx, reasons, c, op, code, &n)
	if err == nil && n.Denied != "" {
		err = Invalid(stock.ReasonCode, "%s", n.Denied)
	}
	return n, err
}

package kit

import (
	"context"
	"errors"
	"fmt"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/server/docs"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// Problem is why a call has no answer. Nothing has changed, unless the code is
// UNAVAILABLE: then a retry with the same key shows it.
type Problem struct {
	Code       *Code
	Detail     string
	Violations []*holdfastv1.FieldViolation
	Shortages  []*holdfastv1.Shortage
	Holders    []string // the outposts that have the units
	State      string
	Reason     string   // why the state forbids it
	Resume     string   // where a watch that ends can continue
	RetryAfter int      // seconds, 0: says nothing
	Allow      []string // methods that the path takes
	Cause      error    // for the log, never for the caller
}

// Error returns the code and the detail.
func (p *Problem) Error() string { return p.Code.Name + ": " + p.Detail }

// Unwrap returns the cause, which the caller does not get.
func (p *Problem) Unwrap() error { return p.Cause }

// Refuse is a problem with the code.
func Refuse(c *Code, format string, args ...any) *Problem {
	return &Problem{Code: c, Detail: fmt.Sprintf(format, args...)}
}

// Invalid refuses one field of a request.
func Invalid(field, format string, args ...any) *Problem {
	reason := fmt.Sprintf(format, args...)
	p := &Problem{Code: CodeInvalid, Detail: reason}
	if field != "" {
		p.Detail = field + ": " + reason
		p.Violations = []*holdfastv1.FieldViolation{{Field: field, Reason: reason}}
	}
	return p
}

// Wait is how many seconds a rejected caller should wait.
const Wait = 1

// Unavailable asks the caller to come again.
func Unavailable(detail string, cause error) *Problem {
	return &Problem{Code: CodeUnavailable, Detail: detail, RetryAfter: Wait, Cause: cause}
}

// OfStock are the codes of the rules' refusals.
var OfStock = map[stock.Code]*Code{
	stock.Invalid:         CodeInvalid,
	stock.NotFound:        CodeNotFound,
	stock.AlreadyExists:   codeExists,
	stock.Insufficient:    codeShort,
	stock.VersionConflict: CodeVersion,
	stock.Expired:         codeExpired,
	stock.InvalidState:    CodeState,
	stock.KeptByHolder:    codeKept,
}

const noRoom = "no room left on the device of the database; nothing has happened, the same request can be sent again when there is room"

// ofError are the codes of errors that only need a sentence. The first match counts.
var ofError = []struct {
	err    error
	code   *Code
	detail string
}{
	{ledger.ErrHeldBack, CodeUnavailable, "an earlier command of the batch about the same order or item has no outcome yet; nothing has happened, send both again in this order"},
	{recall.ErrUnfinished, CodeUnavailable, "the recall or the lift is kept, and servers bring it to the items that do not have it yet; the same request again tells when all have it"},
	{ledger.ErrKeyReused, CodeKeyReused, "the Idempotency-Key was used for another request"},
	{ledger.ErrInProgress, CodeInProgress, "a request with the same Idempotency-Key is being carried out; send it again to have its answer"},
	{catalog.ErrPaired, CodeState, catalog.ErrPaired.Error()},
	{catalog.ErrCodeUsed, CodeState, catalog.ErrCodeUsed.Error()},
	{intake.ErrPanicked, CodeInternal, "the server failed; the request id names this in its log"},
	{transfer.ErrUnfinished, CodeUnavailable, "the step of the transfer is begun and will be completed; the same request with the same key tells how it ended"},
	{fulfil.ErrContended, CodeUnavailable, "others keep choosing for the same order; the same request again goes on"},
	{ledger.ErrUnknown, CodeUnavailable, "whether the write happened is not known yet; the same request with the same key tells"},
	{engine.ErrFull, CodeUnavailable, noRoom},
	{hot.ErrDown, CodeUnavailable, "Redis, which sells the item, does not answer; nothing has happened"},
	{hot.ErrDatabase, CodeUnavailable, "the database does not answer; nothing has happened"},
	{hot.ErrBusy, CodeUnavailable, "the item is on its way to Redis or back; nothing has happened"},
	{ledger.ErrBusy, CodeUnavailable, "too many writes are waiting; nothing has happened"},
	{ledger.ErrSealed, CodeUnavailable, "the location is sealed while its items are moved (holdfast shards spread); nothing has happened"},
	{ledger.ErrStopping, CodeUnavailable, "the server is stopping; nothing has happened"},
	{ledger.ErrFrozen, CodeUnavailable, "the item is frozen until its books have been looked at; nothing has happened"},
	{ledger.ErrStopped, CodeUnavailable, "the store has stopped taking writes"},
	{ledger.ErrBehind, CodeGone, "Holdfast-After is beyond the end of the books: they were restored to before it, or are others"},
	{ledger.ErrPosition, CodeInvalid, "Holdfast-After is not a position that this server gave"},
	{stock.ErrBroken, CodeUnavailable, "the books of the item contradict themselves; nothing has happened"},
	{catalog.ErrIndeterminate, CodeUnavailable, "whether the write happened is not known yet; the same request with the same key tells"},
	{catalog.ErrFull, CodeUnavailable, noRoom},
	{catalog.ErrUnavailable, CodeUnavailable, "the catalog does not answer"},
	{context.Canceled, CodeUnavailable, "the caller went away"},
	{context.DeadlineExceeded, CodeUnavailable, "the deadline has passed; whether a write happened tells the same request with the same key"},
}

// ProblemOf turns any error into the problem that the caller gets.
func ProblemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if refusal, ok := errors.AsType[*stock.Refusal](err); ok {
		return OfRefusal(refusal)
	}
	if field, ok := errors.AsType[*transcode.FieldError](err); ok {
		return Invalid(field.Field, "%s", field.Reason)
	}
	if bad, ok := errors.AsType[*catalog.InvalidError](err); ok {
		return Invalid(bad.Field, "%s", bad.Reason)
	}
	if fixed, ok := errors.AsType[*catalog.UnitFixedError](err); ok {
		return Invalid("unit", "%s", fixed.Error())
	}
	if placed, ok := errors.AsType[*catalog.SpreadFixedError](err); ok {
		return Invalid("spread", "%s", placed.Error())
	}
	if p := ofWatch(err); p != nil {
		return p
	}
	for _, known := range ofError {
		if errors.Is(err, known.err) {
			p := &Problem{Code: known.code, Detail: known.detail, Cause: err}
			if known.code == CodeUnavailable {
				p.RetryAfter = Wait
			}
			return p
		}
	}
	// Any other error is the store's: it did not take the write, or cannot
	// report whether it did.
	return Unavailable("the store does not answer", err)
}

// OfRefusal is a refusal of the rules as a problem.
func OfRefusal(r *stock.Refusal) *Problem {
	c := OfStock[r.Code]
	if c == nil {
		c = CodeInternal
	}
	p := &Problem{Code: c, Detail: r.Error(), State: r.State, Holders: r.Holders}
	if r.Code == stock.Invalid && r.Field != "" {
		p.Violations = []*holdfastv1.FieldViolation{{Field: r.Field, Reason: r.Error()}}
	}
	if r.Field == stock.LocationInactive || r.Field == stock.ItemRetired {
		p.Reason = r.Field
	}
	p.Shortages = Shortages(r.Shortages)
	return p
}

// Shortages shows which units are missing.
func Shortages(list []stock.Shortage) []*holdfastv1.Shortage {
	if len(list) == 0 {
		return nil
	}
	out := make([]*holdfastv1.Shortage, len(list))
	for i, s := range list {
		out[i] = &holdfastv1.Shortage{
			ProductId:  s.Product,
			LocationId: s.Location,
			Requested:  int64(s.Requested),
			Available:  int64(s.Available),
		}
		if s.NotOnSale {
			out[i].Reason = "not_on_sale"
		} else if s.OverLimit {
			out[i].Reason = "channel_limit"
		}
	}
	return out
}

// Message is the problem in the form of the API.
func (p *Problem) Message(requestID string) *holdfastv1.Problem {
	return &holdfastv1.Problem{
		Type:        ProblemsPath + p.Code.Name,
		Title:       p.Code.Title,
		Status:      int32(p.Code.HTTP),
		Detail:      p.Detail,
		Code:        p.Code.Name,
		RequestId:   requestID,
		Shortages:   p.Shortages,
		Violations:  p.Violations,
		State:       p.State,
		Reason:      p.Reason,
		ResumeAfter: p.Resume,
		Holders:     p.Holders,
	}
}

// ofWatch turns an error of a watch into the watcher's, nil when it is none of
// these.
func ofWatch(err error) *Problem {
	var gone *feed.GoneError
	var lost *feed.LostError
	switch {
	case errors.As(err, &lost):
		return &Problem{Code: CodeGone, Detail: "the books were restored to before this position, or are others: read the stock anew", Resume: lost.Resume.String(), Cause: err}
	case errors.As(err, &gone):
		return &Problem{Code: CodeGone, Detail: "what followed this position is not kept any more", Resume: gone.Earliest.String(), Cause: err}
	case errors.Is(err, feed.ErrSlow), errors.Is(err, ErrTooSlow):
		return &Problem{Code: CodeSlow, Detail: "events came faster than they were taken; go on behind the last one", Cause: err}
	}
	return nil
}

// ProblemsPath is the page about the codes of problems.
const ProblemsPath = docs.Root + "problems/"

package server

import (
	"context"
	"errors"
	"fmt"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// problem is why a call has no answer. Nothing has changed, unless the code is
// UNAVAILABLE: then a retry with the same key shows it.
type problem struct {
	code       *code
	detail     string
	violations []*holdfastv1.FieldViolation
	shortages  []*holdfastv1.Shortage
	holders    []string // the outposts that have the units
	state      string
	reason     string   // why the state forbids it
	resume     string   // where a watch that ends can continue
	retryAfter int      // seconds, 0: says nothing
	allow      []string // methods that the path takes
	cause      error    // for the log, never for the caller
}

// Error returns the code and the detail.
func (p *problem) Error() string { return p.code.name + ": " + p.detail }

// Unwrap returns the cause, which the caller does not get.
func (p *problem) Unwrap() error { return p.cause }

func refuse(c *code, format string, args ...any) *problem {
	return &problem{code: c, detail: fmt.Sprintf(format, args...)}
}

// invalid refuses one field of a request.
func invalid(field, format string, args ...any) *problem {
	reason := fmt.Sprintf(format, args...)
	p := &problem{code: codeInvalid, detail: reason}
	if field != "" {
		p.detail = field + ": " + reason
		p.violations = []*holdfastv1.FieldViolation{{Field: field, Reason: reason}}
	}
	return p
}

// wait is how many seconds a rejected caller should wait.
const wait = 1

func unavailable(detail string, cause error) *problem {
	return &problem{code: codeUnavailable, detail: detail, retryAfter: wait, cause: cause}
}

// ofStock are the codes of the rules' refusals.
var ofStock = map[stock.Code]*code{
	stock.Invalid:         codeInvalid,
	stock.NotFound:        codeNotFound,
	stock.AlreadyExists:   codeExists,
	stock.Insufficient:    codeShort,
	stock.VersionConflict: codeVersion,
	stock.Expired:         codeExpired,
	stock.InvalidState:    codeState,
	stock.KeptByHolder:    codeKept,
}

// ofError are the codes of errors that only need a sentence. The first match counts.
var ofError = []struct {
	err    error
	code   *code
	detail string
}{
	{ledger.ErrHeldBack, codeUnavailable, "an earlier command of the batch about the same order or item has no outcome yet; nothing has happened, send both again in this order"},
	{recall.ErrUnfinished, codeUnavailable, "the recall or the lift is kept, and servers bring it to the items that do not have it yet; the same request again tells when all have it"},
	{ledger.ErrKeyReused, codeKeyReused, "the Idempotency-Key was used for another request"},
	{ledger.ErrInProgress, codeInProgress, "a request with the same Idempotency-Key is being carried out; send it again to have its answer"},
	{catalog.ErrPaired, codeState, catalog.ErrPaired.Error()},
	{catalog.ErrCodeUsed, codeState, catalog.ErrCodeUsed.Error()},
	{intake.ErrPanicked, codeInternal, "the server failed; the request id names this in its log"},
	{transfer.ErrUnfinished, codeUnavailable, "the step of the transfer is begun and will be completed; the same request with the same key tells how it ended"},
	{fulfil.ErrContended, codeUnavailable, "others keep choosing for the same order; the same request again goes on"},
	{ledger.ErrUnknown, codeUnavailable, "whether the write happened is not known yet; the same request with the same key tells"},
	{hot.ErrDown, codeUnavailable, "Redis, which sells the item, does not answer; nothing has happened"},
	{hot.ErrDatabase, codeUnavailable, "the database does not answer; nothing has happened"},
	{hot.ErrBusy, codeUnavailable, "the item is on its way to Redis or back; nothing has happened"},
	{ledger.ErrBusy, codeUnavailable, "too many writes are waiting; nothing has happened"},
	{ledger.ErrSealed, codeUnavailable, "the location is sealed while its items are moved (holdfast shards spread); nothing has happened"},
	{ledger.ErrStopping, codeUnavailable, "the server is stopping; nothing has happened"},
	{ledger.ErrFrozen, codeUnavailable, "the item is frozen until its books have been looked at; nothing has happened"},
	{ledger.ErrStopped, codeUnavailable, "the store has stopped taking writes"},
	{ledger.ErrBehind, codeGone, "Holdfast-After is beyond the end of the books: they were restored to before it, or are others"},
	{ledger.ErrPosition, codeInvalid, "Holdfast-After is not a position that this server gave"},
	{stock.ErrBroken, codeUnavailable, "the books of the item contradict themselves; nothing has happened"},
	{catalog.ErrIndeterminate, codeUnavailable, "whether the write happened is not known yet; the same request with the same key tells"},
	{catalog.ErrUnavailable, codeUnavailable, "the catalog does not answer"},
	{context.Canceled, codeUnavailable, "the caller went away"},
	{context.DeadlineExceeded, codeUnavailable, "the deadline has passed; whether a write happened tells the same request with the same key"},
}

// problemOf turns any error into the problem that the caller gets.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if refusal, ok := errors.AsType[*stock.Refusal](err); ok {
		return ofRefusal(refusal)
	}
	if field, ok := errors.AsType[*transcode.FieldError](err); ok {
		return invalid(field.Field, "%s", field.Reason)
	}
	if bad, ok := errors.AsType[*catalog.InvalidError](err); ok {
		return invalid(bad.Field, "%s", bad.Reason)
	}
	if fixed, ok := errors.AsType[*catalog.UnitFixedError](err); ok {
		return invalid("unit", "%s", fixed.Error())
	}
	if placed, ok := errors.AsType[*catalog.SpreadFixedError](err); ok {
		return invalid("spread", "%s", placed.Error())
	}
	if p := ofWatch(err); p != nil {
		return p
	}
	for _, known := range ofError {
		if errors.Is(err, known.err) {
			p := &problem{code: known.code, detail: known.detail, cause: err}
			if known.code == codeUnavailable {
				p.retryAfter = wait
			}
			return p
		}
	}
	// Any other error is the store's: it did not take the write, or cannot
	// report whether it did.
	return unavailable("the store does not answer", err)
}

func ofRefusal(r *stock.Refusal) *problem {
	c := ofStock[r.Code]
	if c == nil {
		c = codeInternal
	}
	p := &problem{code: c, detail: r.Error(), state: r.State, holders: r.Holders}
	if r.Code == stock.Invalid && r.Field != "" {
		p.violations = []*holdfastv1.FieldViolation{{Field: r.Field, Reason: r.Error()}}
	}
	if r.Field == stock.LocationInactive || r.Field == stock.ItemRetired {
		p.reason = r.Field
	}
	p.shortages = shortages(r.Shortages)
	return p
}

func shortages(list []stock.Shortage) []*holdfastv1.Shortage {
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

// message is the problem in the form of the API.
func (p *problem) message(requestID string) *holdfastv1.Problem {
	return &holdfastv1.Problem{
		Type:        problemsPath + p.code.name,
		Title:       p.code.title,
		Status:      int32(p.code.http),
		Detail:      p.detail,
		Code:        p.code.name,
		RequestId:   requestID,
		Shortages:   p.shortages,
		Violations:  p.violations,
		State:       p.state,
		Reason:      p.reason,
		ResumeAfter: p.resume,
		Holders:     p.holders,
	}
}

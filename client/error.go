package client

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Code is why a call has no answer. Programs branch on it.
type Code string

// The codes of the API.
const (
	CodeInvalidArgument     Code = "INVALID_ARGUMENT"
	CodeUnauthenticated     Code = "UNAUTHENTICATED"
	CodePermissionDenied    Code = "PERMISSION_DENIED"
	CodeNotFound            Code = "NOT_FOUND"
	CodeAlreadyExists       Code = "ALREADY_EXISTS"
	CodeInsufficientStock   Code = "INSUFFICIENT_STOCK"
	CodeVersionConflict     Code = "VERSION_CONFLICT"
	CodeReservationExpired  Code = "RESERVATION_EXPIRED"
	CodeInvalidState        Code = "INVALID_STATE"
	CodeKeptByHolder        Code = "KEPT_BY_HOLDER"
	CodeInProgress          Code = "IN_PROGRESS"
	CodeIdempotencyConflict Code = "IDEMPOTENCY_CONFLICT"
	CodePayloadTooLarge     Code = "PAYLOAD_TOO_LARGE"
	CodeRateLimited         Code = "RATE_LIMITED"
	CodeUnavailable         Code = "UNAVAILABLE"
	CodeInternal            Code = "INTERNAL"

	// CodeClosed is the client's own: the client was closed before the call.
	CodeClosed Code = "CLOSED"
)

// The sentinels that errors.Is compares with an *Error.
var (
	ErrInvalidArgument     error = codeError(CodeInvalidArgument)
	ErrUnauthenticated     error = codeError(CodeUnauthenticated)
	ErrPermissionDenied    error = codeError(CodePermissionDenied)
	ErrNotFound            error = codeError(CodeNotFound)
	ErrAlreadyExists       error = codeError(CodeAlreadyExists)
	ErrInsufficientStock   error = codeError(CodeInsufficientStock)
	ErrVersionConflict     error = codeError(CodeVersionConflict)
	ErrReservationExpired  error = codeError(CodeReservationExpired)
	ErrInvalidState        error = codeError(CodeInvalidState)
	ErrKeptByHolder        error = codeError(CodeKeptByHolder)
	ErrInProgress          error = codeError(CodeInProgress)
	ErrIdempotencyConflict error = codeError(CodeIdempotencyConflict)
	ErrPayloadTooLarge     error = codeError(CodePayloadTooLarge)
	ErrRateLimited         error = codeError(CodeRateLimited)
	ErrUnavailable         error = codeError(CodeUnavailable)
	ErrInternal            error = codeError(CodeInternal)
	ErrClosed              error = codeError(CodeClosed)
)

// codeError is a code as an error, for errors.Is.
type codeError Code

// Error returns the code.
func (e codeError) Error() string { return "holdfast: " + string(e) }

// Error is why a call has no answer. Nothing has changed, unless Unknown reports
// that the client could not find this out in time.
type Error struct {
	// Op is the call, such as "reserve".
	Op     string
	Code   Code
	Detail string
	// Shortages list the items with too few units.
	Shortages []Shortage
	// Violations list the fields that are wrong.
	Violations []Violation
	// State is the reservation's state that forbids the call.
	State string
	// Reason is why the state forbids it, when there are several possible reasons:
	// location_inactive.
	Reason string
	// Holders are the outposts that have the units, when the code is KEPT_BY_HOLDER and the
	// call was about an item: tills by their id, and "redis".
	Holders []string
	// ResumeAfter is the position from which an ended watch can continue.
	ResumeAfter string
	// RequestID names the last attempt in the server's log.
	RequestID string
	// Unknown reports that the write may have happened: the answer was lost, and the
	// time was over before a retry had one. Repeat the same call with Key to find out.
	Unknown bool
	// Key is the idempotency key of the write, the caller's or the client's
	// own. It is empty when the order's id protects the write, and for reads.
	Key string

	retryAfter time.Duration
	again      bool // the same call may have another answer later
	spends     bool // a retry is extra load and comes out of the budget
	cause      error
}

// Violation names a field and what is wrong with it.
type Violation struct{ Field, Reason string }

// Error returns all fields in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("holdfast: ")
	if e.Op != "" {
		b.WriteString(e.Op)
		b.WriteString(": ")
	}
	b.WriteString(string(e.Code))
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	if e.Unknown {
		b.WriteString("; the write may have happened")
		if e.Key != "" {
			b.WriteString(", the same call with the key ")
			b.WriteString(e.Key)
			b.WriteString(" tells")
		}
	}
	if e.RequestID != "" {
		b.WriteString(" (request ")
		b.WriteString(e.RequestID)
		b.WriteString(")")
	}
	return b.String()
}

// Is reports whether target is the sentinel of the error's code.
func (e *Error) Is(target error) bool {
	code, ok := target.(codeError)
	return ok && Code(code) == e.Code
}

// Unwrap returns the cause: the context's error when the caller's time was over,
// gRPC's error when the server could not be reached.
func (e *Error) Unwrap() error { return e.cause }

// gaveUp is the error of a call whose context ended before it had an answer. last is
// the error of the last attempt, nil when there was none.
func gaveUp(ctx context.Context, last *Error) *Error {
	e := &Error{Code: CodeUnavailable, cause: context.Cause(ctx)}
	what := "the caller's time is over"
	switch {
	case e.cause == nil: // the next attempt would come too late
		e.cause = context.DeadlineExceeded
	case errors.Is(ctx.Err(), context.Canceled):
		what = "the caller went away"
	}
	if last == nil {
		e.Detail = what + " before anything was sent"
		return e
	}
	e.Code, e.Shortages, e.Violations, e.State, e.Holders, e.RequestID = last.Code, last.Shortages, last.Violations, last.State, last.Holders, last.RequestID
	e.Detail = what
	if last.Detail != "" {
		e.Detail += "; the last attempt: " + last.Detail
	}
	return e
}

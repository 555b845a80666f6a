package client

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// passing are the codes that the same call may not meet again: the write has
// not happened, or its outcome is what a retry with the same key returns.
var passing = map[Code]bool{CodeUnavailable: true, CodeRateLimited: true, CodeInProgress: true, CodeInternal: true}

// judged fills in what follows from the code that the server gave.
func judged(e *Error) *Error {
	e.again = passing[e.Code]
	e.Unknown = e.Code == CodeUnavailable || e.Code == CodeInProgress || e.Code == CodeInternal
	e.spends = e.Code == CodeInternal
	return e
}

// errorOf is the error of a whole call.
func errorOf(err error, requestID string) *Error {
	s := status.Convert(err)
	var problem *holdfastv1.Problem
	var after time.Duration
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *holdfastv1.Problem:
			problem = d
		case *errdetails.RetryInfo:
			after = min(max(d.GetRetryDelay().AsDuration(), 0), maxRetryAfter)
		}
	}
	if problem == nil {
		return withoutProblem(s, err, requestID)
	}
	e := judged(&Error{
		Code: Code(problem.GetCode()), Detail: problem.GetDetail(), State: problem.GetState(), Reason: problem.GetReason(), RequestID: requestID, ResumeAfter: problem.GetResumeAfter(),
		Shortages: shortagesOf(problem.GetShortages()), Violations: violationsOf(problem.GetViolations()), Holders: problem.GetHolders(),
		retryAfter: after, cause: err,
	})
	if id := problem.GetRequestId(); id != "" {
		e.RequestID = id
	}
	return e
}

// maxRetryAfter bounds what a server can ask for.
const maxRetryAfter = time.Minute

// final are gRPC's own codes that say no: the transport or something between
// judged the call, and sending it again changes nothing.
var final = map[codes.Code]Code{
	codes.InvalidArgument:    CodeInvalidArgument,
	codes.OutOfRange:         CodeInvalidArgument,
	codes.Unauthenticated:    CodeUnauthenticated,
	codes.PermissionDenied:   CodePermissionDenied,
	codes.NotFound:           CodeNotFound,
	codes.AlreadyExists:      CodeAlreadyExists,
	codes.FailedPrecondition: CodeInvalidState,
	codes.Aborted:            CodeVersionConflict,
	codes.ResourceExhausted:  CodePayloadTooLarge,
	codes.Unimplemented:      "UNIMPLEMENTED",
}

// withoutProblem is an error that no Holdfast gave: the connection, a proxy,
// or time. But for final ones nobody knows what the call did.
func withoutProblem(s *status.Status, err error, requestID string) *Error {
	e := &Error{Code: CodeUnavailable, Detail: s.Message(), RequestID: requestID, cause: err}
	if code, ok := final[s.Code()]; ok {
		e.Code = code
		return e
	}
	e.again, e.Unknown = true, true
	// A connection that is lost or cannot be made holds all callers back by
	// itself; whatever else is sent again is load on a server that has enough.
	e.spends = s.Code() != codes.Unavailable
	return e
}

// errorOfResult is the error of one command of a group.
func errorOfResult(r *holdfastv1.CommandError, requestID string) *Error {
	return judged(&Error{
		Code: Code(r.GetCode()), Detail: r.GetDetail(), State: r.GetState(), Reason: r.GetReason(), RequestID: requestID,
		Shortages: shortagesOf(r.GetShortages()), Violations: violationsOf(r.GetViolations()), Holders: r.GetHolders(),
	})
}

// garbled is an answer that does not fit the question.
func garbled(requestID, format string, args ...any) *Error {
	return &Error{
		Code: CodeInternal, Detail: fmt.Sprintf(format, args...), RequestID: requestID,
		again: true, Unknown: true, spends: true,
	}
}

func violationsOf(list []*holdfastv1.FieldViolation) []Violation {
	return mapAll(list, func(v *holdfastv1.FieldViolation) Violation {
		return Violation{Field: v.GetField(), Reason: v.GetReason()}
	})
}

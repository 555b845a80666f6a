package server

import (
	"net/http"

	"google.golang.org/grpc/codes"
)

// code is one line of the API's error table.
type code struct {
	name  string
	http  int
	grpc  codes.Code
	title string
	index int // in table
}

// The codes of the API. Programs branch on the name.
var (
	codeInvalid         = &code{name: "INVALID_ARGUMENT", http: http.StatusBadRequest, grpc: codes.InvalidArgument, title: "The request is not valid"}
	codeUnauthenticated = &code{name: "UNAUTHENTICATED", http: http.StatusUnauthorized, grpc: codes.Unauthenticated, title: "A valid key is needed"}
	codeDenied          = &code{name: "PERMISSION_DENIED", http: http.StatusForbidden, grpc: codes.PermissionDenied, title: "The key does not allow it"}
	codeNotFound        = &code{name: "NOT_FOUND", http: http.StatusNotFound, grpc: codes.NotFound, title: "Not found"}
	codeMethod          = &code{name: "METHOD_NOT_ALLOWED", http: http.StatusMethodNotAllowed, grpc: codes.Unimplemented, title: "The path does not take this method"}
	codeTimeout         = &code{name: "REQUEST_TIMEOUT", http: http.StatusRequestTimeout, grpc: codes.DeadlineExceeded, title: "The request came too slowly"}
	codeExists          = &code{name: "ALREADY_EXISTS", http: http.StatusConflict, grpc: codes.AlreadyExists, title: "It exists already"}
	codeShort           = &code{name: "INSUFFICIENT_STOCK", http: http.StatusConflict, grpc: codes.FailedPrecondition, title: "Not enough stock"}
	codeVersion         = &code{name: "VERSION_CONFLICT", http: http.StatusConflict, grpc: codes.Aborted, title: "The item has another version"}
	codeExpired         = &code{name: "RESERVATION_EXPIRED", http: http.StatusConflict, grpc: codes.FailedPrecondition, title: "The reservation has expired"}
	codeState           = &code{name: "INVALID_STATE", http: http.StatusConflict, grpc: codes.FailedPrecondition, title: "The state forbids it"}
	codeKept            = &code{name: "KEPT_BY_HOLDER", http: http.StatusConflict, grpc: codes.FailedPrecondition, title: "A till keeps it"}
	codeInProgress      = &code{name: "IN_PROGRESS", http: http.StatusConflict, grpc: codes.Aborted, title: "The same key is being executed"}
	codeKeyReused       = &code{name: "IDEMPOTENCY_CONFLICT", http: http.StatusUnprocessableEntity, grpc: codes.FailedPrecondition, title: "The key was used for another request"}
	codeTooLarge        = &code{name: "PAYLOAD_TOO_LARGE", http: http.StatusRequestEntityTooLarge, grpc: codes.ResourceExhausted, title: "The request is too large"}
	codeMediaType       = &code{name: "UNSUPPORTED_MEDIA_TYPE", http: http.StatusUnsupportedMediaType, grpc: codes.InvalidArgument, title: "The body must be JSON"}
	codeRate            = &code{name: "RATE_LIMITED", http: http.StatusTooManyRequests, grpc: codes.ResourceExhausted, title: "Too many requests"}
	codeSlow            = &code{name: "SLOW_READER", http: http.StatusTooManyRequests, grpc: codes.ResourceExhausted, title: "The watcher is too slow"}
	codeGone            = &code{name: "POSITION_GONE", http: http.StatusGone, grpc: codes.OutOfRange, title: "The position is not kept any more"}
	codeUnavailable     = &code{name: "UNAVAILABLE", http: http.StatusServiceUnavailable, grpc: codes.Unavailable, title: "Not available now"}
	codeInternal        = &code{name: "INTERNAL", http: http.StatusInternalServerError, grpc: codes.Internal, title: "An error of the server"}
)

// table lists all codes; a code's index is its place here.
var table = func() []*code {
	all := []*code{
		codeInvalid, codeUnauthenticated, codeDenied, codeNotFound, codeMethod, codeTimeout, codeExists, codeShort,
		codeVersion, codeExpired, codeState, codeKept, codeInProgress, codeKeyReused, codeTooLarge, codeMediaType, codeRate, codeSlow, codeGone,
		codeUnavailable, codeInternal,
	}
	for i, c := range all {
		c.index = i
	}
	return all
}()

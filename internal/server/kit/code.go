package kit

import (
	"net/http"

	"google.golang.org/grpc/codes"
)

// Code is one line of the API's error table.
type Code struct {
	Name  string
	HTTP  int
	GRPC  codes.Code
	Title string
}

// The codes of the API. Programs branch on the name.
var (
	CodeInvalid         = &Code{Name: "INVALID_ARGUMENT", HTTP: http.StatusBadRequest, GRPC: codes.InvalidArgument, Title: "The request is not valid"}
	CodeUnauthenticated = &Code{Name: "UNAUTHENTICATED", HTTP: http.StatusUnauthorized, GRPC: codes.Unauthenticated, Title: "A valid key is needed"}
	CodeDenied          = &Code{Name: "PERMISSION_DENIED", HTTP: http.StatusForbidden, GRPC: codes.PermissionDenied, Title: "The key does not allow it"}
	CodeNotFound        = &Code{Name: "NOT_FOUND", HTTP: http.StatusNotFound, GRPC: codes.NotFound, Title: "Not found"}
	CodeMethod          = &Code{Name: "METHOD_NOT_ALLOWED", HTTP: http.StatusMethodNotAllowed, GRPC: codes.Unimplemented, Title: "The path does not take this method"}
	CodeTimeout         = &Code{Name: "REQUEST_TIMEOUT", HTTP: http.StatusRequestTimeout, GRPC: codes.DeadlineExceeded, Title: "The request came too slowly"}
	codeExists          = &Code{Name: "ALREADY_EXISTS", HTTP: http.StatusConflict, GRPC: codes.AlreadyExists, Title: "It exists already"}
	codeShort           = &Code{Name: "INSUFFICIENT_STOCK", HTTP: http.StatusConflict, GRPC: codes.FailedPrecondition, Title: "Not enough stock"}
	CodeVersion         = &Code{Name: "VERSION_CONFLICT", HTTP: http.StatusConflict, GRPC: codes.Aborted, Title: "The item has another version"}
	codeExpired         = &Code{Name: "RESERVATION_EXPIRED", HTTP: http.StatusConflict, GRPC: codes.FailedPrecondition, Title: "The reservation has expired"}
	CodeState           = &Code{Name: "INVALID_STATE", HTTP: http.StatusConflict, GRPC: codes.FailedPrecondition, Title: "The state forbids it"}
	codeKept            = &Code{Name: "KEPT_BY_HOLDER", HTTP: http.StatusConflict, GRPC: codes.FailedPrecondition, Title: "A till keeps it"}
	CodeInProgress      = &Code{Name: "IN_PROGRESS", HTTP: http.StatusConflict, GRPC: codes.Aborted, Title: "The same key is being executed"}
	CodeKeyReused       = &Code{Name: "IDEMPOTENCY_CONFLICT", HTTP: http.StatusUnprocessableEntity, GRPC: codes.FailedPrecondition, Title: "The key was used for another request"}
	CodeTooLarge        = &Code{Name: "PAYLOAD_TOO_LARGE", HTTP: http.StatusRequestEntityTooLarge, GRPC: codes.ResourceExhausted, Title: "The request is too large"}
	CodeMediaType       = &Code{Name: "UNSUPPORTED_MEDIA_TYPE", HTTP: http.StatusUnsupportedMediaType, GRPC: codes.InvalidArgument, Title: "The body must be JSON"}
	CodeRate            = &Code{Name: "RATE_LIMITED", HTTP: http.StatusTooManyRequests, GRPC: codes.ResourceExhausted, Title: "Too many requests"}
	CodeSlow            = &Code{Name: "SLOW_READER", HTTP: http.StatusTooManyRequests, GRPC: codes.ResourceExhausted, Title: "The watcher is too slow"}
	CodeGone            = &Code{Name: "POSITION_GONE", HTTP: http.StatusGone, GRPC: codes.OutOfRange, Title: "The position is no longer kept"}
	CodeUnavailable     = &Code{Name: "UNAVAILABLE", HTTP: http.StatusServiceUnavailable, GRPC: codes.Unavailable, Title: "Not available now"}
	CodeInternal        = &Code{Name: "INTERNAL", HTTP: http.StatusInternalServerError, GRPC: codes.Internal, Title: "An error of the server"}
)

// Table lists all codes.
var Table = []*Code{
	CodeInvalid, CodeUnauthenticated, CodeDenied, CodeNotFound, CodeMethod, CodeTimeout, codeExists, codeShort,
	CodeVersion, codeExpired, CodeState, codeKept, CodeInProgress, CodeKeyReused, CodeTooLarge, CodeMediaType, CodeRate, CodeSlow, CodeGone,
	CodeUnavailable, CodeInternal,
}

package client

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

type operatorKey struct{}

// AsOperator returns a context whose writes are recorded with the operator,
// such as the person at the screen. Such writes are not gathered with others.
func AsOperator(ctx context.Context, operator string) context.Context {
	return context.WithValue(ctx, operatorKey{}, operator)
}

func operatorOf(ctx context.Context) (string, bool) {
	operator, ok := ctx.Value(operatorKey{}).(string)
	return operator, ok
}

// outgoing adds to ctx the metadata of every call, and returns the id under
// which the server logs the call.
func (c *caller) outgoing(ctx context.Context) (context.Context, string) {
	id := newID()
	md := metadata.MD{"x-request-id": {id}}
	if c.options.key != "" {
		md["authorization"] = []string{"Bearer " + c.options.key}
	}
	if c.options.tenant != "" {
		md["x-holdfast-tenant"] = []string{c.options.tenant}
	}
	operator, ok := operatorOf(ctx)
	if !ok {
		operator = c.options.operator
	}
	if operator != "" {
		md["x-holdfast-operator"] = []string{operator}
	}
	if already, ok := metadata.FromOutgoingContext(ctx); ok {
		md = metadata.Join(already, md)
	}
	return metadata.NewOutgoingContext(ctx, md), id
}

// isCarriable reports whether gRPC can carry s in the metadata of a call.
func isCarriable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// refuseMetadata refuses a call whose metadata gRPC could not carry.
func refuseMetadata(op, what string) *Error {
	const reason = "must be printable ASCII: gRPC carries nothing else beside a call"
	return &Error{Op: op, Code: CodeInvalidArgument, Detail: what + " " + reason, Violations: []Violation{{Field: what, Reason: reason}}}
}

// newID makes an id that is unique and sorts by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// answerMetadata has the metadata of an answer.
type answerMetadata struct{ header metadata.MD }

func (b *answerMetadata) firstValue(name string) string {
	if values := b.header.Get(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// method is a call of the definition.
type method[Q, R any] func(context.Context, Q, ...grpc.CallOption) (R, error)

// askOne is ask, and converts the answer with of.
func askOne[Q, R, T any](ctx context.Context, c *caller, op string, call method[Q, R], question Q, of func(R) T) (*T, error) {
	m, _, err := ask(ctx, c, op, call, question)
	if err != nil {
		return nil, err
	}
	return new(of(m)), nil
}

// ask carries out a call that changes nothing, or nothing more when repeated.
// The answer shows at least what this client has written before.
func ask[Q, R any](ctx context.Context, c *caller, op string, call method[Q, R], question Q) (R, *answerMetadata, error) {
	return askFor(ctx, c, 0, op, call, question)
}

// askFor is ask for a call whose attempts wait for the answer at least that long.
func askFor[Q, R any](ctx context.Context, c *caller, least time.Duration, op string, call method[Q, R], question Q) (R, *answerMetadata, error) {
	after := c.position(ctx)
	var around answerMetadata
	if !isCarriable(after) {
		var none R
		return none, &around, refuseMetadata(op, "Holdfast-After")
	}
	answer, err := persist(ctx, c, op, "", func(ctx context.Context, limit time.Duration) (R, *Error) {
		var none R
		if !c.link.wait(ctx) {
			return none, c.link.newNotSent()
		}
		ctx, cancel := context.WithTimeout(ctx, max(limit, least))
		defer cancel()
		ctx, id := c.outgoing(ctx)
		if after != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "holdfast-after", after)
		}
		around = answerMetadata{}
		answer, err := call(ctx, question, grpc.Header(&around.header))
		if err != nil {
			e := errorOf(err, id)
			e.Unknown = false // nothing is written
			if own := c.seen.current(time.Now()); e.Code == CodePositionGone && after != "" && after == own {
				// The books were restored to an earlier state. The caller did not ask
				// for the lost position: the client only carried it along.
				c.seen.forget(own)
				after, e.again = c.position(ctx), true
			}
			return none, e
		}
		return answer, nil
	})
	return answer, &around, err
}

package client

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// alter carries out a write that is a call of its own. It uses the key, or one
// that the client makes when key is empty. All attempts carry the same key, so
// they are one write.
func alter[Q, R any](ctx context.Context, c *caller, op, key string, call method[Q, R], request Q) (R, *answerMetadata, error) {
	if key == "" {
		key = newID()
	}
	var around answerMetadata
	var none R
	if !isCarriable(key) {
		return none, &around, refuseMetadata(op, "Idempotency-Key")
	}
	answer, err := persist(ctx, c, op, key, func(ctx context.Context, limit time.Duration) (R, *Error) {
		if !c.link.wait(ctx) {
			return none, c.link.newNotSent()
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		ctx, id := c.outgoing(ctx)
		ctx = metadata.AppendToOutgoingContext(ctx, "idempotency-key", key)
		around = answerMetadata{}
		answer, err := call(ctx, request, grpc.Header(&around.header))
		if err != nil {
			return none, errorOf(err, id)
		}
		return answer, nil
	})
	c.seen.note(around.firstValue("holdfast-position"), time.Now())
	return answer, &around, err
}

// replayed reports whether the answer is that of an earlier call with the same key.
func (b *answerMetadata) replayed() bool { return b.firstValue("idempotency-replayed") == "true" }

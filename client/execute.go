package client

import (
	"context"
	"time"

	"google.golang.org/grpc"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// execute sends the commands as one batch, once. It returns one result for each, and
// the id under which the server logs the call. With an error the outcome of all of
// them is unknown, unless the error says that the server refused the call.
func (c *caller) execute(ctx context.Context, framed [][]byte) ([]*holdfastv1.CommandResult, string, *Error) {
	ctx, id := c.outgoing(ctx)
	size := 0
	for _, f := range framed {
		size += len(f)
	}
	text := make([]byte, 0, size)
	for _, f := range framed {
		text = append(text, f...)
	}
	// Each caller has encoded its command already and knows when that was
	// impossible. A message writes unknown fields unchanged.
	request := &holdfastv1.ExecuteBatchRequest{}
	request.ProtoReflect().SetUnknown(text)
	var around answerMetadata
	answer, err := c.inventory.ExecuteBatch(ctx, request, grpc.Header(&around.header))
	if err != nil {
		return nil, id, errorOf(err, id)
	}
	results := answer.GetResults()
	if len(results) != len(framed) {
		return nil, id, garbled(id, "%d results for %d commands", len(results), len(framed))
	}
	c.seen.note(around.firstValue("holdfast-position"), time.Now())
	return results, id, nil
}

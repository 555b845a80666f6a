package client

import (
	"context"
	"time"

	"google.golang.org/grpc"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// caller is what the Client and its services share: the connection, and the
// state of the calls made on it.
type caller struct {
	options   options
	conn      *grpc.ClientConn
	inventory holdfastv1.InventoryServiceClient
	link      *link
	gather    *gather
	budget    *budget
	seen      writePosition
	door      door
}

func newCaller(conn *grpc.ClientConn, o options) *caller {
	c := &caller{
		options: o, conn: conn, inventory: holdfastv1.NewInventoryServiceClient(conn),
		link: &link{conn: conn}, budget: newBudget(time.Now()),
	}
	c.gather = &gather{link: c.link, carry: c.execute}
	return c
}

// bounded gives a call without a deadline the usual one.
func (c *caller) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, c.options.timeout)
}

// change carries out a command whose answer is the item.
func (c *caller) change(ctx context.Context, command Command) (*Inventory, error) {
	return carryOut(ctx, c, command, changed)
}

// submitForOrder carries out a command whose answer is the order.
func (c *caller) submitForOrder(ctx context.Context, command Command) (*Order, error) {
	return carryOut(ctx, c, command, orderOf)
}

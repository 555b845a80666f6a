package client

import (
	"context"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Command is a write: Create, Restock, Adjust, SetThreshold, SetSaleStatus,
// Move, Return, Observe, SellElsewhere, Reserve, Change, Relocate, Commit, Extend,
// Release, Deduct, Withdraw, SetQuotas, Allot or ResetSold. The client or one of its
// services has a method for each of them. Batch takes any of them, and a RawCommand.
type Command interface {
	// message returns the command as it is sent, with the caller's key.
	message() *holdfastv1.Command
	// verb returns the name of the command in errors.
	verb() string
	// natural reports that the order's id protects the command: it may be
	// repeated without a key.
	natural() bool
}

// preparedCommand is a command ready to be sent, as often as necessary.
type preparedCommand struct {
	command Command
	key     string
	framed  []byte // its encoding in a group's message
	lines   int    // its share of the API's bound for a batch
}

// commandsField is the number of ExecuteBatchRequest.commands.
const commandsField protowire.Number = 1

// pack encodes the command. It refuses only a command that cannot be encoded and
// would spoil the message for others.
func (c *caller) pack(command Command) (*preparedCommand, *Error) {
	m := command.message()
	if m.IdempotencyKey == "" && (c.options.keyed || !command.natural()) {
		m.IdempotencyKey = newID()
	}
	b, err := proto.Marshal(m)
	if err != nil {
		return nil, &Error{Op: command.verb(), Code: CodeInvalidArgument, Detail: err.Error(), Key: m.IdempotencyKey, cause: err}
	}
	if len(b) > maxRequest-1024 {
		return nil, &Error{Op: command.verb(), Code: CodePayloadTooLarge, Detail: "the command is larger than a message may be", Key: m.IdempotencyKey}
	}
	framed := protowire.AppendTag(make([]byte, 0, len(b)+8), commandsField, protowire.BytesType)
	return &preparedCommand{
		command: command, key: m.IdempotencyKey, framed: protowire.AppendBytes(framed, b), lines: linesOf(m),
	}, nil
}

// linesOf is how many lines of the API's bound for a batch a command uses.
func linesOf(m *holdfastv1.Command) int {
	return max(1, len(m.GetReserve().GetItems()), len(m.GetChange().GetItems()))
}

// carryOut carries out a command and converts its result with of.
func carryOut[T any](ctx context.Context, c *caller, command Command, of func(*holdfastv1.CommandResult) *T) (*T, error) {
	r, err := c.write(ctx, command)
	if err != nil {
		return nil, err
	}
	return of(r), nil
}

// write carries out one command.
func (c *caller) write(ctx context.Context, command Command) (*holdfastv1.CommandResult, error) {
	p, refused := c.pack(command)
	if refused != nil {
		return nil, refused
	}
	operator, named := operatorOf(ctx)
	if !isCarriable(operator) {
		return nil, refuseMetadata(command.verb(), "X-Holdfast-Operator")
	}
	// The operator applies to a whole group.
	alone := named || !c.options.gather
	return persist(ctx, c, command.verb(), p.key, func(ctx context.Context, limit time.Duration) (*holdfastv1.CommandResult, *Error) {
		if alone {
			return c.writeAlone(ctx, p, limit)
		}
		return c.gather.do(ctx, p, limit)
	})
}

func (c *caller) writeAlone(ctx context.Context, p *preparedCommand, limit time.Duration) (*holdfastv1.CommandResult, *Error) {
	if !c.link.wait(ctx) {
		return nil, c.link.newNotSent()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	results, id, failed := c.execute(ctx, [][]byte{p.framed})
	if failed != nil {
		return nil, failed
	}
	return settled(results[0], id)
}

// settled returns the outcome of one command of a group.
func settled(r *holdfastv1.CommandResult, requestID string) (*holdfastv1.CommandResult, *Error) {
	switch {
	case r.GetOk():
		return r, nil
	case r.GetError() == nil:
		return nil, garbled(requestID, "the answer says neither yes nor no")
	}
	return nil, errorOfResult(r.GetError(), requestID)
}

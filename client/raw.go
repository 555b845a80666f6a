package client

import (
	"fmt"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/api/render"
)

// RawCommand is a command in the JSON of commands:batch. It is for programs that pass on
// commands of others. Batch takes it, and its Result has the answer as JSON.
type RawCommand struct{ m *holdfastv1.Command }

// ReadCommand reads the JSON of one command: a verb with its body, and perhaps an
// idempotency_key.
func ReadCommand(text []byte) (RawCommand, error) {
	m := &holdfastv1.Command{}
	if err := protojson.Unmarshal(text, m); err != nil {
		return RawCommand{}, fmt.Errorf("it is no command: %w", err)
	}
	if m.GetVerb() == nil {
		return RawCommand{}, fmt.Errorf("it is no command: it has no verb, such as deduct")
	}
	return RawCommand{m}, nil
}

// Key returns the command's idempotency key, empty when it has none.
func (c RawCommand) Key() string { return c.m.GetIdempotencyKey() }

// WithKey returns the command with another idempotency key.
func (c RawCommand) WithKey(key string) RawCommand {
	m := proto.CloneOf(c.m)
	m.IdempotencyKey = key
	return RawCommand{m}
}

// AsFact returns the command as the copy of what has happened elsewhere: a return is then booked
// whatever its order shows. Other commands stay as they are.
func (c RawCommand) AsFact() RawCommand {
	back := c.m.GetReturn()
	if back == nil || back.GetFact() || back.GetUnchecked() {
		return c
	}
	m := proto.CloneOf(c.m)
	m.GetReturn().Fact = true
	return RawCommand{m}
}

// Lines is how many of the 20,000 lines of a batch the command uses.
func (c RawCommand) Lines() int { return linesOf(c.m) }

// Size is the number of bytes of the command when it is sent.
func (c RawCommand) Size() int { return proto.Size(c.m) }

func (c RawCommand) message() *holdfastv1.Command { return c.m }
func (c RawCommand) natural() bool                { return false }

func (c RawCommand) verb() string {
	m := c.m.ProtoReflect()
	return string(m.WhichOneof(m.Descriptor().Oneofs().ByName("verb")).Name())
}

// resultWriter plans the JSON of results once.
var resultWriter = sync.OnceValues(func() (*render.Writer, error) {
	return render.New((&holdfastv1.CommandResult{}).ProtoReflect().Descriptor())
})

// AppendJSON appends the outcome of a RawCommand to dst, byte for byte as
// commands:batch answers it. For other commands it appends nothing.
func (r *Result) AppendJSON(dst []byte) []byte {
	if r.answer == nil {
		return dst
	}
	w, err := resultWriter()
	if err != nil {
		panic(err) // the definition has a field that has no JSON: no test has passed
	}
	return w.Append(dst, r.answer)
}

// JoinOrders joins the outcomes of RawCommands about one order, of which each named some of
// its reservations: the outcome has the reservations of all of them. One that is about
// something else, or refused, is left out.
func JoinOrders(orderID string, results []Result) *Result {
	var joined *Result
	for i := range results {
		r := &results[i]
		switch {
		case r.Err != nil || r.answer == nil || r.answer.OrderId == nil:
		case joined == nil:
			joined = &Result{Order: r.Order, answer: proto.CloneOf(r.answer)}
		default:
			joined.answer.Reservations = append(joined.answer.GetReservations(), r.answer.GetReservations()...)
			joined.answer.Shortages = append(joined.answer.GetShortages(), r.answer.GetShortages()...)
		}
	}
	if joined == nil {
		return &Result{Order: &Order{OrderID: orderID}, answer: &holdfastv1.CommandResult{Ok: true, OrderId: &orderID}}
	}
	return joined
}

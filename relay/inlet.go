package relay

import (
	"context"
	"time"

	"holdfast.dev/holdfast/client"
)

// Inlet receives messages from one topic of a broker. One goroutine uses it. After an
// error it is closed and another is opened: messages that were not acknowledged are
// redelivered.
type Inlet interface {
	// Receive returns messages that have arrived, at most most, in the order of the broker. It
	// waits for the first one until ctx ends, and then returns none, which is not an error. It
	// is called when all messages that it returned before were acknowledged.
	Receive(ctx context.Context, most int) ([]*Incoming, error)
	// Ack acknowledges messages: the oldest that Receive returned and that were not yet
	// acknowledged. They are redelivered only when it fails.
	Ack(ctx context.Context, messages []*Incoming) error
	// Hold reports that the received messages are still being processed, so that the broker
	// gives them to no other consumer. It is called every few seconds.
	Hold(ctx context.Context, messages []*Incoming) error
	// Reply sends replies, and returns when the broker has stored them. It is called only
	// when the origin has a reply topic.
	Reply(ctx context.Context, replies []Reply) error
	// Check asks the broker now whether the topic exists and may be consumed, and also the group
	// if the broker has groups. It takes no message, and may be called at any time.
	Check(ctx context.Context) error
	// Lag is how many messages the broker had left after the last Receive; known is false when
	// it does not report that.
	Lag() (n int64, known bool)
	Close() error
}

// Inlets are the kinds of brokers that a relay can consume, by name.
type Inlets map[string]InletKind

// InletKind opens inlets of one kind. After a failure it is called again.
type InletKind func(ctx context.Context, o Origin) (Inlet, error)

// Origin is what an inlet consumes.
type Origin struct {
	Tenant  string
	Source  string
	URL     string
	Topic   string
	Group   string
	Reply   string // topic; "": no replies are sent
	Secrets []string
}

// Incoming is a message.
type Incoming struct {
	// ID is the broker's id of the message. It is the same at each delivery, and unique over
	// all topics. Empty: the broker has no id for it.
	ID string
	// Sender is the sender's id of the message, for the reply; empty: the broker's id.
	Sender string
	Body   []byte
	// Native belongs to the inlet; nil for a message that was parked.
	Native any
}

// Reply is the outcome of a message.
type Reply struct {
	To        *Incoming
	MessageID string
	Body      []byte // JSON in one line
}

// Commands is what consuming needs of Holdfast, for one tenant. CommandsOf makes it from a
// client. Implementations are safe for concurrent use.
type Commands interface {
	// Execute carries out commands as one batch. With an error it returns the results of
	// the first of them; the outcome of the others is unknown.
	Execute(ctx context.Context, commands []client.Command) ([]client.Result, error)
	// Order is what an order holds and has held, client.ErrNotFound when it is not known.
	Order(ctx context.Context, orderID string) (*client.Order, error)
	// AdvanceSource stores the state of a source, with the promises of Books.Advance.
	AdvanceSource(ctx context.Context, r client.AdvanceSource) (time.Duration, error)
}

// CommandsOf returns the commands of the client's tenant. Its key has the scopes relay and
// internal.
func CommandsOf(c *client.Client) Commands { return remoteCommands{c.Relay, c} }

type remoteCommands struct {
	*client.RelayService
	inventory *client.Client
}

func (r remoteCommands) Execute(ctx context.Context, commands []client.Command) ([]client.Result, error) {
	return r.inventory.Batch(ctx, commands...)
}

func (r remoteCommands) Order(ctx context.Context, orderID string) (*client.Order, error) {
	return r.inventory.Order(ctx, orderID)
}

// Consuming is what a relay needs to consume sources.
type Consuming struct {
	Commands Commands
	Inlets   Inlets
}

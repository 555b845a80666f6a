package relay

import (
	"context"
	"time"

	"holdfast.dev/holdfast/client"
)

// Inlet receives messages from one topic of a broker. One goroutine uses it. After an
// error it is closed and another is opened: what was received and not acknowledged comes
// again.
type Inlet interface {
	// Receive returns messages that have come, at most most, in the order of the broker.
	// It waits for the first one until ctx ends, and returns none then: that is no error.
	// It is called when all that it returned before was acknowledged.
	Receive(ctx context.Context, most int) ([]*Incoming, error)
	// Ack tells the broker that messages are dealt with: the oldest of those that Receive
	// returned and that were not acknowledged. They come again only when it fails.
	Ack(ctx context.Context, messages []*Incoming) error
	// Hold says that the messages that were received are still being dealt with, so that
	// the broker gives them to nobody else. It is called every few seconds.
	Hold(ctx context.Context, messages []*Incoming) error
	// Reply sends replies, and returns when the broker has stored them. It is called only
	// when the origin has a reply topic.
	Reply(ctx context.Context, replies []Reply) error
	// Check asks the broker now whether the topic, and of brokers that have groups the group,
	// are there and may be consumed. It takes no message, and may be called at any time.
	Check(ctx context.Context) error
	// Lag is how many messages the broker had left after the last Receive; known is false
	// when it does not say.
	Lag() (n int64, known bool)
	Close() error
}

// Inlets are the kinds of brokers that a relay can consume, by name.
type Inlets map[string]InletKind

// InletKind opens inlets of one kind. What cannot be opened is tried again.
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
	// ID is what the broker calls it: the same each time it comes, and no other message's,
	// of no other topic either. Empty: the broker has no name for it.
	ID string
	// Sender is what its sender calls it, for the reply; empty: as the broker does.
	Sender string
	Body   []byte
	// Native is the inlet's own; nil of a message that was parked.
	Native any
}

// Reply is the outcome of a message.
type Reply struct {
	To        *Incoming
	MessageID string
	Body      []byte // JSON in one line
}

// Commands is what consuming needs of Holdfast, for one tenant. CommandsOf returns those
// behind a client. Implementations are safe for concurrent use.
type Commands interface {
	// Execute carries out commands as one batch. With an error it returns the results of
	// the first of them; the outcome of the others is unknown.
	Execute(ctx context.Context, commands []client.Command) ([]client.Result, error)
	// AdvanceSource stores how a source fares, with the promises of Books.Advance.
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

// Consuming is what a relay needs to consume sources.
type Consuming struct {
	Commands Commands
	Inlets   Inlets
}

// Package rabbitmq publishes events to a queue or an exchange of RabbitMQ, and consumes
// commands from a queue.
package rabbitmq

import (
	"context"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// usualTopic is the queue of a sink that names none.
	usualTopic = "holdfast.events"
	// answerWait is how long the broker may take for a connection, or for a round.
	answerWait = 10 * time.Second
	// heartbeat is the interval of the heartbeats between the two ends.
	heartbeat = 10 * time.Second
)

// Kind returns the kind of sinks that publish to RabbitMQ brokers that may be reached.
func Kind(allowed dial.Allowed) relay.Kind {
	return relay.Kind{Parallel: 1, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		w, err := newWay(allowed, t.URL, t.Secrets, "holdfast-sink-"+t.Sink)
		if err != nil {
			return nil, err
		}
		l := &leaf{brokerConn: w, topic: t.Topic}
		if l.topic == "" && w.exchange == "" {
			l.topic = usualTopic
		}
		return l, nil
	}}
}

type leaf struct {
	*brokerConn
	topic string // the queue, or the routing key; "": that of each message

	mu   sync.Mutex
	link *link
}

// Deliver publishes the messages, and returns when the broker has confirmed each.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	to, err := l.connect(ctx)
	if err != nil {
		return relay.All(len(messages), relay.Down(err))
	}
	return broker.Rounds(messages, func(round []*relay.Message) []error {
		errs := make([]error, 0, len(round))
		for len(round) > 0 {
			part := round[:min(len(round), atOnce)]
			errs = append(errs, l.publish(ctx, to, part)...)
			round = round[len(part):]
		}
		return errs
	})
}

// connect returns the connection. When there is none, it connects to the next host, and
// checks the queue or the exchange.
func (l *leaf) connect(ctx context.Context) (*link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.link != nil {
		return l.link, nil
	}
	to, err := l.open(ctx, l.find)
	if err != nil {
		return nil, err
	}
	l.link = to
	return to, nil
}

// find checks the queue or the exchange.
func (l *leaf) find(to *link) error {
	if l.exchange == "" {
		return to.findQueue(l.topic)
	}
	if err := to.channel.ExchangeDeclarePassive(l.exchange, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return fmt.Errorf("find the exchange %q: %w", l.exchange, err)
	}
	return nil
}

// forget closes the connection. The next delivery makes another.
func (l *leaf) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.link != nil {
		l.link.drop()
	}
	l.link = nil
}

// Close disconnects from the broker.
func (l *leaf) Close() error {
	l.forget()
	return nil
}

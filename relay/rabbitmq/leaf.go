// Package rabbitmq publishes events to a queue or an exchange of RabbitMQ.
package rabbitmq

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
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
	// heartbeat is how often the two ends tell each other that they are there.
	heartbeat = 10 * time.Second
)

// Kind returns the kind of sinks that publish to RabbitMQ brokers that may be reached.
func Kind(allowed dial.Allowed) relay.Kind {
	return relay.Kind{Parallel: 1, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		at, err := broker.ReadAddress(t.URL, "amqp", "amqps")
		if err != nil {
			return nil, err
		}
		login := &amqp.PlainAuth{Username: "guest", Password: "guest"} // as RabbitMQ has it
		if len(t.Secrets) > 0 {
			if login.Username, login.Password = broker.Login(t.Secrets); login.Username == "" || login.Password == "" {
				return nil, errors.New("secret: write user:password")
			}
		}
		vhost := strings.TrimPrefix(at.Path, "/")
		if vhost == "" {
			vhost = "/"
		}
		l := &leaf{
			plain: at.Plain, dialer: allowed.Dialer(at.Plain), exchange: at.Query().Get("exchange"), topic: t.Topic,
			config: amqp.Config{
				SASL: []amqp.Authentication{login}, Vhost: vhost, Heartbeat: heartbeat, FrameSize: 128 << 10, ChannelMax: 8, Locale: "en_US",
				Properties: amqp.Table{"connection_name": "holdfast-sink-" + t.Sink},
			},
		}
		port := "5671"
		if at.Plain {
			port = "5672"
		}
		l.hosts = at.Hosts(port)
		if l.topic == "" && l.exchange == "" {
			l.topic = usualTopic
		}
		return l, nil
	}}
}

type leaf struct {
	hosts    []string
	plain    bool
	dialer   *net.Dialer
	config   amqp.Config
	exchange string // "": the queue takes what is published
	topic    string // the queue, or the routing key; "": that of each message

	mu   sync.Mutex
	host int // which of the hosts is next
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

// connect returns the connection. It makes one to the next host, and looks for the queue
// or the exchange, when there is none.
func (l *leaf) connect(ctx context.Context) (*link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.link != nil {
		return l.link, nil
	}
	host := l.hosts[l.host%len(l.hosts)]
	l.host++
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	raw, err := l.reach(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", host, err)
	}
	to := &link{raw: raw}
	// What the client does next it does without a context.
	defer to.limit(ctx)()
	if err := l.greet(to); err != nil {
		to.drop()
		return nil, fmt.Errorf("connect to %s: %w", host, errors.Join(err, ctx.Err()))
	}
	l.link = to
	return to, nil
}

// reach connects to a host.
func (l *leaf) reach(ctx context.Context, host string) (net.Conn, error) {
	if l.plain {
		return l.dialer.DialContext(ctx, "tcp", host)
	}
	return (&tls.Dialer{NetDialer: l.dialer, Config: &tls.Config{MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", host)
}

// greet signs in, and looks for the queue or the exchange. A queue that is missing is
// made, replicated and on disk.
func (l *leaf) greet(to *link) (err error) {
	if to.conn, err = amqp.Open(to.raw, l.config); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if err = to.open(); err != nil {
		return err
	}
	if l.exchange != "" {
		if err := to.channel.ExchangeDeclarePassive(l.exchange, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
			return fmt.Errorf("find the exchange %q: %w", l.exchange, err)
		}
		return nil
	}
	_, err = to.channel.QueueDeclarePassive(l.topic, true, false, false, false, nil)
	if said, is := errors.AsType[*amqp.Error](err); is && said.Code == amqp.NotFound {
		if err = to.open(); err == nil {
			_, err = to.channel.QueueDeclare(l.topic, true, false, false, false, amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum})
		}
	}
	if err != nil {
		return fmt.Errorf("find the queue %q: %w", l.topic, err)
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

// Close lets go of the broker.
func (l *leaf) Close() error {
	l.forget()
	return nil
}

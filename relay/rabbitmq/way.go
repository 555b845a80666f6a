package rabbitmq

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

// brokerConn is the connection to brokers: their addresses, and the login.
type brokerConn struct {
	hosts    []string
	plain    bool
	dialer   *dial.Dialer
	config   amqp.Config
	exchange string // "": messages go directly to the queue
	host     int    // which of the hosts is next
}

// newWay reads the way to brokers. The name is shown there.
func newWay(allowed dial.Allowed, target string, secrets []string, name string) (*brokerConn, error) {
	at, err := broker.ReadAddress(target, "amqp", "amqps")
	if err != nil {
		return nil, err
	}
	login := &amqp.PlainAuth{Username: "guest", Password: "guest"} // as RabbitMQ has it
	if len(secrets) > 0 {
		if login.Username, login.Password = broker.Login(secrets); login.Username == "" || login.Password == "" {
			return nil, errors.New("secret: write user:password")
		}
	}
	vhost := strings.TrimPrefix(at.Path, "/")
	if vhost == "" {
		vhost = "/"
	}
	port := "5671"
	if at.Plain {
		port = "5672"
	}
	return &brokerConn{
		hosts: at.Hosts(port), plain: at.Plain, dialer: allowed.Dialer(at.Plain), exchange: at.Query().Get("exchange"),
		config: amqp.Config{
			SASL: []amqp.Authentication{login}, Vhost: vhost, Heartbeat: heartbeat, FrameSize: 128 << 10, ChannelMax: 8, Locale: "en_US",
			Properties: amqp.Table{"connection_name": name},
		},
	}, nil
}

// open connects to the next host and opens a channel, and lets find check the queue or exchange
// there.
func (w *brokerConn) open(ctx context.Context, find func(*link) error) (*link, error) {
	host := w.hosts[w.host%len(w.hosts)]
	w.host++
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	raw, err := w.reach(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", host, errors.Join(err, ctx.Err()))
	}
	to := &link{raw: raw}
	// The client has no context for its next steps.
	defer to.limit(ctx)()
	if to.conn, err = amqp.Open(to.raw, w.config); err != nil {
		err = fmt.Errorf("sign in: %w", err)
	} else if err = to.open(); err == nil {
		err = find(to)
	}
	if err != nil {
		to.drop()
		return nil, fmt.Errorf("connect to %s: %w", host, errors.Join(err, ctx.Err()))
	}
	return to, nil
}

// reach connects to a host.
func (w *brokerConn) reach(ctx context.Context, host string) (net.Conn, error) {
	if w.plain {
		return w.dialer.DialContext(ctx, "tcp", host)
	}
	return w.dialer.DialTLS(ctx, "tcp", host, &tls.Config{MinVersion: tls.VersionTLS12})
}

// findQueue looks for a queue. It makes a missing one, replicated and on disk.
func (to *link) findQueue(name string) error {
	_, err := to.channel.QueueDeclarePassive(name, true, false, false, false, nil)
	if said, is := errors.AsType[*amqp.Error](err); is && said.Code == amqp.NotFound {
		if err = to.open(); err == nil {
			_, err = to.channel.QueueDeclare(name, true, false, false, false, amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum})
		}
	}
	if err != nil {
		return fmt.Errorf("find the queue %q: %w", name, err)
	}
	return nil
}

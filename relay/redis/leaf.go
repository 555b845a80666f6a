// Package redis appends events to a stream of Redis.
package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// usualTopic is the stream of a sink that names none.
	usualTopic = "holdfast:events"
	// keep is for how long the stream keeps an event at least, as the log itself does.
	keep = 7 * 24 * time.Hour
	// answerWait is how long the server may take for an answer.
	answerWait = 10 * time.Second
)

// Kind returns the kind of sinks that append to Redis servers that may be reached: one
// server, those that a Sentinel names, or a cluster.
func Kind(allowed dial.Allowed) relay.Kind {
	return relay.Kind{Parallel: 1, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		at, err := broker.ReadAddress(t.URL, "redis", "rediss")
		if err != nil {
			return nil, err
		}
		o, err := rueidis.ParseURL(t.URL)
		if err != nil {
			return nil, fmt.Errorf("target: %w", err)
		}
		if !at.Plain {
			o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: at.Hostname()}
		}
		o.Username, o.Password = broker.Login(t.Secrets)
		o.ClientName, o.DisableRetry, o.DisableCache, o.RingScaleEachConn = "holdfast-sink", true, true, 8
		o.ConnWriteTimeout = answerWait
		o.DialCtxFn = func(ctx context.Context, addr string, _ *net.Dialer, secure *tls.Config) (net.Conn, error) {
			d := allowed.Dialer(at.Plain)
			if secure == nil {
				return d.DialContext(ctx, "tcp", addr)
			}
			return d.DialTLS(ctx, "tcp", addr, secure)
		}
		l := &leaf{options: o, stream: t.Topic}
		if l.stream == "" {
			l.stream = usualTopic
		}
		return l, nil
	}}
}

type leaf struct {
	options rueidis.ClientOption
	stream  string

	mu     sync.Mutex
	client rueidis.Client
}

// Deliver appends the messages, and returns when the server has answered for each.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	client, err := l.connect()
	if err != nil {
		return relay.All(len(messages), relay.Down(err))
	}
	return broker.Rounds(messages, func(round []*relay.Message) []error { return l.append(ctx, client, round) })
}

// connect returns the client. It makes another when there is none.
func (l *leaf) connect() (rueidis.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client == nil {
		client, err := rueidis.NewClient(l.options)
		if err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		l.client = client
	}
	return l.client, nil
}

// append appends a round in one pipeline.
func (l *leaf) append(ctx context.Context, client rueidis.Client, round []*relay.Message) []error {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	oldest := strconv.FormatInt(time.Now().Add(-keep).UnixMilli(), 10)
	commands := make([]rueidis.Completed, len(round))
	for n, m := range round {
		c := client.B().Xadd().Key(l.stream).Minid().Almost().Threshold(oldest).Id("*").FieldValue()
		if m.Attributes == nil {
			c = c.FieldValue("id", m.ID).FieldValue("type", m.Type)
		}
		for _, a := range m.Attributes {
			c = c.FieldValue(a.Name, a.Value)
		}
		commands[n] = c.FieldValue("key", m.Key).FieldValue("data", rueidis.BinaryString(m.Body)).Build()
	}
	errs := make([]error, len(round))
	for n, r := range client.DoMulti(ctx, commands...) {
		if err := r.Error(); err != nil {
			// The server's answer is about itself: it is full, loading, a replica, or
			// the key is not a stream.
			errs[n] = relay.Down(err)
			l.forget() // after a failover another server has the address
		}
	}
	return errs
}

// forget closes the connections. The next delivery makes others.
func (l *leaf) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != nil {
		l.client.Close()
	}
	l.client = nil
}

// Close disconnects from the server.
func (l *leaf) Close() error {
	l.forget()
	return nil
}

// Package nats publishes events to a stream of NATS JetStream, and consumes commands from one.
package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// usualTopic is the subject of a sink that names none.
	usualTopic = "holdfast.events"
	// keep is how long a stream made by the relay keeps an event: as long as the log keeps it at
	// least.
	keep = 7 * 24 * time.Hour
	// answerWait is how long the server may take for an answer.
	answerWait = 10 * time.Second
	// tooLarge is JetStream's code for a message above the bound of the stream
	// (nats-server, JSStreamMessageExceedsMaximumErr).
	tooLarge jetstream.ErrorCode = 10054
)

// Kind returns the kind of sinks that publish to NATS servers that may be reached.
func Kind(allowed dial.Allowed) relay.Kind {
	return relay.Kind{Parallel: 1, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		if t.Topic == "" {
			t.Topic = usualTopic
		}
		w, err := newWay(allowed, t, "holdfast sink "+t.Sink)
		if err != nil {
			return nil, err
		}
		return &leaf{target: t, way: w, subject: t.Topic}, nil
	}}
}

type leaf struct {
	target  relay.Target
	way     *brokerConn
	subject string

	mu     sync.Mutex
	conn   *nats.Conn
	stream jetstream.JetStream
}

// Deliver publishes the messages, and returns when the stream has stored each.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	js, err := l.connect(ctx)
	if err != nil {
		return relay.All(len(messages), relay.Down(err))
	}
	return broker.Rounds(messages, func(round []*relay.Message) []error { return l.publish(ctx, js, round) })
}

// connect returns the connection. It makes one when there is none, and creates a stream when
// no stream has the subject.
func (l *leaf) connect(ctx context.Context) (jetstream.JetStream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil && l.conn.IsConnected() {
		return l.stream, nil
	}
	l.close()
	conn, js, err := l.way.open()
	if err != nil {
		return nil, err
	}
	if _, err := findStream(ctx, js, l.subject, "Events of Holdfast"); err != nil {
		conn.Close()
		return nil, err
	}
	l.conn, l.stream = conn, js
	return js, nil
}

// publish publishes a round and waits for the stream's answer to each message.
func (l *leaf) publish(ctx context.Context, js jetstream.JetStream, round []*relay.Message) []error {
	// Each message has an outcome within answerWait, or the round has none.
	ctx, cancel := context.WithTimeout(ctx, 2*answerWait)
	defer cancel()
	errs := make([]error, len(round))
	acks := make([]jetstream.PubAckFuture, len(round))
	for n, m := range round {
		// The server drops a message with an id that it knows. A rewound sink sends events again on
		// purpose, and has another epoch.
		acks[n], errs[n] = js.PublishMsgAsync(l.message(m), jetstream.WithMsgID(fmt.Sprint(m.ID, "/", l.target.Epoch)), jetstream.WithRetryAttempts(0))
	}
	for n, ack := range acks {
		if ack == nil {
			continue
		}
		select {
		case <-ack.Ok():
		case errs[n] = <-ack.Err():
		case <-ctx.Done():
			errs[n] = ctx.Err()
		}
	}
	for n, err := range errs {
		if errs[n] = cause(err); err != nil && !errors.Is(errs[n], relay.ErrRejected) {
			l.forget() // the next delivery looks for the server and the stream anew
		}
	}
	return errs
}

// message is an event in the form of NATS: attributes of CloudEvents are headers, by the
// NATS binding of CloudEvents 1.0.2.
func (l *leaf) message(m *relay.Message) *nats.Msg {
	out := &nats.Msg{Subject: l.subject, Data: m.Body, Header: nats.Header{"Content-Type": {m.ContentType}, "Holdfast-Key": {m.Key}}}
	for _, a := range m.Attributes {
		out.Header["ce-"+a.Name] = []string{broker.Escape(a.Value)}
	}
	return out
}

// cause decides whether an error belongs to the message or to the server.
func cause(err error) error {
	var refused *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload), errors.As(err, &refused) && refused.ErrorCode == tooLarge:
		return relay.Rejected("the message is larger than the server takes: %v", err)
	}
	return relay.Down(err)
}

// forget closes the connection. The next delivery makes another.
func (l *leaf) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.close()
}

func (l *leaf) close() {
	if l.conn != nil {
		l.conn.Close()
	}
	l.conn = nil
}

// Close disconnects from the server.
func (l *leaf) Close() error {
	l.forget()
	return nil
}

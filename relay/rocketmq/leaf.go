// Package rocketmq sends events to a topic of RocketMQ 5, over the gRPC of its proxies, and
// consumes commands from one.
package rocketmq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apache/rocketmq-clients/golang/v5/protocol/v2"
	"google.golang.org/grpc"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// usualTopic is the topic of a sink that names none.
	usualTopic = "holdfast-events"
	// answerWait is how long the proxy may take for a message.
	answerWait = 10 * time.Second
	// atOnce is how many messages are under way at most: a call carries one message of a queue.
	atOnce = 32
)

// Kind returns the kind of sinks that send to proxies of RocketMQ that may be reached.
func Kind(allowed dial.Allowed) relay.Kind {
	return relay.Kind{Parallel: 1, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		w, err := newWay(allowed, t.URL, t.Secrets, "holdfast-sink-"+t.Sink)
		if err != nil {
			return nil, err
		}
		l := &leaf{way: w, topic: t.Topic}
		if l.topic == "" {
			l.topic = usualTopic
		}
		return l, nil
	}}
}

type leaf struct {
	*way
	topic string

	mu   sync.Mutex
	conn *grpc.ClientConn
}

// Deliver sends the messages, and returns when the proxy has answered for each.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	proxy, err := l.connect(ctx)
	if err != nil {
		return relay.All(len(messages), relay.Down(err))
	}
	return broker.Rounds(messages, func(round []*relay.Message) []error { return l.send(ctx, proxy, round) })
}

// connect returns a proxy. When there is none, it connects to the next one, and checks the
// topic.
func (l *leaf) connect(ctx context.Context) (v2.MessagingServiceClient, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		return v2.NewMessagingServiceClient(l.conn), nil
	}
	conn, host, err := l.dial()
	if err != nil {
		return nil, err
	}
	proxy := v2.NewMessagingServiceClient(conn)
	if err := l.findTopic(ctx, proxy, host); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	l.conn = conn
	return proxy, nil
}

// findTopic checks whether the topic keeps messages of a group in order. gRPC has no call to create a
// topic.
func (l *leaf) findTopic(ctx context.Context, proxy v2.MessagingServiceClient, host string) error {
	queues, err := routes(ctx, proxy, host, l.topic)
	if err == nil && !slices.ContainsFunc(queues, fifo) {
		err = unordered(l.topic)
	}
	return err
}

// send sends a round and waits for all of it.
func (l *leaf) send(ctx context.Context, proxy v2.MessagingServiceClient, round []*relay.Message) []error {
	errs := make([]error, len(round))
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	var calls sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for n, m := range round {
		free <- struct{}{}
		calls.Go(func() {
			errs[n] = l.sendOne(ctx, proxy, m)
			<-free
		})
	}
	calls.Wait()
	if slices.ContainsFunc(errs, func(err error) bool { return err != nil && !errors.Is(err, relay.ErrRejected) }) {
		l.forget() // the next delivery begins with another proxy, and checks the topic
	}
	return errs
}

func (l *leaf) sendOne(ctx context.Context, proxy v2.MessagingServiceClient, m *relay.Message) error {
	answer, err := proxy.SendMessage(ctx, &v2.SendMessageRequest{Messages: []*v2.Message{l.message(m)}})
	if err != nil {
		return relay.Down(err)
	}
	status := answer.GetStatus()
	for _, e := range answer.GetEntries() {
		if status.GetCode() == v2.Code_OK || status.GetCode() == v2.Code_MULTIPLE_RESULTS {
			status = e.GetStatus()
		}
	}
	switch status.GetCode() {
	case v2.Code_OK:
		return nil
	case v2.Code_PAYLOAD_TOO_LARGE, v2.Code_MESSAGE_BODY_TOO_LARGE, v2.Code_MESSAGE_PROPERTIES_TOO_LARGE, v2.Code_MESSAGE_BODY_EMPTY,
		v2.Code_MESSAGE_CORRUPTED, v2.Code_ILLEGAL_MESSAGE_TAG, v2.Code_ILLEGAL_MESSAGE_KEY, v2.Code_ILLEGAL_MESSAGE_GROUP,
		v2.Code_ILLEGAL_MESSAGE_PROPERTY_KEY, v2.Code_ILLEGAL_MESSAGE_ID:
		return relay.Rejected("the broker does not take the message: %s", statusText(status))
	default:
		return relay.Down(errors.New(statusText(status)))
	}
}

func statusText(s *v2.Status) string { return fmt.Sprintf("%s: %s", s.GetCode(), s.GetMessage()) }

// forget closes the connection. The next delivery makes another.
func (l *leaf) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		// This connection has failed already; its error adds nothing.
		_ = l.conn.Close()
	}
	l.conn = nil
}

// Close disconnects from the proxy.
func (l *leaf) Close() error {
	l.forget()
	return nil
}

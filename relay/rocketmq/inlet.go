package rocketmq

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/apache/rocketmq-clients/golang/v5/protocol/v2"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// invisible is how long a message is processed before it is redelivered, unless the
	// broker learns that it is still being processed.
	invisible = 20 * time.Second
	// mostAtOnce is how many messages a broker gives, or accepts acknowledgements of, in one
	// call.
	mostAtOnce = 32
	// pollWait is how long a broker waits for messages; a proxy allows no less than 5 s.
	pollWait = 5 * time.Second
	// beatEvery is how often the consumer sends a heartbeat to a proxy.
	beatEvery = 10 * time.Second
)

// Inlets returns the kind of sources that consume topics of RocketMQ by proxies that may be
// reached.
func Inlets(allowed dial.Allowed) relay.InletKind {
	return func(ctx context.Context, o relay.Origin) (relay.Inlet, error) {
		w, err := newWay(allowed, o.URL, o.Secrets, "holdfast-source-"+o.Tenant+"-"+o.Source)
		if err != nil {
			return nil, err
		}
		for range w.hosts {
			var l *inlet
			if l, err = openInlet(ctx, w, o); err == nil {
				return l, nil
			}
		}
		return nil, err
	}
}

// inlet is a simple consumer of one topic.
type inlet struct {
	conn     *grpc.ClientConn
	host     string // of the proxy
	proxy    v2.MessagingServiceClient
	settings v2.MessagingService_TelemetryClient // while it is open the proxy knows the consumer
	group    *v2.Resource
	topic    *v2.Resource
	reply    *v2.Resource
	ordered  bool               // the reply topic accepts messages of groups
	brokers  []*v2.MessageQueue // one queue of each broker: a broker gives messages of all its queues
	polling  map[int]bool       // brokers that are asked now
	polled   chan polled
	live     context.Context //nolint:containedctx // of polls: it ends with the inlet
	end      context.CancelFunc
	beaten   time.Time
}

// polled is the answer of a broker.
type polled struct {
	broker int
	all    []*relay.Incoming
	err    error
}

func openInlet(ctx context.Context, w *brokerConn, o relay.Origin) (*inlet, error) {
	conn, host, err := w.dial()
	if err != nil {
		return nil, err
	}
	l := &inlet{
		conn: conn, proxy: v2.NewMessagingServiceClient(conn), group: &v2.Resource{Name: o.Group}, topic: &v2.Resource{Name: o.Topic}, polling: map[int]bool{},
	}
	l.live, l.end = context.WithCancel(context.WithoutCancel(ctx))
	if err := l.begin(ctx, host, o); err != nil {
		l.end()
		return nil, errors.Join(err, conn.Close())
	}
	return l, nil
}

// begin checks the topics and registers the consumer.
func (l *inlet) begin(ctx context.Context, host string, o relay.Origin) error {
	l.host = host
	queues, err := l.queues(ctx)
	if err != nil {
		return err
	}
	for _, q := range queues {
		if !slices.ContainsFunc(l.brokers, func(b *v2.MessageQueue) bool { return b.GetBroker().GetName() == q.GetBroker().GetName() }) {
			l.brokers = append(l.brokers, q)
		}
	}
	l.polled = make(chan polled, len(l.brokers))
	if o.Reply != "" {
		replies, err := routes(ctx, l.proxy, host, o.Reply)
		if err != nil {
			return err
		}
		l.reply, l.ordered = &v2.Resource{Name: o.Reply}, slices.ContainsFunc(replies, fifo)
	}
	if l.settings, err = l.proxy.Telemetry(l.live); err != nil {
		return fmt.Errorf("introduce the consumer: %w", err)
	}
	return l.register()
}

// queues are the queues of the topic, which must keep an order.
func (l *inlet) queues(ctx context.Context) ([]*v2.MessageQueue, error) {
	queues, err := routes(ctx, l.proxy, l.host, l.topic.GetName())
	if err == nil && !slices.ContainsFunc(queues, fifo) {
		err = unordered(l.topic.GetName())
	}
	return queues, err
}

// register registers the consumer with the proxy. The proxy answers with what it knows of the group.
func (l *inlet) register() error {
	err := l.settings.Send(&v2.TelemetryCommand{Command: &v2.TelemetryCommand_Settings{Settings: &v2.Settings{
		ClientType: v2.ClientType_SIMPLE_CONSUMER.Enum(), AccessPoint: endpoints(l.host), RequestTimeout: durationpb.New(answerWait),
		PubSub: &v2.Settings_Subscription{Subscription: &v2.Subscription{
			Group: l.group, LongPollingTimeout: durationpb.New(pollWait),
			Subscriptions: []*v2.SubscriptionEntry{{Topic: l.topic, Expression: everything}},
		}},
		UserAgent: &v2.UA{Language: v2.Language_GOLANG, Version: clientVersion},
	}}})
	for err == nil {
		var said *v2.TelemetryCommand
		if said, err = l.settings.Recv(); err != nil {
			break
		}
		about := said.GetSettings()
		switch {
		case about == nil:
			continue
		case !about.GetSubscription().GetFifo():
			group := l.group.GetName()
			return fmt.Errorf("the group %q keeps no order, make it with mqadmin updateSubGroup -n NAMESERVER -c CLUSTER -g %s -o true -r 1000000", group, group)
		}
		return l.beat(l.live)
	}
	return fmt.Errorf("introduce the consumer: %w", err)
}

var everything = &v2.FilterExpression{Type: v2.FilterType_TAG, Expression: "*"}

// beat sends a heartbeat to the proxy at intervals.
func (l *inlet) beat(ctx context.Context) error {
	if time.Since(l.beaten) < beatEvery {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	answer, err := l.proxy.Heartbeat(ctx, &v2.HeartbeatRequest{Group: l.group, ClientType: v2.ClientType_SIMPLE_CONSUMER})
	if err := refusal(answer.GetStatus(), err); err != nil {
		return fmt.Errorf("say that the consumer is there: %w", err)
	}
	l.beaten = time.Now()
	return nil
}

// refusal is the error of a call, or of its status.
func refusal(s *v2.Status, err error) error {
	if err == nil && s.GetCode() != v2.Code_OK {
		err = errors.New(statusText(s))
	}
	return err
}

// Receive lets each broker that has no request under way look for messages, and returns
// the first answer. A request continues when ctx ends: its messages are returned next.
func (l *inlet) Receive(ctx context.Context, _ int) ([]*relay.Incoming, error) {
	if err := l.beat(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	for n := range l.brokers {
		if !l.polling[n] {
			l.polling[n] = true
			go func() { l.polled <- l.poll(n) }() // there is room for each
		}
	}
	var all []*relay.Incoming
	select {
	case p := <-l.polled:
		l.polling[p.broker] = false
		if p.err != nil {
			return nil, p.err
		}
		all = p.all
	case <-ctx.Done():
	}
	return all, nil
}

// poll asks a broker for messages. The broker gives messages of a group when the earlier ones were
// acknowledged.
func (l *inlet) poll(n int) polled {
	out := polled{broker: n}
	ctx, cancel := context.WithTimeout(l.live, pollWait+answerWait)
	defer cancel()
	stream, err := l.proxy.ReceiveMessage(ctx, &v2.ReceiveMessageRequest{
		Group: l.group, MessageQueue: l.brokers[n], FilterExpression: everything, BatchSize: mostAtOnce,
		InvisibleDuration: durationpb.New(invisible), LongPollingTimeout: durationpb.New(pollWait), AttemptId: new(rand.Text()),
	})
	for err == nil {
		var part *v2.ReceiveMessageResponse
		if part, err = stream.Recv(); err != nil {
			break
		}
		if m := part.GetMessage(); m != nil {
			out.all = append(out.all, incoming(m))
		}
		switch s := part.GetStatus(); s.GetCode() {
		case v2.Code_CODE_UNSPECIFIED, v2.Code_OK, v2.Code_MESSAGE_NOT_FOUND:
		default:
			err = errors.New(statusText(s))
		}
	}
	if !errors.Is(err, io.EOF) {
		out.err = err
	}
	return out
}

// Ack acknowledges messages.
func (l *inlet) Ack(ctx context.Context, messages []*relay.Incoming) error {
	for part := range slices.Chunk(messages, mostAtOnce) {
		ask := &v2.AckMessageRequest{Group: l.group, Topic: l.topic}
		for _, m := range part {
			if is, ok := m.Native.(*v2.Message); ok {
				ask.Entries = append(ask.Entries, &v2.AckMessageEntry{MessageId: is.GetSystemProperties().GetMessageId(), ReceiptHandle: is.GetSystemProperties().GetReceiptHandle()})
			}
		}
		if answer, err := l.proxy.AckMessage(ctx, ask); refusal(answer.GetStatus(), err) != nil {
			return refusal(answer.GetStatus(), err)
		}
	}
	return nil
}

// Hold restarts the time after which messages are redelivered.
func (l *inlet) Hold(ctx context.Context, messages []*relay.Incoming) error {
	for _, m := range messages {
		is, ok := m.Native.(*v2.Message)
		if !ok {
			continue
		}
		answer, err := l.proxy.ChangeInvisibleDuration(ctx, &v2.ChangeInvisibleDurationRequest{
			Group: l.group, Topic: l.topic, ReceiptHandle: is.GetSystemProperties().GetReceiptHandle(), MessageId: is.GetSystemProperties().GetMessageId(),
			InvisibleDuration: durationpb.New(invisible),
		})
		if err := refusal(answer.GetStatus(), err); err != nil {
			return err
		}
		is.SystemProperties.ReceiptHandle = new(answer.GetReceiptHandle())
	}
	return l.beat(ctx)
}

// Reply sends replies, and returns when the brokers have stored each.
func (l *inlet) Reply(ctx context.Context, replies []relay.Reply) error {
	for _, r := range replies {
		s := &v2.SystemProperties{
			Keys: []string{r.MessageID}, MessageId: idOf("reply " + r.MessageID), MessageType: v2.MessageType_NORMAL, BodyEncoding: v2.Encoding_IDENTITY, BornTimestamp: timestamppb.Now(),
		}
		properties := map[string]string{correlation: r.MessageID}
		group := r.MessageID
		if to, ok := r.To.Native.(*v2.Message); ok {
			if id := to.GetUserProperties()[correlation]; id != "" {
				properties[correlation] = id
			}
			group = to.GetSystemProperties().GetMessageGroup()
		}
		if l.ordered {
			s.MessageType, s.MessageGroup = v2.MessageType_FIFO, new(groupOf(group))
		}
		answer, err := l.proxy.SendMessage(ctx, &v2.SendMessageRequest{Messages: []*v2.Message{{Topic: l.reply, UserProperties: properties, SystemProperties: s, Body: r.Body}}})
		if err := refusal(answer.GetStatus(), err); err != nil {
			return err
		}
	}
	return nil
}

// correlation is the property by which a sender recognises the reply. RocketMQ reserves
// CORRELATION_ID for itself.
const correlation = "correlation-id"

// Check asks the proxy for the topic, and for the group by introducing itself again.
func (l *inlet) Check(ctx context.Context) error {
	defer context.AfterFunc(ctx, l.end)() // the answer to an introduction has no time of its own
	if _, err := l.queues(ctx); err != nil {
		return err
	}
	l.beaten = time.Time{}
	return l.register()
}

// Lag is unknown: the proxy does not report it.
func (l *inlet) Lag() (int64, bool) { return 0, false }

// Close disconnects from the proxy. Unacknowledged messages are redelivered when their time is over.
func (l *inlet) Close() error {
	l.end()
	for n, asked := range l.polling {
		if asked {
			<-l.polled
			l.polling[n] = false
		}
	}
	return l.conn.Close()
}

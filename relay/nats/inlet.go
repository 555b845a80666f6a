package nats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// ackWait is how long a message may be processed before it is redelivered, unless the
	// server learns that it is still being processed.
	ackWait = 10 * time.Second
	// waitMore is added to ackWait when the inlet waits for messages of a dead relay.
	waitMore = time.Second
	// mostUnacked is how many messages may be processed at the same time.
	mostUnacked = 2000
	// commandsKept describes streams that are made for commands.
	commandsKept = "Commands for Holdfast"
)

// Inlets returns the kind of sources that consume subjects of NATS JetStream servers that
// may be reached.
func Inlets(allowed dial.Allowed) relay.InletKind {
	return func(ctx context.Context, o relay.Origin) (relay.Inlet, error) {
		way, err := newWay(allowed, relay.Target{URL: o.URL, Topic: o.Topic, Secrets: o.Secrets}, "holdfast source "+o.Source)
		if err != nil {
			return nil, err
		}
		conn, js, err := way.open()
		if err != nil {
			return nil, err
		}
		l := &inlet{conn: conn, js: js, reply: o.Reply}
		if err := l.find(ctx, o); err != nil {
			conn.Close()
			return nil, err
		}
		return l, nil
	}
}

type inlet struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	consumer jetstream.Consumer
	stream   string // as ids of messages name it
	reply    string
	left     uint64
	unacked  []*relay.Incoming
	again    time.Time // when all messages of the previous relay have been redelivered; zero: it had none
}

// find makes the streams and the durable consumer that are missing.
func (l *inlet) find(ctx context.Context, o relay.Origin) error {
	if o.Reply != "" {
		if err := checkSubject(o.Reply); err != nil {
			return err
		}
		if _, err := findStream(ctx, l.js, o.Reply, "Replies of Holdfast"); err != nil {
			return err
		}
	}
	name, err := findStream(ctx, l.js, o.Topic, commandsKept)
	if err != nil {
		return err
	}
	stream, err := l.js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("find the stream of %s: %w", o.Topic, err)
	}
	// A stream that is created again under its name counts from 1 again.
	l.stream = fmt.Sprintf("%s/%d", name, stream.CachedInfo().Created.UnixMilli())
	if l.consumer, err = findConsumer(ctx, stream, o); err != nil {
		return fmt.Errorf("make the consumer %s of the stream %s: %w", nameOf(o.Group), name, err)
	}
	// Messages that the previous relay had and did not acknowledge are redelivered when
	// their time is over. Until then the server gives other messages, which come after those.
	if l.consumer.CachedInfo().NumAckPending > 0 {
		l.again = time.Now().Add(ackWait + waitMore)
	}
	return nil
}

// findConsumer makes a missing durable consumer, or changes an existing one. The server
// refuses to change where a consumer begins, so an existing one keeps its
// start.
func findConsumer(ctx context.Context, stream jetstream.Stream, o relay.Origin) (jetstream.Consumer, error) {
	want := jetstream.ConsumerConfig{
		Durable: nameOf(o.Group), FilterSubject: o.Topic, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: mostUnacked,
		DeliverPolicy: jetstream.DeliverAllPolicy, MaxDeliver: -1,
	}
	there, err := stream.Consumer(ctx, want.Durable)
	switch {
	case err == nil:
		is := there.CachedInfo().Config
		want.DeliverPolicy, want.OptStartSeq, want.OptStartTime = is.DeliverPolicy, is.OptStartSeq, is.OptStartTime
	case !errors.Is(err, jetstream.ErrConsumerNotFound):
		return nil, err
	}
	return stream.CreateOrUpdateConsumer(ctx, want)
}

// Receive pulls messages.
func (l *inlet) Receive(ctx context.Context, most int) ([]*relay.Incoming, error) {
	if !l.conn.IsConnected() {
		return nil, errors.New("the connection is lost")
	}
	if !l.again.IsZero() && !wait(ctx, l.again) {
		return nil, nil
	}
	l.again = time.Time{}
	// A message that the server has comes at once; otherwise this waits for the first one.
	batch, err := l.consumer.FetchNoWait(most)
	all, err := l.take(batch, err)
	if err != nil || len(all) > 0 {
		return all, err
	}
	batch, err = l.consumer.Fetch(1, jetstream.FetchContext(ctx))
	if err != nil && ctx.Err() != nil {
		return nil, nil
	}
	return l.take(batch, err)
}

// wait waits until a time has come, and reports whether it did before ctx ended.
func wait(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *inlet) take(batch jetstream.MessageBatch, err error) ([]*relay.Incoming, error) {
	if err != nil {
		return nil, err
	}
	var all []*relay.Incoming
	for m := range batch.Messages() {
		about, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		l.left = about.NumPending
		sender := m.Headers().Get(jetstream.MsgIDHeader)
		all = append(all, &relay.Incoming{ID: l.idOf(sender, about), Sender: sender, Body: m.Data(), Native: m})
	}
	l.unacked = all
	if err := batch.Error(); err != nil && len(all) == 0 && !quiet(err) {
		return nil, err
	}
	return all, nil
}

// quiet reports whether an error only means that there are no messages.
func quiet(err error) bool {
	return errors.Is(err, nats.ErrTimeout) || errors.Is(err, jetstream.ErrNoMessages) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// idOf is the id of a message: the stream, and its sender's id, or its position there.
func (l *inlet) idOf(sender string, about *jetstream.MsgMetadata) string {
	if sender != "" {
		return "nats/" + l.stream + "/id/" + sender
	}
	return fmt.Sprintf("nats/%s/%d", l.stream, about.Sequence.Stream)
}

// Ack acknowledges messages, and returns when the server has processed that.
func (l *inlet) Ack(ctx context.Context, messages []*relay.Incoming) error {
	for i, m := range messages {
		is, ok := m.Native.(jetstream.Msg)
		switch {
		case !ok:
		case i < len(messages)-1:
			if err := is.Ack(); err != nil {
				return err
			}
		default: // the server processes a connection in order
			if err := is.DoubleAck(ctx); err != nil {
				return err
			}
		}
	}
	l.unacked = l.unacked[min(len(messages), len(l.unacked)):]
	return nil
}

// Hold restarts the time after which messages are redelivered.
func (l *inlet) Hold(_ context.Context, messages []*relay.Incoming) error {
	for _, m := range messages {
		if is, ok := m.Native.(jetstream.Msg); ok {
			if err := is.InProgress(); err != nil {
				return err
			}
		}
	}
	return l.conn.Flush()
}

// Reply publishes replies, and returns when the stream has stored each.
func (l *inlet) Reply(ctx context.Context, replies []relay.Reply) error {
	acks := make([]jetstream.PubAckFuture, len(replies))
	for i, r := range replies {
		m := &nats.Msg{Subject: l.reply, Data: r.Body, Header: nats.Header{"Content-Type": {"application/json"}, "Message-Id": {r.MessageID}}}
		if to, ok := r.To.Native.(jetstream.Msg); ok {
			for _, name := range []string{"Correlation-Id", "correlation-id"} {
				if id := to.Headers().Get(name); id != "" {
					m.Header.Set(name, id)
				}
			}
		}
		var err error
		if acks[i], err = l.js.PublishMsgAsync(m, jetstream.WithRetryAttempts(0)); err != nil {
			return err
		}
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Check asks the server for the consumer, which is gone with its stream.
func (l *inlet) Check(ctx context.Context) error {
	about, err := l.consumer.Info(ctx)
	if err != nil {
		return fmt.Errorf("find the consumer %s of the stream %s: %w", l.consumer.CachedInfo().Name, l.consumer.CachedInfo().Stream, err)
	}
	_, err = l.js.StreamNameBySubject(ctx, about.Config.FilterSubject)
	if err != nil {
		return fmt.Errorf("find the stream of %s: %w", about.Config.FilterSubject, err)
	}
	return nil
}

// Lag is how many messages the consumer has left.
// A server that has lost count says that it is nearly 2^64.
func (l *inlet) Lag() (int64, bool) { return int64(l.left), l.left <= math.MaxInt64 }

// Close disconnects from the server. Unacknowledged messages are redelivered at once.
func (l *inlet) Close() error {
	for _, m := range l.unacked {
		if is, ok := m.Native.(jetstream.Msg); ok && l.conn.IsConnected() {
			_ = is.Nak() // otherwise they are redelivered when their time is over
		}
	}
	_ = l.conn.FlushTimeout(waitMore) // the server may be gone
	l.conn.Close()
	return nil
}

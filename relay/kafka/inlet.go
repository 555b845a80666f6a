package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// sessionWait is how long a member of a group may be silent.
	sessionWait = 10 * time.Second
	// lookEvery is how often a silent broker is asked whether it is there.
	lookEvery = 3 * time.Second
	// joinEvery is how often the inlet checks whether a group has accepted the source.
	joinEvery = 50 * time.Millisecond
)

// Inlets returns the kind of sources that consume topics of Kafka brokers that may be
// reached.
func Inlets(allowed dial.Allowed) relay.InletKind {
	return func(ctx context.Context, o relay.Origin) (relay.Inlet, error) {
		options, err := reach(allowed, o.URL, o.Secrets)
		if err != nil {
			return nil, err
		}
		options = append(options,
			kgo.ClientID("holdfast-source-"+o.Source), kgo.ConsumerGroup(o.Group), kgo.ConsumeTopics(o.Topic),
			// A new group begins with the first existing record.
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
			// Only answered records are committed, and no partition moves to another member while its
			// records are being processed.
			kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
			// The source is one member, whichever relay has it. A relay that takes it over gets its
			// partitions at once, and the relay before is shut out.
			kgo.InstanceID("holdfast-"+o.Tenant+"-"+o.Source), kgo.SessionTimeout(sessionWait), kgo.HeartbeatInterval(sessionWait/4),
			kgo.FetchMaxWait(500*time.Millisecond), kgo.RetryTimeout(answerWait),
			kgo.RequiredAcks(kgo.AllISRAcks()), kgo.AllowIdempotentProduceCancellation(), kgo.ProduceRequestTimeout(answerWait),
			kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		)
		client, err := kgo.NewClient(options...)
		if err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		l := &inlet{client: client, from: o.Topic, group: o.Group, reply: o.Reply, left: map[int32]int64{}, seen: time.Now()}
		if err := l.find(ctx, o); err != nil {
			client.CloseAllowingRebalance()
			return nil, err
		}
		return l, nil
	}
}

type inlet struct {
	client *kgo.Client
	from   string // the topic's name
	group  string
	reply  string
	topic  string          // as ids of messages name it
	left   map[int32]int64 // records of each partition that were not fetched
	seen   time.Time       // when the brokers last answered
}

// find makes the topics that are missing.
func (l *inlet) find(ctx context.Context, o relay.Origin) error {
	for _, topic := range []string{o.Reply, o.Topic} {
		if topic == "" {
			continue
		}
		id, err := findTopic(ctx, l.client, topic)
		if err == nil && id == [16]byte{} {
			id, err = findTopic(ctx, l.client, topic) // it was made just now
		}
		if err != nil {
			return err
		}
		// A topic that is created again under its name counts from 0 again.
		if l.topic = fmt.Sprintf("%x", id); id == [16]byte{} {
			l.topic = topic
		}
	}
	return nil
}

// Receive fetches records. Those of one partition are in order.
func (l *inlet) Receive(ctx context.Context, most int) ([]*relay.Incoming, error) {
	l.client.AllowRebalance()
	fetched := l.client.PollRecords(ctx, most)
	for _, failed := range fetched.Errors() {
		if !errors.Is(failed.Err, context.DeadlineExceeded) && !errors.Is(failed.Err, context.Canceled) {
			return nil, failed.Err
		}
	}
	var all []*relay.Incoming
	fetched.EachPartition(func(p kgo.FetchTopicPartition) {
		for _, r := range p.Records {
			all = append(all, &relay.Incoming{ID: fmt.Sprintf("kafka/%s/%d/%d", l.topic, r.Partition, r.Offset), Body: r.Value, Native: r})
			l.left[p.Partition] = max(p.HighWatermark-r.Offset-1, 0)
		}
	})
	if len(all) > 0 {
		l.seen = time.Now()
		return all, nil
	}
	return nil, l.look(ctx)
}

// look asks the brokers whether they are there: the client does not report an outage.
func (l *inlet) look(ctx context.Context) error {
	if time.Since(l.seen) < lookEvery {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookEvery)
	defer cancel()
	if err := l.client.Ping(ctx); err != nil {
		return err
	}
	l.seen = time.Now()
	return nil
}

// Ack commits the offsets after the records.
func (l *inlet) Ack(ctx context.Context, messages []*relay.Incoming) error {
	records := make([]*kgo.Record, len(messages))
	for i, m := range messages {
		r, ok := m.Native.(*kgo.Record)
		if !ok {
			return fmt.Errorf("message %s is not from Kafka", m.ID)
		}
		records[i] = r
	}
	return l.client.CommitRecords(ctx, records...)
}

// Hold does nothing: a member that is alive keeps its partitions.
func (l *inlet) Hold(context.Context, []*relay.Incoming) error { return nil }

// Reply produces replies. Each has the key of its record, and the sender's correlation
// header, if there is one.
func (l *inlet) Reply(ctx context.Context, replies []relay.Reply) error {
	records := make([]*kgo.Record, len(replies))
	for i, r := range replies {
		records[i] = &kgo.Record{Topic: l.reply, Value: r.Body, Headers: []kgo.RecordHeader{
			{Key: "content-type", Value: []byte("application/json")}, {Key: "message-id", Value: []byte(r.MessageID)},
		}}
		if to, ok := r.To.Native.(*kgo.Record); ok {
			records[i].Key = to.Key
			for _, h := range to.Headers {
				if slices.Contains(correlations, h.Key) {
					records[i].Headers = append(records[i].Headers, h)
				}
			}
		}
	}
	return l.client.ProduceSync(ctx, records...).FirstErr()
}

// correlations are headers that replies copy from their records: Spring's, and other common
// ones.
var correlations = []string{"kafka_correlationId", "correlation-id", "correlation_id", "correlationId"}

// Check asks the brokers for the topic and the group, and waits until the group has the
// source as a member.
func (l *inlet) Check(ctx context.Context) error {
	if _, err := idOf(ctx, l.client, l.from); err != nil {
		return fmt.Errorf("find the topic %q: %w", l.from, err)
	}
	ask := kmsg.NewOffsetFetchRequest()
	ask.Group = l.group
	found, err := ask.RequestWith(ctx, l.client)
	if err == nil {
		err = kerr.ErrorForCode(found.ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("find the group %q: %w", l.group, err)
	}
	look := time.NewTicker(joinEvery)
	defer look.Stop()
	for {
		if _, generation := l.client.GroupMetadata(); generation >= 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("the group %q has not taken the source in: %w", l.group, ctx.Err())
		}
	}
}

// Lag is how many records the partitions have left.
func (l *inlet) Lag() (n int64, known bool) {
	for _, left := range l.left {
		n += left
	}
	return n, true
}

// Close disconnects from the brokers.
func (l *inlet) Close() error {
	l.client.CloseAllowingRebalance()
	return nil
}

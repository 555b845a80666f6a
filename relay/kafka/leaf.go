// Package kafka produces events to a topic of Kafka, and consumes commands from one.
package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// usualTopic is the topic of a sink that names none.
	usualTopic = "holdfast-events"
	// answerWait is how long the brokers may take for a record.
	answerWait = 10 * time.Second
	// parallel is how many deliveries are under way: the brokers store one while the next is
	// made. No two of them share a key.
	parallel = 4
)

// Kind returns the kind of sinks that produce to Kafka brokers that may be reached.
func Kind(allowed dial.Allowed) relay.Kind {
	return relay.Kind{Parallel: parallel, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		l := &leaf{topic: t.Topic}
		if l.topic == "" {
			l.topic = usualTopic
		}
		reach, err := reach(allowed, t.URL, t.Secrets)
		if err != nil {
			return nil, err
		}
		l.options = append(reach,
			kgo.ClientID("holdfast-sink-"+t.Sink), kgo.DefaultProduceTopic(l.topic),
			// Each record is written once, and by all in-sync replicas, before it is acknowledged. The
			// client is idempotent by default.
			kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProduceRequestTimeout(answerWait),
			kgo.RetryTimeout(answerWait), kgo.UnknownTopicRetries(3),
			// Deliveries do not wait for a dead broker. Records under way then are sent again.
			// RecordDeliveryTimeout cannot be used for this: it counts from the record's timestamp,
			// which is the event's.
			kgo.AllowIdempotentProduceCancellation(),
			// The partition of a key is the same as that of Java's producer.
			kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		)
		return l, nil
	}}
}

// reach is the connection to brokers: their addresses, and the login.
func reach(allowed dial.Allowed, target string, secrets []string) ([]kgo.Opt, error) {
	at, err := broker.ReadAddress(target, "kafka", "kafkas")
	if err != nil {
		return nil, err
	}
	dialer := allowed.Dialer(at.Plain)
	options := []kgo.Opt{
		kgo.SeedBrokers(at.Hosts("9092")...),
		kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
			if at.Plain {
				return dialer.DialContext(ctx, network, host)
			}
			return dialer.DialTLS(ctx, network, host, &tls.Config{MinVersion: tls.VersionTLS12})
		}),
	}
	login, err := loginOf(at.Query(), secrets)
	if err == nil && login != nil {
		options = append(options, kgo.SASL(login))
	}
	return options, err
}

// loginOf is the login of the client, nil: none. The parameter sasl of the target names the
// mechanism.
func loginOf(q url.Values, secrets []string) (sasl.Mechanism, error) {
	user, password := broker.Login(secrets)
	mechanism := q.Get("sasl")
	switch {
	case password == "" && mechanism == "":
		return nil, nil
	case user == "" || password == "":
		return nil, errors.New("secret: write user:password")
	}
	switch mechanism {
	case "", "plain":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "scram-sha-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "scram-sha-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("target: sasl is %q, not plain, scram-sha-256 or scram-sha-512", mechanism)
}

type leaf struct {
	options []kgo.Opt
	topic   string

	mu     sync.Mutex
	client *kgo.Client
}

// Deliver produces the messages, and returns when the brokers have answered for each.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	client, err := l.connect(ctx)
	if err != nil {
		return relay.All(len(messages), relay.Down(err))
	}
	return broker.Rounds(messages, func(round []*relay.Message) []error { return l.produce(ctx, client, round) })
}

// connect returns the client. It makes one when there is none, and creates a missing
// topic.
func (l *leaf) connect(ctx context.Context) (*kgo.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != nil {
		return l.client, nil
	}
	client, err := kgo.NewClient(l.options...)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if _, err := findTopic(ctx, client, l.topic); err != nil {
		client.Close()
		return nil, err
	}
	l.client = client
	return client, nil
}

// findTopic creates a missing topic, with as many partitions and replicas as the brokers use
// by default, and returns its id. The id is zero for a topic that was just created, or when
// the brokers have no topic ids.
func findTopic(ctx context.Context, client *kgo.Client, name string) (id [16]byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	id, err = idOf(ctx, client, name)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		err = makeTopic(ctx, client, name)
	}
	if err != nil {
		return id, fmt.Errorf("find the topic %q: %w", name, err)
	}
	return id, nil
}

// idOf is the id of an existing topic.
func idOf(ctx context.Context, client *kgo.Client, name string) (id [16]byte, err error) {
	ask := kmsg.NewMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(name)
	ask.Topics = append(ask.Topics, topic)
	found, err := ask.RequestWith(ctx, client)
	if err == nil && len(found.Topics) == 1 {
		id, err = found.Topics[0].TopicID, kerr.ErrorForCode(found.Topics[0].ErrorCode)
	}
	return id, err
}

func makeTopic(ctx context.Context, client *kgo.Client, name string) error {
	ask := kmsg.NewCreateTopicsRequest()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, -1, -1
	ask.Topics = append(ask.Topics, topic)
	made, err := ask.RequestWith(ctx, client)
	if err == nil && len(made.Topics) == 1 {
		err = kerr.ErrorForCode(made.Topics[0].ErrorCode)
	}
	if errors.Is(err, kerr.TopicAlreadyExists) { // somebody else was as fast
		return nil
	}
	return err
}

// produce produces a round and waits for all of it.
func (l *leaf) produce(ctx context.Context, client *kgo.Client, round []*relay.Message) []error {
	records := make([]*kgo.Record, len(round))
	at := map[*kgo.Record]int{}
	for n, m := range round {
		records[n] = record(m)
		at[records[n]] = n
	}
	errs := make([]error, len(round))
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	for _, r := range client.ProduceSync(ctx, records...) {
		n := at[r.Record]
		switch {
		case r.Err == nil:
		case errors.Is(r.Err, kerr.MessageTooLarge), errors.Is(r.Err, kerr.InvalidRecord):
			errs[n] = relay.Rejected("the brokers do not take the record: %v", r.Err)
		default:
			errs[n] = relay.Down(r.Err)
			l.forget(client) // the next delivery begins with a new producer, and looks for the topic
		}
	}
	return errs
}

// record is an event in the form of Kafka: headers by the Kafka binding of CloudEvents
// 1.0.2.
func record(m *relay.Message) *kgo.Record {
	r := &kgo.Record{Key: []byte(m.Key), Value: m.Body, Timestamp: m.Time, Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte(m.ContentType)}}}
	for _, a := range m.Attributes {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: "ce_" + a.Name, Value: []byte(a.Value)})
	}
	return r
}

// forget closes a client, which also ends its other deliveries. The next one makes another client.
func (l *leaf) forget(client *kgo.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client == client {
		l.client = nil
		client.Close()
	}
}

// Close disconnects from the brokers.
func (l *leaf) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != nil {
		l.client.Close()
	}
	l.client = nil
	return nil
}

package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
)

var here = dial.Allowed{netip.MustParsePrefix("127.0.0.0/8")}

// topic is a topic of a real broker that several tests share: it takes seconds to start.
type topic struct {
	*dbtest.Program
	name string
}

var topics atomic.Int64

func newTopic(p *dbtest.Program) *topic { return &topic{p, fmt.Sprint("topic-", topics.Add(1))} }

func (s *topic) url() string                { return "kafka://" + s.Addr() }
func (s *topic) Kind() relay.Kind           { return Kind(here) }
func (s *topic) Target() (string, []string) { return s.url(), nil }
func (s *topic) Topic() string              { return s.name }
func (s *topic) Stop(*testing.T)            { s.Kill() }
func (s *topic) Start(*testing.T)           { s.Program.Start() }

// read returns what the topic has: of each partition in order.
func (s *topic) read(t *testing.T) (all []*kgo.Record) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(s.Addr()), kgo.ConsumeTopics(s.name), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for want := ends(t, c, s.name); int64(len(all)) < want; {
		fetched := c.PollFetches(t.Context())
		if err := fetched.Err(); err != nil {
			t.Fatal(err)
		}
		all = append(all, fetched.Records()...)
	}
	return all
}

// ends returns how many records the topic has.
func ends(t *testing.T, c *kgo.Client, name string) (n int64) {
	t.Helper()
	ask := kmsg.NewListOffsetsRequest()
	of := kmsg.NewListOffsetsRequestTopic()
	of.Topic = name
	for p := range int32(4) {
		one := kmsg.NewListOffsetsRequestTopicPartition()
		one.Partition, one.Timestamp = p, -1
		of.Partitions = append(of.Partitions, one)
	}
	ask.Topics = append(ask.Topics, of)
	got, err := ask.RequestWith(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range got.Topics {
		for _, p := range topic.Partitions {
			n += max(p.Offset, 0)
		}
	}
	return n
}

func (s *topic) Taken(t *testing.T) (taken []relaytest.Taken) {
	t.Helper()
	for _, r := range s.read(t) {
		var e relaytest.Taken
		if err := json.Unmarshal(r.Value, &e); err != nil {
			t.Fatalf("%v: %s", err, r.Value)
		}
		taken = append(taken, e)
	}
	return taken
}

func TestLeaf(t *testing.T) {
	t.Parallel()
	p := brokertest.StartKafka(t)
	t.Run("what a look sees", func(t *testing.T) { aLook(t, newTopic(p)) })
	t.Run("what a record is", func(t *testing.T) { aRecord(t, newTopic(p)) })
	t.Run("a record that is never taken", func(t *testing.T) { tooLarge(t, newTopic(p)) })
	t.Run("a private address", func(t *testing.T) { private(t, newTopic(p)) })
	t.Run("suite", func(t *testing.T) {
		relaytest.RunInTurn(t, "kafka", func(*testing.T) relaytest.Receiver { return newTopic(p) })
	})
}

// aLook says what the broker is, and that one replica is not enough.
func aLook(t *testing.T, s *topic) {
	l, ok := open(t, relay.Target{URL: s.url(), Topic: s.name}).(relay.Looker)
	if !ok {
		t.Fatal("it does not look")
	}
	sight, err := l.Look(t.Context())
	if err != nil || !strings.HasPrefix(sight.Version, "Kafka ") || len(sight.Unsafe) != 1 {
		t.Errorf("%+v, %v", sight, err)
	}
}

func open(t *testing.T, target relay.Target) relay.Leaf {
	t.Helper()
	l, err := Kind(here).Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func aRecord(t *testing.T, s *topic) {
	l := open(t, relay.Target{URL: s.url(), Topic: s.name})
	errs := l.Deliver(t.Context(), []relay.Message{
		{ID: "1", Key: "main/tea", ContentType: "application/json", Time: time.Now().Add(-48 * time.Hour), Body: []byte(`{}`), Attributes: []relay.Attribute{{Name: "id", Value: "1"}}},
	})
	if errs != nil {
		t.Fatal(errs)
	}
	all := s.read(t)
	if len(all) != 1 {
		t.Fatalf("the topic has %d records", len(all))
	}
	headers := map[string]string{}
	for _, h := range all[0].Headers {
		headers[h.Key] = string(h.Value)
	}
	if r := all[0]; string(r.Key) != "main/tea" || string(r.Value) != "{}" || headers["content-type"] != "application/json" || headers["ce_id"] != "1" {
		t.Errorf("got %s %s %v", r.Key, r.Value, headers)
	}
}

func tooLarge(t *testing.T, s *topic) {
	l := open(t, relay.Target{URL: s.url(), Topic: s.name})
	large := []byte(strings.Repeat("x", 1<<20+1))
	errs := l.Deliver(t.Context(), []relay.Message{{ID: "1", Key: "a", Body: large}, {ID: "2", Key: "b"}, {ID: "3", Key: "a"}})
	if len(errs) != 3 || !errors.Is(errs[0], relay.ErrRejected) || errs[1] != nil || errs[2] == nil {
		t.Errorf("got %.200v", errs)
	}
	if n := len(s.read(t)); n != 1 {
		t.Errorf("the topic has %d records, want 1", n)
	}
}

func private(t *testing.T, s *topic) {
	l, err := Kind(nil).Open(t.Context(), relay.Target{URL: s.url()})
	if err != nil {
		t.Fatal(err)
	}
	errs := l.Deliver(t.Context(), []relay.Message{{ID: "1"}})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "cannot be reached") {
		t.Errorf("got %v", errs)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestTargetsAndSecretsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, target := range []relay.Target{
		{URL: ""},
		{URL: "kafka://"},
		{URL: "http://broker:9092"},
		{URL: "kafka://me:word@broker"},
		{URL: "kafka://broker", Secrets: []string{"word"}},
		{URL: "kafkas://broker?sasl=plain"},
		{URL: "kafkas://broker?sasl=gssapi", Secrets: []string{"me:word"}},
	} {
		if _, err := Kind(here).Open(context.Background(), target); err == nil {
			t.Errorf("%+v was opened", target)
		}
	}
	for _, mechanism := range []string{"", "?sasl=plain", "?sasl=scram-sha-256", "?sasl=scram-sha-512"} {
		if _, err := Kind(here).Open(context.Background(), relay.Target{URL: "kafkas://broker" + mechanism, Secrets: []string{"me:word"}}); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
	}
}

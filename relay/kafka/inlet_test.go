package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/relaytest"
)

func TestMain(m *testing.M) { relaytest.Main(m) }

// queue is a topic of a real broker.
type queue struct{ *topic }

func (q queue) Inlets() relay.InletKind { return Inlets(here) }
func (q queue) Origin() client.SetSource {
	return client.SetSource{Target: q.url(), Topic: q.name, Group: "group-" + q.name}
}

func (q queue) Send(t *testing.T, messages ...relaytest.Sent) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(q.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := findTopic(t.Context(), c, q.name); err != nil {
		t.Fatal(err)
	}
	records := make([]*kgo.Record, len(messages))
	for i, m := range messages {
		records[i] = &kgo.Record{Topic: q.name, Key: []byte(m.Key), Value: []byte(m.Body), Headers: []kgo.RecordHeader{{Key: "correlation-id", Value: []byte(m.ID)}}}
	}
	if err := c.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func (q queue) Replies(t *testing.T) (all []string) {
	t.Helper()
	replies := &topic{q.Program, q.name + "-replies"}
	for _, r := range replies.read(t) {
		headers := map[string]string{}
		for _, h := range r.Headers {
			headers[h.Key] = string(h.Value)
		}
		if headers["correlation-id"] == "" || headers["message-id"] == "" || string(r.Key) != "key-0" {
			t.Errorf("the reply %s has the key %s and the headers %v", r.Value, r.Key, headers)
		}
		all = append(all, string(r.Value))
	}
	return all
}

func (q queue) Drop(t *testing.T) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(q.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := kmsg.NewDeleteTopicsRequest()
	of := kmsg.NewDeleteTopicsRequestTopic()
	of.Topic = &q.name
	ask.TopicNames, ask.Topics = []string{q.name}, append(ask.Topics, of)
	gone, err := ask.RequestWith(t.Context(), c)
	if err == nil && len(gone.Topics) == 1 {
		err = kerr.ErrorForCode(gone.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Rewind ends the membership of the source, which a relay that stops leaves to the next one,
// and forgets how far the group is.
func (q queue) Rewind(t *testing.T) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(q.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	group := q.Origin().Group
	leave := kmsg.NewLeaveGroupRequest()
	member := kmsg.NewLeaveGroupRequestMember()
	member.InstanceID = kmsg.StringPtr("holdfast-default-in")
	leave.Group, leave.Members = group, append(leave.Members, member)
	left, err := leave.RequestWith(t.Context(), c)
	if err == nil {
		err = kerr.ErrorForCode(left.ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
	forget := kmsg.NewDeleteGroupsRequest()
	forget.Groups = []string{group}
	gone, err := forget.RequestWith(t.Context(), c)
	if err == nil && len(gone.Groups) == 1 {
		err = kerr.ErrorForCode(gone.Groups[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func newQueue(p *dbtest.Program) queue { return queue{newTopic(p)} }

func TestInlet(t *testing.T) {
	t.Parallel()
	p := brokertest.StartKafka(t, "group.initial.rebalance.delay.ms=0")
	relaytest.RunSources(t, "kafka", func(*testing.T) relaytest.Queue { return newQueue(p) })
}

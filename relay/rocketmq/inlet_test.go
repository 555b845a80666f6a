package rocketmq

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/rocketmq-clients/golang/v5/protocol/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/relaytest"
)

func TestMain(m *testing.M) { relaytest.Main(m) }

// commands is a topic of a real broker that has commands.
type commands struct{ *topic }

func (q commands) Inlets() relay.InletKind { return Inlets(here) }
func (q commands) Origin() client.SetSource {
	return client.SetSource{Target: q.url(), Topic: q.name, Group: brokertest.RocketMQGroup, Secret: new(brokertest.RocketMQLogin)}
}

func (q commands) Send(t *testing.T, messages ...relaytest.Sent) {
	t.Helper()
	w, err := newWay(here, q.url(), login, "sender")
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := w.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, m := range messages {
		answer, err := v2.NewMessagingServiceClient(conn).SendMessage(t.Context(), &v2.SendMessageRequest{Messages: []*v2.Message{{
			Topic: &v2.Resource{Name: q.name}, Body: []byte(m.Body), UserProperties: map[string]string{"correlation-id": "of-" + m.ID},
			SystemProperties: &v2.SystemProperties{MessageId: idOf(m.ID), MessageGroup: &m.Key, MessageType: v2.MessageType_FIFO, BodyEncoding: v2.Encoding_IDENTITY, BornTimestamp: timestamppb.Now()},
		}}})
		if err := refusal(answer.GetStatus(), err); err != nil {
			t.Fatal(err)
		}
	}
}

func (q commands) Replies(t *testing.T) (all []string) {
	t.Helper()
	for _, line := range q.Print(t, q.name+"-replies") {
		head, body, _ := strings.Cut(line, " BODY: ")
		if !strings.Contains(head, "correlation-id=of-") {
			t.Errorf("%s has no correlation", head)
		}
		all = append(all, body)
	}
	return all
}

func (q commands) Drop(t *testing.T) { q.topic.Drop(t, q.name) }

func TestInlet(t *testing.T) {
	t.Parallel()
	topics := map[string]string{}
	for n := range 20 {
		topics[fmt.Sprint("commands-", n)] = "FIFO"
		topics[fmt.Sprint("commands-", n, "-replies")] = "NORMAL"
	}
	p := brokertest.StartRocketMQ(t, topics)
	next := 0
	relaytest.RunSources(t, "rocketmq", func(*testing.T) relaytest.Queue {
		next++
		return commands{&topic{p, fmt.Sprint("commands-", next-1)}}
	})
}

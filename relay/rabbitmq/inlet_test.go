package rabbitmq

import (
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/relaytest"
)

func TestMain(m *testing.M) { relaytest.Main(m) }

// commands is a queue of a real broker that has commands.
type commands struct{ *queue }

func (q commands) Inlets() relay.InletKind { return Inlets(here) }
func (q commands) Origin() client.SetSource {
	return client.SetSource{Target: q.url(), Topic: q.name, Secret: new("guest:guest")}
}

func (q commands) Send(t *testing.T, messages ...relaytest.Sent) {
	t.Helper()
	c := q.channel(t)
	if err := c.Confirm(false); err != nil {
		t.Fatal(err)
	}
	var last *amqp.DeferredConfirmation
	for _, m := range messages {
		var err error
		last, err = c.PublishWithDeferredConfirm("", q.name, true, false, amqp.Publishing{MessageId: m.ID, CorrelationId: "of-" + m.ID, DeliveryMode: amqp.Persistent, Body: []byte(m.Body)})
		if err != nil {
			t.Fatal(err)
		}
	}
	if taken, err := last.WaitContext(t.Context()); err != nil || !taken {
		t.Fatal(taken, err)
	}
}

func (q commands) Replies(t *testing.T) (all []string) {
	t.Helper()
	replies := &queue{RabbitMQ: q.RabbitMQ, name: q.name + "-replies", got: q.got}
	q.got = replies.read(t)
	for _, d := range q.got {
		if d.CorrelationId == "" || d.MessageId == "" {
			t.Errorf("the reply %s has the ids %q and %q", d.Body, d.CorrelationId, d.MessageId)
		}
		all = append(all, string(d.Body))
	}
	return all
}

func (q commands) Drop(t *testing.T) {
	t.Helper()
	if _, err := q.channel(t).QueueDelete(q.name, false, false, false); err != nil {
		t.Fatal(err)
	}
}

func TestInlet(t *testing.T) {
	t.Parallel()
	p := brokertest.StartRabbitMQ(t)
	var names []string
	for n := range 20 {
		names = append(names, fmt.Sprint("commands-", n))
	}
	p.MakeQueues(t, names...)
	next := 0
	relaytest.RunSources(t, "rabbitmq", func(*testing.T) relaytest.Queue {
		next++
		return commands{&queue{RabbitMQ: p, name: names[next-1]}}
	})
}

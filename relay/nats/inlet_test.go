package nats

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/relaytest"
)

func TestMain(m *testing.M) { relaytest.Main(m) }

const (
	commands = "stock.commands"
	replies  = commands + "-replies"
)

// queue is a subject of a real server.
type queue struct{ *server }

func (q queue) Inlets() relay.InletKind { return Inlets(here) }
func (q queue) Origin() client.SetSource {
	return client.SetSource{Target: q.url(), Topic: commands, Group: "stock.desk"}
}

func (q queue) Send(t *testing.T, messages ...relaytest.Sent) {
	t.Helper()
	conn, err := nats.Connect(q.url())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := findStream(t.Context(), js, commands, "commands"); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		// Without a Nats-Msg-Id: by that the stream would drop what comes twice.
		sent := &nats.Msg{Subject: commands, Data: []byte(m.Body), Header: nats.Header{"Correlation-Id": {m.ID}}}
		if _, err := js.PublishMsgAsync(sent); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

func (q queue) Replies(t *testing.T) (all []string) {
	t.Helper()
	for _, m := range q.read(t, replies) {
		if m.Header.Get("Correlation-Id") == "" || m.Header.Get("Message-Id") == "" {
			t.Errorf("the reply %s has the headers %v", m.Data, m.Header)
		}
		all = append(all, string(m.Data))
	}
	return all
}

// admin is the way of somebody who administers the server.
func (q queue) admin(t *testing.T) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(q.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func (q queue) Drop(t *testing.T) {
	t.Helper()
	if err := q.admin(t).DeleteStream(t.Context(), nameOf(commands)); err != nil {
		t.Fatal(err)
	}
}

// Rewind makes the consumer anew, which begins with a message. One that begins at a time
// cannot be changed by anybody with this version of the server.
func (q queue) Rewind(t *testing.T) {
	t.Helper()
	js, stream, consumer := q.admin(t), nameOf(commands), nameOf(q.Origin().Group)
	if err := js.DeleteConsumer(t.Context(), stream, consumer); err != nil {
		t.Fatal(err)
	}
	c := jetstream.ConsumerConfig{Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: 1}
	if _, err := js.CreateConsumer(t.Context(), stream, c); err != nil {
		t.Fatal(err)
	}
}

func TestInlet(t *testing.T) {
	t.Parallel()
	relaytest.RunSources(t, "nats", func(t *testing.T) relaytest.Queue { return queue{&server{brokertest.StartNATS(t)}} })
}

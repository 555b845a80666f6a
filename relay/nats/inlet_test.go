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

func (q queue) Drop(t *testing.T) {
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
	if err := js.DeleteStream(t.Context(), nameOf(commands)); err != nil {
		t.Fatal(err)
	}
}

func TestInlet(t *testing.T) {
	t.Parallel()
	relaytest.RunSources(t, "nats", func(t *testing.T) relaytest.Queue { return queue{&server{brokertest.StartNATS(t)}} })
}

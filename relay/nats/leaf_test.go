package nats

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
)

var here = dial.Allowed{netip.MustParsePrefix("127.0.0.0/8")}

// server is a real NATS server.
type server struct{ *dbtest.Program }

func newServer(t *testing.T) relaytest.Receiver { return &server{brokertest.StartNATS(t)} }

func (s *server) url() string                { return "nats://" + s.Addr() }
func (s *server) Kind() relay.Kind           { return Kind(here) }
func (s *server) Target() (string, []string) { return s.url(), nil }
func (s *server) Stop(*testing.T)            { s.Kill() }
func (s *server) Start(*testing.T)           { s.Program.Start() }

// read returns what the stream has.
func (s *server) read(t *testing.T, subject string) (all []*jetstream.RawStreamMsg) {
	t.Helper()
	conn, err := nats.Connect(s.url())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	name, err := js.StreamNameBySubject(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for n := uint64(1); n <= stream.CachedInfo().State.LastSeq; n++ {
		m, err := stream.GetMsg(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func (s *server) Taken(t *testing.T) (taken []relaytest.Taken) {
	t.Helper()
	for _, m := range s.read(t, usualTopic) {
		var e relaytest.Taken
		if err := json.Unmarshal(m.Data, &e); err != nil {
			t.Fatalf("%v: %s", err, m.Data)
		}
		taken = append(taken, e)
	}
	return taken
}

func TestSuite(t *testing.T) {
	t.Parallel()
	relaytest.Run(t, "nats", newServer)
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

func TestWhatAMessageIs(t *testing.T) {
	t.Parallel()
	s := &server{brokertest.StartNATS(t, "--user", "shop", "--pass", "hush")}
	l := open(t, relay.Target{URL: s.url(), Topic: "stock.all", Secrets: []string{"shop:hush"}, Epoch: 7})
	m := relay.Message{ID: "0-1-0-0", Key: "main/tea", ContentType: "application/json", Body: []byte(`{}`), Attributes: []relay.Attribute{{Name: "id", Value: "0-1-0-0"}, {Name: "subject", Value: "main/t a"}}}
	for range 2 { // the second is dropped by the server
		if errs := l.Deliver(t.Context(), []relay.Message{m}); errs != nil {
			t.Fatal(errs)
		}
	}
	conn, err := nats.Connect(s.url(), nats.UserInfo("shop", "hush"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "stock-all")
	if err != nil {
		t.Fatal(err)
	}
	if info := stream.CachedInfo(); info.State.Msgs != 1 || info.Config.MaxAge != 7*24*time.Hour || info.Config.Storage != jetstream.FileStorage {
		t.Errorf("the stream is %+v", info)
	}
	got, err := stream.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Nats-Msg-Id": "0-1-0-0/7", "Holdfast-Key": "main/tea", "Content-Type": "application/json", "ce-id": "0-1-0-0", "ce-subject": "main/t%20a",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if got.Subject != "stock.all" || string(got.Data) != "{}" {
		t.Errorf("%s %s", got.Subject, got.Data)
	}

	wrong := open(t, relay.Target{URL: s.url(), Secrets: []string{"shop:loud"}})
	var down *relay.DownError
	if errs := wrong.Deliver(t.Context(), []relay.Message{m}); len(errs) != 1 || !errors.As(errs[0], &down) {
		t.Errorf("a wrong password: %v", errs)
	}
}

func TestAMessageThatTheServerNeverTakes(t *testing.T) {
	t.Parallel()
	s := &server{brokertest.StartNATS(t)}
	l := open(t, relay.Target{URL: s.url()})
	large := strings.Repeat("x", 1<<20+1) // the server's usual bound is 1 MiB
	errs := l.Deliver(t.Context(), []relay.Message{{ID: "1", Key: "a", Body: []byte(large)}, {ID: "2", Key: "b"}, {ID: "3", Key: "a"}})
	if len(errs) != 3 || !errors.Is(errs[0], relay.ErrRejected) || errs[1] != nil || errs[2] == nil {
		t.Errorf("got %.200v", errs)
	}
	if n := len(s.read(t, usualTopic)); n != 1 {
		t.Errorf("the stream has %d messages, want 1", n)
	}
}

// Somebody deletes the stream: it is made again.
func TestAStreamThatIsGoneIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := &server{brokertest.StartNATS(t)}
	l := open(t, relay.Target{URL: s.url()})
	send := func(id string) []error { return l.Deliver(t.Context(), []relay.Message{{ID: id, Key: "a"}}) }
	if errs := send("1"); errs != nil {
		t.Fatal(errs)
	}
	conn, err := nats.Connect(s.url())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "holdfast-events"); err != nil {
		t.Fatal(err)
	}
	var down *relay.DownError
	if errs := send("2"); len(errs) != 1 || !errors.As(errs[0], &down) {
		t.Errorf("without a stream: %v", errs)
	}
	if errs := send("2"); errs != nil {
		t.Errorf("again: %v", errs)
	}
	if n := len(s.read(t, usualTopic)); n != 1 {
		t.Errorf("the stream has %d messages, want 1", n)
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, target := range []relay.Target{
		{URL: ""},
		{URL: "nats://"},
		{URL: "http://broker:4222"},
		{URL: "nats://me:word@broker"},
		{URL: "nats://broker", Topic: "a.*"},
		{URL: "nats://broker", Topic: "a b"},
		{URL: "nats://broker", Topic: "$JS.API"},
		{URL: "nats://broker", Topic: "a.>"},
		{URL: "nats://broker", Topic: "a..b"},
	} {
		if _, err := Kind(here).Open(t.Context(), target); err == nil {
			t.Errorf("%+v was opened", target)
		}
	}
	s := brokertest.StartNATS(t)
	l, err := Kind(nil).Open(t.Context(), relay.Target{URL: "nats://" + s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	errs := l.Deliver(t.Context(), []relay.Message{{ID: "1"}})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "cannot be reached") {
		t.Errorf("a private address: %v", errs)
	}
}

package redis

import (
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
)

var here = dial.Allowed{netip.MustParsePrefix("127.0.0.0/8")}

// server is a real Redis server.
type server struct{ *dbtest.Program }

func newServer(t *testing.T) relaytest.Receiver { return &server{dbtest.StartRedis(t).Servers[0]} }

func (s *server) url() string                { return "redis://" + s.Addr() }
func (s *server) Kind() relay.Kind           { return Kind(here) }
func (s *server) Target() (string, []string) { return s.url(), nil }
func (s *server) Stop(*testing.T)            { s.Kill() }
func (s *server) Start(*testing.T)           { s.Program.Start() }

// client connects to the server past the leaf.
func (s *server) client(t *testing.T, password string) rueidis.Client {
	t.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{s.Addr()}, Password: password, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// read returns what the stream has.
func read(t *testing.T, c rueidis.Client, stream string) []rueidis.XRangeEntry {
	t.Helper()
	all, err := c.Do(t.Context(), c.B().Xrange().Key(stream).Start("-").End("+").Build()).AsXRange()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s *server) Taken(t *testing.T) (taken []relaytest.Taken) {
	t.Helper()
	for _, entry := range read(t, s.client(t, ""), usualTopic) {
		var e relaytest.Taken
		if err := json.Unmarshal([]byte(entry.FieldValues["data"]), &e); err != nil {
			t.Fatalf("%v: %v", err, entry)
		}
		taken = append(taken, e)
	}
	return taken
}

func TestSuite(t *testing.T) {
	t.Parallel()
	relaytest.Run(t, "redis", newServer)
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

func TestWhatAnEntryIs(t *testing.T) {
	t.Parallel()
	s := &server{dbtest.StartRedis(t, "--requirepass", "hush").Servers[0]}
	l := open(t, relay.Target{URL: s.url(), Topic: "stock", Secrets: []string{"hush"}})
	errs := l.Deliver(t.Context(), []relay.Message{
		{ID: "0-1-0-0", Key: "main/tea", Type: "dev.holdfast.stock.reserve.v1", Body: []byte(`{"a":1}`)},
		{ID: "0-2-0-0", Key: "main/tea", Type: "dev.holdfast.stock.reserve.v1", Body: []byte(`{"a":2}`), Attributes: []relay.Attribute{{Name: "id", Value: "0-2-0-0"}, {Name: "specversion", Value: "1.0"}}},
	})
	if errs != nil {
		t.Fatal(errs)
	}
	got := read(t, s.client(t, "hush"), "stock")
	for n, want := range []map[string]string{
		{"id": "0-1-0-0", "key": "main/tea", "type": "dev.holdfast.stock.reserve.v1", "data": `{"a":1}`},
		{"id": "0-2-0-0", "key": "main/tea", "specversion": "1.0", "data": `{"a":2}`},
	} {
		if n >= len(got) || !maps.Equal(got[n].FieldValues, want) {
			t.Errorf("entry %d of %+v, want %v", n, got, want)
		}
	}
	var down *relay.DownError
	for _, secret := range []string{"", "loud", "nobody:hush"} {
		wrong := open(t, relay.Target{URL: s.url(), Secrets: []string{secret}})
		if errs := wrong.Deliver(t.Context(), []relay.Message{{ID: "1"}}); len(errs) != 1 || !errors.As(errs[0], &down) {
			t.Errorf("the secret %q: %v", secret, errs)
		}
	}
}

// Events that the server cannot accept now wait: nothing is parked because of it.
func TestAServerThatIsFullOrHasSomethingElseThere(t *testing.T) {
	t.Parallel()
	s := &server{dbtest.StartRedis(t).Servers[0]}
	c := s.client(t, "")
	l := open(t, relay.Target{URL: s.url(), Topic: "stock"})
	deliver := func() []error {
		return l.Deliver(t.Context(), []relay.Message{{ID: "1", Key: "a"}, {ID: "2", Key: "a"}})
	}
	must := func(command rueidis.Completed) {
		t.Helper()
		if err := c.Do(t.Context(), command).Error(); err != nil {
			t.Fatal(err)
		}
	}
	var down *relay.DownError
	must(c.B().Set().Key("stock").Value("no stream").Build())
	if errs := deliver(); len(errs) != 2 || !errors.As(errs[0], &down) || errs[1] == nil {
		t.Errorf("a key of another type: %v", errs)
	}
	must(c.B().Del().Key("stock").Build())
	must(c.B().ConfigSet().ParameterValue().ParameterValue("maxmemory", "1").Build())
	if errs := deliver(); len(errs) != 2 || !errors.As(errs[0], &down) || errs[1] == nil {
		t.Errorf("a full server: %v", errs)
	}
	must(c.B().ConfigSet().ParameterValue().ParameterValue("maxmemory", "0").Build())
	if errs := deliver(); errs != nil {
		t.Errorf("after it: %v", errs)
	}
	if n := len(read(t, c, "stock")); n != 2 {
		t.Errorf("the stream has %d entries, want 2", n)
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "redis://", "nats://broker", "redis://me:word@broker", "redis://broker/first", "unix:///tmp/redis.sock"} {
		if _, err := Kind(here).Open(t.Context(), relay.Target{URL: url}); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
	s := dbtest.StartRedis(t).Servers[0]
	l, err := Kind(nil).Open(t.Context(), relay.Target{URL: "redis://" + s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	errs := l.Deliver(t.Context(), []relay.Message{{ID: "1"}})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "cannot be reached") {
		t.Errorf("a private address: %v", errs)
	}
}

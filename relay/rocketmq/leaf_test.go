package rocketmq

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

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
)

var here = dial.Allowed{netip.MustParsePrefix("127.0.0.0/8")}

var login = []string{brokertest.RocketMQLogin}

// topic is a topic of a real broker that several tests share: it takes seconds to start.
type topic struct {
	*brokertest.RocketMQ
	name string
}

func (s *topic) url() string                { return "rocketmq://" + s.Addr() }
func (s *topic) Kind() relay.Kind           { return Kind(here) }
func (s *topic) Target() (string, []string) { return s.url(), login }
func (s *topic) Topic() string              { return s.name }
func (s *topic) target() relay.Target {
	return relay.Target{URL: s.url(), Topic: s.name, Secrets: login}
}
func (s *topic) Stop(*testing.T)  { s.Kill() }
func (s *topic) Start(*testing.T) { s.RocketMQ.Start() }

func (s *topic) Taken(t *testing.T) (taken []relaytest.Taken) {
	t.Helper()
	for _, line := range s.Print(t, s.name) {
		_, body, _ := strings.Cut(line, " BODY: ")
		var e relaytest.Taken
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		taken = append(taken, e)
	}
	return taken
}

func TestLeaf(t *testing.T) {
	t.Parallel()
	const facts = 20
	takes := map[string]string{"unordered": "NORMAL"}
	for n := range facts {
		takes[fmt.Sprint("topic-", n+1)] = "FIFO"
	}
	p := brokertest.StartRocketMQ(t, takes)
	var topics atomic.Int64
	next := func() *topic { return &topic{p, fmt.Sprint("topic-", topics.Add(1))} }
	t.Run("what a message is", func(t *testing.T) { aMessage(t, next()) })
	t.Run("a message that is never taken", func(t *testing.T) { tooLarge(t, next()) })
	t.Run("topics that take none", func(t *testing.T) { noTopic(t, p) })
	t.Run("a secret key that is wrong", func(t *testing.T) { wrongKey(t, next()) })
	t.Run("a proxy that is gone", func(t *testing.T) { nextHost(t, next()) })
	t.Run("a private address", func(t *testing.T) { private(t, next()) })
	t.Run("suite", func(t *testing.T) {
		relaytest.RunInTurn(t, "rocketmq", func(*testing.T) relaytest.Receiver { return next() })
	})
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

func aMessage(t *testing.T, s *topic) {
	l := open(t, s.target())
	errs := l.Deliver(t.Context(), []relay.Message{{
		ID: "event-1", Key: "main/tea", Type: "dev.holdfast.stock.reserve.v1", ContentType: "application/json", Time: time.Now().Add(-48 * time.Hour),
		Body: []byte(`{}`), Attributes: []relay.Attribute{{Name: "id", Value: "event-1"}},
	}})
	if errs != nil {
		t.Fatal(errs)
	}
	all := s.Print(t, s.name)
	if len(all) != 1 {
		t.Fatalf("the topic has %d messages", len(all))
	}
	for _, part := range []string{
		" BODY: {}", "CE_id=event-1", "CE_contenttype=application/json", "KEYS=event-1", "TAGS=reserve", "__SHARDINGKEY=main/tea", "UNIQ_KEY=" + idOf("event-1"),
	} {
		if !strings.Contains(all[0], part) {
			t.Errorf("%s is not in %s", part, all[0])
		}
	}
}

func tooLarge(t *testing.T, s *topic) {
	l := open(t, s.target())
	large := []byte(strings.Repeat("x", 4<<20+1))
	errs := l.Deliver(t.Context(), []relay.Message{
		{ID: "1", Key: "a", Body: large},
		{ID: "2", Key: strings.Repeat("long", 50), Body: []byte("2")},
		{ID: "3", Key: "a", Body: []byte("3")},
		{ID: "4", Key: "control\x01", Body: []byte("4")},
	})
	if len(errs) != 4 || !errors.Is(errs[0], relay.ErrRejected) || errs[1] != nil || errs[2] == nil || errs[3] != nil {
		t.Errorf("got %.300v", errs)
	}
	if n := len(s.Print(t, s.name)); n != 2 {
		t.Errorf("the topic has %d messages, want 2", n)
	}
}

// A topic that is missing or keeps no order is an outage. Its message says what to do.
func noTopic(t *testing.T, p *brokertest.RocketMQ) {
	for _, name := range []string{"missing", "unordered"} {
		errs := open(t, (&topic{p, name}).target()).Deliver(t.Context(), []relay.Message{{ID: "1", Key: "a", Body: []byte("1")}})
		var down *relay.DownError
		if len(errs) != 1 || !errors.As(errs[0], &down) || !strings.Contains(errs[0].Error(), "-t "+name+" -o true -a +message.type=FIFO") {
			t.Errorf("%s: got %v", name, errs)
		}
	}
}

func wrongKey(t *testing.T, s *topic) {
	for _, secrets := range [][]string{nil, {"holdfast:wrong"}, {"nobody:wrong"}} {
		errs := open(t, relay.Target{URL: s.url(), Topic: s.name, Secrets: secrets}).Deliver(t.Context(), []relay.Message{{ID: "1", Key: "a", Body: []byte("1")}})
		var down *relay.DownError
		if len(errs) != 1 || !errors.As(errs[0], &down) || !strings.Contains(errs[0].Error(), "UNAUTHORIZED") {
			t.Errorf("%v: got %v", secrets, errs)
		}
	}
}

// After an outage the next of the proxies is tried.
func nextHost(t *testing.T, s *topic) {
	target := s.target()
	target.URL = "rocketmq://127.0.0.1:1?addr=" + s.Addr()
	l, tea := open(t, target), []relay.Message{{ID: "1", Key: "a", Body: []byte("1")}}
	if errs := l.Deliver(t.Context(), tea); errs == nil {
		t.Error("a proxy that is not there took a message")
	}
	if errs := l.Deliver(t.Context(), tea); errs != nil {
		t.Error(errs)
	}
}

func private(t *testing.T, s *topic) {
	l, err := Kind(nil).Open(t.Context(), s.target())
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
		{URL: "rocketmq://"},
		{URL: "http://proxy:8081"},
		{URL: "rocketmq://me:word@proxy"},
		{URL: "rocketmqs://proxy", Secrets: []string{"word"}},
		{URL: "rocketmqs://proxy", Secrets: []string{":word"}},
	} {
		if _, err := Kind(here).Open(context.Background(), target); err == nil {
			t.Errorf("%+v was opened", target)
		}
	}
	if _, err := Kind(here).Open(context.Background(), relay.Target{URL: "rocketmqs://proxy", Secrets: []string{"me:word"}}); err != nil {
		t.Error(err)
	}
}

func TestGroupsAreWhatAProxyTakes(t *testing.T) {
	t.Parallel()
	edge, longer := strings.Repeat("k", maxGroup), strings.Repeat("k", maxGroup+1)
	if groupOf(edge) != edge || groupOf("main/tea") != "main/tea" {
		t.Error("a key that fits was changed")
	}
	for _, key := range []string{longer, "a\x02", ""} {
		if g := groupOf(key); len(g) != 32 || g != groupOf(key) || g == groupOf(key+"!") {
			t.Errorf("%q: got %q", key, g)
		}
	}
}

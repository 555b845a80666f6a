package rabbitmq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
)

var here = dial.Allowed{netip.MustParsePrefix("127.0.0.0/8")}

// queue is a queue of a real broker that several tests share: it takes seconds to start.
type queue struct {
	*brokertest.RabbitMQ
	name string
	got  []amqp.Delivery
}

func (s *queue) url() string                { return "amqp://" + s.Addr() }
func (s *queue) Kind() relay.Kind           { return Kind(here) }
func (s *queue) Target() (string, []string) { return s.url(), []string{"guest:guest"} }
func (s *queue) Topic() string              { return s.name }
func (s *queue) target() relay.Target       { return relay.Target{URL: s.url(), Topic: s.name} }
func (s *queue) Stop(*testing.T)            { s.Kill() }
func (s *queue) Start(*testing.T)           { s.RabbitMQ.Start() }

// channel is a channel of a client of its own.
func (s *queue) channel(t *testing.T) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(s.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the broker may have been killed
	c, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// read takes what the queue has, and returns it with what was taken before.
func (s *queue) read(t *testing.T) []amqp.Delivery {
	t.Helper()
	for c := s.channel(t); ; {
		d, has, err := c.Get(s.name, true)
		if err != nil {
			t.Fatal(err)
		}
		if !has {
			return s.got
		}
		s.got = append(s.got, d)
	}
}

func (s *queue) Taken(t *testing.T) (taken []relaytest.Taken) {
	t.Helper()
	for _, d := range s.read(t) {
		var e relaytest.Taken
		if err := json.Unmarshal(d.Body, &e); err != nil {
			t.Fatalf("%v: %s", err, d.Body)
		}
		taken = append(taken, e)
	}
	return taken
}

func TestLeaf(t *testing.T) {
	t.Parallel()
	p := brokertest.StartRabbitMQ(t, "max_message_size = 1048576")
	var queues atomic.Int64
	next := func() *queue { return &queue{RabbitMQ: p, name: fmt.Sprint("queue-", queues.Add(1))} }
	t.Run("what a look sees", func(t *testing.T) { aLook(t, next()) })
	t.Run("what a message is", func(t *testing.T) { aMessage(t, next()) })
	t.Run("a message that is never taken", func(t *testing.T) { tooLarge(t, next()) })
	t.Run("a queue that is full", func(t *testing.T) { full(t, next()) })
	t.Run("an exchange", func(t *testing.T) { exchange(t, next()) })
	t.Run("a password that is wrong", func(t *testing.T) { wrongPassword(t, next()) })
	t.Run("a broker that is gone", func(t *testing.T) { nextHost(t, next()) })
	t.Run("a private address", func(t *testing.T) { private(t, next()) })
	t.Run("suite", func(t *testing.T) {
		var later []string
		for n := range 10 {
			later = append(later, fmt.Sprint("queue-", queues.Load()+int64(n)+1))
		}
		p.MakeQueues(t, later...)
		relaytest.RunInTurn(t, "rabbitmq", func(*testing.T) relaytest.Receiver { return next() })
	})
}

// aLook says what the broker is.
func aLook(t *testing.T, s *queue) {
	l, ok := open(t, relay.Target{URL: s.url(), Topic: s.name}).(relay.Looker)
	if !ok {
		t.Fatal("it does not look")
	}
	sight, err := l.Look(t.Context())
	if err != nil || !strings.HasPrefix(sight.Version, "RabbitMQ ") || len(sight.Unsafe) != 0 {
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

// down fails the test when what a delivery of one message met with is no outage that
// says why.
func down(t *testing.T, errs []error, why string) {
	t.Helper()
	if len(errs) == 1 {
		if e, is := errors.AsType[*relay.DownError](errs[0]); is && strings.Contains(e.Error(), why) {
			return
		}
	}
	t.Errorf("got %v, want an outage by %q", errs, why)
}

func aMessage(t *testing.T, s *queue) {
	long := strings.Repeat("p", maxShort+1)
	errs := open(t, s.target()).Deliver(t.Context(), []relay.Message{
		{
			ID: "event-1", Key: "main/tea", ContentType: "application/json", Time: time.Now().Add(-48 * time.Hour), Body: []byte(`{}`),
			Attributes: []relay.Attribute{{Name: "id", Value: "event-1"}},
		},
		{ID: long, Key: "main/milk"},
	})
	if errs != nil {
		t.Fatal(errs)
	}
	all := s.read(t)
	if len(all) != 2 {
		t.Fatalf("the queue has %d messages", len(all))
	}
	d := all[0]
	if d.MessageId != "event-1" || string(d.Body) != "{}" || d.ContentType != "application/json" || d.Headers["cloudEvents:id"] != "event-1" || d.DeliveryMode != amqp.Persistent {
		t.Errorf("got %+v", d)
	}
	if id := all[1].MessageId; id != idOf(long) || len(id) != 64 {
		t.Errorf("got the id %q", id)
	}
	if _, err := s.channel(t).QueueDeclarePassive(s.name, true, false, false, false, nil); err != nil {
		t.Errorf("the queue is not as it should be: %v", err)
	}
	if _, err := s.channel(t).QueueDeclare(s.name, true, false, false, false, amqp.Table{"x-queue-type": "quorum"}); err != nil {
		t.Errorf("the queue is no quorum queue: %v", err)
	}
}

func tooLarge(t *testing.T, s *queue) {
	l := open(t, s.target())
	large := []byte(strings.Repeat("x", 1<<20+1))
	messages := []relay.Message{{ID: "1", Key: "a", Body: large}, {ID: "2", Key: "b"}, {ID: "3", Key: "a"}}
	errs := l.Deliver(t.Context(), messages)
	if len(errs) != 3 || !errors.Is(errs[0], relay.ErrRejected) || errs[2] == nil {
		t.Errorf("got %.300v", errs)
	}
	// Other messages under way may have ended with its channel.
	if errs := l.Deliver(t.Context(), messages[1:]); errs != nil {
		t.Error(errs)
	}
	for _, d := range s.read(t) {
		if d.MessageId == "1" {
			t.Error("the large message was taken")
		}
	}
}

func full(t *testing.T, s *queue) {
	if _, err := s.channel(t).QueueDeclare(s.name, true, false, false, false, amqp.Table{
		"x-queue-type": "classic", "x-max-length": 1, "x-overflow": "reject-publish",
	}); err != nil {
		t.Fatal(err)
	}
	l := open(t, s.target())
	if errs := l.Deliver(t.Context(), []relay.Message{{ID: "1", Key: "a"}}); errs != nil {
		t.Fatal(errs)
	}
	down(t, l.Deliver(t.Context(), []relay.Message{{ID: "2", Key: "a"}}), "the queue is full")
	if n := len(s.read(t)); n != 1 {
		t.Errorf("the queue has %d messages, want 1", n)
	}
	if errs := l.Deliver(t.Context(), []relay.Message{{ID: "2", Key: "a"}}); errs != nil {
		t.Error(errs)
	}
}

// An exchange gets what is published; what no queue of it takes is not delivered.
func exchange(t *testing.T, s *queue) {
	l := open(t, relay.Target{URL: s.url() + "?exchange=stock"})
	tea := []relay.Message{{ID: "1", Key: "main/tea"}}
	down(t, l.Deliver(t.Context(), tea), "no exchange 'stock'")
	c := s.channel(t)
	if err := c.ExchangeDeclare("stock", "topic", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	down(t, l.Deliver(t.Context(), tea), "NO_ROUTE")
	if _, err := c.QueueDeclare(s.name, true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.QueueBind(s.name, "main.*", "stock", false, nil); err != nil {
		t.Fatal(err)
	}
	if errs := l.Deliver(t.Context(), tea); errs != nil {
		t.Error(errs)
	}
	if errs := open(t, relay.Target{URL: s.url() + "?exchange=stock", Topic: "main.all"}).Deliver(t.Context(), tea); errs != nil {
		t.Error(errs)
	}
	all := s.read(t)
	if len(all) != 2 || all[0].RoutingKey != "main.tea" || all[1].RoutingKey != "main.all" {
		t.Errorf("got %+v", all)
	}
	far := open(t, relay.Target{URL: s.url() + "?exchange=stock"}).Deliver(t.Context(), []relay.Message{{ID: "2", Key: "main/" + strings.Repeat("p", maxShort)}})
	if len(far) != 1 || !errors.Is(far[0], relay.ErrRejected) {
		t.Errorf("a routing key that is too long: got %v", far)
	}
}

func wrongPassword(t *testing.T, s *queue) {
	target := s.target()
	target.Secrets = []string{"guest:wrong"}
	down(t, open(t, target).Deliver(t.Context(), []relay.Message{{ID: "1"}}), "403")
	target = s.target()
	target.URL += "/elsewhere"
	down(t, open(t, target).Deliver(t.Context(), []relay.Message{{ID: "1"}}), "sign in")
}

// After an outage the next of the brokers is tried.
func nextHost(t *testing.T, s *queue) {
	target := s.target()
	target.URL = "amqp://127.0.0.1:1?addr=" + s.Addr()
	l, tea := open(t, target), []relay.Message{{ID: "1", Key: "a"}}
	down(t, l.Deliver(t.Context(), tea), "cannot be reached")
	if errs := l.Deliver(t.Context(), tea); errs != nil {
		t.Error(errs)
	}
}

// A broker that takes connections and says nothing is not waited for.
func TestADeliveryEndsWithItsContext(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	l := open(t, relay.Target{URL: "amqp://" + silent.Addr().String()})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan []error, 1)
	go func() { ended <- l.Deliver(ctx, []relay.Message{{ID: "1"}}) }()
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	down(t, <-ended, "context canceled")
}

func private(t *testing.T, s *queue) {
	l, err := Kind(nil).Open(t.Context(), s.target())
	if err != nil {
		t.Fatal(err)
	}
	down(t, l.Deliver(t.Context(), []relay.Message{{ID: "1"}}), "cannot be reached")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestTargetsAndSecretsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, target := range []relay.Target{
		{URL: ""},
		{URL: "amqp://"},
		{URL: "http://broker:5672"},
		{URL: "amqp://me:word@broker"},
		{URL: "amqps://broker", Secrets: []string{"word"}},
	} {
		if _, err := Kind(here).Open(context.Background(), target); err == nil {
			t.Errorf("%+v was opened", target)
		}
	}
	if _, err := Kind(here).Open(context.Background(), relay.Target{URL: "amqps://broker/shop", Secrets: []string{"me:word"}}); err != nil {
		t.Error(err)
	}
}

package relaytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// Queue is a topic of a real broker.
type Queue interface {
	// Inlets opens connections to it.
	Inlets() relay.InletKind
	// Origin is its address: a source without a name.
	Origin() client.SetSource
	// Send sends messages in order, and returns when the broker has them. Those of one key
	// stay in order.
	Send(t *testing.T, messages ...Sent)
	// Replies are the replies that the reply topic has, in any order.
	Replies(t *testing.T) []string
	// Drop deletes the topic.
	Drop(t *testing.T)
	// Stop kills the broker, Start starts it again with its data.
	Stop(t *testing.T)
	Start(t *testing.T)
}

// Sent is a message.
type Sent struct{ ID, Key, Body string }

// RunSources runs the suite of inlets: each fact with a queue and books of its own. The facts run
// one after the other, because one of them stops the broker.
func RunSources(t *testing.T, kind string, queue func(t *testing.T) Queue) {
	facts := []struct {
		name string
		fact func(*testing.T, *consumption)
	}{
		{"every message once, those of an order in order", orderByOrder},
		{"messages that come twice", cameTwice},
		{"a broker that was away", brokerAway},
		{"a server that was away", serverAway},
		{"a relay that cannot say what it did", consumerKilled},
		{"relays that are killed", killedInOrder},
		{"a relay, its server, or both that stand still", sourceStandsStill},
		{"a source that is taken over", sourceTakenOver},
		{"a server that is slow", serverSlow},
		{"a message that is no command", poison},
		{"a refusal is an answer", refusalAnswered},
		{"the message of a restaurant", restaurant},
		{"a source that is tested", sourceTested},
		{"a topic that is taken away", topicGone},
		{"messages that are given again", givenAgain},
	}
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) {
			q := queue(t)
			x := &consumption{Queue: q, house: StartHouse(t), kind: kind, origin: q.Origin(), items: map[string]int64{}}
			x.origin.Name, x.origin.Kind = "in", kind
			f.fact(t, x)
		})
	}
}

// consumption is a source at a queue, and books.
type consumption struct {
	Queue
	house  *House
	kind   string
	origin client.SetSource
	relays int
	items  map[string]int64 // what is on hand
}

// open makes an item.
func (x *consumption) open(t *testing.T, product string, n int64) {
	t.Helper()
	if _, err := x.house.Create(t.Context(), client.Create{ProductID: product, AvailableStock: n}); err != nil {
		t.Fatal(err)
	}
}

// set sets the source.
func (x *consumption) set(t *testing.T) {
	t.Helper()
	if _, err := x.house.Sources.Set(t.Context(), x.origin); err != nil {
		t.Fatal(err)
	}
}

// faulty are commands of a server with a faulty connection to the relay.
type faulty struct {
	relay.Commands
	mu     sync.Mutex
	cut    bool          // commands are carried out without an answer
	halt   chan struct{} // calls wait until it is closed; nil: they do not
	calls  int
	waited chan struct{} // closed when the first call waits or was cut
	once   sync.Once
}

func newFaulty(c *client.Client) *faulty {
	return &faulty{Commands: relay.CommandsOf(c), waited: make(chan struct{})}
}

// Execute carries out commands, and may drop the answer.
func (f *faulty) Execute(ctx context.Context, commands []client.Command) ([]client.Result, error) {
	f.mu.Lock()
	cut, halt := f.cut, f.halt
	f.calls++
	f.mu.Unlock()
	if halt != nil {
		f.once.Do(func() { close(f.waited) })
		select {
		case <-halt:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	results, err := f.Commands.Execute(ctx, commands)
	if cut {
		f.once.Do(func() { close(f.waited) })
		return nil, errors.New("the answer was lost")
	}
	return results, err
}

// relay starts a relay. stop ends it.
func (x *consumption) relay(t *testing.T, commands relay.Commands) (stop func()) {
	t.Helper()
	x.relays++
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	o := relay.Options{
		ID: fmt.Sprint("relay-", x.relays), Tenant: "default", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Consuming: &relay.Consuming{Commands: commands, Inlets: relay.Inlets{x.kind: x.Inlets()}},
	}
	go func() { ended <- relay.Run(ctx, relay.Of(x.house.Client), nil, o) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// process starts a relay in a process of its own. kill ends it as a crash does.
func (x *consumption) process(t *testing.T) (kill func()) {
	t.Helper()
	_, kill = x.startProcess(t)
	return kill
}

func (x *consumption) startProcess(t *testing.T) (cmd *exec.Cmd, kill func()) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), path, "relay", "--url", "http://"+x.house.Addr(), "--key", houseKey, "--webhook-allow", "127.0.0.0/8")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = cmd.Process.Kill() // it may have ended
			_ = cmd.Wait()         // it says that it was killed
		})
	}
	t.Cleanup(kill)
	return cmd, kill
}

// consumed is how many changes of tea there were.
func (x *consumption) consumed(t *testing.T) int64 {
	t.Helper()
	p, err := x.house.Product(t.Context(), "tea")
	if err != nil || len(p.Locations) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	return p.Locations[0].Version
}

// start starts a relay without faults.
func (x *consumption) start(t *testing.T) (stop func()) {
	t.Helper()
	return x.relay(t, relay.CommandsOf(x.house.Client))
}

// waitUntil waits until a condition holds, and reports the last state when that takes too long.
func waitUntil(t *testing.T, what string, is func() (seen string, ok bool)) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		seen, ok := is()
		if ok {
			return
		}
		select {
		case <-look.C:
		case <-limit.C:
			t.Fatalf("%s: %s", what, seen)
		}
	}
}

// onHand waits until there are that many units of a product.
func (x *consumption) onHand(t *testing.T, product string, want int64) {
	t.Helper()
	waitUntil(t, fmt.Sprintf("%d of %s", want, product), func() (string, bool) {
		i, err := x.house.Product(t.Context(), product)
		if err != nil {
			return err.Error(), false
		}
		s, err := x.house.Sources.Get(t.Context(), "in")
		return fmt.Sprintf("%d on hand, source %+v %v", i.TotalStock, s, err), i.TotalStock == want
	})
}

// source waits until the source is as wanted.
func (x *consumption) source(t *testing.T, what string, is func(*client.Source) bool) {
	t.Helper()
	waitUntil(t, what, func() (string, bool) {
		s, err := x.house.Sources.Get(t.Context(), "in")
		return fmt.Sprintf("%+v %v", s, err), err == nil && is(s)
	})
}

// settled sends a last message of each key, waits until a new relay has carried out all of them, and
// compares the stock with the expected one.
func (x *consumption) settled(t *testing.T, want map[string]int64) {
	t.Helper()
	x.open(t, "last", 0)
	var last []Sent
	for n := range keys {
		last = append(last, Sent{fmt.Sprint("last-", n), fmt.Sprint("key-", n), `{"restock":{"product_id":"last","quantity":1}}`})
	}
	x.start(t)
	x.Send(t, last...)
	x.onHand(t, "last", keys)
	for product, n := range want {
		i, err := x.house.Product(t.Context(), product)
		if err != nil || i.TotalStock != n || i.ReservedStock != 0 {
			t.Errorf("of %s: %+v, %v; want %d on hand", product, i, err, n)
		}
	}
}

// keys is how many keys the messages of a fact have.
const keys = 5

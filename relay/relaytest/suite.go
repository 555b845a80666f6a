package relaytest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// Receiver is the receiving system, and the events that it accepted.
type Receiver interface {
	// Kind opens connections to it.
	Kind() relay.Kind
	// Target is its address; the secrets are those it knows.
	Target() (target string, secrets []string)
	// Stop stops it so that nothing reaches it, Start starts it again with its data.
	Stop(t *testing.T)
	Start(t *testing.T)
	// Taken are the CloudEvents it accepted, in order, including repeated ones.
	Taken(t *testing.T) []Taken
}

// Picky is a receiver that can refuse an event for ever.
type Picky interface {
	Receiver
	// Refuse makes it refuse the event with this id; "" ends that.
	Refuse(id string)
}

// Topical is a receiver that accepts events under a topic.
type Topical interface {
	Receiver
	Topic() string
}

// Taken is an event that a receiver accepted.
type Taken struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
}

// patience is how long a fact of the suite may take on a very busy machine.
const patience = 5 * time.Minute

// Run runs the suite of leaves: each fact with a receiver of its own.
func Run(t *testing.T, kind string, receiver func(t *testing.T) Receiver) {
	run(t, kind, receiver, (*testing.T).Parallel)
}

// RunInTurn is Run for receivers that share a server: one fact after the other, because one of them
// stops the server.
func RunInTurn(t *testing.T, kind string, receiver func(t *testing.T) Receiver) {
	run(t, kind, receiver, func(*testing.T) {})
}

func run(t *testing.T, kind string, receiver func(t *testing.T) Receiver, begin func(*testing.T)) {
	facts := map[string]func(*testing.T, *trial){
		"every event in order of its key":     inOrder,
		"a receiver that was away":            receiverAway,
		"a relay that was killed":             relayKilled,
		"a sink that is taken over":           takenOver,
		"a cursor that was put back":          putBack,
		"an answer of the books that is lost": answerLost,
	}
	for name, fact := range facts {
		t.Run(name, func(t *testing.T) { begin(t); fact(t, newTrial(t, kind, receiver(t))) })
	}
	RunStill(t, kind, func(t *testing.T) *Still { return newTrial(t, kind, receiver(t)).still() }, begin)
	if _, picky := receiver(t).(Picky); picky {
		t.Run("an event that is refused", func(t *testing.T) { begin(t); refused(t, newTrial(t, kind, receiver(t))) })
	}
}

// trial is books with a sink at a receiver.
type trial struct {
	*Books
	receiver Receiver
	kind     string
	relays   int
}

func newTrial(t *testing.T, kind string, r Receiver) *trial {
	s := client.ClaimedSink{Name: "out", Kind: kind, Batch: client.SinkBatch{Max: 20}}
	s.Target, s.Secrets = r.Target()
	if topical, is := r.(Topical); is {
		s.Topic = topical.Topic()
	}
	return &trial{Books: NewBooks(s), receiver: r, kind: kind}
}

// relay starts a relay. stop ends it cleanly.
func (x *trial) relay(t *testing.T) (stop func()) {
	x.relays++
	return startRelay(t, fmt.Sprint("relay-", x.relays), x, x.kind, x.receiver.Kind())
}

// still is the trial for the facts about processes that stand still.
func (x *trial) still() *Still {
	s := &Still{Books: x.Books, Kind: x.receiver.Kind(), Change: x.commit, Check: func(t *testing.T) { t.Helper(); x.check(t, true) }}
	if picky, is := x.receiver.(Picky); is {
		s.Refuse = func(refuse bool) {
			bad := ""
			if refuse { // one that was not delivered yet
				bad = fmt.Sprintf("0-%d-0-0", 110)
			}
			picky.Refuse(bad)
		}
	}
	return s
}

func (x *trial) commit(from, to int) {
	var products []string
	for n := from; n < to; n++ {
		products = append(products, fmt.Sprint("product-", n%7))
	}
	x.Commit(products...)
}

func (x *trial) waitUntil(t *testing.T, what string, is func(*Books) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := x.Until(ctx, is); err != nil {
		last := ""
		_ = x.Until(t.Context(), func(b *Books) bool {
			for _, a := range b.Advances {
				last = cmp.Or(a.LastError, last)
			}
			return true
		})
		t.Fatalf("%s: %v; the last error of the sink: %s", what, err, last)
	}
}

// check compares accepted events with committed ones: nothing is missing, a repeated event has the same
// id, and the first copies of each key are in order. Events come again when that may be, and when a
// receiver on a busy machine did not answer in time.
func (x *trial) check(t *testing.T, again bool, without ...string) {
	t.Helper()
	x.waitUntil(t, "the books", func(b *Books) bool {
		again = again || slices.ContainsFunc(b.Advances, func(a client.AdvanceSink) bool { return a.Retries > 0 })
		return true
	})
	seen, first := map[string]bool{}, map[string][]string{}
	for _, e := range x.receiver.Taken(t) {
		if seen[e.ID] {
			if !again {
				t.Errorf("%s came twice", e.ID)
			}
			continue
		}
		seen[e.ID] = true
		first[e.Subject] = append(first[e.Subject], e.ID)
	}
	for n := range 7 {
		key := fmt.Sprint("main/product-", n)
		want := slices.DeleteFunc(x.IDs(key), func(id string) bool { return slices.Contains(without, id) })
		if !slices.Equal(first[key], want) {
			t.Errorf("%s: got %v, want %v", key, first[key], want)
		}
	}
}

func inOrder(t *testing.T, x *trial) {
	x.commit(0, 100)
	x.relay(t)
	x.waitUntil(t, "the first events", (*Books).Done)
	x.commit(100, 1000)
	x.waitUntil(t, "all events", (*Books).Done)
	x.check(t, false)
}

func receiverAway(t *testing.T, x *trial) {
	x.relay(t)
	x.commit(0, 50)
	x.waitUntil(t, "before", (*Books).Done)
	x.receiver.Stop(t)
	x.commit(50, 200)
	x.waitUntil(t, "the outage is told", func(b *Books) bool {
		return slices.ContainsFunc(b.Advances, func(a client.AdvanceSink) bool { return a.Failing && a.LastError != "" })
	})
	x.receiver.Start(t)
	x.waitUntil(t, "after", (*Books).Done)
	x.waitUntil(t, "the end of the outage is told", func(b *Books) bool { return !b.Advances[len(b.Advances)-1].Failing })
	x.check(t, true)
	x.waitUntil(t, "nothing is parked", func(b *Books) bool { return len(b.ParkedNow()) == 0 })
}

func relayKilled(t *testing.T, x *trial) {
	stop := x.relay(t)
	x.commit(0, 300)
	x.waitUntil(t, "some", func(b *Books) bool { return b.Delivered > 0 })
	x.GoAway(true) // from here on it cannot report its deliveries
	stop()
	x.GoAway(false)
	x.commit(300, 500)
	x.relay(t)
	x.waitUntil(t, "all", (*Books).Done)
	x.check(t, true)
}

func takenOver(t *testing.T, x *trial) {
	first := x.relay(t)
	x.commit(0, 50)
	x.waitUntil(t, "the first relay", (*Books).Done)
	x.relay(t)
	x.commit(50, 100)
	x.waitUntil(t, "two relays", (*Books).Done)
	first()
	x.commit(100, 200)
	x.waitUntil(t, "the second relay", (*Books).Done)
	x.check(t, false)
}

func putBack(t *testing.T, x *trial) {
	x.relay(t)
	x.commit(0, 100)
	x.waitUntil(t, "before", (*Books).Done)
	x.Rewind("40")
	x.waitUntil(t, "after", (*Books).Done)
	x.check(t, true)
	if got := len(x.receiver.Taken(t)); got != 160 {
		t.Errorf("%d events were taken, want 100 and 60 of them again", got)
	}
}

func answerLost(t *testing.T, x *trial) {
	x.LoseAnswers(3)
	x.relay(t)
	x.commit(0, 100)
	x.waitUntil(t, "all", (*Books).Done)
	x.waitUntil(t, "each is counted once", func(b *Books) bool { return b.Delivered == 100 })
	x.check(t, false)
}

func refused(t *testing.T, x *trial) {
	picky := x.receiver.(Picky)
	x.commit(0, 70)
	bad := x.IDs("main/product-3")[2]
	picky.Refuse(bad)
	x.relay(t)
	x.waitUntil(t, "all but one key", (*Books).Done)
	x.waitUntil(t, "one is parked", func(b *Books) bool { return len(b.ParkedNow()) == 1 && b.News[b.ParkedNow()[0].ID].Waiting == 7 })
	x.check(t, true, x.IDs("main/product-3")[2:]...)
	picky.Refuse("")
	x.Decide(relay.StateRequeued)
	x.waitUntil(t, "none is parked", func(b *Books) bool { return len(b.ParkedNow()) == 0 })
	x.commit(70, 140)
	x.waitUntil(t, "all", (*Books).Done)
	x.check(t, true)
}

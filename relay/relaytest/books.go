// Package relaytest has books in memory for tests of relays, and the suite that every
// leaf passes.
package relaytest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"holdfast.dev/holdfast/relay"
)

// Lease is how long a claim of a sink lasts.
const Lease = 2 * time.Second

// Books are books in memory with one sink. A position is the number of the event in
// front of it.
type Books struct {
	mu      sync.Mutex
	changed chan struct{} // closed when something was written, then replaced
	events  []relay.Event

	sink       relay.Sink
	owner      string
	until      time.Time
	turn       int64
	named      []string // by the last advance
	Advances   []relay.Advance
	parked     []relay.Parked
	News       map[string]relay.ParkedNews
	Delivered  int64
	unanswered int // advances that are stored and whose answer is lost
	away       bool
	gone       int // events that the log does not keep
}

var _ relay.Books = (*Books)(nil)

// NewBooks returns books with the sink, whose cursor is at the start.
func NewBooks(s relay.Sink) *Books {
	s.Position = "0"
	return &Books{changed: make(chan struct{}), sink: s, News: map[string]relay.ParkedNews{}}
}

// Commit books events: the type and the product of each.
func (b *Books) Commit(products ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, product := range products {
		id := "0-" + strconv.Itoa(len(b.events)+1) + "-0-0"
		b.events = append(b.events, relay.Event{
			ID: id, Type: "restock", At: time.Now(), Product: product, Location: "main",
			Data: fmt.Appendf(nil, `{"event_id":%q,"product_id":%q}`, id, product),
		})
	}
	b.tell()
}

func (b *Books) tell() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// Claim gives the sink to a relay while no other has it.
func (b *Books) Claim(_ context.Context, name string, held []relay.Held, leaving bool) (relay.Claimed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	out := relay.Claimed{Tenant: "default", Lease: Lease}
	switch {
	case b.away:
		return out, fmt.Errorf("the books are away")
	case leaving:
		if b.owner == name {
			b.owner = ""
		}
		return out, nil
	case b.owner == name && slices.Contains(held, b.sink.Held):
	case b.owner != "" && b.owner != name && now.Before(b.until):
		return out, nil
	default:
		b.owner, b.turn = name, 0
		b.sink.Epoch++
	}
	b.until = now.Add(Lease)
	s := b.sink
	s.Parked = slices.Clone(b.parked)
	out.Sinks = []relay.Sink{s}
	return out, nil
}

// Advance stores what happened, once for each turn.
func (b *Books) Advance(_ context.Context, a *relay.Advance) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.away:
		return nil, fmt.Errorf("the books are away")
	case a.Relay != b.owner || a.Held != b.sink.Held:
		return nil, relay.ErrFenced
	case a.Turn == b.turn:
		return b.named, nil
	case a.Turn != b.turn+1:
		return nil, fmt.Errorf("turn %d after %d", a.Turn, b.turn)
	}
	b.turn, b.named = a.Turn, nil
	b.Advances = append(b.Advances, *a)
	b.Delivered += a.Delivered
	if a.Position != "" {
		b.sink.Position = a.Position
	}
	b.parked = slices.DeleteFunc(b.parked, func(p relay.Parked) bool { return slices.Contains(a.Ended, p.ID) })
	for _, p := range a.Parked {
		id := "p" + strconv.Itoa(len(b.Advances)) + "-" + strconv.Itoa(len(b.named))
		b.named = append(b.named, id)
		b.parked = append(b.parked, relay.Parked{ID: id, Key: p.Event.Key(), EventID: p.Event.ID, Position: p.Position, State: relay.StateParked, Waiting: p.Waiting})
		b.News[id] = relay.ParkedNews{Cause: p.Cause, Tries: p.Tries}
	}
	for _, n := range a.News {
		known := b.News[n.ID]
		known.Waiting += n.Waiting
		for i := range b.parked {
			if b.parked[i].ID == n.ID {
				b.parked[i].Waiting += n.Waiting
			}
		}
		if n.Cause != "" {
			known.Cause = n.Cause
			for i := range b.parked {
				if b.parked[i].ID == n.ID {
					b.parked[i].State = relay.StateParked
				}
			}
		}
		b.News[n.ID] = known
	}
	b.tell()
	if b.unanswered > 0 {
		b.unanswered--
		return nil, fmt.Errorf("the answer was lost")
	}
	return b.named, nil
}

// Watch yields the events behind a position.
func (b *Books) Watch(ctx context.Context, w relay.Watch) iter.Seq2[relay.Step, error] {
	return func(yield func(relay.Step, error) bool) {
		at, err := strconv.Atoi(w.After)
		if err != nil {
			yield(relay.Step{}, err)
			return
		}
		for {
			b.mu.Lock()
			rest, changed, gone := b.events[at:], b.changed, at < b.gone
			b.mu.Unlock()
			if gone {
				yield(relay.Step{}, relay.ErrGone)
				return
			}
			for i := range rest {
				at++
				e := rest[i]
				wanted := (w.Product == "" || w.Product == e.Product) && (w.Location == "" || w.Location == e.Location)
				step := relay.Step{After: strconv.Itoa(at)}
				if wanted {
					step.Event = &e
				}
				// Where nothing is wanted the server says how far it is.
				if !yield(step, nil) {
					return
				}
			}
			if len(rest) > 0 && !yield(relay.Step{After: strconv.Itoa(at)}, nil) {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(relay.Step{}, ctx.Err())
				return
			}
		}
	}
}

// Until waits until the books are as the condition says. It fails with ctx.
func (b *Books) Until(ctx context.Context, is func(*Books) bool) error {
	for {
		b.mu.Lock()
		ok, changed := is(b), b.changed
		b.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Done reports whether the cursor is behind all events. It is for Until.
func (b *Books) Done() bool { return b.sink.Position == strconv.Itoa(len(b.events)) }

// ParkedNow are the parked events. It is for Until.
func (b *Books) ParkedNow() []relay.Parked { return b.parked }

// Decide requeues or discards all parked events.
func (b *Books) Decide(state string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.parked {
		b.parked[i].State = state
	}
	b.tell()
}

// Rewind puts the cursor at an earlier position.
func (b *Books) Rewind(position string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sink.Position, b.owner = position, ""
	b.sink.Epoch++
	b.tell()
}

// LoseAnswers stores the next advances and does not say so.
func (b *Books) LoseAnswers(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unanswered = n
}

// GoAway refuses everything until it is called with false.
func (b *Books) GoAway(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

// Forget drops the first n events from the log.
func (b *Books) Forget(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = n
}

// IDs are the ids of the events of a key in order; all of them for "".
func (b *Books) IDs(key string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for i := range b.events {
		if key == "" || b.events[i].Key() == key {
			ids = append(ids, b.events[i].ID)
		}
	}
	return ids
}

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

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// Lease is how long a claim of a sink lasts.
const Lease = 2 * time.Second

// Books are books in memory with one sink. A position is the number of the event before
// it.
type Books struct {
	mu      sync.Mutex
	changed chan struct{} // closed when something was written, then replaced
	events  []client.Event
	stock   map[string]map[string]int64 // available, by product and location

	sink       client.ClaimedSink
	owner      string
	until      time.Time
	turn       int64
	named      []string // by the last advance
	Advances   []client.AdvanceSink
	parked     []client.ParkedKey
	News       map[string]client.ParkedProgress
	Delivered  int64
	unanswered int // advances to store without an answer
	away       bool
	gone       int // events that the log does not keep

	// Wrong is what no relay may do.
	Wrong []string
}

var _ relay.Books = (*Books)(nil)

// NewBooks returns books with the sink, whose cursor is at the start.
func NewBooks(s client.ClaimedSink) *Books {
	s.Position = "0"
	return &Books{changed: make(chan struct{}), sink: s, News: map[string]client.ParkedProgress{}}
}

// Commit books events: the type and the product of each.
func (b *Books) Commit(products ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, product := range products {
		id := "0-" + strconv.Itoa(len(b.events)+1) + "-0-0"
		b.events = append(b.events, client.Event{Position: id, Type: "restock", At: time.Now(), ProductID: product, LocationID: "main"})
	}
	b.tell()
}

func (b *Books) tell() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// Claim gives the sink to a relay while no other has it.
func (b *Books) Claim(_ context.Context, r client.ClaimSinks) (*client.Claim, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	out := &client.Claim{Tenant: "default", Lease: Lease}
	switch {
	case b.away:
		return nil, fmt.Errorf("the books are away")
	case r.Leaving:
		if b.owner == r.RelayID {
			b.owner = ""
		}
		return out, nil
	case b.owner == r.RelayID && r.Held[b.sink.Name] == b.sink.Epoch && now.Before(b.until):
	case b.owner != "" && b.owner != r.RelayID && now.Before(b.until):
		return out, nil
	default:
		b.owner, b.turn = r.RelayID, 0
		b.sink.Epoch++
	}
	b.until = now.Add(Lease)
	s := b.sink
	s.Turn = b.turn
	s.Parked = slices.Clone(b.parked)
	out.Sinks = []client.ClaimedSink{s}
	return out, nil
}

// Advance stores what happened, once for each turn.
func (b *Books) Advance(_ context.Context, a client.AdvanceSink) (*client.Advanced, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.away:
		return nil, fmt.Errorf("the books are away")
	case a.RelayID != b.owner || a.Name != b.sink.Name || a.Epoch != b.sink.Epoch || !time.Now().Before(b.until):
		return nil, &client.Error{Code: client.CodeInvalidState, State: client.StateFenced}
	case a.Turn < b.turn:
		b.Wrong = append(b.Wrong, fmt.Sprintf("epoch %d: turn %d was reported after turn %d: a second courier began under it", a.Epoch, a.Turn, b.turn))
		return nil, &client.Error{Code: client.CodeInvalidState, State: client.StateFenced}
	case a.Turn == b.turn:
		return b.answer(), nil
	case a.Turn != b.turn+1:
		return nil, fmt.Errorf("turn %d after %d", a.Turn, b.turn)
	}
	b.turn, b.named, b.until = a.Turn, nil, time.Now().Add(Lease)
	b.Advances = append(b.Advances, a)
	b.Delivered += a.Delivered
	switch {
	case !a.Failing:
		b.sink.FailingSince = time.Time{}
	case b.sink.FailingSince.IsZero():
		b.sink.FailingSince = time.Now()
	}
	if a.Position != "" && !b.sink.Rebuild {
		b.sink.Position = a.Position
	}
	b.parked = slices.DeleteFunc(b.parked, func(p client.ParkedKey) bool { return slices.Contains(a.Ended, p.ID) })
	for _, p := range a.Parked {
		id := "p" + strconv.Itoa(len(b.Advances)) + "-" + strconv.Itoa(len(b.named))
		b.named = append(b.named, id)
		b.parked = append(b.parked, client.ParkedKey{ID: id, Key: p.Key, EventID: p.Event.Position, Position: p.Position, State: relay.StateParked, Waiting: p.Waiting})
		b.News[id] = client.ParkedProgress{Cause: p.Cause, Tries: p.Tries}
	}
	for _, n := range a.Progress {
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
	if a.Rebuilt && b.sink.Rebuild {
		b.sink.Rebuild, b.parked, b.owner = false, nil, ""
		b.sink.Epoch++
	}
	b.tell()
	if b.unanswered > 0 {
		b.unanswered--
		return nil, fmt.Errorf("the answer was lost")
	}
	return b.answer(), nil
}

func (b *Books) answer() *client.Advanced {
	return &client.Advanced{Lease: Lease, ParkedIDs: b.named}
}

// WatchCatalog yields nothing: these books have no catalog.
func (b *Books) WatchCatalog(context.Context, client.WatchCatalog) iter.Seq2[client.CatalogChange, error] {
	return func(yield func(client.CatalogChange, error) bool) {
		yield(client.CatalogChange{}, &client.Error{Code: client.CodePositionGone})
	}
}

// quietEvery is how often a watch reports that nothing has arrived.
const quietEvery = 5 * time.Second

// Watch yields the events after a position.
func (b *Books) Watch(ctx context.Context, w client.Watch) iter.Seq2[client.Event, error] {
	return func(yield func(client.Event, error) bool) {
		at, err := strconv.Atoi(w.After)
		if err != nil {
			yield(client.Event{}, err)
			return
		}
		quiet := time.NewTicker(quietEvery)
		defer quiet.Stop()
		if w.Idle && !yield(client.Event{After: w.After}, nil) {
			return
		}
		for {
			b.mu.Lock()
			rest, changed, gone := b.events[at:], b.changed, at < b.gone
			b.mu.Unlock()
			if gone {
				yield(client.Event{}, &client.Error{Code: client.CodePositionGone})
				return
			}
			for i := range rest {
				at++
				e := rest[i]
				wanted := (w.ProductID == "" || w.ProductID == e.ProductID) && (w.LocationID == "" || w.LocationID == e.LocationID)
				if !wanted {
					e = client.Event{} // the server reports its position
				}
				if e.After = strconv.Itoa(at); !yield(e, nil) {
					return
				}
			}
			if len(rest) > 0 && !yield(client.Event{After: strconv.Itoa(at)}, nil) {
				return
			}
			select {
			case <-changed:
			case <-quiet.C:
				if w.Idle && !yield(client.Event{After: strconv.Itoa(at)}, nil) {
					return
				}
			case <-ctx.Done():
				yield(client.Event{}, ctx.Err())
				return
			}
		}
	}
}

// Until waits until the condition holds for the books. It fails with ctx.
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

// Done reports whether the cursor is after all events. It is for Until.
func (b *Books) Done() bool { return b.sink.Position == strconv.Itoa(len(b.events)) }

// ParkedNow are the parked events. It is for Until.
func (b *Books) ParkedNow() []client.ParkedKey { return b.parked }

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

// EndLease ends the lease of the relay that has the sink, as time does.
func (b *Books) EndLease() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = time.Time{}
}

// LoseAnswers makes the next advances store without an answer.
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
		if e := &b.events[i]; key == "" || e.LocationID+"/"+e.ProductID == key {
			ids = append(ids, e.Position)
		}
	}
	return ids
}

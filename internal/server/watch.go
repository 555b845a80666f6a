package server

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
)

// watchChapter streams commits to watchers. Each transport has its own way of
// sending.
type watchChapter struct {
	server   *Server
	feed     kit.Feed // nil: nobody can watch
	tills    kit.TillTerms
	watching *watching
	watchers watcherStats
}

func (s *watchChapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{"WatchStock": kit.Streaming(s.watch)}
}

const (
	// beatEvery is, unless set otherwise, how often a watcher without events gets its position.
	// So both sides notice that the other is gone, and a watcher that resumes after a quiet
	// hour does not have to read that hour again.
	beatEvery = 15 * time.Second
	// sendWait is how long a watcher may take for one piece.
	sendWait = 5 * time.Second
	// sendEvents is how many events a piece has at most.
	sendEvents = 64
)

// watching counts the watchers, and bounds them.
type watching struct {
	most, mostOfOne int
	beat            time.Duration
	ending          chan struct{} // closed when the server stops
	end             sync.Once
	own             sync.WaitGroup // streams on connections that net/http has given away

	mu     sync.Mutex
	all    int
	tenant map[string]int
}

func newWatching(most, mostOfOne int, beat time.Duration) *watching {
	return &watching{most: most, mostOfOne: mostOfOne, beat: beat, ending: make(chan struct{}), tenant: map[string]int{}}
}

// enter admits a watcher of the tenant, or returns why not.
func (w *watching) enter(tenant string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.all >= w.most:
		return &kit.Problem{Code: kit.CodeRate, Detail: "too many watch this server", RetryAfter: kit.Wait}
	case w.tenant[tenant] >= w.mostOfOne:
		return &kit.Problem{Code: kit.CodeRate, Detail: "too many watch for this tenant", RetryAfter: kit.Wait}
	}
	w.all++
	w.tenant[tenant]++
	return nil
}

func (w *watching) leave(tenant string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.tenant[tenant]--; w.tenant[tenant] == 0 {
		delete(w.tenant, tenant)
	}
}

// stop ends all watches with a position from which they can be resumed.
func (w *watching) stop() { w.end.Do(func() { close(w.ending) }) }

// watch checks the request and starts the watch. The field is where the caller has
// named the position to continue from.
func (s *watchChapter) watch(ctx context.Context, c *kit.Call, r *holdfastv1.WatchStockRequest, field string) (kit.Following, error) {
	filter, after, err := watchForm(c.Tenant, r, field)
	if err != nil {
		return nil, err
	}
	filter.Bounds = c.Bounds
	if s.feed == nil {
		return nil, kit.Unavailable("this server has no events", nil)
	}
	ctx, cancel := context.WithTimeout(ctx, s.server.deadline)
	defer cancel()
	if err := s.server.core.Await(ctx, c); err != nil {
		return nil, err
	}
	w, err := s.feed.Watch(ctx, filter, after)
	if errors.Is(err, feed.ErrCursor) {
		return nil, kit.Invalid(field, "is not a position of these books")
	}
	if err != nil {
		return nil, err
	}
	f := &eventWatch{chapter: s, watch: w}
	if c.Till != "" && s.tills != nil {
		f.terms = func() (*catalog.TillTerms, <-chan struct{}) { return s.tills.Terms(c.Tenant, c.Till) }
	}
	return f, nil
}

// eventWatch sends a watcher each event.
type eventWatch struct {
	chapter *watchChapter
	watch   *feed.Watch
	// terms are those of the till that watches; nil: the watcher is none.
	terms func() (*catalog.TillTerms, <-chan struct{})
}

// termsOutlet is an outlet for tills: they also learn of their policy.
type termsOutlet interface {
	sendTerms(ctx context.Context, at feed.Cursors, terms *catalog.TillTerms) error
}

// tellTerms sends a till its policy, and returns what is closed when there is another one.
func (f *eventWatch) tellTerms(ctx context.Context, at feed.Cursors, out kit.Outlet) (other <-chan struct{}, err error) {
	to, ok := out.(termsOutlet)
	if f.terms == nil || !ok {
		return nil, nil
	}
	terms, other := f.terms()
	if terms != nil {
		err = to.sendTerms(ctx, at, terms)
	}
	return other, err
}

func (f *eventWatch) Close() { f.watch.Close() }

// watchForm checks the form of the request.
func watchForm(tenant string, r *holdfastv1.WatchStockRequest, field string) (feed.Filter, feed.Cursors, error) {
	var f kit.Form
	f.OptionalID("product_id", r.GetProductId(), kit.MaxProduct)
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	f.OptionalID("channel_id", r.GetChannelId(), kit.MaxChannel)
	filter := feed.Filter{Tenant: tenant, Product: r.GetProductId(), Location: r.GetLocationId(), Channel: r.GetChannelId()}
	if len(r.GetTypes()) > maxTypes {
		f.Refuse("types", "must be at most "+kit.Itoa(maxTypes))
		return filter, nil, f.Err()
	}
	for _, name := range r.GetTypes() {
		op, ok := kit.EventTypes[name]
		if !ok {
			f.Refuse("types", "each "+kit.MustBe(name, slices.Sorted(maps.Keys(kit.EventTypes))))
			break
		}
		filter.Ops = filter.Ops.With(op)
	}
	for _, op := range kit.EventTypes {
		if len(r.GetTypes()) == 0 && !op.Announces() { // only a watch that names those gets them
			filter.Ops = filter.Ops.With(op)
		}
	}
	var after feed.Cursors
	if r.GetAfter() != "" {
		var err error
		if after, err = feed.ParseCursors(r.GetAfter()); err != nil {
			f.Refuse(field, "is not a position that this server gave")
		}
	}
	return filter, after, f.Err()
}

// maxTypes is how many operations a filter may list, as the definition says.
const maxTypes = 64

// operations are the API's words for what may have happened, as the journal lists
// it. kit.EventTypes are those of the events for watchers.
var ()

// Tell sends the commits.
func (f *eventWatch) Tell(ctx context.Context, _ *kit.Call, out kit.Outlet) (at feed.Cursors, err error) {
	s, w := f.chapter, f.watch
	at = w.At()
	if err := out.Begin(at); err != nil {
		return at, err
	}
	// The beats of watchers that come at the same moment are spread.
	beat := time.NewTimer(s.watching.beat/2 + rand.N(s.watching.beat/2+1))
	defer beat.Stop()
	quiet := false // for long enough to say so
	otherTerms, err := f.tellTerms(ctx, at, out)
	if err != nil {
		return at, err
	}
	for {
		events, more, err := w.Take(ctx)
		if err != nil {
			return at, err
		}
		at = at.Cover(w.Slots())
		for part := range slices.Chunk(events, sendEvents) {
			next := slices.Clone(at)
			if err := out.Send(ctx, next, part); err != nil {
				return at, err
			}
			at = next
		}
		at = w.At()
		if quiet {
			if len(events) == 0 {
				if err := out.Beat(ctx, at); err != nil {
					return at, err
				}
			}
			quiet = false
			beat.Reset(s.watching.beat)
		}
		ready := w.Ready()
		if more {
			ready = kit.AtOnce
		}
		select {
		case <-ready:
		case <-beat.C:
			quiet = true
		case <-otherTerms:
			if otherTerms, err = f.tellTerms(ctx, at, out); err != nil {
				return at, err
			}
		case <-ctx.Done():
			return at, ctx.Err()
		case <-s.watching.ending:
			return at, kit.Unavailable("the server is stopping", nil)
		}
	}
}

// watchEnd turns the reason why a watch is over into the watcher's problem, with the
// position from which it can continue.
func watchEnd(err error, at feed.Cursors) *kit.Problem {
	p := *kit.ProblemOf(err)
	if p.Resume == "" {
		p.Resume = at.String()
	}
	return &p
}

package server

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// watchChapter streams commits to watchers. Each transport has its own way of
// sending.
type watchChapter struct {
	*Server
	feed     Feed // nil: nobody can watch
	tills    TillTerms
	watching *watching
	watchers watcherStats
}

func (s *watchChapter) functions() map[string]method {
	return map[string]method{"WatchStock": streaming(s.watch)}
}

// following is a stream that has started. It is for one goroutine.
type following interface {
	// tell sends events until the watcher is gone or must end. It returns the watcher's
	// position, and the reason for the end.
	tell(ctx context.Context, c *call, out outlet) (at feed.Cursors, err error)
	close()
}

// Feed delivers commits.
type Feed interface {
	// Watch starts after the cursors, or without any at the present heads.
	// It returns feed.ErrCursor, *feed.LostError or *feed.GoneError when it cannot.
	Watch(ctx context.Context, f feed.Filter, after feed.Cursors) (*feed.Watch, error)
	// Before is the position before everything booked at a time or later.
	Before(ctx context.Context, at stock.Time) (feed.Cursors, error)
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

// outlet is how a transport sends events to a watcher. An error means that the
// watcher is gone, or it is errTooSlow.
type outlet interface {
	// begin sends where the watch starts.
	begin(at feed.Cursors) error
	// send moves at past the events while it names the position of each.
	send(ctx context.Context, at feed.Cursors, events []*feed.Event) error
	beat(ctx context.Context, at feed.Cursors) error
	// frame sends the state at a position. Nothing has to be sent before it.
	frame(ctx context.Context, at feed.Cursors, m proto.Message) error
}

// errTooSlow says that a watcher did not read a piece within sendWait.
var errTooSlow = errors.New("the watcher is too slow")

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
		return &problem{code: codeRate, detail: "too many watch this server", retryAfter: wait}
	case w.tenant[tenant] >= w.mostOfOne:
		return &problem{code: codeRate, detail: "too many watch for this tenant", retryAfter: wait}
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
func (s *watchChapter) watch(ctx context.Context, c *call, r *holdfastv1.WatchStockRequest, field string) (following, error) {
	filter, after, err := watchForm(c.tenant, r, field)
	if err != nil {
		return nil, err
	}
	filter.Bounds = c.bounds
	if s.feed == nil {
		return nil, unavailable("this server has no events", nil)
	}
	ctx, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	w, err := s.feed.Watch(ctx, filter, after)
	if errors.Is(err, feed.ErrCursor) {
		return nil, invalid(field, "is not a position of these books")
	}
	if err != nil {
		return nil, err
	}
	f := &eventWatch{chapter: s, watch: w}
	if c.till != "" && s.tills != nil {
		f.terms = func() (*catalog.TillTerms, <-chan struct{}) { return s.tills.Terms(c.tenant, c.till) }
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
func (f *eventWatch) tellTerms(ctx context.Context, at feed.Cursors, out outlet) (other <-chan struct{}, err error) {
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

func (f *eventWatch) close() { f.watch.Close() }

// watchForm checks the form of the request.
func watchForm(tenant string, r *holdfastv1.WatchStockRequest, field string) (feed.Filter, feed.Cursors, error) {
	var f requestForm
	f.optionalID("product_id", r.GetProductId(), maxProduct)
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	f.optionalID("channel_id", r.GetChannelId(), maxChannel)
	filter := feed.Filter{Tenant: tenant, Product: r.GetProductId(), Location: r.GetLocationId(), Channel: r.GetChannelId()}
	if len(r.GetTypes()) > maxTypes {
		f.refuse("types", "must be at most "+itoa(maxTypes))
		return filter, nil, f.err()
	}
	for _, name := range r.GetTypes() {
		op, ok := eventTypes[name]
		if !ok {
			f.refuse("types", "each "+mustBe(name, slices.Sorted(maps.Keys(eventTypes))))
			break
		}
		filter.Ops = filter.Ops.With(op)
	}
	for _, op := range eventTypes {
		if len(r.GetTypes()) == 0 && !op.Announces() { // only a watch that names those gets them
			filter.Ops = filter.Ops.With(op)
		}
	}
	var after feed.Cursors
	if r.GetAfter() != "" {
		var err error
		if after, err = feed.ParseCursors(r.GetAfter()); err != nil {
			f.refuse(field, "is not a position that this server gave")
		}
	}
	return filter, after, f.err()
}

// maxTypes is how many operations a filter may list, as the definition says.
const maxTypes = 64

// operations are the API's words for what may have happened, as the journal lists
// it. eventTypes are those of the events for watchers.
var (
	operations = wordsOf(&holdfastv1.LogEntry{}, "operation")
	eventTypes = wordsOf(&holdfastv1.StockEvent{}, "type")
)

// wordsOf are the operations that a message's field may name.
func wordsOf(m proto.Message, name protoreflect.Name) map[string]stock.Op {
	field := m.ProtoReflect().Descriptor().Fields().ByName(name)
	all := map[string]stock.Op{}
	for _, word := range api.Values(field) {
		all[word] = 0
	}
	for op := stock.OpOpen; op < stock.Ops; op++ {
		if _, ok := all[op.String()]; ok {
			all[op.String()] = op
		}
	}
	return all
}

// tell sends the commits.
func (f *eventWatch) tell(ctx context.Context, _ *call, out outlet) (at feed.Cursors, err error) {
	s, w := f.chapter, f.watch
	at = w.At()
	if err := out.begin(at); err != nil {
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
			if err := out.send(ctx, next, part); err != nil {
				return at, err
			}
			at = next
		}
		at = w.At()
		if quiet {
			if len(events) == 0 {
				if err := out.beat(ctx, at); err != nil {
					return at, err
				}
			}
			quiet = false
			beat.Reset(s.watching.beat)
		}
		ready := w.Ready()
		if more {
			ready = atOnce
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
			return at, unavailable("the server is stopping", nil)
		}
	}
}

// atOnce is always ready.
var atOnce = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// watchEnd turns the reason why a watch is over into the watcher's problem, with the
// position from which it can continue.
func watchEnd(err error, at feed.Cursors) *problem {
	p := *problemOf(err)
	if p.resume == "" {
		p.resume = at.String()
	}
	return &p
}

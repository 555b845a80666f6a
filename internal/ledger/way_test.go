package ledger_test

import (
	"context"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// moment is a point of a bucket's move, or of a location's change.
type moment string

// The moments of a move, and of a location's change.
const (
	isLeaving  moment = "leaving"  // the old slot knows, nothing was split
	isParted   moment = "parted"   // orders over several buckets are split
	isComing   moment = "coming"   // the new slot knows, no rows have come
	isArrived  moment = "arrived"  // some rows have come
	isCopied   moment = "copied"   // all rows have come once
	isFollowed moment = "followed" // some rows that changed meanwhile have come
	isSealed   moment = "sealed"   // it has left the old slot, the new one does not have it
	isOpened   moment = "opened"   // it lives in the new slot, the map does not say so
	isPlaced   moment = "placed"   // the map shows it, the move's row does not
	isDropped  moment = "dropped"  // some stale rows were dropped
	isSpread   moment = "spread"   // a slot shows how far the location's change is
	isRehoused moment = "rehoused" // some items or lines have changed buckets in a slot
	isNoted    moment = "noted"    // the catalog shows how the location is placed, no slot does
)

// The moments before the bucket is sealed and after, and those of a location's change.
var (
	beforeTheSeal = []moment{isLeaving, isParted, isComing, isArrived, isCopied}
	afterTheSeal  = []moment{isFollowed, isSealed, isOpened, isPlaced, isDropped}
	spreadMoments = []moment{isSpread, isRehoused}
)

// onTheWay sees the moments of a mover whose context is marked: in the slots'
// records when the mover has its answer, in other calls of the slots and in the
// steps that the main database receives. It calls each, and what is armed at one of
// them, once.
type onTheWay struct {
	each func(moment) // nil: nothing
	mu   sync.Mutex
	at   moment
	call func()
	now  moment // of the newest record, until the mover has its answer
	copy bool   // rows are copied for the first time
}

func marking(ctx context.Context) context.Context { return context.WithValue(ctx, marked{}, true) }

func (w *onTheWay) arm(at moment, call func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.call = at, call
}

func (w *onTheWay) meet(m moment) {
	w.mu.Lock()
	call := w.call
	if m != w.at {
		call = nil
	}
	if call != nil {
		w.call = nil
	}
	w.mu.Unlock()
	if w.each != nil {
		w.each(m)
	}
	if call != nil {
		call()
	}
}

// answered is for WithPoints: the mover has an answer.
func (w *onTheWay) answered(ctx context.Context, p ledger.Point) {
	if p != slot.PointAnswered || ctx.Value(marked{}) == nil {
		return
	}
	w.mu.Lock()
	m := w.now
	w.now = ""
	w.mu.Unlock()
	if m != "" {
		w.meet(m)
	}
}

// stepped is called when the main database has received a step.
func (w *onTheWay) stepped(was, next string) {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.copy = next == "copying"
	w.mu.Unlock()
	if was == "copying" && next == "following" {
		w.meet(isCopied)
	}
}

// placed is called when the map says where the bucket lives.
func (w *onTheWay) placed() {
	if w != nil {
		w.meet(isPlaced)
	}
}

// saw notes the subject of the group that was stored.
func (w *onTheWay) saw(g *engine.Group) error {
	v, err := stock.ParseRecord(g.Record.Body)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return v.Events(func(_ int, ev *stock.Event) error {
		switch {
		case ev.Op == stock.OpHandover:
			w.now = map[stock.Stage]moment{stock.Leaving: isLeaving, stock.Coming: isComing, stock.Left: isSealed, stock.Here: isOpened}[ev.Handover.Stage]
		case ev.Op == stock.OpPart:
			w.now = isParted
		case ev.Op == stock.OpArrive && w.copy:
			w.now = isArrived
		case ev.Op == stock.OpArrive:
			w.now = isFollowed
		case ev.Op == stock.OpSpread:
			w.now = isSpread
		case ev.Op == stock.OpRehouse:
			w.now = isRehoused
		}
		return nil
	})
}

// watch returns the slots wrapped for the mover's ledger.
func (w *onTheWay) watch(engines []engine.Engine) (watched []engine.Engine) {
	for _, e := range engines {
		watched = append(watched, &watchedSlot{e, w})
	}
	return watched
}

type watchedSlot struct {
	engine.Engine
	way *onTheWay
}

func (s *watchedSlot) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := s.Engine.Append(ctx, after, g); err != nil {
		return err
	}
	return s.way.saw(g)
}

func (s *watchedSlot) Lock(ctx context.Context) (engine.Writer, error) {
	w, err := s.Engine.Lock(ctx)
	if err != nil {
		return nil, err
	}
	return &watchedWriter{w, s.way}, nil
}

// ScanHolds over a bucket looks for orders to split, or rows to copy later: where
// there are none, no record shows it.
func (s *watchedSlot) ScanHolds(ctx context.Context, scan engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	head, err := s.Engine.ScanHolds(ctx, scan, fn)
	if err == nil && scan.Bucket != nil {
		s.way.meet(isParted)
	}
	return head, err
}

func (s *watchedSlot) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	n, err := s.Engine.DropBucket(ctx, b, sealed, limit)
	if err == nil {
		s.way.meet(isDropped)
	}
	return n, err
}

type watchedWriter struct {
	engine.Writer
	way *onTheWay
}

func (w *watchedWriter) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := w.Writer.Append(ctx, after, g); err != nil {
		return err
	}
	return w.way.saw(g)
}

// Every moment must occur, or what is armed there would never be tried.
func TestEveryMomentOfAMoveIsMet(t *testing.T) {
	t.Parallel()
	r := newRack(t, 3)
	met := map[moment]bool{}
	var l *ledger.Ledger
	var once sync.Once
	way := &onTheWay{each: func(m moment) {
		met[m] = true
		if m == isCopied {
			once.Do(func() { must(t, l, stock.Restock{Item: r.items[0], Bucket: bucketOf(r.items[0]), Qty: 1}) })
		}
	}}
	r.m.way = way
	l, stop := r.openWatched(way)
	defer stop()
	b := bucketOf(r.items[0])
	if err := l.MoveBucket(marking(t.Context()), r.m, b, (r.m.Slot(b)+1)%3, move.Keep(0)); err != nil {
		t.Fatal(err)
	}
	s := &spreads{l: l, m: r.m, noted: func() { way.meet(isNoted) }}
	s.change(t, towns[0], true)
	for _, m := range allMoments {
		if !met[m] {
			t.Errorf("%s is never met", m)
		}
	}
}

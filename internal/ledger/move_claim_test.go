package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// pair is two nodes over two slots, each with a clock of its own, and an item in
// a bucket that one of them moves.
type pair struct {
	*travels
	engines    []engine.Engine
	one, other *ledger.Ledger
	clock      *clock // of the other
	way        *onTheWay
	item       stock.ItemKey
	to         uint16
}

func newPair(t *testing.T, opts ...ledger.Option) *pair {
	t.Helper()
	p := &pair{
		travels: newTravels(2), engines: []engine.Engine{memory.New(), memory.New()},
		clock: newClock(), way: &onTheWay{}, item: at(towns[0], "p"),
	}
	p.travels.way = p.way
	node := func(engines []engine.Engine, opts ...ledger.Option) *ledger.Ledger {
		l, err := ledger.OpenSlots(t.Context(), engines, append(opts, ledger.WithAtlas(p.travels))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(running(t, l))
		return l
	}
	p.one = node(p.way.watch(p.engines), append(opts, ledger.WithPoints(p.way.answered))...)
	p.other = node(p.engines, ledger.WithClock(p.clock))
	must(t, p.one, stock.OpenItem{Item: p.item, Bucket: bucketOf(p.item), Qty: 7, Tracked: true})
	p.to = 1 - p.Slot(bucketOf(p.item))
	return p
}

// cut moves the bucket until the moment, and no further.
func (p *pair) cut(t *testing.T, at moment, moves ledger.Moves, opts ...move.Option) {
	t.Helper()
	ctx, cancel := context.WithCancel(marking(t.Context()))
	defer cancel()
	p.way.arm(at, cancel)
	if err := p.one.MoveBucket(ctx, moves, bucketOf(p.item), p.to, opts...); !errors.Is(err, context.Canceled) {
		t.Fatalf("cut at %s: %v", at, err)
	}
}

func (p *pair) takeOver(t *testing.T) (moved bool) {
	t.Helper()
	if err := p.other.TakeOver(t.Context(), p.travels); err != nil {
		t.Fatal(err)
	}
	return p.Slot(bucketOf(p.item)) == p.to
}

// whole checks that the move is over and the item is in its new slot.
func (p *pair) whole(t *testing.T) {
	t.Helper()
	if f := figures(t, p.other, p.item); f.OnHand != 7 || p.Slot(bucketOf(p.item)) != p.to {
		t.Errorf("%+v in slot %d", f, p.Slot(bucketOf(p.item)))
	}
	if under, err := p.List(t.Context()); err != nil || len(under) > 0 {
		t.Errorf("under way: %+v, %v", under, err)
	}
	verifyMoved(t, p.engines, p.travels)
}

// say makes the bucket's mover write a heartbeat.
func (m *travels) say(b stock.Bucket) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.under[b]
	r.Detail += " "
	m.under[b] = r
}

// A mover is dead for a node that has itself seen no new heartbeat for five
// seconds, however wrong the clock is with which the mover dates its steps.
func TestAMoverIsDeadWhenNothingWasHeardOfIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		skew time.Duration
	}{
		{"the clocks agree", 0},
		{"the mover's clock is an hour behind", -time.Hour},
		{"the mover's clock is an hour ahead", time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			p.skew = c.skew
			p.cut(t, isCopied, p.travels, move.Keep(0), move.Mortal())
			for range 4 {
				if p.takeOver(t) {
					t.Fatal("a live move was taken over")
				}
				p.clock.advance(4900 * time.Millisecond)
				p.say(bucketOf(p.item))
			}
			if p.takeOver(t) {
				t.Fatal("a live move was taken over")
			}
			p.clock.advance(4900 * time.Millisecond)
			if p.takeOver(t) {
				t.Fatal("the move was taken over too early")
			}
			p.clock.advance(200 * time.Millisecond)
			if !p.takeOver(t) {
				t.Fatal("a dead move was left")
			}
			p.whole(t)
		})
	}
}

// A command that takes over a dead move must first see no heartbeat for the same
// time.
func TestACommandDoesNotTakeALiveMove(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.skew = -time.Hour
	p.cut(t, isCopied, p.travels, move.Keep(0), move.Mortal())
	for range 3 {
		if err := p.other.MoveBucket(t.Context(), p.travels, bucketOf(p.item), p.to); !errors.Is(err, ledger.ErrUnderway) {
			t.Fatalf("a live move: %v", err)
		}
		p.clock.advance(4 * time.Second)
		p.say(bucketOf(p.item))
	}
	if err := p.other.MoveBucket(t.Context(), p.travels, bucketOf(p.item), p.to); !errors.Is(err, ledger.ErrUnderway) {
		t.Fatalf("a live move: %v", err)
	}
	p.clock.advance(5 * time.Second)
	if err := p.other.MoveBucket(t.Context(), p.travels, bucketOf(p.item), p.to); err != nil {
		t.Fatal(err)
	}
	p.whole(t)
}

// deafMain stores the steps of a mover and does not answer.
type deafMain struct {
	*travels
	deaf func(ledger.Relocation) bool
}

var errNoAnswer = errors.New("no answer")

func (m *deafMain) Step(ctx context.Context, was, next ledger.Relocation) (ledger.Relocation, error) {
	on, err := m.travels.Step(ctx, was, next)
	if err == nil && m.deaf(next) {
		return ledger.Relocation{}, errNoAnswer
	}
	return on, err
}

// A mover that fails and can still write a note lets others continue at once.
func TestAMoverThatFailsGivesItsMoveUp(t *testing.T) {
	t.Parallel()
	for _, at := range append(append([]moment{}, beforeTheSeal...), isPlaced) {
		t.Run("told to stop at "+string(at), func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			p.cut(t, at, p.travels, move.Keep(0))
			if !p.takeOver(t) {
				t.Fatal("the move was not given up")
			}
			p.whole(t)
		})
	}
	t.Run("its last step had no answer", func(t *testing.T) {
		t.Parallel()
		p := newPair(t)
		main := &deafMain{p.travels, func(r ledger.Relocation) bool {
			return r.Step == "following" && !strings.Contains(r.Detail, `"free"`)
		}}
		if err := p.one.MoveBucket(t.Context(), main, bucketOf(p.item), p.to, move.Keep(0)); !errors.Is(err, errNoAnswer) {
			t.Fatal(err)
		}
		if !p.takeOver(t) {
			t.Fatal("the move was not given up")
		}
		p.whole(t)
	})
	t.Run("not while it drops rows, which may still be under way", func(t *testing.T) {
		t.Parallel()
		p := newPair(t)
		p.cut(t, isDropped, p.travels, move.Keep(0))
		p.takeOver(t)
		if under, err := p.List(t.Context()); err != nil || len(under) != 1 {
			t.Fatalf("under way: %+v, %v", under, err)
		}
		p.clock.advance(5 * time.Second)
		p.takeOver(t)
		p.whole(t)
	})
}

// A mover that takes over a move keeps the stale rows as long as the first mover's
// option set.
func TestWhoGoesOnKeepsRowsForAsLong(t *testing.T) {
	t.Parallel()
	const keep = 700 * time.Millisecond
	p := newPair(t)
	p.cut(t, isCopied, p.travels, move.Keep(keep), move.Mortal())
	begun := time.Now()
	if err := p.one.TakeOver(t.Context(), p.travels, move.Silence(0)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < keep || took >= 30*time.Second {
		t.Errorf("rows were kept for %v, the mover was told %v", took, keep)
	}
	p.whole(t)
	p.to = 1 - p.to
	p.cut(t, isCopied, p.travels, move.Keep(time.Hour), move.Mortal())
	// A command with an option of its own uses that.
	if err := p.one.MoveBucket(t.Context(), p.travels, bucketOf(p.item), p.to, move.Silence(0), move.Keep(0)); err != nil {
		t.Fatal(err)
	}
	p.whole(t)
}

package intake

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/stock"
)

// Writes that choose ask the main database one by one, and choices made at the
// same time are stored there together. So writes about different orders,
// products and keys do not wait for each other.

// maxChoosing bounds the writes of a batch that choose at the same time: as many
// as one transaction of the catalog stores.
const maxChoosing = 256

// ErrPanicked says that an ask hit a bug of the program, which is in the log.
var ErrPanicked = errors.New("the server failed while it carried out a write")

// carryOutInTurns carries the writes out so that those about the same order or
// product take effect in the order given: in each turn first the writes for the
// books alone, then the writes that choose, concurrently.
func (b *batch) carryOutInTurns(ctx context.Context) {
	for i := range b.writes {
		b.writes[i].about = b.subjectsOf(ctx, &b.writes[i])
	}
	for later := b.writes; len(later) > 0; {
		var now []write
		now, later = nextTurn(b.holdBack(later))
		b.carryOut(ctx, now)
	}
}

// carryOut carries out the writes of one turn.
func (b *batch) carryOut(ctx context.Context, writes []write) {
	var plain, choosing []write
	for _, w := range writes {
		if w.chooses {
			choosing = append(choosing, w)
		} else {
			plain = append(plain, w)
		}
	}
	b.submit(ctx, plain)
	for some := range slices.Chunk(b.holdBack(choosing), maxChoosing) {
		var all sync.WaitGroup
		for i := range some {
			all.Go(func() {
				defer func() {
					if v := recover(); v != nil { // the caller's own does not see it
						b.log.ErrorContext(ctx, "write panicked", "panic", v, "stack", string(debug.Stack()))
						b.outcomes[some[i].ask].Err = ErrPanicked
					}
				}()
				b.choose(ctx, &some[i])
			})
		}
		all.Wait()
	}
}

// nextTurn divides writes into those that may go now and those that have to wait
// for one of them: behind writes that wait already, and behind writes that
// choose. Writes to the books go in the order given, and before writes that
// choose.
func nextTurn(writes []write) (now, later []write) {
	var choosing, waiting subjects
	for i := range writes {
		w := &writes[i]
		switch {
		case w.about.meet(&choosing) || w.about.meet(&waiting):
			waiting.add(&w.about)
			later = append(later, *w)
			continue
		case w.chooses:
			choosing.add(&w.about)
		}
		now = append(now, *w)
	}
	return now, later
}

// subjects are what writes are about.
type subjects struct {
	all   bool // they may be about anything
	some  bool // there is a write
	named map[subject]bool
}

// subject is an order, a customer, a product or an idempotency key.
type subject struct {
	kind byte
	id   string
}

// subjectsOf says what a write is about. A write that chooses sees how much of a
// product there is, and takes some of it. Units that leave were held: nobody can
// choose more or less after that, so a deduct of a whole order is about the order
// alone. A release may free any product. A kit takes from products other than its
// own. Every write that is not named here may be about anything.
func (b *batch) subjectsOf(ctx context.Context, w *write) subjects {
	about := subjects{some: true, named: map[subject]bool{}}
	about.note('k', b.asks[w.ask].Key)
	switch c := w.command.(type) {
	case stock.Place:
		about.note('o', c.Order.Order)
		about.note('c', c.Customer)
		for i := range c.Lines {
			about.note('p', c.Lines[i].Item.Product)
		}
		if w.chooses {
			kit, err := b.haveKit(ctx, &c)
			about.all = kit || err != nil
		}
	case stock.Confirm:
		about.note('o', c.Order.Order)
		about.note('p', c.Item.Product)
	case stock.OpenItem:
		about.note('p', c.Item.Product)
	case stock.Restock:
		about.note('p', c.Item.Product)
	case stock.Adjust:
		about.note('p', c.Item.Product)
	default:
		about.all = true
	}
	return about
}

func (s *subjects) note(kind byte, id string) {
	if id != "" {
		s.named[subject{kind, id}] = true
	}
}

func (s *subjects) meet(others *subjects) bool {
	if s.all && others.some || others.all {
		return true
	}
	for id := range s.named {
		if others.named[id] {
			return true
		}
	}
	return false
}

func (s *subjects) add(more *subjects) {
	s.some, s.all = true, s.all || more.all
	if s.named == nil {
		s.named = map[subject]bool{}
	}
	for id := range more.named {
		s.named[id] = true
	}
}

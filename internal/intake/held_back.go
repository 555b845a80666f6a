package intake

import (
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// The books hold back what comes after a command without an outcome, among the writes
// that they get together. Here are the asks that do not reach them, because the catalog
// does not answer, and the turns of a batch that chooses.

// hasOutcome reports whether the answer to an ask is final.
func (b *batch) hasOutcome(i int) bool {
	if b.asks[i].Refused != nil {
		return !b.asks[i].Unanswered
	}
	err := b.outcomes[i].Err
	for _, final := range []error{catalog.ErrInvalid, catalog.ErrUnknown, catalog.ErrUnitFixed, catalog.ErrSpreadFixed} {
		if errors.Is(err, final) {
			return true
		}
	}
	return ledger.HasOutcome(err)
}

// holdBack answers those of the writes that come after an ask without an outcome, about
// the same order or product, and returns the others.
func (b *batch) holdBack(writes []write) []write {
	if len(b.asks) == 1 {
		return writes
	}
	var open subjects
	var cause error
	left, next := writes, 0
	for i := range b.asks {
		goes := next < len(writes) && writes[next].ask == i
		if goes {
			next++
		}
		if goes && !open.some || !goes && b.hasOutcome(i) {
			continue
		}
		if cause == nil {
			cause, left = b.outcomes[i].Err, append([]write(nil), writes[:next]...)
		}
		about := reachOf(b.asks[i].Command)
		about.all = about.all || b.wide[i]
		if goes && !about.meet(&open) {
			left = append(left, writes[next-1])
			continue
		}
		if goes {
			b.outcomes[i].Err = fmt.Errorf("%w (%v)", ledger.ErrHeldBack, cause) //nolint:errorlint // the cause is another ask's
		}
		open.add(&about)
	}
	return left
}

// reachOf is what a command touches. A whole order may have any product, and a command
// that could not be made may be about anything.
func reachOf(command stock.Command) subjects {
	if command == nil {
		return subjects{some: true, all: true}
	}
	reach := command.Reach()
	about := subjects{some: true, named: map[subject]bool{}, all: len(reach.Items) == 0 && !reach.New}
	about.note('o', reach.Order.Order)
	about.note('o', reach.For.Order)
	for _, k := range reach.Items {
		about.note('p', k.Product)
	}
	return about
}

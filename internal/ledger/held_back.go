package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// ErrHeldBack says that a command was not carried out because an earlier command of
// its call, about the same order or item, has no outcome. Nothing has happened: when
// both are sent again, they are carried out in the order given.
var ErrHeldBack = errors.New("an earlier command of the call about the same order or item has no outcome yet")

// HasOutcome reports whether the answer to a command is final: it was carried out,
// or the same command would be refused again. After any other answer the command may
// be carried out later, and later commands about the same must not overtake it.
func HasOutcome(err error) bool {
	var refusal *stock.Refusal
	return err == nil || errors.As(err, &refusal) || errors.Is(err, slot.ErrKeyReused) ||
		errors.Is(err, slot.ErrFrozen) || errors.Is(err, stock.ErrBroken)
}

// unanswered are the requests of a call that have no outcome. Later requests of the
// call that touch the same are held back.
type unanswered []openRequest

// openRequest is a request without outcome.
type openRequest struct {
	n     int         // its number in the call
	err   error       // ErrHeldBack for those that are held back
	reach stock.Reach // as far as it is known
	// silent are the slots that did not show what they have of its order: it may be
	// about any item there.
	silent []*slot.Slot
}

// meet returns the error of a request that has to be held back; nil when none of the
// requests before it touches the same. slots are those that the request is about;
// looksUp says that all slots are asked for its order.
func (u unanswered) meet(n int, reach *stock.Reach, slots []*slot.Slot, looksUp bool) error {
	for i := range u {
		o := &u[i]
		if o.n >= n {
			continue
		}
		silent := len(o.silent) > 0 && (looksUp || slices.ContainsFunc(slots, func(s *slot.Slot) bool { return slices.Contains(o.silent, s) }))
		if silent || (slot.Postponed{o.reach}).Meet(reach) {
			if errors.Is(o.err, ErrHeldBack) {
				return o.err
			}
			return fmt.Errorf("%w (command %d: %v)", ErrHeldBack, o.n, o.err) //nolint:errorlint // the cause is another command's
		}
	}
	return nil
}

// silent are the slots that have not shown what they have of an order.
func (u unanswered) silent() (all []*slot.Slot) {
	for i := range u {
		for _, s := range u[i].silent {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// inReach returns the items of an order in the slots that answer, and the slots that
// do not. Those that are known to be silent are not asked.
func (l *seeker) inReach(ctx context.Context, key stock.OrderKey, silent []*slot.Slot) ([]stock.ItemKey, []*slot.Slot) {
	parts := make([]slot.OrderShare, len(l.slots))
	errs := make([]error, len(l.slots))
	var all sync.WaitGroup
	for i, s := range l.slots {
		if !slices.Contains(silent, s) {
			all.Go(func() { parts[i], _, errs[i] = s.Order(s.Apart(ctx), key) })
		}
	}
	all.Wait()
	var items []stock.ItemKey
	for i := range parts {
		if errs[i] != nil {
			silent = append(silent, l.slots[i])
		}
		for _, h := range parts[i].Holds {
			for n := range h.Lines {
				items = append(items, h.Lines[n].Item)
			}
		}
	}
	return items, silent
}

// Series holds commands back where a call is carried out in several parts. Its zero
// value is ready to use.
type Series struct {
	open []stock.Reach
	wide bool // one of them is about a whole order, which may have any item
	err  error
}

// HoldBack returns ErrHeldBack when a command noted before, about the same, has no
// outcome. A command about a whole order may be about any item.
func (s *Series) HoldBack(cmd stock.Command) error {
	if len(s.open) == 0 {
		return nil
	}
	reach := cmd.Reach()
	if !s.wide && !wholeOrder(&reach) && !slot.Postponed(s.open).Meet(&reach) {
		return nil
	}
	s.open, s.wide = append(s.open, reach), s.wide || wholeOrder(&reach)
	return s.err
}

// Note takes in the answer to a command.
func (s *Series) Note(cmd stock.Command, err error) {
	if HasOutcome(err) {
		return
	}
	if s.err == nil {
		s.err = fmt.Errorf("%w (%v)", ErrHeldBack, err) //nolint:errorlint // the cause is another command's
	}
	reach := cmd.Reach()
	s.open, s.wide = append(s.open, reach), s.wide || wholeOrder(&reach)
}

func wholeOrder(r *stock.Reach) bool {
	return len(r.Items) == 0 && r.Order != (stock.OrderKey{}) && !r.New
}

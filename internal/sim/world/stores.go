package world

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// stores are those of all slots, and what has become durable in them.
type stores struct {
	*stage
	disks      []*disk  // one per slot
	landed     []stored // since the last decision
	records    []stored // of all slots, in the order in which they became durable
	closeDisks func() error
}

// openDisks opens the stores of all slots.
func (s *stores) openDisks(w *world) error {
	slots := max(w.cfg.Slots, 1)
	var elsewhere []engine.Engine
	closeAll := func() error { return nil }
	if w.cfg.Open != nil {
		var err error
		if elsewhere, closeAll, err = w.cfg.Open(w.ctx); err != nil {
			return err
		}
		slots = len(elsewhere)
	}
	s.closeDisks = func() error {
		var errs []error
		for _, d := range s.disks {
			errs = append(errs, d.inner.Close())
		}
		return errors.Join(append(errs, closeAll())...)
	}
	for slot := range slots {
		d := &disk{w: w, slot: slot, torn: w.cfg.Planted == TornGroup}
		switch {
		case elsewhere != nil:
			d.inner = elsewhere[slot]
		case w.cfg.Engine == "memory":
			d.inner = memory.New()
		case w.cfg.Engine == "sqlite":
			d.path = filepath.Join(w.cfg.Dir, fmt.Sprintf("world-%d-%d.db", w.cfg.Seed, slot))
		default:
			return fmt.Errorf("no engine is called %q", w.cfg.Engine)
		}
		if err := d.open(); err != nil {
			return errors.Join(err, s.closeDisks())
		}
		s.disks = append(s.disks, d)
	}
	return nil
}

// isSeveral reports whether an order may span more than one slot.
func (s *stores) isSeveral() bool { return len(s.disks) > 1 }

// caughtUp reports whether the journal has reached the head.
func (s *stores) caughtUp(ctx context.Context) bool {
	for _, d := range s.disks {
		cursor, err := d.engine.JournalCursor(ctx)
		if err != nil && !errors.Is(err, context.Canceled) {
			s.violate("the journal's cursor: %v", err)
		}
		if int(cursor) < d.count {
			return false
		}
	}
	return true
}

// earliestTime is the earliest that the slot's time can be two seconds before the end. A node that took the
// slot over continues from the time of the last record, however old that was.
func (s *stores) earliestTime(slot int) stock.Time {
	for i := len(s.records) - 1; i >= 0; i-- {
		if last := &s.records[i]; last.slot == slot {
			gone := s.elapsed() - max(last.at, s.disks[slot].taken)
			return last.rec.At + stock.Time((gone - gone/20).Milliseconds()) - 4000
		}
	}
	return 0
}

// verify lets the product look at its own books, as `holdfast verify` does.
func (s *stores) verify(land *land) error {
	for _, d := range s.disks {
		r, err := audit.CheckSlot(context.Background(), d.inner, audit.Options{JournalKeys: view.Keys})
		if err != nil {
			return err
		}
		for _, found := range r.Violations {
			s.violate("verify slot %d: %s", d.slot, found)
		}
		if len(r.Unchecked) > 0 {
			s.violate("verify left something out of slot %d: %v", d.slot, r.Unchecked)
		}
	}
	if !s.isSeveral() {
		return nil
	}
	engines := make([]engine.Engine, len(s.disks))
	for i, d := range s.disks {
		engines[i] = d.inner
	}
	across, err := audit.CheckAcross(context.Background(), engines, land)
	if err != nil {
		return err
	}
	for _, found := range across.Violations {
		s.violate("verify the slots: %s", found)
	}
	return nil
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

// Values of --on-lost-writes: the server begins an epoch and continues, or it stops.
const (
	lostContinue = "continue"
	lostStop     = "stop"
)

// errLostWrites stops a server until somebody has looked.
var errLostWrites = fmt.Errorf("acknowledged writes are lost, or may be, by a failover or a restore (docs/operations/trouble.md); "+
	"go on with holdfast restored, or serve --on-lost-writes=%s: %w", lostContinue, errOldCopy)

// lossCheck finds out which records a failover has lost, and declares the loss.
type lossCheck struct {
	directory *catalog.Catalog
	slotSet   *slotSet
	witness   *witness
	mode      string
	log       *slog.Logger
}

// loss is the lost records of a slot.
type loss struct {
	slot uint16
	left catalog.SlotHead // the newest of the seen records that is left
	to   uint64           // the newest record that is known to be lost, 0: none is known
	// declared: an epoch has begun after left, and all servers know the loss.
	declared bool
	known    catalog.History
}

// checkAtStart compares the sightings with the logs before the books are opened.
func (c *lossCheck) checkAtStart(ctx context.Context) error {
	if err := c.witness.adopt(ctx, c.directory); err != nil {
		return err
	}
	for range maxAttempts {
		losses, err := c.losses(ctx)
		if err != nil {
			return err
		}
		if err = c.declare(ctx, losses); !errors.Is(err, catalog.ErrMoved) {
			return err
		}
	}
	return catalog.ErrBusy
}

// maxAttempts bounds how often a process starts again because another one has declared
// something meanwhile.
const maxAttempts = 10

// losses finds the losses of all slots.
func (c *lossCheck) losses(ctx context.Context) ([]loss, error) {
	told, err := c.sharedHeads(ctx)
	if err != nil {
		return nil, err
	}
	var all []loss
	for i := range c.slotSet.kept {
		slot := uint16(i)
		seen := slices.Clone(c.witness.known(slot))
		if h, ok := told[slot]; ok {
			seen = append(seen, h)
		}
		lost, err := c.lossOf(ctx, slot, seen)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.slotSet.names[slot], err)
		}
		if lost != nil {
			all = append(all, *lost)
		}
	}
	return all, nil
}

// sharedHeads returns the newest records of each slot that servers have stored in the main
// database, when the slots are in several databases.
func (c *lossCheck) sharedHeads(ctx context.Context) (map[uint16]sighting, error) {
	if c.slotSet.layout == nil {
		return nil, nil // the main database is as old as they are
	}
	heads, err := c.directory.Epochs.Heads(ctx)
	if err != nil {
		return nil, err
	}
	all := map[uint16]sighting{}
	for _, h := range heads {
		all[h.Slot] = sighting{Seq: h.Seq, Hash: h.Hash, Epoch: c.directory.Epochs.History(h.Slot).Of(h.Seq)}
	}
	return all, nil
}

// lossOf compares sightings with the log of a slot; nil: all of them are there, or were
// archived.
func (c *lossCheck) lossOf(ctx context.Context, slot uint16, seen []sighting) (*loss, error) {
	history, err := c.directory.Epochs.FreshHistory(ctx, slot)
	if err != nil {
		return nil, err
	}
	lost := &loss{slot: slot, known: history, left: catalog.SlotHead{Slot: slot}}
	var newest sighting // of those that are lost
	for _, s := range newestFirst(seen) {
		at, err := headAt(ctx, c.slotSet.engines[slot], slot, engine.Seq(s.Seq))
		switch {
		case errors.Is(err, engine.ErrGone), err == nil && at.Hash == s.Hash:
			lost.left.Seq, lost.left.Hash = s.Seq, s.Hash
		case err == nil, errors.Is(err, errOldCopy):
			if newest.Seq == 0 {
				newest = s
			}
			continue
		default:
			return nil, err
		}
		break
	}
	if newest.Seq == 0 {
		return nil, nil
	}
	lost.to = newest.Seq
	from, declared, err := c.declaredAt(ctx, slot, history, lost.left.Seq, newest)
	switch {
	case err != nil:
		return nil, err
	case declared:
		lost.declared, lost.left = true, catalog.SlotHead{Slot: slot, Seq: from}
	case lost.left.Seq == 0: // the loss reaches further back than the sightings
		lost.left, err = c.recordBefore(ctx, slot, newestFirst(seen)[len(seen)-1].Seq)
	}
	return lost, err
}

// declaredAt reports whether another process has declared a record lost, and after
// which record the lost range begins. left is the newest of the seen records that is
// still there, 0: none is. The epoch of a sighting may be too new, because it is noted a
// while after the record was seen. A slot that was taken over on the present history of
// the database began an epoch there: records that earlier histories lost come after it.
func (c *lossCheck) declaredAt(ctx context.Context, slot uint16, history catalog.History, left uint64, lost sighting) (from uint64, declared bool, err error) {
	at := slices.IndexFunc(history, func(e catalog.Epoch) bool { return left <= e.From && e.From < lost.Seq })
	if history.Of(lost.Seq) != lost.Epoch {
		if left > 0 && at >= 0 {
			return history[at].From, true, nil
		}
		from, declared = history.End(lost.Epoch)
		return from, declared, nil
	}
	if left == 0 || at < 0 {
		return 0, false, nil
	}
	now, err := askOrigin(ctx, c.slotSet.kept[slot])
	if err != nil || now.Name == "" {
		return 0, false, err
	}
	noted, err := c.directory.Epochs.Origin(ctx, slot)
	return history[at].From, err == nil && noted.Name == now.Name, err
}

// recordBefore is the newest record of a slot before seq.
func (c *lossCheck) recordBefore(ctx context.Context, slot uint16, seq uint64) (catalog.SlotHead, error) {
	eng := c.slotSet.engines[slot]
	left, err := newestOf(ctx, eng, slot)
	if err == nil && left.Seq >= seq {
		left, err = headAt(ctx, eng, slot, engine.Seq(seq-1))
	}
	return left, err
}

// declare begins an epoch in the slots with a loss, or stops.
func (c *lossCheck) declare(ctx context.Context, losses []loss) error {
	var fresh []catalog.Loss
	for _, l := range losses {
		if !l.declared {
			now, err := askOrigin(ctx, c.slotSet.kept[l.slot])
			if err != nil {
				return err
			}
			fresh = append(fresh, catalog.Loss{Left: l.left, Lost: l.to, Known: l.known, Origin: catalog.Origin(now)})
		}
	}
	epoch := uint32(0)
	if len(fresh) > 0 && c.mode == lostContinue {
		var err error
		if epoch, err = c.directory.Epochs.DeclareLost(ctx, fresh); err != nil {
			return err
		}
	}
	for _, l := range losses {
		c.witness.declared(l.slot)
		of := epoch
		if l.declared {
			of = l.known.Of(l.to)
		}
		c.log.ErrorContext(ctx, "acknowledged records were lost", "slot", l.slot, "from", l.left.Seq+1, "to", l.to, "epoch", epochName(of))
		c.witness.forget(l.slot)
	}
	if len(fresh) > 0 && c.mode == lostStop {
		return fmt.Errorf("%s: %w", c.slotSet.names[fresh[0].Left.Slot], errLostWrites)
	}
	return nil
}

// checkTakeOver registers takeOver for the moment when a slot is to be written on another history.
func (c *lossCheck) checkTakeOver() {
	for i, eng := range c.slotSet.kept {
		if o, ok := eng.(engine.Originator); ok {
			slot := uint16(i)
			o.OnTakeOver(func(ctx context.Context, on engine.Origin, head engine.Seq, hash [32]byte) error {
				return c.takeOver(ctx, slot, catalog.Origin(on), catalog.SlotHead{Slot: slot, Seq: uint64(head), Hash: hash})
			})
		}
	}
}

// takeOver is called before a slot is written on another history than before. If commits
// waited for another server until then, nothing is lost. If not, the sightings of other
// servers are unknown. Then the epoch begins here, before the first record of the new
// history, so that no position means two records.
func (c *lossCheck) takeOver(ctx context.Context, slot uint16, on catalog.Origin, head catalog.SlotHead) error {
	for range maxAttempts {
		noted, err := c.directory.Epochs.Origin(ctx, slot)
		if err != nil {
			return err
		}
		known, err := c.directory.Epochs.FreshHistory(ctx, slot)
		if err != nil {
			return err
		}
		switch {
		case noted.Name == on.Name:
			return nil // another process has, and its declaration is known now
		case noted.Name == "" || noted.Replicated:
			if noted.Name != "" {
				c.log.InfoContext(ctx, "the database failed over, nothing is lost", "slot", slot, "from", noted.Name, "to", on.Name)
			}
			return c.directory.Epochs.NoteOrigin(ctx, slot, on)
		case c.mode == lostStop:
			c.witness.declared(slot)
			c.log.ErrorContext(ctx, "acknowledged records may have been lost", "slot", slot, "behind", head.Seq)
			return fmt.Errorf("%s: %w: %w", c.slotSet.names[slot], engine.ErrBroken, errLostWrites)
		}
		epoch, err := c.directory.Epochs.TakeOver(ctx, catalog.Loss{Left: head, Known: known, Origin: on})
		if errors.Is(err, catalog.ErrMoved) {
			continue
		}
		if err != nil {
			return err
		}
		c.witness.declared(slot)
		c.log.ErrorContext(ctx, "acknowledged records may have been lost", "slot", slot, "behind", head.Seq, "epoch", epochName(epoch))
		return nil
	}
	return catalog.ErrBusy
}

// epochName is an epoch in the form of positions.
func epochName(epoch uint32) string { return strconv.FormatUint(uint64(epoch), 36) }

// askOrigin asks the database of a slot for its history; nothing when it has none.
func askOrigin(ctx context.Context, eng engine.Engine) (engine.Origin, error) {
	o, ok := eng.(engine.Originator)
	if !ok {
		return engine.Origin{}, nil
	}
	return o.Origin(ctx)
}

// newestOf is the newest record of a slot.
func newestOf(ctx context.Context, eng engine.Engine, slot uint16) (catalog.SlotHead, error) {
	head, err := eng.Head(ctx)
	if err != nil {
		return catalog.SlotHead{}, err
	}
	at, err := headAt(ctx, eng, slot, head)
	if errors.Is(err, engine.ErrGone) {
		return catalog.SlotHead{Slot: slot, Seq: uint64(head)}, nil
	}
	return at, err
}

// newestFirst sorts sightings.
func newestFirst(seen []sighting) []sighting {
	all := slices.Clone(seen)
	slices.SortStableFunc(all, func(a, b sighting) int { return cmp.Compare(b.Seq, a.Seq) })
	return all
}

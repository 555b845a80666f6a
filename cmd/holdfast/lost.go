package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

// What a server does when the database has lost writes that were acknowledged
// (--on-lost-writes).
const (
	lostContinue = "continue"
	lostStop     = "stop"
)

// errLostWrites stops a server until somebody has looked.
var errLostWrites = fmt.Errorf("acknowledged writes are lost, or may be, by a failover or a restore (docs/operations/trouble.md); "+
	"go on with holdfast restored, or serve --on-lost-writes=%s: %w", lostContinue, errOldCopy)

// reckoning finds out what a failover has lost, and declares it.
type reckoning struct {
	directory *catalog.Catalog
	shelf     *shelf
	witness   *witness
	mode      string
	log       *slog.Logger
}

// loss is what a slot has lost.
type loss struct {
	slot uint16
	left catalog.SlotHead // the newest record that is left of those seen
	to   uint64           // the newest record that is known to be lost, 0: none is known
	// declared says that another process has declared it.
	declared bool
	known    catalog.History
}

// takeUp compares what is known with the logs before the books are opened.
func (r *reckoning) takeUp(ctx context.Context) error {
	if err := r.witness.of(ctx, r.directory); err != nil {
		return err
	}
	for range maxReckonings {
		losses, err := r.losses(ctx)
		if err != nil {
			return err
		}
		if err = r.declare(ctx, losses); !errors.Is(err, catalog.ErrMoved) {
			return err
		}
	}
	return catalog.ErrBusy
}

// maxReckonings bounds how often what is lost is found out again because another
// process was declaring it.
const maxReckonings = 10

// losses finds out what is lost of all slots.
func (r *reckoning) losses(ctx context.Context) ([]loss, error) {
	told, err := r.told(ctx)
	if err != nil {
		return nil, err
	}
	var all []loss
	for i, eng := range r.shelf.kept {
		slot := uint16(i)
		t := r.witness.known(slot)
		if h, ok := told[slot]; ok {
			t.Seen = append(t.Seen, h)
		}
		lost, err := r.lossOf(ctx, slot, t.Seen)
		if err == nil && lost == nil {
			lost, err = r.unknown(ctx, slot, eng, t)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.shelf.names[slot], err)
		}
		if lost != nil {
			all = append(all, *lost)
		}
	}
	return all, nil
}

// told is what servers have told the main database of the slots in others.
func (r *reckoning) told(ctx context.Context) (map[uint16]sighting, error) {
	if r.shelf.layout == nil {
		return nil, nil // the main database is as old as they are
	}
	heads, err := r.directory.Heads(ctx)
	if err != nil {
		return nil, err
	}
	all := map[uint16]sighting{}
	for _, h := range heads {
		all[h.Slot] = sighting{Seq: h.Seq, Hash: h.Hash, Epoch: r.directory.History(h.Slot).Of(h.Seq)}
	}
	return all, nil
}

// lossOf compares sightings with the log of a slot; nil: all of them are there, or
// were archived.
func (r *reckoning) lossOf(ctx context.Context, slot uint16, seen []sighting) (*loss, error) {
	history, err := r.directory.FreshHistory(ctx, slot)
	if err != nil {
		return nil, err
	}
	lost := &loss{slot: slot, known: history, left: catalog.SlotHead{Slot: slot}}
	for _, s := range newestFirst(seen) {
		at, err := headAt(ctx, r.shelf.engines[slot], slot, engine.Seq(s.Seq))
		switch {
		case errors.Is(err, engine.ErrGone), err == nil && at.Hash == s.Hash:
			lost.left.Seq, lost.left.Hash = s.Seq, s.Hash
		case err == nil, errors.Is(err, errOldCopy):
			if lost.to == 0 {
				lost.to, lost.declared = s.Seq, history.Of(s.Seq) != s.Epoch
			}
			continue
		default:
			return nil, err
		}
		break
	}
	if lost.to == 0 {
		return nil, nil
	}
	if lost.left.Seq == 0 { // it goes back further than what was seen
		lost.left, err = r.before(ctx, slot, newestFirst(seen)[len(seen)-1].Seq)
	}
	return lost, err
}

// before is the newest record of a slot in front of seq.
func (r *reckoning) before(ctx context.Context, slot uint16, seq uint64) (catalog.SlotHead, error) {
	eng := r.shelf.engines[slot]
	left, err := newestOf(ctx, eng, slot)
	if err == nil && left.Seq >= seq {
		left, err = headAt(ctx, eng, slot, engine.Seq(seq-1))
	}
	return left, err
}

// unknown is what may have been lost when the database failed over and nobody can
// tell: its commits did not wait for another server, and no server has taken the
// slot up since.
func (r *reckoning) unknown(ctx context.Context, slot uint16, eng engine.Engine, t testimony) (*loss, error) {
	now, err := askOrigin(ctx, eng)
	if err != nil || now.Name == "" {
		return nil, err
	}
	was, err := r.directory.Origin(ctx, slot)
	if err != nil {
		return nil, err
	}
	if was == now.Name || was == "" || t.Replicated && t.Origin == was {
		if was != now.Name && was != "" {
			r.log.InfoContext(ctx, "the database failed over, nothing is lost", "slot", slot, "from", was, "to", now.Name)
		}
		r.witness.note(slot, testimony{Origin: now.Name, Replicated: now.Replicated, Seen: t.Seen})
		return nil, r.directory.NoteOrigin(ctx, slot, now.Name)
	}
	left, err := newestOf(ctx, r.shelf.engines[slot], slot)
	if err != nil {
		return nil, err
	}
	history, err := r.directory.FreshHistory(ctx, slot)
	return &loss{slot: slot, known: history, left: left}, err
}

// declare begins an epoch in the slots that have lost something, or stops.
func (r *reckoning) declare(ctx context.Context, losses []loss) error {
	var fresh []catalog.Loss
	for _, l := range losses {
		if !l.declared {
			fresh = append(fresh, catalog.Loss{Left: l.left, Lost: l.to, Known: l.known})
		}
	}
	epoch := uint32(0)
	if len(fresh) > 0 && r.mode == lostContinue {
		var err error
		if epoch, err = r.directory.DeclareLost(ctx, fresh); err != nil {
			return err
		}
	}
	for _, l := range losses {
		r.witness.declared(l.slot)
		of := epoch
		if l.declared {
			of = l.known.Of(l.to)
		}
		name := strconv.FormatUint(uint64(of), 36) // as positions have it
		if l.to != 0 {
			r.log.ErrorContext(ctx, "acknowledged records were lost", "slot", l.slot, "from", l.left.Seq+1, "to", l.to, "epoch", name)
		} else {
			r.log.ErrorContext(ctx, "acknowledged records may have been lost", "slot", l.slot, "behind", l.left.Seq, "epoch", name)
		}
	}
	if len(fresh) > 0 && r.mode == lostStop {
		return fmt.Errorf("%s: %w", r.shelf.names[fresh[0].Left.Slot], errLostWrites)
	}
	return r.noteOrigins(ctx, losses)
}

// noteOrigins notes that the slots were taken up on the history they are on, and
// forgets what was lost.
func (r *reckoning) noteOrigins(ctx context.Context, losses []loss) error {
	for _, l := range losses {
		now, err := askOrigin(ctx, r.shelf.kept[l.slot])
		if err == nil && now.Name != "" {
			err = r.directory.NoteOrigin(ctx, l.slot, now.Name)
		}
		if err != nil {
			return err
		}
		r.witness.note(l.slot, testimony{Origin: now.Name, Replicated: now.Replicated})
	}
	return nil
}

// diedLately is how far back a server counts that may have known of records which
// nobody else has seen.
const diedLately = 5 * time.Minute

// failedOver reckons up while the books are open, when the database of a slot says
// that it is on another history. Each server that is alive compares what it has
// seen itself; what one that has died had seen, nobody knows.
func (r *reckoning) failedOver(ctx context.Context, slot uint16, was testimony, now engine.Origin) error {
	lately, err := r.directory.Serving(ctx, diedLately)
	if err != nil {
		return err
	}
	alive, err := r.directory.Serving(ctx, 5*watchEvery)
	if err != nil {
		return err
	}
	noted, err := r.directory.Origin(ctx, slot)
	if err != nil {
		return err
	}
	if noted == now.Name || was.Replicated || len(lately) == len(alive) {
		r.log.InfoContext(ctx, "the database failed over, nothing is lost", "slot", slot, "from", was.Origin, "to", now.Name)
		return r.directory.NoteOrigin(ctx, slot, now.Name)
	}
	history, err := r.directory.FreshHistory(ctx, slot)
	if err != nil {
		return err
	}
	left := catalog.SlotHead{Slot: slot}
	if len(was.Seen) > 0 {
		left.Seq, left.Hash = was.Seen[0].Seq, was.Seen[0].Hash
	}
	return r.declare(ctx, []loss{{slot: slot, known: history, left: left}})
}

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

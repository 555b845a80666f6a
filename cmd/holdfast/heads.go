package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
)

// headWatch stores which records of each slot were seen. So it can detect records that are
// missing after a failover or in an old copy: for this node in its witness, and for all
// nodes in the main database when the books are in several.
type headWatch struct {
	directory *catalog.Catalog
	engines   []engine.Engine
	// kept are the engines of the databases, without wrappers.
	kept    []engine.Engine
	seen    func(slot uint16) []ledger.Sighting
	several bool
	witness *witness
	log     *slog.Logger

	noted   []engine.Seq    // by slot
	origins []engine.Origin // by slot, as the catalog has them
}

// headsEvery is how often new heads are reported. They are reported one turn late: a
// database may show a record for a moment that it loses when it crashes.
const headsEvery = time.Second

// run stores heads until ctx ends, or until a slot lacks a record that was seen.
func (w *headWatch) run(ctx context.Context) error {
	w.noted = make([]engine.Seq, len(w.engines))
	w.origins = make([]engine.Origin, len(w.engines))
	tick := time.NewTicker(headsEvery)
	defer tick.Stop()
	failing := false
	before := w.trails()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := w.tell(ctx, before)
		switch {
		case errors.Is(err, engine.ErrLost), errors.Is(err, errLostWrites):
			return err
		case err != nil && ctx.Err() == nil && !failing:
			w.log.WarnContext(ctx, "the positions of the slots were not stored", "err", err)
		}
		failing = err != nil
		before = w.trails()
	}
}

// trails are the newest records of each slot that this node has seen.
func (w *headWatch) trails() [][]ledger.Sighting {
	all := make([][]ledger.Sighting, len(w.engines))
	for slot := range all {
		all[slot] = w.seen(uint16(slot))
	}
	return all
}

// tell checks whether the newest seen records are still there, and stores
// them.
func (w *headWatch) tell(ctx context.Context, trails [][]ledger.Sighting) error {
	ctx, cancel := context.WithTimeout(ctx, watchWait)
	defer cancel()
	var grown []catalog.SlotHead
	var failed error
	for slot, trail := range trails {
		if err := w.noteReplicated(ctx, uint16(slot)); err != nil {
			failed = fmt.Errorf("slot %d: %w", slot, err)
		}
		if len(trail) == 0 {
			continue
		}
		head, err := w.look(ctx, uint16(slot), trail)
		switch {
		case errors.Is(err, engine.ErrLost), errors.Is(err, errLostWrites):
			return err
		case err != nil: // the others are reported anyway
			failed = fmt.Errorf("slot %d: %w", slot, err)
		case head.Seq > uint64(w.noted[slot]):
			grown = append(grown, head)
		}
	}
	if len(grown) == 0 {
		return failed
	}
	if w.several {
		if err := w.directory.Epochs.NoteHeads(ctx, grown); err != nil {
			return err
		}
	}
	for _, head := range grown {
		w.noted[head.Slot] = engine.Seq(head.Seq)
	}
	if !w.witness.named() {
		if err := w.witness.adopt(ctx, w.directory); err != nil {
			return err
		}
	}
	return errors.Join(failed, w.keep())
}

// keep stores the witness when a slot has one.
func (w *headWatch) keep() error {
	if !slices.ContainsFunc(w.kept, isServer) {
		return nil
	}
	return w.witness.keep()
}

func isServer(eng engine.Engine) bool {
	_, ok := eng.(engine.Originator)
	return ok
}

// look checks one slot: engine.ErrLost when its log lacks the newest seen
// record.
func (w *headWatch) look(ctx context.Context, slot uint16, trail []ledger.Sighting) (catalog.SlotHead, error) {
	newest := trail[0]
	head, err := headAt(ctx, w.engines[slot], slot, newest.Seq)
	switch {
	case errors.Is(err, engine.ErrGone):
		return catalog.SlotHead{}, nil // archived already
	case errors.Is(err, errOldCopy):
		return head, w.missing(ctx, slot, newest.Seq)
	case err == nil && head.Hash != newest.Hash:
		return head, fmt.Errorf("record %d of slot %d: %w", newest.Seq, slot, engine.ErrLost)
	case err != nil:
		return head, err
	}
	w.witness.note(slot, w.sightings(slot, trail))
	return head, nil
}

// noteReplicated stores in the catalog whether commits of a slot are replicated: a process
// that takes the slot over after a failover needs the earlier state.
func (w *headWatch) noteReplicated(ctx context.Context, slot uint16) error {
	now, err := askOrigin(ctx, w.kept[slot])
	if err != nil || now.Name == "" || now == w.origins[slot] {
		return err
	}
	noted, err := w.directory.Epochs.Origin(ctx, slot)
	if err != nil || noted.Name != now.Name {
		return err // nobody has written on it yet
	}
	if err := w.directory.Epochs.NoteReplicated(ctx, slot, catalog.Origin(now)); err != nil {
		return err
	}
	w.origins[slot] = now
	return nil
}

// missing asks the engine about a record that a session did not find: the session may have
// been with a server that was replaced.
func (w *headWatch) missing(ctx context.Context, slot uint16, seq engine.Seq) error {
	head, err := w.engines[slot].Head(ctx)
	if err == nil && head < seq {
		err = fmt.Errorf("the log of slot %d ends with record %d, it had %d: %w", slot, head, seq, engine.ErrLost)
	}
	return err
}

// sightings are the records with the epochs that they are of.
func (w *headWatch) sightings(slot uint16, trail []ledger.Sighting) []sighting {
	history := w.directory.Epochs.History(slot)
	all := make([]sighting, len(trail))
	for i, s := range trail {
		all[i] = sighting{Seq: uint64(s.Seq), Hash: s.Hash, Epoch: history.Of(uint64(s.Seq))}
	}
	return all
}

// errOldCopy says that a slot lacks records that servers have seen.
var errOldCopy = errors.New("this is an old copy, that of a server which was failed over to, or that of other books; if that is meant, say so with holdfast restored")

// headAt returns the record of a slot, errOldCopy when it is not there.
func headAt(ctx context.Context, eng engine.Engine, slot uint16, seq engine.Seq) (catalog.SlotHead, error) {
	head := catalog.SlotHead{Slot: slot, Seq: uint64(seq)}
	if seq == 0 {
		return head, nil
	}
	records, err := eng.Read(ctx, seq-1, 1)
	if err != nil {
		return head, fmt.Errorf("read record %d: %w", seq, err)
	}
	if len(records) == 0 {
		return head, fmt.Errorf("record %d was seen of it, and is not there: %w", seq, errOldCopy)
	}
	head.Hash = records[0].Hash
	return head, nil
}

// oldCopy returns errOldCopy when the slot lacks records that servers have seen. It looks
// for archived records in the archive.
func (s *slotSet) oldCopy(ctx context.Context, seen catalog.SlotHead) error {
	if int(seen.Slot) >= len(s.engines) {
		return nil
	}
	head, err := headAt(ctx, s.engines[seen.Slot], seen.Slot, engine.Seq(seen.Seq))
	if errors.Is(err, engine.ErrGone) {
		return nil // its end is further on
	}
	if err == nil && head.Hash != seen.Hash {
		err = fmt.Errorf("record %d is another than was seen of it: %w", seen.Seq, errOldCopy)
	}
	return err
}

// checkNotOld refuses slots that lack records that servers have seen: they would assign record
// numbers a second time.
func (s *slotSet) checkNotOld(ctx context.Context, directory *catalog.Catalog) error {
	if s.layout == nil {
		return nil // the main database is as old as they are
	}
	heads, err := directory.Epochs.Heads(ctx)
	if err != nil {
		return err
	}
	for _, seen := range heads {
		if err := s.oldCopy(ctx, seen); err != nil {
			return fmt.Errorf("%s: %w", s.names[seen.Slot], err)
		}
	}
	return nil
}

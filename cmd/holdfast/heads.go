package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
)

// headWatch tells the main database which records of each slot were seen, so
// that an old copy of one of several databases is known as that.
type headWatch struct {
	directory *catalog.Catalog
	engines   []engine.Engine
	places    func() []ledger.Position
	log       *slog.Logger

	noted []engine.Seq // by slot
}

// headsEvery is how often new heads are told. They are told one turn late: a
// database may show a record for a moment that it loses when it crashes.
const headsEvery = time.Second

// run tells heads until ctx ends.
func (w *headWatch) run(ctx context.Context) error {
	w.noted = make([]engine.Seq, len(w.engines))
	tick := time.NewTicker(headsEvery)
	defer tick.Stop()
	failing := false
	before := w.places()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := w.tell(ctx, before)
		if err != nil && ctx.Err() == nil && !failing {
			w.log.WarnContext(ctx, "the main database was not told how far the slots are", "err", err)
		}
		failing = err != nil
		before = w.places()
	}
}

// tell tells of the slots that have grown.
func (w *headWatch) tell(ctx context.Context, places []ledger.Position) error {
	ctx, cancel := context.WithTimeout(ctx, watchWait)
	defer cancel()
	var grown []catalog.SlotHead
	for _, at := range places {
		if at.Seq <= w.noted[at.Slot] {
			continue
		}
		head, err := headAt(ctx, w.engines[at.Slot], at.Slot, at.Seq)
		if errors.Is(err, engine.ErrGone) {
			continue // archived already
		}
		if err != nil {
			return fmt.Errorf("slot %d: %w", at.Slot, err)
		}
		grown = append(grown, head)
	}
	if len(grown) == 0 {
		return nil
	}
	if err := w.directory.NoteHeads(ctx, grown); err != nil {
		return err
	}
	for _, head := range grown {
		w.noted[head.Slot] = engine.Seq(head.Seq)
	}
	return nil
}

// errOldCopy says that a slot does not have what servers have seen of it.
var errOldCopy = errors.New("this is an old copy, or that of other books; if it was restored on purpose, say so with holdfast restored")

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

// oldCopy returns errOldCopy when the slot does not have what servers have seen
// of it. Records that were archived are looked for in the archive.
func (s *shelf) oldCopy(ctx context.Context, seen catalog.SlotHead) error {
	if int(seen.Slot) >= len(s.engines) {
		return nil
	}
	head, err := headAt(ctx, s.engines[seen.Slot], seen.Slot, engine.Seq(seen.Seq))
	if errors.Is(err, engine.ErrGone) {
		return nil // its end lies further on
	}
	if err == nil && head.Hash != seen.Hash {
		err = fmt.Errorf("record %d is another than was seen of it: %w", seen.Seq, errOldCopy)
	}
	return err
}

// notOld refuses slots that do not have what servers have seen of them: they
// would give numbers of records away a second time.
func (s *shelf) notOld(ctx context.Context, directory *catalog.Catalog) error {
	if s.layout == nil {
		return nil // the main database is as old as they are
	}
	heads, err := directory.Heads(ctx)
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

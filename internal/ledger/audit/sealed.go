package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// checkSeals checks for each bucket that came from another slot that the record it
// names sealed it there, as far as that record is still in the log.
func (a *across) checkSeals(ctx context.Context) error {
	for slot := range a.stages {
		for _, b := range slices.Sorted(maps.Keys(a.stages[slot])) {
			if s := a.stages[slot][b]; s.Stage == stock.Here && s.Seq > 0 {
				fault, err := a.checkSeal(ctx, slot, &s)
				if err != nil {
					return err
				}
				if fault != "" {
					a.addViolation("bucket %d came to slot %d from record %d of slot %d: %s", b, slot, s.Seq, s.Slot, fault)
				}
			}
		}
	}
	return nil
}

func (a *across) checkSeal(ctx context.Context, slot int, s *acrossStep) (fault string, err error) {
	if int(s.Slot) >= len(a.engines) || int(s.Slot) == slot {
		return "there is no such other slot", nil
	}
	seal, err := a.readRecord(ctx, int(s.Slot), engine.Seq(s.Seq))
	if err != nil || seal == nil {
		return "", err
	}
	if seal.Body == nil {
		return "its log does not go that far", nil
	}
	if seal.Hash != s.Hash {
		return fmt.Sprintf("its hash is %x, not %x", seal.Hash[:8], s.Hash[:8]), nil
	}
	sealed, err := isSealedBy(seal.Body, s, slot)
	if err != nil {
		return err.Error(), nil
	}
	if !sealed {
		return "the bucket did not leave for here with it", nil
	}
	opened, err := a.readRecord(ctx, slot, s.seq)
	if err == nil && opened != nil && opened.Body != nil && opened.At < seal.At {
		fault = fmt.Sprintf("it was sealed at %d and opened at %d", seal.At, opened.At)
	}
	return fault, err
}

// isSealedBy reports whether the bucket left with the record for the slot.
func isSealedBy(body []byte, s *acrossStep, slot int) (found bool, err error) {
	r, err := stock.ParseRecord(body)
	if err != nil {
		return false, err
	}
	err = r.Events(func(_ int, e *stock.Event) error {
		h := e.Handover
		found = found || h != nil && h.Bucket == s.Bucket && h.Stage == stock.Left && h.Epoch == s.Epoch && int(h.Slot) == slot
		return nil
	})
	return found, err
}

// readRecord reads one record: nil when it was dropped, without a body when the log
// ends before it.
func (a *across) readRecord(ctx context.Context, slot int, seq engine.Seq) (*engine.Record, error) {
	recs, err := a.engines[slot].Read(ctx, seq-1, 1)
	if errors.Is(err, engine.ErrGone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read record %d of slot %d: %w", seq, slot, err)
	}
	if len(recs) == 0 || recs[0].Seq != seq {
		return &engine.Record{}, nil
	}
	return &recs[0], nil
}

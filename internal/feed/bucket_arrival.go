package feed

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// bucketArrival is where a bucket comes to live in a slot. The earlier events of its items are in
// the log of another slot, up to seq: a watcher receives nothing from behind the gate
// before it has passed that record. The log names only records that existed when it was
// written, so no two slots ever wait for each other.
type bucketArrival struct {
	slot uint16
	seq  engine.Seq
}

// gateOf returns the gate that a step of a bucket is in a slot, if it is one.
func gateOf(slot uint16, h *stock.Handover) (bucketArrival, bool) {
	return bucketArrival{h.Slot, engine.Seq(h.Seq)}, h.Stage == stock.Here && h.Slot != slot && h.Seq > 0
}

// shut returns the first of the gates that the watch may not pass yet, nil when it may pass
// them all. A gate to a slot that this process does not know yet is shut until it does.
func (w *Watch) shut(strands []*strand, gates []bucketArrival) *bucketArrival {
	for i, g := range gates {
		if int(g.slot) >= len(strands) || strands[g.slot].at.read() < g.seq {
			return &gates[i]
		}
	}
	return nil
}

// linger makes sure that Ready is signalled when strands that wait may continue, and
// reports whether one of them may now.
func (w *Watch) linger(strands []*strand) (now bool) {
	for _, s := range strands {
		if s.before == nil {
			continue
		}
		if w.shut(strands, []bucketArrival{*s.before}) == nil {
			return true
		}
		// A strand that is not there yet, or waits itself, is handled elsewhere.
		if slot := int(s.before.slot); slot < len(strands) && strands[slot].before == nil && strands[slot].log.call(w, s.before.seq) {
			now = true
		}
	}
	return now
}

// call makes the follower signal the watch when it has handed out the record
// seq, or reports that it has.
func (f *follower) call(w *Watch, seq engine.Seq) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seq >= seq {
		return true
	}
	if first, ok := f.callers[w]; !ok || seq < first {
		f.callers[w] = seq
	}
	return false
}

// passed gives each strand the gates before its start while the slot they lead to starts
// behind them: the starts of several slots are not taken at one moment.
func (w *Watch) passed(ctx context.Context, strands []*strand) error {
	if len(strands) == 1 {
		return nil
	}
	return EachSlot(ctx, len(strands), func(ctx context.Context, slot int) error {
		s := strands[slot]
		rows, _, err := s.log.Engine.Buckets(ctx)
		if err != nil {
			return fmt.Errorf("read the buckets that moved: %w", err)
		}
		for i := range rows {
			h, err := stock.DecodeHandover(rows[i].Packed)
			if err != nil {
				return fmt.Errorf("bucket %d: %w", rows[i].Bucket, err)
			}
			if g, ok := gateOf(s.log.Slot, h); ok && rows[i].Seq <= s.at.Seq && w.shut(strands, []bucketArrival{g}) != nil {
				s.gates = append(s.gates, g)
			}
		}
		return nil
	})
}

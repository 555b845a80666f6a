package view

import (
	"context"
	"fmt"
	"maps"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// stages are what the slots say about the buckets that ever moved to another slot. They
// alone decide where each bucket lives now, whatever map this process has. With one slot
// there are no stages: nil.
type stages struct {
	slots []map[stock.Bucket]stage
	// lives has the slot where each of these buckets lives now.
	lives map[stock.Bucket]uint16
}

// stage is what a slot says about a bucket since its record seq.
type stage struct {
	seq engine.Seq
	*stock.Handover
}

// readStages asks the slots concurrently.
func readStages(ctx context.Context, slots []slotReader) (*stages, error) {
	if len(slots) == 1 {
		return nil, nil
	}
	of := make([]map[stock.Bucket]stage, len(slots))
	err := feed.EachSlot(ctx, len(slots), func(ctx context.Context, slot int) (err error) {
		ctx, cancel := context.WithTimeout(ctx, slotWait)
		defer cancel()
		of[slot], _, err = stagesOf(ctx, slots[slot])
		return err
	})
	if err != nil {
		return nil, err
	}
	return newStages(of), nil
}

// stagesOf asks one slot, and also returns its head.
func stagesOf(ctx context.Context, e slotReader) (map[stock.Bucket]stage, engine.Seq, error) {
	rows, head, err := e.Buckets(ctx)
	if err != nil || len(rows) == 0 {
		return nil, head, err
	}
	of := make(map[stock.Bucket]stage, len(rows))
	for i := range rows {
		h, err := stock.DecodeHandover(rows[i].Packed)
		if err != nil {
			return nil, 0, fmt.Errorf("bucket %d: %w", rows[i].Bucket, err)
		}
		of[rows[i].Bucket] = stage{rows[i].Seq, h}
	}
	return of, head, nil
}

// ends returns the heads of the slots, and their stages. With one slot there are no stages.
func ends(ctx context.Context, slots []*projection) ([]engine.Seq, *stages, error) {
	heads := make([]engine.Seq, len(slots))
	if len(slots) == 1 {
		head, err := slots[0].engine.Head(ctx)
		heads[0] = head
		return heads, nil, err
	}
	of := make([]map[stock.Bucket]stage, len(slots))
	err := feed.EachSlot(ctx, len(slots), func(ctx context.Context, slot int) (err error) {
		of[slot], heads[slot], err = stagesOf(ctx, slots[slot].engine)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	known := newStages(of)
	known.raiseBounds(heads)
	return heads, known, nil
}

func newStages(of []map[stock.Bucket]stage) *stages {
	s := &stages{slots: of, lives: map[stock.Bucket]uint16{}}
	for _, known := range of {
		for b := range known {
			if _, done := s.lives[b]; !done {
				s.lives[b] = s.home(b)
			}
		}
	}
	return s
}

// home finds the slot where a bucket lives: the slot that says so. A bucket that has left
// one slot and is still coming to the other has its valid rows in the old one until then.
func (s *stages) home(b stock.Bucket) uint16 {
	var comes, left *uint16
	for slot := range s.slots {
		own, number := s.slots[slot][b], uint16(slot)
		switch {
		case own.Handover == nil:
		case own.Stage == stock.Coming:
			comes = &own.Slot
		case own.Stage == stock.Left || s.superseded(b, number):
			left = &number
		default:
			return number
		}
	}
	if comes != nil {
		return *comes
	}
	return *left
}

// superseded reports whether another slot took the bucket over after this slot's stage,
// which this slot does not know yet: the slots are not read at one moment.
func (s *stages) superseded(b stock.Bucket, slot uint16) bool {
	for _, known := range s.slots {
		if o := known[b]; o.Handover != nil && o.Stage == stock.Here && o.Slot == slot && engine.Seq(o.Seq) > s.slots[slot][b].seq {
			return true
		}
	}
	return false
}

// shows reports whether rows of the bucket in the slot count.
func (s *stages) shows(slot int, b stock.Bucket) bool {
	if s == nil {
		return true
	}
	lives, moved := s.lives[b]
	return !moved || int(lives) == slot
}

// moved reports whether any bucket ever was on its way.
func (s *stages) moved() bool { return s != nil && len(s.lives) > 0 }

// has reports whether the slot says anything of the bucket: that it ever was
// kept there, while it is elsewhere.
func (s *stages) has(slot int, b stock.Bucket) bool {
	return s != nil && s.slots[slot][b].Handover != nil
}

// isAway reports whether the slot says that the bucket does not live there.
func (s *stages) isAway(slot int, b stock.Bucket) bool {
	if !s.has(slot, b) {
		return false
	}
	is := s.slots[slot][b].Stage
	return is == stock.Left || is == stock.Coming
}

// held reports whether rows that were read between s and now are as s shows them; now is
// the later reading of the same stages. A bucket that only prepares to leave or to come
// changes nothing.
func (s *stages) held(now *stages) bool {
	if s == nil {
		return now == nil
	}
	if !maps.Equal(s.lives, now.lives) {
		return false
	}
	for slot, known := range now.slots {
		for b, is := range known {
			if is.seq != s.slots[slot][b].seq && (is.Stage == stock.Here || is.Stage == stock.Left) {
				return false
			}
		}
	}
	return true
}

// raiseBounds raises each bound to the record that sealed a bucket, when the bucket arrived in
// another slot before that slot's own bound. Bounds that were read one after another would
// otherwise show later events of something that they leave out.
func (s *stages) raiseBounds(bounds []engine.Seq) {
	if !s.moved() {
		return
	}
	for again := true; again; {
		again = false
		for slot, known := range s.slots {
			for h := range maps.Values(known) {
				from, seal := int(h.Slot), engine.Seq(h.Seq)
				if h.Stage == stock.Here && h.seq <= bounds[slot] && from < len(bounds) && bounds[from] < seal {
					bounds[from], again = seal, true
				}
			}
		}
	}
}

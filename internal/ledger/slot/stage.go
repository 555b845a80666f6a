package slot

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// ErrMoving says that the subject of the command is in a bucket that does not live
// in the slot it was sent to: the bucket is on its way to another slot, or there
// already. Nothing has happened.
var ErrMoving = errors.New("the bucket is on its way to another slot")

// ErrApart is ErrMoving of a reserve call over a bucket that is leaving and others:
// it has to be decided as if they were in different slots.
var ErrApart = fmt.Errorf("%w: it cannot be reserved together with others", ErrMoving)

// ErrStage says that a bucket is not at the stage which the request needs.
var ErrStage = errors.New("the bucket is at another stage of its move")

// Stages are the buckets that do not simply live in the slot, with the step
// that brought them there. A value is never changed, only replaced.
type Stages map[stock.Bucket]*stock.Handover

// stage is the bucket's stage.
func (t Stages) stage(b stock.Bucket) stock.Stage {
	if h := t[b]; h != nil {
		return h.Stage
	}
	return stock.Here
}

// Hides reports whether nothing of the bucket may be decided or shown.
func (t Stages) Hides(b stock.Bucket) bool {
	switch t.stage(b) {
	case stock.Left, stock.Coming:
		return true
	}
	return false
}

// step remembers that the bucket of h took the step. What was remembered of its
// rows belongs to another stage, so all that can be loaded again is forgotten. The
// indexes must include everything before.
func (m *memory) step(h *stock.Handover) {
	was := m.stages.stage(h.Bucket)
	m.stages = maps.Clone(m.stages)
	if m.stages == nil {
		m.stages = Stages{}
	}
	m.stages[h.Bucket] = h
	if h.Stage == stock.Here {
		delete(m.stages, h.Bucket)
	}
	m.steps = maps.Clone(m.steps)
	if m.steps == nil {
		m.steps = map[stock.Bucket]*stock.Handover{}
	}
	m.steps[h.Bucket] = h
	m.notePlacements()
	switch {
	case h.Stage == stock.Left:
		// The writes of the bucket wait for this: the lines are dropped a moment
		// later.
		m.left = append(m.left, h.Bucket)
		m.due.hide(h.Bucket)
		m.legs.hide(h.Bucket)
	case h.Stage == stock.Coming:
		m.dropLeft()
		m.due.hide(h.Bucket)
		m.legs.hide(h.Bucket)
	case h.Stage == stock.Here && was == stock.Coming:
		m.due.show(h.Bucket)
		m.legs.show(h.Bucket)
	}
	if h.Stage == stock.Left || h.Stage == stock.Coming || was == stock.Coming {
		m.forget()
	}
}

// row is the last step of the bucket, nil: none.
func (m *memory) row(b stock.Bucket) *stock.Handover { return m.steps[b] }

// keepRows remembers rows of buckets that stay where they are.
func (m *memory) keepRows(rows []*stock.Handover) {
	if m.steps = maps.Clone(m.steps); m.steps == nil {
		m.steps = map[stock.Bucket]*stock.Handover{}
	}
	for _, h := range rows {
		m.steps[h.Bucket] = h
	}
	m.notePlacements()
}

// notePlacements notes what the rows keep about locations.
func (m *memory) notePlacements() {
	m.placed, m.following = false, false
	for _, h := range m.steps {
		h.Placements.Each(func(p *stock.Placement) {
			m.placed = true
			m.following = m.following || h.Stage == stock.Here && p.Seal == stock.Following
		})
	}
}

// dropLeft forgets the lines of buckets that have left.
func (m *memory) dropLeft() {
	for _, b := range m.left {
		m.due.dropBucket(b)
		m.legs.dropBucket(b)
		m.waits.dropBucket(b)
	}
	m.left = nil
}

// indexOf is the index in which an open line is found when it is due.
func (m *memory) indexOf(l *stock.Line) *dueIndex {
	if l.Follows() {
		return m.legs
	}
	return m.due
}

// otherIndex is the index that does not have the line.
func (m *memory) otherIndex(l *stock.Line) *dueIndex {
	if l.Follows() {
		return m.due
	}
	return m.legs
}

// decodeSteps decodes the rows that a slot keeps about its buckets.
func decodeSteps(rows []engine.BucketRow) (map[stock.Bucket]*stock.Handover, error) {
	t := make(map[stock.Bucket]*stock.Handover, len(rows))
	for i := range rows {
		h, err := stock.DecodeHandover(rows[i].Packed)
		if err == nil && h.Bucket != rows[i].Bucket {
			err = stock.ErrMalformed
		}
		if err != nil {
			return nil, fmt.Errorf("row of bucket %d: %w", rows[i].Bucket, errors.Join(err, engine.ErrBroken))
		}
		t[h.Bucket] = h
	}
	return t, nil
}

// StagesOf returns the stages of buckets after their last steps.
func StagesOf(steps map[stock.Bucket]*stock.Handover) Stages {
	t := Stages{}
	for b, h := range steps {
		if h.Stage != stock.Here {
			t[b] = h
		}
	}
	return t
}

// Sight is the state of the buckets that a slot's answer relies on.
type Sight struct {
	stages Stages
	steps  map[stock.Bucket]*stock.Handover
	hidden []stock.Bucket // that have rows there which must not be shown
}

// Comes reports whether a bucket with hidden rows is on its way to the slot.
func (t *Sight) Comes() bool {
	return slices.ContainsFunc(t.hidden, func(b stock.Bucket) bool { return t.stages.stage(b) == stock.Coming })
}

// MayHaveMoved reports whether any bucket has ever moved to or from the slot.
func (t *Sight) MayHaveMoved() bool { return len(t.steps) > 0 }

func (m *memory) sight() Sight { return Sight{stages: m.stages, steps: m.steps} }

// sees reports whether rows of the bucket may be shown, and notes when not.
func (t *Sight) sees(b stock.Bucket) bool {
	if !t.stages.Hides(b) {
		return true
	}
	if !slices.Contains(t.hidden, b) {
		t.hidden = append(t.hidden, b)
	}
	return false
}

// CheckWhole returns ErrMoving when a bucket with hidden rows in one slot was not
// seen in the slot where it lives. Either it was between two slots when they were
// asked, or it had not arrived when one was asked and had left when the other was.
// seen is by slot number.
func CheckWhole(seen []Sight) error {
	for i := range seen {
		for _, b := range seen[i].hidden {
			if !arrived(seen, i, b) {
				return ErrMoving
			}
		}
	}
	return nil
}

// CheckArrived is CheckWhole of slots that were seen so far apart in time that the
// rows of a bucket may have been dropped where it has left: every bucket that one
// of them hides counts.
func CheckArrived(seen []Sight) error {
	for i := range seen {
		for b := range seen[i].stages {
			if seen[i].stages.Hides(b) && !arrived(seen, i, b) {
				return ErrMoving
			}
		}
	}
	return nil
}

// arrived reports whether the bucket was seen where it lives, by a slot that
// hides it.
func arrived(seen []Sight, at int, b stock.Bucket) bool {
	h := seen[at].steps[b]
	if h.Stage == stock.Coming {
		from := int(h.Slot)
		return from < len(seen) && !seen[from].stages.Hides(b)
	}
	for hops := 0; h.Stage == stock.Left && hops <= len(seen); hops++ {
		if int(h.Slot) >= len(seen) {
			return false
		}
		next := seen[h.Slot].steps[b]
		if next == nil || next.Epoch < h.Epoch {
			return false
		}
		h = next
	}
	return h.Stage == stock.Here || h.Stage == stock.Leaving
}

package audit

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// acrossSteps are the last steps, in one slot, of the buckets that ever moved.
type acrossSteps map[stock.Bucket]acrossStep

type acrossStep struct {
	stock.Handover
	seq engine.Seq // the record it is in
}

// acrossDoubt is a violation if none of the buckets was moving when it was seen.
type acrossDoubt struct {
	buckets []stock.Bucket
	what    string
}

// maxDoubts bounds the violations kept in words until it is known which buckets
// move.
const maxDoubts = 1000

func (a *across) addDoubt(buckets []stock.Bucket, format string, args ...any) {
	if len(a.late) == maxDoubts {
		a.unnamed[buckets[0]]++
		return
	}
	a.late = append(a.late, acrossDoubt{buckets, fmt.Sprintf(format, args...)})
}

// acrossLooks is how often the stages are read again to see them at rest.
const acrossLooks = 10

// readStages reads the stages of all slots as they were at one time. A bucket
// that never rests meanwhile is moving.
func (a *across) readStages(ctx context.Context) (err error) {
	now, err := a.lookAtStages(ctx)
	for look := 0; err == nil && look < acrossLooks; look++ {
		a.stages = now
		if now, err = a.lookAtStages(ctx); err == nil && a.noteMoving(now, false) {
			return nil
		}
	}
	if err == nil {
		a.noteMoving(now, true)
	}
	return err
}

func (a *across) lookAtStages(ctx context.Context) ([]acrossSteps, error) {
	all := make([]acrossSteps, len(a.engines))
	for i, eng := range a.engines {
		rows, _, err := eng.Buckets(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the stages of buckets in slot %d: %w", i, err)
		}
		all[i] = acrossSteps{}
		for _, r := range rows {
			h, err := stock.DecodeHandover(r.Packed)
			if err != nil {
				return nil, fmt.Errorf("row of bucket %d in slot %d: %w", r.Bucket, i, err)
			}
			all[i][r.Bucket] = acrossStep{*h, r.Seq}
		}
	}
	return all, nil
}

// noteMoving reports whether the stages are still the same; with note it
// remembers the buckets for which they are not.
func (a *across) noteMoving(now []acrossSteps, note bool) bool {
	same := true
	for i := range now {
		for b, s := range now[i] {
			if a.stages[i][b] != s {
				same = false
				if note {
					a.moving[b] = true
				}
			}
		}
	}
	return same
}

// locateBuckets finds out where the buckets that ever moved live. It reports those
// that live in no slot, in two, or in another than the map names.
func (a *across) locateBuckets() {
	a.homes = map[stock.Bucket]int{}
	for b := range stock.Bucket(stock.Buckets) {
		var lives []int
		known, under := false, false
		for i := range a.stages {
			s, ok := a.stages[i][b]
			known = known || ok
			under = under || ok && (s.Stage == stock.Leaving || s.Stage == stock.Coming)
			if ok && (s.Stage == stock.Here || s.Stage == stock.Leaving) {
				lives = append(lives, i)
			}
		}
		if !known {
			continue
		}
		a.homes[b] = -1
		mapped := int(a.where.Slot(b))
		switch {
		case len(lives) > 1:
			a.addDoubt([]stock.Bucket{b}, "bucket %d lives in slots %v", b, lives)
		case len(lives) == 0 && a.isUnderWay(b):
			a.moving[b] = true
		case len(lives) == 0:
			a.addDoubt([]stock.Bucket{b}, "bucket %d lives in no slot", b)
		case len(lives) == 1:
			a.homes[b] = lives[0]
			if lives[0] != mapped && !a.wasHandedOver(b, mapped, lives[0]) {
				a.addDoubt([]stock.Bucket{b}, "bucket %d lives in slot %d, the map says slot %d", b, lives[0], mapped)
			}
			under = under || lives[0] != mapped
		}
		if under {
			a.Moving++
		}
	}
}

// isUnderWay reports whether a bucket that lives nowhere is between the record
// that sealed it in one slot and the one that opens it in another.
func (a *across) isUnderWay(b stock.Bucket) bool {
	for i := range a.stages {
		to, ok := a.stages[i][b]
		if ok && to.Stage == stock.Coming && a.wasHandedOver(b, int(to.Slot), i) {
			return true
		}
	}
	return false
}

// wasHandedOver reports whether the bucket left the one slot for the other.
func (a *across) wasHandedOver(b stock.Bucket, from, to int) bool {
	if from >= len(a.stages) {
		return false
	}
	s, ok := a.stages[from][b]
	return ok && s.Stage == stock.Left && int(s.Slot) == to
}

// isHidden reports whether rows of the bucket in the slot are stale, or still
// arriving.
func (a *across) isHidden(slot int, b stock.Bucket) bool {
	s, ok := a.stages[slot][b]
	return ok && (s.Stage == stock.Left || s.Stage == stock.Coming)
}

// misplaced reports whether rows of the bucket must not be in the slot, and returns
// where the bucket lives.
func (a *across) misplaced(slot int, b stock.Bucket) (home int, ok bool) {
	if _, known := a.stages[slot][b]; known {
		return 0, false // that it lives in another slot as well was reported before
	}
	home, moved := a.homes[b]
	if !moved {
		home = int(a.where.Slot(b))
	}
	return home, home >= 0 && home != slot
}

// finish reports the violations of buckets that did not move meanwhile.
func (a *across) finish(ctx context.Context) error {
	now, err := a.lookAtStages(ctx)
	if err != nil {
		return err
	}
	a.noteMoving(now, true)
	for _, d := range a.late {
		if !slices.ContainsFunc(d.buckets, func(b stock.Bucket) bool { return a.moving[b] }) {
			a.addViolation("%s", d.what)
		}
	}
	for b, n := range a.unnamed {
		if !a.moving[b] {
			a.More += n
		}
	}
	return nil
}

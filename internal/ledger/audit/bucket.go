package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// movedBucket is a bucket that has moved, as the log tells it.
type movedBucket struct {
	step *stock.Handover // the last
	seq  engine.Seq      // the record it is in
	// since is the record with which its rows began to arrive, 0 when the bucket
	// was here from the beginning. Records before it do not count.
	since engine.Seq
	left  engine.Seq // the record with which it left for the last time
	came  []bucketStay
}

// bucketStay is from the record with which a bucket began to come to the one
// with which that ended, 0: it has not.
type bucketStay struct{ from, to engine.Seq }

// moves are the buckets that ever moved, nil before the first has.
type moves map[stock.Bucket]*movedBucket

// stage is the bucket's stage as of the record that is followed.
func (m moves) stage(bucket stock.Bucket) stock.Stage {
	if is := m[bucket]; is != nil {
		return is.step.Stage
	}
	return stock.Here
}

// isHidden reports whether the known rows of the bucket do not show its present
// state.
func (m moves) isHidden(bucket stock.Bucket) bool {
	stage := m.stage(bucket)
	return stage == stock.Left || stage == stock.Coming
}

// beginOfStay is the record with which the bucket's present stay began.
func (m moves) beginOfStay(bucket stock.Bucket) engine.Seq {
	if is := m[bucket]; is != nil {
		return is.since
	}
	return 0
}

// wasComing reports whether the bucket was coming when the record was written.
func (m moves) wasComing(bucket stock.Bucket, seq engine.Seq) bool {
	is := m[bucket]
	if is == nil {
		return false
	}
	for _, s := range is.came {
		if s.from < seq && (s.to == 0 || seq <= s.to) {
			return true
		}
	}
	return false
}

// mayHaveDropped reports whether a key that the record brought may have been
// dropped with its bucket: only the key's row tells which bucket that was.
func (m moves) mayHaveDropped(seq engine.Seq) bool {
	for bucket, is := range m {
		if is.left >= seq && m.wasComing(bucket, seq) {
			return true
		}
	}
	return false
}

// followHandover follows a step of a bucket, after all other entries of its record.
func (b *books) followHandover(e followedEvent) error {
	b.event = e
	if fault := checkEvent(e.Event); fault != "" {
		b.addViolation("%s", fault)
	}
	h := e.Handover
	m := b.moved[h.Bucket]
	if m == nil {
		m = &movedBucket{}
	}
	if fault := checkStep(m.step, h); fault != "" {
		b.addViolation("bucket %d: %s", h.Bucket, fault)
	}
	if where, is := b.moved.following(); is && h.Stage == stock.Leaving {
		b.addViolation("bucket %d leaves while items of a location of bucket %d change buckets", h.Bucket, where)
	}
	was := stock.Here
	if m.step != nil {
		was = m.step.Stage
	}
	var err error
	switch {
	case h.Stage == stock.Left:
		if m.left = e.seq; was == stock.Leaving {
			err = b.checkParted(h.Bucket)
		}
		b.leaveBucket(h.Bucket)
	case h.Stage == stock.Coming && was != stock.Coming:
		m.since = e.seq
		m.came = append(m.came, bucketStay{from: e.seq})
		b.makeRoom(h.Bucket, m.step == nil)
	case h.Stage == stock.Here && was == stock.Coming:
		err = b.checkArrivedBucket(h.Bucket)
	}
	if h.Stage != stock.Coming && was == stock.Coming {
		m.came[len(m.came)-1].to = e.seq
	}
	m.step, m.seq = h, e.seq
	if b.moved == nil {
		b.moved = moves{}
	}
	b.moved[h.Bucket] = m
	return err
}

// checkStep says why a bucket with that last step in the slot (nil: none) cannot
// have taken the next.
func checkStep(was, next *stock.Handover) string {
	stage, epoch := stock.Here, uint64(0)
	if was != nil {
		stage, epoch = was.Stage, was.Epoch
	}
	later, same := next.Epoch > epoch, next.Epoch == epoch
	ok := false
	switch next.Stage {
	case stock.Leaving:
		ok = later && stage == stock.Here
	case stock.Left:
		ok = same && (stage == stock.Leaving || stage == stock.Coming)
	case stock.Coming:
		ok = later && (was == nil || stage == stock.Left || stage == stock.Coming) || same && stage == stock.Coming
	case stock.Here:
		ok = same && (stage == stock.Leaving || stage == stock.Coming)
	}
	switch {
	case !ok:
		return fmt.Sprintf("it goes from %s in its move %d to %s in its move %d", stage, epoch, next.Stage, next.Epoch)
	case next.Stage != stock.Coming && stage != stock.Coming && next.Placements != placementsOf(was):
		return "what its row keeps of locations changes with its step"
	case same && was.Slot != next.Slot:
		return fmt.Sprintf("its move %d is from or to slot %d, then slot %d", epoch, was.Slot, next.Slot)
	case next.Stage != stock.Here || stage != stock.Coming:
		return ""
	case next.Seq == 0 || next.Hash == [32]byte{}:
		return fmt.Sprintf("it is here and no record of slot %d is named that sealed it there", next.Slot)
	case was.Mover != next.Mover:
		return "it is here by another mover than the one that brought it"
	}
	return ""
}

// checkBuckets says what is wrong with an event that decides or shows something
// of buckets that do not live here.
func (m moves) checkBuckets(e *stock.Event) string {
	for i := range e.Items {
		if fault := m.checkBucket(e, e.Items[i].Bucket); fault != "" {
			return fmt.Sprintf("item %s: %s", itemName(e.Items[i].Key), fault)
		}
	}
	for i := range e.Lines {
		if !e.Lines[i].Changed && e.Op == stock.OpPlace {
			continue // a home shows earlier lines of other slots as well
		}
		if fault := m.checkBucket(e, e.Lines[i].Bucket); fault != "" {
			return fmt.Sprintf("the line of item %s: %s", itemName(e.Lines[i].Line.Item), fault)
		}
	}
	return m.checkOneStep(e)
}

func (m moves) checkBucket(e *stock.Event, bucket stock.Bucket) string {
	is := m[bucket]
	stage := m.stage(bucket)
	switch {
	case stage == stock.Coming && e.Op == stock.OpArrive:
		if e.From.Slot != is.step.Slot {
			return fmt.Sprintf("it arrives from slot %d, bucket %d comes from slot %d", e.From.Slot, bucket, is.step.Slot)
		}
	case e.Op == stock.OpArrive:
		return fmt.Sprintf("it arrives in bucket %d, which is %s", bucket, stage)
	case stage == stock.Coming:
		return fmt.Sprintf("%s while bucket %d is coming, since record %d", e.Op, bucket, is.seq)
	case stage == stock.Left:
		return fmt.Sprintf("%s after bucket %d has left, with record %d", e.Op, bucket, is.seq)
	}
	return ""
}

// checkOneStep says why a reserve call over several buckets must not have been
// decided in one step.
func (m moves) checkOneStep(e *stock.Event) string {
	if e.Op != stock.OpPlace {
		return ""
	}
	var first *stock.LineChange
	apart, leaving := false, stock.Bucket(stock.Buckets)
	for i := range e.Lines {
		l := &e.Lines[i]
		if !l.Changed {
			continue
		}
		if first == nil {
			first = l
		}
		apart = apart || l.Bucket != first.Bucket
		if m.stage(l.Bucket) == stock.Leaving {
			leaving = l.Bucket
		}
	}
	if apart && leaving < stock.Buckets {
		return fmt.Sprintf("a reserve call over bucket %d, which is leaving, and others is decided in one step", leaving)
	}
	return ""
}

package stock

import "fmt"

// Stage says whether a bucket lives in a slot. A bucket that never moved is
// Here in the slot of the first map.
type Stage uint8

// The stages of a bucket in a slot. Their numbers are kept for ever.
const (
	// Here: the bucket lives in this slot.
	Here Stage = iota
	// Leaving: it lives in this slot, but a reserve call over it and other buckets is no
	// longer decided in one step.
	Leaving
	// Left: it lives in another slot. Rows of it that are still here are stale.
	Left
	// Coming: rows of it arrive from the slot where it still lives.
	Coming
	stages
)

// String names the stage.
func (s Stage) String() string {
	switch s {
	case Here:
		return "here"
	case Leaving:
		return "leaving"
	case Left:
		return "left"
	case Coming:
		return "coming"
	}
	return fmt.Sprintf("stage %d", uint8(s))
}

// Handover is one step of a bucket from one slot to another. It is the command for the step
// and, in the log, the record that it was taken.
type Handover struct {
	Bucket Bucket
	Stage  Stage
	// Epoch counts the moves of the bucket from 1: late messages of an earlier move are
	// refused.
	Epoch uint64
	// Slot is the other one: where the bucket goes, or where it comes from.
	Slot uint16
	// Seq and Hash are, with Here, the record of the other slot that sealed the
	// bucket there. It lives here from then on.
	Seq  uint64
	Hash [32]byte
	// Mover is the process that carries the bucket over. While the bucket is Coming, no
	// other process brings anything.
	Mover [16]byte
	// Placements are the locations whose placement was changed, in the bucket's row as it
	// is from this step on. They move with the bucket.
	Placements Placements `json:",omitempty"`
}

// Op names the command.
func (c Handover) Op() Op { return OpHandover }

// Reach says that the command is about no item and no order.
func (c Handover) Reach() Reach { return Reach{} }

// AppendCanonical appends what makes two requests the same.
func (c Handover) AppendCanonical(dst []byte) []byte { return c.append(append(dst, byte(OpHandover))) }

// The keeper of the bucket's stage decides whether the bucket may take the step.
func (c Handover) decide(State, Time) (Event, error) {
	return Event{Op: OpHandover, Handover: &c}, nil
}

// The bits of a step's bitmap.
const (
	stepSealed uint64 = 1 << iota // by which record of the other slot
	stepPlacements
	stepKnown = 1<<iota - 1
)

func (c *Handover) sealed() bool { return c.Seq != 0 || c.Hash != [32]byte{} }

func (c *Handover) append(dst []byte) []byte {
	dst = appendUint(dst, bit(c.sealed(), stepSealed)|bit(c.Placements != "", stepPlacements))
	dst = appendUint(dst, uint64(c.Bucket))
	dst = append(dst, byte(c.Stage))
	dst = appendUint(dst, c.Epoch)
	dst = appendUint(dst, uint64(c.Slot))
	dst = append(dst, c.Mover[:]...)
	if c.sealed() {
		dst = append(appendUint(dst, c.Seq), c.Hash[:]...)
	}
	if c.Placements != "" {
		dst = appendString(dst, string(c.Placements))
	}
	return dst
}

// read reads what append wrote.
func (c *Handover) read(s *byteReader) {
	bits := s.bitmap(stepKnown)
	c.Bucket, c.Stage, c.Epoch, c.Slot = s.bucket(), Stage(s.byte()), s.uint(), s.slot()
	s.want(c.Stage < stages)
	s.fill(c.Mover[:])
	if bits&stepSealed != 0 {
		c.Seq = s.uint()
		s.fill(c.Hash[:])
		s.want(c.sealed())
	}
	if bits&stepPlacements != 0 {
		c.Placements = Placements(s.string())
		s.want(c.Placements != "" && c.Placements.valid())
	}
}

// AppendHandover appends the packed form that a slot remembers a step in, with
// a checksum.
func AppendHandover(dst []byte, h *Handover) []byte {
	start := len(dst)
	dst = h.append(append(dst, rowVersion))
	return appendSum(dst, start, len(dst))
}

// DecodeHandover reads what AppendHandover wrote. The error wraps ErrMalformed, and
// is a VersionError or ErrNewer when another version wrote the row.
func DecodeHandover(packed []byte) (*Handover, error) {
	body, sum := cutSum(packed)
	if sum != keyedSum(body, nil) {
		return nil, fmt.Errorf("decode handover: checksum: %w", ErrMalformed)
	}
	if err := checkVersion("row of a bucket", body, rowVersion); err != nil {
		return nil, fmt.Errorf("decode handover: %w", err)
	}
	h, s := &Handover{}, byteReader{p: body[1:]}
	h.read(&s)
	if !s.done() {
		return nil, fmt.Errorf("decode handover: %w", s.fault())
	}
	return h, nil
}

package stock

import "fmt"

// Stage says whether a bucket lives in a slot. A bucket that never moved is
// Here in the slot of the first map.
type Stage uint8

// The stages of a bucket in a slot. Their numbers are kept for ever.
const (
	// Here: the bucket lives in this slot.
	Here Stage = iota
	// Leaving: it lives in this slot, but no reserve call over it and other
	// buckets is decided in one step any more.
	Leaving
	// Left: it lives in another slot. What rows of it are still here are stale.
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

// Handover is one step of a bucket from one slot to another: the command that
// takes it and, in the log, that it was taken.
type Handover struct {
	Bucket Bucket
	Stage  Stage
	// Epoch counts the moves of the bucket from 1: what comes late from an
	// earlier one is refused.
	Epoch uint64
	// Slot is the other one: where the bucket goes, or where it comes from.
	Slot uint16
	// Seq and Hash are, with Here, the record of the other slot that sealed the
	// bucket there. It lives here from then on.
	Seq  uint64
	Hash [32]byte
	// Mover is whoever carries the bucket over. While it is Coming nobody else
	// brings anything.
	Mover [16]byte
	// Placements are the locations whose placing was changed, in the bucket's row
	// as it is from this step on. They go with the bucket.
	Placements Placements `json:",omitempty"`
}

// Op names the command.
func (c Handover) Op() Op { return OpHandover }

// Reach says that the command is about no item and no order.
func (c Handover) Reach() Reach { return Reach{} }

// AppendCanonical appends what makes two requests the same.
func (c Handover) AppendCanonical(dst []byte) []byte { return c.append(append(dst, byte(OpHandover))) }

// Whether the bucket may take the step is for who keeps its stage to say.
func (c Handover) decide(State, Time) (Event, error) {
	return Event{Op: OpHandover, Handover: &c}, nil
}

func (c *Handover) append(dst []byte) []byte {
	dst = appendUint(dst, uint64(c.Bucket))
	dst = append(dst, byte(c.Stage))
	dst = appendUint(dst, c.Epoch)
	dst = appendUint(dst, uint64(c.Slot))
	dst = appendUint(dst, c.Seq)
	dst = append(dst, c.Hash[:]...)
	dst = append(dst, c.Mover[:]...)
	if c.Placements != "" {
		dst = appendString(dst, string(c.Placements))
	}
	return dst
}

func (s *source) handover() *Handover {
	c := &Handover{Bucket: s.bucket(), Stage: Stage(s.byte())}
	s.want(c.Stage < stages)
	c.Epoch, c.Slot, c.Seq = s.uint(), s.slot(), s.uint()
	copy(c.Hash[:], s.take(uint64(len(c.Hash))))
	copy(c.Mover[:], s.take(uint64(len(c.Mover))))
	if len(s.p) > 0 {
		c.Placements = Placements(s.string())
		s.want(c.Placements != "" && c.Placements.valid())
	}
	return c
}

func (s *source) slot() uint16 {
	n := s.uint()
	s.want(n < 1<<16)
	return uint16(n)
}

// AppendHandover appends the packed form that a slot remembers a step in, with
// a checksum.
func AppendHandover(dst []byte, h *Handover) []byte {
	start := len(dst)
	dst = h.append(append(dst, rowVersion))
	return appendSum(dst, start, len(dst))
}

// DecodeHandover reads what AppendHandover wrote; ErrMalformed for anything else.
func DecodeHandover(packed []byte) (*Handover, error) {
	body, sum := cutSum(packed)
	if sum != keyedSum(body, nil) {
		return nil, fmt.Errorf("decode handover: checksum: %w", ErrMalformed)
	}
	s := source{p: body}
	s.want(s.byte() == rowVersion)
	h := s.handover()
	if !s.done() {
		return nil, fmt.Errorf("decode handover: %w", ErrMalformed)
	}
	return h, nil
}

package feed

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
)

// Cursors is a position in the logs of all slots: the cursor of each, by slot. A single
// cursor stands for its own slot and says nothing about the others.
type Cursors []Cursor

// many marks the text of several cursors; the text of one begins with a digit. With
// ofEpochs the text also has the epoch of each cursor.
const (
	many     = "v2."
	ofEpochs = "v3."
)

// String returns the cursors in the form in which they are sent. A single cursor keeps the
// form of Cursor.String; several are packed, in about six bytes for each slot.
func (c Cursors) String() string {
	var room [512]byte
	return string(c.Append(room[:0]))
}

// Append adds the text of String to b.
func (c Cursors) Append(b []byte) []byte {
	if len(c) == 1 {
		return c[0].append(b)
	}
	var room [512]byte
	packed := append(room[:0], 0, 0, 0, 0)
	packed = binary.AppendUvarint(packed, uint64(len(c)))
	marked, epoch := c.marked(), uint32(0)
	for _, at := range c {
		// A restore begins the same epoch in all slots: 0 stands for the epoch of the slot
		// before, any other value is one more than the epoch.
		if marked && at.Epoch == epoch {
			packed = append(packed, 0)
		} else if marked {
			packed = binary.AppendUvarint(packed, uint64(at.Epoch)+1)
			epoch = at.Epoch
		}
		if at.Entry == whole {
			packed = binary.AppendUvarint(packed, uint64(at.Seq)<<1)
			continue
		}
		packed = binary.AppendUvarint(packed, uint64(at.Seq)<<1|1)
		packed = binary.AppendUvarint(packed, uint64(at.Entry))
		packed = binary.AppendUvarint(packed, uint64(at.Item))
	}
	binary.LittleEndian.PutUint32(packed, textSum(packed[4:]))
	if marked {
		b = append(b, ofEpochs...)
	} else {
		b = append(b, many...)
	}
	return base64.RawURLEncoding.AppendEncode(b, packed)
}

// marked reports whether one of the cursors is of an epoch that began with a
// restore.
func (c Cursors) marked() bool {
	for _, at := range c {
		if at.Epoch != 0 {
			return true
		}
	}
	return false
}

// textSum lets a reader distinguish a text that was cut off from a shorter text. It is
// FNV-1a, written out because the library's version costs an allocation.
func textSum(packed []byte) uint32 {
	sum := uint32(2166136261)
	for _, b := range packed {
		sum = (sum ^ uint32(b)) * 16777619
	}
	return sum
}

// ParseCursors reads what String wrote, of one cursor or of several; ErrCursor
// for anything else.
func ParseCursors(s string) (Cursors, error) {
	text, several := strings.CutPrefix(s, many)
	marked := false
	if !several {
		text, marked = strings.CutPrefix(s, ofEpochs)
	}
	if !several && !marked {
		c, err := ParseCursor(s)
		if err != nil {
			return nil, err
		}
		return Cursors{c}, nil
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(packed) < 4 || binary.LittleEndian.Uint32(packed) != textSum(packed[4:]) {
		return nil, fmt.Errorf("%w: %.40q", ErrCursor, s)
	}
	c := unpack(packed[4:], marked)
	// Each position has exactly one text.
	if c == nil || c.String() != s {
		return nil, fmt.Errorf("%w: %.40q", ErrCursor, s)
	}
	return c, nil
}

// maxSlots bounds the slots that the text of a position may have.
const maxSlots = 64

// unpack reads the cursors of several slots; nil when b is anything else.
func unpack(b []byte, marked bool) Cursors {
	ok := true
	next := func(most uint64) uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > most {
			ok = false
			return 0
		}
		b = b[n:]
		return v
	}
	n := next(maxSlots)
	if !ok || n < 2 {
		return nil
	}
	c := make(Cursors, n)
	epoch := uint32(0)
	for slot := range c {
		if marked {
			if code := next(math.MaxUint32 + 1); code > 0 {
				epoch = uint32(code - 1)
			}
		}
		seq := next(1<<64 - 1)
		c[slot] = Behind(uint16(slot), engine.Seq(seq>>1))
		c[slot].Epoch = epoch
		if seq&1 == 1 {
			c[slot].Entry, c[slot].Item = int(next(whole-1)), int(next(whole-1))
			ok = ok && seq > 1
		}
	}
	if !ok || len(b) > 0 {
		return nil
	}
	return c
}

// Cover returns the cursors with the beginning of the log for each slot that
// has come since.
func (c Cursors) Cover(slots int) Cursors {
	for len(c) < slots {
		c = append(c, Behind(uint16(len(c)), 0))
	}
	return c
}

// Pass moves the cursor of the event's slot behind the event. There must be one
// for each slot.
func (c Cursors) Pass(e *Event) { c[e.ID.Slot] = e.ID }

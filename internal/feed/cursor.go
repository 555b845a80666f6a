package feed

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
)

// Cursor is a position in the log of a slot between two events: behind a whole record, or
// behind one event of it. A reader can find what comes next from the cursor alone, so it
// needs nothing else to continue where it was.
type Cursor struct {
	Slot uint16
	Seq  engine.Seq
	// Entry and Item are the place of the last event in its record; both are
	// whole behind all of them.
	Entry, Item int
	// Epoch is the epoch of the slot's history that the record belongs to.
	Epoch uint32
}

// whole stands behind every entry of a record, and behind every item of one.
const whole = math.MaxInt32

// Behind returns the cursor behind the whole record.
func Behind(slot uint16, seq engine.Seq) Cursor {
	return Cursor{Slot: slot, Seq: seq, Entry: whole, Item: whole}
}

// epochBase is what epochs are written in.
const epochBase = 36

// ErrCursor says that a text is no cursor.
var ErrCursor = errors.New("malformed cursor")

// String returns the cursor in the form in which it is sent: "slot-seq" behind a whole
// record, which is also how the ledger writes a position; otherwise "slot-seq-entry-item",
// which is how the journal names the entry. For a record of an epoch that began with a
// restore, the epoch follows the slot: "slot.epoch-seq".
func (c Cursor) String() string {
	var room [64]byte
	return string(c.append(room[:0]))
}

func (c Cursor) append(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(c.Slot), 10)
	if c.Epoch != 0 {
		b = append(b, '.')
		b = strconv.AppendUint(b, uint64(c.Epoch), epochBase)
	}
	b = append(b, '-')
	b = strconv.AppendUint(b, uint64(c.Seq), 10)
	if c.Entry == whole {
		return b
	}
	b = append(b, '-')
	b = strconv.AppendInt(b, int64(c.Entry), 10)
	b = append(b, '-')
	return strconv.AppendInt(b, int64(c.Item), 10)
}

// ParseCursor reads what String wrote; ErrCursor for anything else.
func ParseCursor(s string) (Cursor, error) {
	parts := strings.Split(s, "-")
	if len(parts) != 2 && len(parts) != 4 {
		return Cursor{}, fmt.Errorf("%w: %.40q", ErrCursor, s)
	}
	var n [4]uint64
	var epoch uint64
	if slot, text, ok := strings.Cut(parts[0], "."); ok {
		var err error
		if epoch, err = strconv.ParseUint(text, epochBase, 32); err != nil {
			return Cursor{}, fmt.Errorf("%w: %.40q", ErrCursor, s)
		}
		parts[0] = slot
	}
	for i, bits := range []int{16, 63, 31, 31}[:len(parts)] {
		v, err := strconv.ParseUint(parts[i], 10, bits)
		if err != nil {
			return Cursor{}, fmt.Errorf("%w: %.40q", ErrCursor, s)
		}
		n[i] = v
	}
	c := Behind(uint16(n[0]), engine.Seq(n[1]))
	c.Epoch = uint32(epoch)
	if len(parts) == 4 {
		c.Entry, c.Item = int(n[2]), int(n[3])
	}
	if c.String() != s || len(parts) == 4 && (c.Seq == 0 || c.Entry == whole || c.Item == whole) {
		return Cursor{}, fmt.Errorf("%w: %.40q", ErrCursor, s)
	}
	return c, nil
}

// Whole reports whether the cursor stands behind a whole record, as the place of
// a write does.
func (c Cursor) Whole() bool { return c.Entry == whole }

// Before reports whether c stands before o in the log of their slot.
func (c Cursor) Before(o Cursor) bool {
	if c.Seq != o.Seq {
		return c.Seq < o.Seq
	}
	if c.Entry != o.Entry {
		return c.Entry < o.Entry
	}
	return c.Item < o.Item
}

// read is the last record of which the reader needs nothing more.
func (c Cursor) read() engine.Seq {
	if c.Entry == whole {
		return c.Seq
	}
	return c.Seq - 1
}

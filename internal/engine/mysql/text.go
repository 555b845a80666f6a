package mysql

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"holdfast.dev/holdfast/internal/stock"
)

// text is statements that are sent in one packet, written into memory that is
// used again and again. Values are numbers or hex literals, which mean the
// same under every character set and every sql_mode and cannot end a
// statement.
type text struct {
	b []byte
	// ends are where the statements end: where a packet that is too large for
	// the server may be cut.
	ends []int
}

// keepText is how much memory a text keeps for the next time.
const keepText = 4 << 20

func (t *text) reset() *text {
	if cap(t.b) > keepText {
		t.b = nil
	}
	t.b, t.ends = t.b[:0], t.ends[:0]
	return t
}

// writeSQL writes SQL of this package's own.
func (t *text) writeSQL(parts ...string) *text {
	for _, s := range parts {
		t.b = append(t.b, s...)
	}
	return t
}

// end ends a statement.
func (t *text) end() *text {
	t.b = append(t.b, ';')
	t.ends = append(t.ends, len(t.b))
	return t
}

func (t *text) num(n int64) *text {
	t.b = strconv.AppendInt(t.b, n, 10)
	return t
}

func (t *text) unsigned(n uint64) *text {
	t.b = strconv.AppendUint(t.b, n, 10)
	return t
}

func (t *text) flag(on bool) *text {
	if on {
		t.b = append(t.b, '1')
	} else {
		t.b = append(t.b, '0')
	}
	return t
}

func (t *text) bytes(v []byte) *text {
	t.b = append(t.b, 'x', '\'')
	t.b = hex.AppendEncode(t.b, v)
	t.b = append(t.b, '\'')
	return t
}

const digits = "0123456789abcdef"

func (t *text) str(v string) *text {
	t.b = append(t.b, 'x', '\'')
	for i := range len(v) {
		t.b = append(t.b, digits[v[i]>>4], digits[v[i]&15])
	}
	t.b = append(t.b, '\'')
	return t
}

// row begins row i of a list.
func (t *text) row(i int) *text {
	if i > 0 {
		t.b = append(t.b, ',')
	}
	t.b = append(t.b, '(')
	return t
}

func (t *text) comma() *text {
	t.b = append(t.b, ',')
	return t
}

func (t *text) close() *text {
	t.b = append(t.b, ')')
	return t
}

// itemKey writes the columns of an item's key in the order of the table.
func (t *text) itemKey(k stock.ItemKey) *text {
	return t.str(k.Tenant).comma().str(k.Product).comma().str(k.Location).comma().str(k.Lot)
}

// textBlock is what stands before and behind statements that are to be one.
type textBlock struct{ begin, end string }

// packets puts the text into the block, or, when it is larger than size bytes
// then, cuts it at ends of statements into pieces that are not.
func (t *text) packets(size int, in textBlock) ([]string, error) {
	if len(in.begin)+len(t.b)+len(in.end) <= size {
		return []string{in.begin + string(t.b) + in.end}, nil
	}
	var all []string
	from, cut := 0, 0
	for _, end := range t.ends {
		if end-from > size {
			if cut > from {
				all = append(all, string(t.b[from:cut]))
				from = cut
			}
			if end-from > size {
				return nil, fmt.Errorf("a statement of %d bytes is larger than the server takes (%d): raise its max_allowed_packet", end-from, size)
			}
		}
		cut = end
	}
	return append(all, string(t.b[from:])), nil
}

// atOnce is how many bytes one INSERT has before another is begun: a packet
// can be cut between them.
const atOnce = 1 << 20

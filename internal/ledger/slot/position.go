package slot

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
)

// Position is a place in the books: everything up to Seq of one slot's log.
// It is a resumable cursor and a read-your-writes token.
type Position struct {
	Slot uint16
	Seq  engine.Seq
}

// ErrPosition says that a text is no position.
var ErrPosition = errors.New("not a position")

// String returns the position as it travels: opaque to clients.
func (p Position) String() string {
	return strconv.FormatUint(uint64(p.Slot), 10) + "-" + strconv.FormatUint(uint64(p.Seq), 10)
}

// ParsePosition reads what String wrote; ErrPosition for anything else.
func ParsePosition(s string) (Position, error) {
	slot, seq, ok := strings.Cut(s, "-")
	if !ok {
		return Position{}, fmt.Errorf("%w: %.40q", ErrPosition, s)
	}
	a, err1 := strconv.ParseUint(slot, 10, 16)
	b, err2 := strconv.ParseUint(seq, 10, 63)
	p := Position{uint16(a), engine.Seq(b)}
	if err1 != nil || err2 != nil || p.String() != s {
		return Position{}, fmt.Errorf("%w: %.40q", ErrPosition, s)
	}
	return p, nil
}

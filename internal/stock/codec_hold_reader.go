package stock

import "fmt"

// HoldReader reads many holds quickly, for what a ledger must know of them
// when it starts. The zero HoldReader is ready to use; it is not safe for
// concurrent use.
type HoldReader struct {
	room  []byte
	line  Line
	names map[string]string
}

// keepNames bounds the strings a HoldReader keeps.
const keepNames = 1 << 16

// OpenLines calls fn for each line of the hold that still holds something. The line and its
// Drawn are only valid until fn returns. Its strings may be kept, and equal strings share
// their memory. When OpenLines returns an error, which wraps ErrMalformed, the lines that
// fn received must not be used.
func (r *HoldReader) OpenLines(key HoldKey, packed []byte, fn func(line *Line)) error {
	body, sum := cutSum(packed)
	r.room = appendHoldKey(r.room[:0], key)
	if sum != keyedSum(body, r.room) {
		return fmt.Errorf("read hold: checksum: %w", ErrMalformed)
	}
	if r.names == nil || len(r.names) > keepNames {
		r.names = make(map[string]string)
	}
	if err := checkVersion("row of a hold", body, rowVersion); err != nil {
		return fmt.Errorf("read hold: %w", err)
	}
	s := rowSource{byteReader: byteReader{p: body[1:]}, names: r.names}
	s.bitmap(holdKnown)
	n := s.count(minRowLine)
	var base Time
	for i := 0; i < n && !s.bad; i++ {
		s.rowLine(&r.line, key.Tenant, base)
		base = r.line.CreatedAt
		if r.line.End == Open && !s.bad {
			fn(&r.line)
		}
	}
	if s.bad {
		return fmt.Errorf("read hold: %w", s.fault())
	}
	return nil
}

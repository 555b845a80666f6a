package figures

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Sum is one of the things that are summed.
type Sum int

// Calls and lines count in the group without a unit, whatever their products are counted in.
const (
	Reserves      Sum = iota // reserve calls that held something
	Refused                  // reserve calls with a key that were refused
	LinesReserved            // lines that reserve calls added to orders
	LinesExpired             // lines that were given back because their deadline had passed
	Reserved                 // units that reserves and changes of orders held
	Sold                     // units that left to a customer
	Returned                 // units that came back from one, withdrawn shipments among them
	Released                 // held units that were given back by a release or a change
	Expired                  // held units that were given back because their deadline had passed
	Received                 // units that came from suppliers
	Gained                   // units that a count or an adjustment found
	Lost                     // units that a count or an adjustment missed
	Partial                  // reserve calls that held some of what they asked for
	Counts                   // counts of an item that were booked
	CountsExact              // those that found what the books said
	Oversells                // bookings of an item that had promised or sold units which are not there
	Oversold                 // units that were promised or sold and are not there

	// Of levels: by how much they changed, up less down. They are in the group of the unit
	// and of no channel.
	onHand     // units on hand
	onHandRest // each change times the seconds that were left of the hour or quarter
	items      // items in use: opened, counted and not retired
	itemsRest
	out // items in use of which nothing is available
	outRest

	// Of transfers between locations, in units. A receipt that is taken back counts below 0.
	TransferShipped  // units that left for another location
	TransferReceived // units that arrived from one, without a surplus
	TransferReturned // units that came back because their transfer was cancelled
	TransferLost     // units that were lost on the way, at the location they left
	TransferSurplus  // units that arrived beyond what was shipped

	LinesEnded // lines that ended: their last unit left, was given back or expired
	numSums
)

// numNatural is how many sums come before those that may be below 0.
const numNatural = onHand

// Sums are the values of all sums. They stay at the greatest number when they come to it, those
// that may be below 0 also at the least.
type Sums [numSums]int64

func (s *Sums) add(of Sum, n int64) {
	was := s[of]
	switch s[of] += n; {
	case n > 0 && s[of] < was:
		s[of] = math.MaxInt64
	case n < 0 && s[of] > was:
		s[of] = math.MinInt64
	}
}

// isShown reports whether a sum that is no level's is not 0.
func (s *Sums) isShown() bool { return s.flows() != Sums{} }

// flows are the sums without those of levels.
func (s *Sums) flows() Sums {
	f := *s
	clear(f[onHand:TransferShipped])
	return f
}

// Add adds all of another.
func (s *Sums) Add(o *Sums) {
	for i, n := range o {
		s.add(Sum(i), n)
	}
}

// Group distinguishes the sums of one time and place.
type Group struct {
	Channel string // "": none
	// Unit and Scale are those that the product declares; "": it is counted in pieces.
	Unit  string
	Scale uint8
}

// groupOf is the group of a declared unit, and of no channel.
func groupOf(unit string, scale uint8) Group {
	if scale == 0 {
		return Group{}
	}
	return Group{Unit: unit, Scale: scale}
}

func (g Group) compare(o Group) int {
	if c := strings.Compare(g.Channel, o.Channel); c != 0 {
		return c
	}
	if c := strings.Compare(g.Unit, o.Unit); c != 0 {
		return c
	}
	return int(g.Scale) - int(o.Scale)
}

// sumBlock is the sums of one time and place.
type sumBlock map[Group]*Sums

func (b sumBlock) group(g Group) *Sums {
	s := b[g]
	if s == nil {
		s = new(Sums)
		b[g] = s
	}
	return s
}

func (b sumBlock) add(o sumBlock) {
	for g, s := range o {
		b.group(g).Add(s)
	}
}

// packed is the version of the packed form: groups sorted, each with its channel, unit and
// scale, how many sums there are, and these; those that may be below 0 in zigzag.
const packed = 1

func (b sumBlock) pack() []byte {
	dst := []byte{packed}
	for _, g := range slices.SortedFunc(maps.Keys(b), Group.compare) {
		dst = appendText(appendText(dst, g.Channel), g.Unit)
		dst = append(dst, g.Scale, byte(numSums))
		for i, n := range b[g] {
			if Sum(i) < numNatural {
				dst = binary.AppendUvarint(dst, uint64(n))
			} else {
				dst = binary.AppendVarint(dst, n)
			}
		}
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

var errMalformed = errors.New("malformed sums")

// unpack reads what pack wrote; nothing at all is a block without groups. A later version
// may have more sums at the end, which are left out.
func unpack(src []byte) (sumBlock, error) {
	b := sumBlock{}
	if len(src) == 0 {
		return b, nil
	}
	if src[0] != packed {
		return nil, fmt.Errorf("sums of version %d: %w", src[0], errMalformed)
	}
	r := sumsReader{src: src[1:]}
	for len(r.src) > 0 && !r.bad {
		g := Group{Channel: r.text(), Unit: r.text(), Scale: r.byte()}
		s := b.group(g)
		for i := range int(r.byte()) {
			switch n := r.number(); {
			case Sum(i) < numNatural:
				s.add(Sum(i), int64(min(n, math.MaxInt64)))
			case Sum(i) < numSums:
				s.add(Sum(i), int64(n>>1)^-int64(n&1))
			}
		}
	}
	if r.bad {
		return nil, errMalformed
	}
	return b, nil
}

type sumsReader struct {
	src []byte
	bad bool
}

func (r *sumsReader) number() uint64 {
	n, size := binary.Uvarint(r.src)
	if size <= 0 {
		r.bad, r.src = true, nil
		return 0
	}
	r.src = r.src[size:]
	return n
}

func (r *sumsReader) byte() byte {
	if len(r.src) == 0 {
		r.bad = true
		return 0
	}
	b := r.src[0]
	r.src = r.src[1:]
	return b
}

func (r *sumsReader) text() string {
	n := r.number()
	if n > uint64(len(r.src)) {
		r.bad, r.src = true, nil
		return ""
	}
	s := string(r.src[:n])
	r.src = r.src[n:]
	return s
}

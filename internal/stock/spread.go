package stock

import (
	"fmt"
	"slices"
	"strings"
)

// A location's items are in one bucket, its own, or, when it is spread, each in that of its
// product: the catalog says which. Before that is changed the location is sealed: in each
// slot a record says so, and the rows of all buckets keep it. The rows also keep how the
// location is placed from then on, and since when, so that a node which knows less is
// refused.

// BucketSet is a set of buckets.
type BucketSet [Buckets / 64]uint64

// Has reports whether the bucket is in the set.
func (s *BucketSet) Has(b Bucket) bool { return s[b/64]>>(b%64)&1 != 0 }

// Put adds the bucket to the set.
func (s *BucketSet) Put(b Bucket) { s[b/64] |= 1 << (b % 64) }

// All returns the buckets of the set, in order.
func (s *BucketSet) All() (all []Bucket) {
	for b := range Bucket(Buckets) {
		if s.Has(b) {
			all = append(all, b)
		}
	}
	return all
}

// The ways to write a set of buckets.
const (
	setNone byte = iota
	setAll
	setSome // 128 bytes, the lowest bucket first, in the lowest bit
)

// fullSet has every bucket.
func fullSet() (s BucketSet) {
	for i := range s {
		s[i] = ^uint64(0)
	}
	return s
}

func (s *BucketSet) append(dst []byte) []byte {
	switch *s {
	case BucketSet{}:
		return append(dst, setNone)
	case fullSet():
		return append(dst, setAll)
	}
	dst = append(dst, setSome)
	for _, word := range s {
		for i := range 8 {
			dst = append(dst, byte(word>>(8*i)))
		}
	}
	return dst
}

// read reads what append wrote.
func (s *BucketSet) read(from *byteReader) {
	*s = BucketSet{}
	switch from.byte() {
	case setNone:
	case setAll:
		*s = fullSet()
	case setSome:
		for i, b := range from.take(Buckets / 8) {
			s[i/8] |= uint64(b) << (i % 8 * 8)
		}
		from.want(*s != BucketSet{} && *s != fullSet())
	default:
		from.spoil()
	}
}

// Seal is how far the change of a location is.
type Seal uint8

// The seals of a location. Their numbers are kept for ever.
const (
	// Unsealed: its items are where Placement.Spread says.
	Unsealed Seal = iota
	// Sealed: no command about it is carried out.
	Sealed
	// Following: only for its own bucket. Items and lines change buckets in the slot, and
	// no bucket leaves it.
	Following
	seals
)

// String names the seal.
func (s Seal) String() string {
	return [...]string{"unsealed", "sealed", "following"}[s]
}

// Placement is what a bucket's row keeps of a location whose placement was ever changed.
type Placement struct {
	Tenant, Location string
	Seal             Seal
	// Spread says that its items are placed by product, or are to be.
	Spread bool
	// At is when Spread was set: keys of requests from before may be those of the other
	// way.
	At Time
}

// Bucket returns the bucket that an item of the location is in.
func (p *Placement) Bucket(product string) Bucket {
	if p.Spread {
		return SpreadBucketOf(p.Tenant, p.Location, product)
	}
	return BucketOf(p.Tenant, p.Location)
}

// Placements are the packed placements of a bucket's row, in byte order.
type Placements string

// Each calls fn for each placement.
func (p Placements) Each(fn func(*Placement)) {
	for s := (byteReader{p: []byte(p)}); len(s.p) > 0 && !s.bad; {
		var e Placement
		e.read(&s)
		fn(&e)
	}
}

// withLocation is p with the location as it is in e.
func (p Placements) withLocation(e *Placement) Placements {
	all := []Placement{*e}
	p.Each(func(o *Placement) {
		if o.compare(e) != 0 {
			all = append(all, *o)
		}
	})
	slices.SortFunc(all, func(a, b Placement) int { return a.compare(&b) })
	var dst []byte
	for i := range all {
		dst = all[i].append(dst)
	}
	return Placements(dst)
}

// valid reports whether p could be the result of with.
func (p Placements) valid() bool {
	var last *Placement
	s := byteReader{p: []byte(p)}
	for len(s.p) > 0 && !s.bad {
		var e Placement
		e.read(&s)
		if last != nil && last.compare(&e) >= 0 {
			return false
		}
		last = &e
	}
	return !s.bad
}

func (p *Placement) compare(o *Placement) int {
	if c := strings.Compare(p.Tenant, o.Tenant); c != 0 {
		return c
	}
	return strings.Compare(p.Location, o.Location)
}

// The bits of the bitmap of a placement, and of a spread.
const (
	placementSpread uint64 = 1 << iota // a yes
	placementKnown         = 1<<iota - 1
)

func (p *Placement) append(dst []byte) []byte {
	dst = appendUint(dst, bit(p.Spread, placementSpread))
	dst = appendString(appendString(dst, p.Tenant), p.Location)
	return appendInt(append(dst, byte(p.Seal)), int64(p.At))
}

// read reads what append wrote.
func (p *Placement) read(s *byteReader) {
	p.Spread = s.bitmap(placementKnown)&placementSpread != 0
	p.Tenant, p.Location, p.Seal, p.At = s.string(), s.string(), Seal(s.byte()), Time(s.int())
	s.want(p.Seal < seals)
}

// Placement returns what the row keeps of a location, nil when its placement was never
// changed. A bucket may have no row (nil).
func (h *Handover) Placement(tenant, location string) (found *Placement) {
	if h == nil || h.Placements == "" {
		return nil
	}
	h.Placements.Each(func(p *Placement) {
		if p.Tenant == tenant && p.Location == location {
			found = p
		}
	})
	return found
}

// Spread writes, into the rows of buckets that all live in the slot, how far the change of
// a location is. It moves nothing.
type Spread struct {
	Placement // At is that of the event
	Buckets   BucketSet
}

// Op names the command.
func (c Spread) Op() Op { return OpSpread }

// Reach says that the command is about no item and no order.
func (c Spread) Reach() Reach { return Reach{} }

// AppendCanonical appends what makes two requests the same.
func (c Spread) AppendCanonical(dst []byte) []byte {
	return c.append(appendString(append(dst, byte(OpSpread)), c.Tenant))
}

// The keeper of the rows decides whether the location may take the step.
func (c Spread) decide(_ State, now Time) (Event, error) {
	c.At = now
	return Event{Op: OpSpread, Tenant: c.Tenant, Spread: &c}, nil
}

func (c *Spread) append(dst []byte) []byte {
	dst = appendUint(dst, bit(c.Placement.Spread, placementSpread))
	dst = append(appendString(dst, c.Location), byte(c.Seal))
	return c.Buckets.append(appendInt(dst, int64(c.At)))
}

// read reads what append wrote: all but the tenant.
func (c *Spread) read(s *byteReader) {
	c.Placement.Spread = s.bitmap(placementKnown)&placementSpread != 0
	c.Location, c.Seal, c.At = s.string(), Seal(s.byte()), Time(s.int())
	s.want(c.Seal < seals)
	c.Buckets.read(s)
}

// Rows are the rows that the command makes of the last ones (nil: none).
func (c *Spread) Rows(last func(Bucket) *Handover) (rows []*Handover) {
	for _, b := range c.Buckets.All() {
		next := Handover{Bucket: b}
		if was := last(b); was != nil {
			next = *was
		}
		next.Placements = next.Placements.withLocation(&c.Placement)
		rows = append(rows, &next)
	}
	return rows
}

// String shows the seal, the placement and the number of buckets.
func (c *Spread) String() string {
	return fmt.Sprintf("location %q: %s, spread %t, in %d buckets", c.Location, c.Seal, c.Placement.Spread, len(c.Buckets.All()))
}

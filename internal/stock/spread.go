package stock

import (
	"fmt"
	"slices"
	"strings"
)

// A location's items lie in one bucket, its own, or, when it is spread, each in
// that of its product. Those of them that go by one bucket are a share of the
// location. How a location is placed can change, share by share, each within
// the slot in which both buckets live then. What a bucket's row keeps of that
// tells for good where the items are: whatever a command says that was made
// before, it finds a share only where it lies.

// Shares is a set of buckets: those of a location's products.
type Shares [Buckets / 64]uint64

// AllShares has every bucket.
func AllShares() (s Shares) {
	for i := range s {
		s[i] = ^uint64(0)
	}
	return s
}

// Has reports whether the bucket is in the set.
func (s *Shares) Has(b Bucket) bool { return s[b/64]>>(b%64)&1 != 0 }

// Put takes the bucket into the set, or out of it.
func (s *Shares) Put(b Bucket, in bool) {
	if in {
		s[b/64] |= 1 << (b % 64)
	} else {
		s[b/64] &^= 1 << (b % 64)
	}
}

// Each calls fn for each bucket of the set, in order.
func (s *Shares) Each(fn func(Bucket)) {
	for b := range Bucket(Buckets) {
		if s.Has(b) {
			fn(b)
		}
	}
}

// Spreading is what a bucket's row keeps of a location.
type Spreading struct {
	Tenant, Location string
	// Turn counts how often the location's shares were told to change places.
	Turn uint64
	// At is when that was last, of shares of this bucket: keys of requests from
	// before are those of the other way to place them.
	At Time
	// Pending says, in the location's own bucket, that items and lines may lie
	// where they were. Until they do not, no bucket leaves the slot.
	Pending bool
	// On says, likewise, that the turn is to spread it.
	On bool
	// Out are the shares that do not lie in this bucket.
	Out Shares
}

// Spreads are the packed locations of a bucket's row, in byte order.
type Spreads string

// Of returns what is kept of the location.
func (p Spreads) Of(tenant, location string) (Spreading, bool) {
	for s := (source{p: []byte(p)}); len(s.p) > 0 && !s.bad; {
		if e := s.spreading(); e.Tenant == tenant && e.Location == location {
			return e, true
		}
	}
	return Spreading{}, false
}

// Pending reports whether a location of the row has items or lines that may
// lie where they were.
func (p Spreads) Pending() bool {
	for s := (source{p: []byte(p)}); len(s.p) > 0 && !s.bad; {
		if s.spreading().Pending {
			return true
		}
	}
	return false
}

// Changing returns those locations of the row of which items and lines may lie
// where they were.
func (p Spreads) Changing() (all []Spreading) {
	for s := (source{p: []byte(p)}); len(s.p) > 0 && !s.bad; {
		if e := s.spreading(); e.Pending {
			all = append(all, e)
		}
	}
	return all
}

// with is p with the location as it is in e.
func (p Spreads) with(e *Spreading) Spreads {
	var all []Spreading
	for s := (source{p: []byte(p)}); len(s.p) > 0 && !s.bad; {
		if o := s.spreading(); o.Tenant != e.Tenant || o.Location != e.Location {
			all = append(all, o)
		}
	}
	all = append(all, *e)
	slices.SortFunc(all, func(a, b Spreading) int { return a.compare(&b) })
	var dst []byte
	for i := range all {
		dst = all[i].append(dst)
	}
	return Spreads(dst)
}

// valid reports whether p is what with makes.
func (p Spreads) valid() bool {
	var last *Spreading
	s := source{p: []byte(p)}
	for len(s.p) > 0 && !s.bad {
		e := s.spreading()
		if last != nil && last.compare(&e) >= 0 {
			return false
		}
		last = &e
	}
	return !s.bad
}

func (e *Spreading) compare(o *Spreading) int {
	if c := strings.Compare(e.Tenant, o.Tenant); c != 0 {
		return c
	}
	return strings.Compare(e.Location, o.Location)
}

func (e *Spreading) append(dst []byte) []byte {
	dst = appendString(appendString(dst, e.Tenant), e.Location)
	dst = appendInt(appendUint(dst, e.Turn), int64(e.At))
	dst = append(dst, bit[byte](e.Pending, 1)|bit[byte](e.On, 2))
	return e.Out.append(dst)
}

func (s *source) spreading() (e Spreading) {
	e.Tenant, e.Location = s.string(), s.string()
	e.Turn, e.At = s.uint(), Time(s.int())
	flags := s.byte()
	s.want(flags < 4)
	e.Pending, e.On = flags&1 != 0, flags&2 != 0
	e.Out = s.shares()
	return e
}

// How a set of shares is written.
const (
	sharesNone byte = iota
	sharesAll
	sharesSome // 128 bytes, the lowest bucket first, in the lowest bit
)

func (s *Shares) append(dst []byte) []byte {
	switch *s {
	case Shares{}:
		return append(dst, sharesNone)
	case AllShares():
		return append(dst, sharesAll)
	}
	dst = append(dst, sharesSome)
	for _, word := range s {
		for i := range 8 {
			dst = append(dst, byte(word>>(8*i)))
		}
	}
	return dst
}

func (s *source) shares() (set Shares) {
	switch s.byte() {
	case sharesNone:
	case sharesAll:
		set = AllShares()
	case sharesSome:
		for i, b := range s.take(Buckets / 8) {
			set[i/8] |= uint64(b) << (i % 8 * 8)
		}
		s.want(set != Shares{} && set != AllShares())
	default:
		s.spoil()
	}
	return set
}

// Lacks reports whether items of the share that the item is of do not lie in
// the bucket, though they may by its number. A bucket without a row (nil) lacks
// nothing.
func (h *Handover) Lacks(k ItemKey) bool {
	e, share, ok := h.spreads(k)
	return ok && e.Out.Has(share)
}

// spreads returns what the row keeps of the item's location, and its share;
// false when the item never changed between this bucket and another.
func (h *Handover) spreads(k ItemKey) (e Spreading, share Bucket, ok bool) {
	if h == nil || h.Spreads == "" {
		return e, 0, false
	}
	own := BucketOf(k.Tenant, k.Location)
	share = SpreadBucketOf(k.Tenant, k.Location, k.Product)
	if own == share || h.Bucket != own && h.Bucket != share {
		return e, 0, false
	}
	e, ok = h.Spreads.Of(k.Tenant, k.Location)
	return e, share, ok
}

// Since returns when the item's share came to lie in the bucket, or left it;
// false when it never did either.
func (h *Handover) Since(k ItemKey) (Time, bool) {
	e, _, ok := h.spreads(k)
	return e.At, ok
}

// Place returns the bucket that an item lies in by the row of its location's
// own bucket; false when that says nothing.
func (h *Handover) Place(k ItemKey) (Bucket, bool) {
	e, share, ok := h.spreads(k)
	switch {
	case !ok:
		return 0, false
	case e.Out.Has(share):
		return share, true
	}
	return h.Bucket, true
}

// Spread changes where shares of a location lie: from its own bucket to those
// of its products, or back. All of the buckets live in the slot. Their items
// and lines follow (Rehouse); Done says that they have.
type Spread struct {
	Tenant, Location string
	On               bool
	Shares           Shares
	// Turn is one more than the location's last; with Done, the one that is.
	Turn uint64
	Done bool
	At   Time // of the event
}

// Op names the command.
func (c Spread) Op() Op { return OpSpread }

// Reach says that the command is about no item and no order.
func (c Spread) Reach() Reach { return Reach{} }

// AppendCanonical appends what makes two requests the same.
func (c Spread) AppendCanonical(dst []byte) []byte {
	return c.append(appendString(append(dst, byte(OpSpread)), c.Tenant))
}

// Whether the shares may change is for who keeps the rows to say.
func (c Spread) decide(_ State, now Time) (Event, error) {
	c.At = now
	return Event{Op: OpSpread, Tenant: c.Tenant, Spread: &c}, nil
}

func (c *Spread) append(dst []byte) []byte {
	dst = appendString(dst, c.Location)
	dst = append(dst, bit[byte](c.On, 1)|bit[byte](c.Done, 2))
	dst = appendInt(appendUint(dst, c.Turn), int64(c.At))
	return c.Shares.append(dst)
}

func (s *source) spread(tenant string) *Spread {
	c := &Spread{Tenant: tenant, Location: s.string()}
	flags := s.byte()
	s.want(flags < 4)
	c.On, c.Done = flags&1 != 0, flags&2 != 0
	c.Turn, c.At = s.uint(), Time(s.int())
	c.Shares = s.shares()
	return c
}

// Buckets are those whose rows the command changes: the location's own first.
func (c *Spread) Buckets() []Bucket {
	own := BucketOf(c.Tenant, c.Location)
	all := []Bucket{own}
	if !c.Done {
		c.Shares.Each(func(b Bucket) {
			if b != own {
				all = append(all, b)
			}
		})
	}
	return all
}

// Rows are the rows that the command makes of the last ones (nil: none).
func (c *Spread) Rows(last func(Bucket) *Handover) []*Handover {
	var rows []*Handover
	for i, b := range c.Buckets() {
		rows = append(rows, c.row(last(b), b, i == 0))
	}
	return rows
}

func (c *Spread) row(was *Handover, b Bucket, own bool) *Handover {
	next := Handover{Bucket: b}
	if was != nil {
		next = *was
	}
	e, known := next.Spreads.Of(c.Tenant, c.Location)
	if !known {
		e = Spreading{Tenant: c.Tenant, Location: c.Location}
		if !c.On {
			e.Out = AllShares() // it was opened as spread
		}
	}
	switch {
	case c.Done:
		e.Pending = false
	case own:
		c.Shares.Each(func(share Bucket) { e.Out.Put(share, c.On) })
		e.Turn, e.At, e.Pending, e.On = c.Turn, c.At, true, c.On
	default:
		e.Out = Shares{}
		if !c.On {
			e.Out = AllShares()
		}
		e.Turn, e.At = c.Turn, c.At
	}
	next.Spreads = next.Spreads.with(&e)
	return &next
}

// String shows what is told to change.
func (c *Spread) String() string {
	n := 0
	c.Shares.Each(func(Bucket) { n++ })
	return fmt.Sprintf("turn %d of location %q: on %t, done %t, %d shares", c.Turn, c.Location, c.On, c.Done, n)
}

package world

import (
	"cmp"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// The model of the contract: what a shop and its orders look like, and what
// each call does to them. It is written from API.md, on purpose without the
// code it judges.

type shop struct {
	items  map[itemKey]*item
	orders map[string][]*line // in the order in which they were made
}

type line struct {
	itemKey
	channel, want                       string // what it wants of lots, "": any
	requested, held, deducted, released int64
	lastDeducted, lastReleased          int64
	deadline                            int64 // 0: committed, there is none
	state                               string
	// drawn is where the held units came from, unless they are in another bucket.
	// counts says that the item's figures of the channel have them.
	drawn  portions
	counts bool
	// How the last held unit went: lapsed with the deadline, or left with a deduct.
	lapsed, left bool

	// bucket is where the line is decided; away says that its units are in another one,
	// as a leg of the call. made is the record that made it, since its time.
	bucket stock.Bucket
	away   bool
	call   [16]byte
	made   int
	since  int64
	// follows says that the line is a leg; undone that it counts as never held.
	follows, undone bool
}

const (
	active    = "active"
	confirmed = "confirmed"
	cancelled = "cancelled"
	expired   = "expired"
)

func newShop() *shop { return &shop{items: map[itemKey]*item{}, orders: map[string][]*line{}} }

// keys are those of the items, in an order that is the same each time.
func (s *shop) keys() []itemKey {
	return slices.SortedFunc(maps.Keys(s.items), func(a, b itemKey) int {
		return cmp.Or(cmp.Compare(a.product, b.product), cmp.Compare(a.location, b.location))
	})
}

// item returns the item, empty when nobody has opened it.
func (s *shop) item(k itemKey) item {
	if it := s.items[k]; it != nil {
		return *it
	}
	return item{}
}

func (s *shop) find(order string, k itemKey) *line {
	for _, l := range s.orders[order] {
		if l.itemKey == k {
			return l
		}
	}
	return nil
}

// isPast reports whether the line holds units past its deadline.
func (l *line) isPast(now int64) bool {
	return l.state == active && l.deadline != 0 && l.deadline <= now
}

// expireAt is the line as it counts at a time: past its deadline it has expired.
func (l *line) expireAt(now int64) line {
	c := *l
	if c.isPast(now) && !c.follows {
		c.released += c.held
		c.held, c.drawn = 0, portions{}
		c.end(expired)
	}
	return c
}

// end gives the line the state that the contract has for how it ended.
func (l *line) end(how string) {
	l.state = how
	if l.deducted > 0 {
		l.state = confirmed
	}
	l.lapsed = how == expired
	l.left = how == confirmed
}

// due are the lines that hold units of the item past their deadline.
func (s *shop) due(k itemKey, now int64) []*line {
	var all []*line
	for _, lines := range s.orders {
		for _, l := range lines {
			if l.itemKey == k && !l.away && l.isPast(now) {
				all = append(all, l)
			}
		}
	}
	return all
}

// freed is the item as it counts at a time when the lines have given back what they hold, and
// expired lots are withheld. Only the figures of what their channels hold of the pool follow later.
// The line that was due first is the first to cover what is owed.
func (it item) freed(lines []*line, now int64) item {
	it.lapse(now)
	slices.SortStableFunc(lines, func(a, b *line) int { return cmp.Or(cmp.Compare(a.deadline, b.deadline), a.made-b.made) })
	for _, l := range lines {
		c := *l
		it.giveUnitsBack(&c, c.held, "", now)
	}
	return it
}

// outcome is what a call answers, and what it changes.
type outcome struct {
	code string // of a refusal, "" for success
	// also are other codes that are equally right: several lines may be in the way.
	also   []string
	shorts []shortage
	// reservations are the lines to be shown, as they are afterwards.
	reservations []line
	item         *item // of a call about one
	version      int64 // of a version conflict
	// put is by how much an allotment changes what is in each place.
	put [places]int64
	// The figures in an answer to a look, a sale made elsewhere or a retirement.
	posted, oversold, writtenOff int64
	superseded                   bool
	// moved is how many units a relocation moves.
	moved int64
	// changes are carried out when the call happens; nothing else changes.
	changes []func()
}

func (o *outcome) refuse(code string) *outcome {
	o.code, o.changes, o.reservations, o.shorts = code, nil, nil, nil
	return o
}

// do says what the call does at a time.
func (s *shop) do(c *command, now int64) *outcome {
	o := &outcome{}
	switch c.verb {
	case "reserve":
		return s.reserve(c, now, o)
	case "change":
		return s.change(c, now, o)
	case "release", "deduct", "commit", "extend":
		return s.target(c, now, o)
	case "relocate":
		return s.relocate(c, now, o)
	case left, came:
		return s.relocated(c, now, o)
	}
	it := s.item(c.item)
	if it.version == 0 {
		it.ruled = c.ruled
	}
	was := it
	if do := verbs[c.verb].do; do != nil {
		do(&it, c, now, o)
	}
	switch c.verb {
	case "create":
		if it.version > 0 {
			return o.refuse("ALREADY_EXISTS")
		}
		it.has[pool] += c.qty
		it.version++
	case "adjust":
		if c.version >= 0 && c.version != it.version {
			o.version = it.version
			return o.refuse("VERSION_CONFLICT")
		}
		by, gives, owed := c.qty, []place{c.shelf()}, it.owed
		if c.set {
			by = c.qty - it.onHandOf(c.lot)
		}
		if c.set && c.lot == 0 {
			it.owed = 0                    // what is held is on the shelf
			for n := range quotaChannels { // a stock take that finds less takes from quotas as well
				gives = append(gives, quota+place(n))
			}
		}
		if lacks := it.correct(by, gives, now); lacks > 0 {
			o.refuse("INSUFFICIENT_STOCK")
			o.shorts = []shortage{{c.item.product, c.item.location, -by, -by - lacks, ""}}
			return o
		}
		if c.set && c.lot == 0 && (by != 0 || owed > 0) { // somebody looked
			it.seen = max(now, it.seen+1)
		}
	case "threshold":
		if it.version == 0 || it.threshold != c.threshold {
			it.threshold = c.threshold
			it.version++
		}
	case "sale":
		if it.version == 0 || it.off == c.onSale {
			it.off = !c.onSale
			it.version++
		}
	case "set_quotas":
		it.setQuotas(c, now, o)
	case "allot":
		it.allot(c)
		for p := range it.has {
			o.put[p] = it.has[p] - was.has[p]
		}
	case "reset_sold":
		it.reset(c, now, o)
	}
	if o.code != "" || c.verb == "cleanup" {
		return o
	}
	if it.forget(); it != was && it.version == was.version {
		it.version++
	}
	if was.retired && it != was && verbs[c.verb].dead {
		return o.refuse("INVALID_STATE")
	}
	o.item = &it
	if it != was {
		o.changes = append(o.changes, func() { s.items[c.item] = &it })
	}
	return o
}

// correct changes the units there are by that many and returns how many the places lack. A surplus
// goes into the first of them, where it covers what is owed.
func (it *item) correct(by int64, gives []place, now int64) (lacks int64) {
	if by > 0 {
		if it.sold(gives[0], now) {
			by = it.settle(by)
		}
		it.arrive(gives[0], by, now)
		return 0
	}
	lacks = -by
	for _, p := range gives {
		n := min(lacks, it.has[p])
		it.has[p] -= n
		lacks -= n
	}
	return lacks
}

// touch is a change of an item that another change does not undo.
func (s *shop) touch(k itemKey, fn func(*item)) {
	it := s.items[k]
	if it == nil {
		it = &item{}
		s.items[k] = it
	}
	fn(it)
	it.forget()
	it.version++
}

func (s *shop) reserve(c *command, now int64, o *outcome) *outcome {
	var asks []demand
	for _, d := range c.lines {
		if i := slices.IndexFunc(asks, func(a demand) bool { return a.itemKey == d.itemKey }); i >= 0 {
			asks[i].qty += d.qty
		} else {
			asks = append(asks, d)
		}
	}
	var lacking []shortage
	for _, a := range asks {
		if has := s.find(c.order, a.itemKey); has != nil {
			l := has.expireAt(now)
			if code := l.describeConflict(a.qty, c); code != "" {
				o.also = append(o.also, code)
				continue
			}
			if got := l.held + l.deducted + l.released; got < a.qty {
				o.shorts = append(o.shorts, shortage{a.product, a.location, a.qty, got, ""})
			}
			o.reservations = append(o.reservations, l)
			continue
		}
		it := s.item(a.itemKey)
		gets, reason := min(a.qty, it.drawable(c.channel, c.want, now)), ""
		if it.off {
			reason = "not_on_sale"
		}
		if gets < a.qty {
			lacks := shortage{a.product, a.location, a.qty, gets, reason}
			lacking, o.shorts = append(lacking, lacks), append(o.shorts, lacks)
		}
		if gets == 0 {
			continue
		}
		l := line{itemKey: a.itemKey, channel: c.channel, want: c.want, requested: a.qty, held: gets, deadline: now + c.ttl*1000, state: active}
		it.draw(&l, gets, now)
		o.reservations = append(o.reservations, l)
		o.changes = append(o.changes, func() {
			own := l
			s.orders[c.order] = append(s.orders[c.order], &own)
			s.touch(l.itemKey, func(it *item) { it.draw(&own, gets, now) })
		})
	}
	if o.also != nil {
		return o.refuse(o.also[0])
	}
	if lacking != nil && !c.partial {
		o.refuse("INSUFFICIENT_STOCK")
		o.shorts = lacking
	}
	return o
}

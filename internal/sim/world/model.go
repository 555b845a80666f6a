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
	// drawn is where the held units came from, unless they lie away. counts says
	// that the item's figures of the channel have them.
	drawn  portions
	counts bool
	// How the last held unit went: lapsed with the deadline, or left with a deduct.
	lapsed, left bool

	// bucket is where the line is decided; away says that its units lie in
	// another one, as a leg of the call. made is the record that made it,
	// since its time.
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

// past reports whether the line holds units past its deadline.
func (l *line) past(now int64) bool { return l.state == active && l.deadline != 0 && l.deadline <= now }

// at is the line as it counts at a time: past its deadline it has expired.
func (l *line) at(now int64) line {
	c := *l
	if c.past(now) && !c.follows {
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
			if l.itemKey == k && !l.away && l.past(now) {
				all = append(all, l)
			}
		}
	}
	return all
}

// freed is the item as it counts at a time when the lines have given back what
// they hold, and expired lots are withheld. Only what their channels hold of the
// pool follows later.
func (it item) freed(lines []*line, now int64) item {
	it.lapse(now)
	was := it.channels
	for _, l := range lines {
		c := *l
		it.back(&c, c.held, now)
	}
	for n := range was {
		it.channels[n].heldFromPool = was[n].heldFromPool
	}
	return it
}

// outcome is what a call answers, and what it changes.
type outcome struct {
	code string // of a refusal, "" for success
	// also are other codes that are as right: several lines may be in the way.
	also   []string
	shorts []shortage
	// reservations are the lines to be shown, as they are afterwards.
	reservations []line
	item         *item // of a call about one
	version      int64 // of a version conflict
	// put is by how much an allotment changes what is in each place.
	put [places]int64
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
	case "release", "deduct", "commit", "extend":
		return s.target(c, now, o)
	}
	it := s.item(c.item)
	was := it
	switch c.verb {
	case "create":
		if it.version > 0 {
			return o.refuse("ALREADY_EXISTS")
		}
		it.has[pool] += c.qty
		it.version++
	case "restock":
		if c.lot > 0 {
			it.receive(c.lot-1, c.qty, now)
		} else {
			it.has[pool] += c.qty
		}
	case "adjust":
		if c.version >= 0 && c.version != it.version {
			o.version = it.version
			return o.refuse("VERSION_CONFLICT")
		}
		by, gives := c.qty, []place{pool}
		if c.set {
			by = c.qty - it.onHand()
			for n := range quotaChannels { // a stock take that finds less takes from quotas as well
				gives = append(gives, quota+place(n))
			}
		}
		if lacks := it.correct(by, gives); lacks > 0 {
			o.refuse("INSUFFICIENT_STOCK")
			o.shorts = []shortage{{c.item.product, c.item.location, -by, -by - lacks, ""}}
			return o
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
	case "recall":
		it.recall(c, now, o)
	case "move":
		it.move(c, now, o)
	case "return":
		it.put(c, now, o)
	}
	if o.code != "" || c.verb == "cleanup" {
		return o
	}
	if it.forget(); it != was && it.version == was.version {
		it.version++
	}
	o.item = &it
	if it != was {
		o.changes = append(o.changes, func() { s.items[c.item] = &it })
	}
	return o
}

// correct changes what there is by so much and returns what the places lack.
func (it *item) correct(by int64, gives []place) (lacks int64) {
	if by > 0 {
		it.has[pool] += by
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

// change is a change of an item that another does not undo.
func (s *shop) change(k itemKey, fn func(*item)) {
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
			l := has.at(now)
			if code := l.inTheWay(a.qty, c); code != "" {
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
			s.change(l.itemKey, func(it *item) { it.draw(&own, gets, now) })
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

// inTheWay is why a reserve of n units cannot have the line that the order has,
// "" when it is the same reserve.
func (l *line) inTheWay(n int64, c *command) string {
	switch {
	case l.state != active && l.lapsed:
		return "RESERVATION_EXPIRED"
	case l.state != active:
		return "INVALID_STATE"
	case l.requested != n || l.channel != c.channel || l.want != c.want:
		return "ALREADY_EXISTS"
	}
	return ""
}

// target is release, deduct, commit and extend.
func (s *shop) target(c *command, now int64, o *outcome) *outcome {
	lines := s.orders[c.order]
	if c.item.product != "" {
		if l := s.find(c.order, c.item); l != nil {
			lines = []*line{l}
		} else {
			lines = nil
		}
	}
	if len(lines) == 0 {
		return o.refuse("NOT_FOUND")
	}
	refused, granted := "", false
	for _, stored := range lines {
		l := stored.at(now)
		code := s.take(c, now, stored, &l, o)
		o.reservations = append(o.reservations, l)
		switch {
		case code == "":
			granted = true
		case refused == "" || code == "RESERVATION_EXPIRED":
			refused = code
		}
	}
	if !granted {
		return o.refuse(refused)
	}
	return o
}

// take is what a call does to one line, or the code of the refusal.
func (s *shop) take(c *command, now int64, stored, l *line, o *outcome) string {
	if c.verb == "commit" || c.verb == "extend" {
		return l.last(c, now, stored, o)
	}
	deduct := c.verb == "deduct"
	if l.state != active {
		again := c.qty == 0 && l.released > 0 || c.qty > 0 && c.qty == l.lastReleased
		if deduct {
			again = c.qty == 0 && l.left || c.qty > 0 && c.qty == l.lastDeducted
		}
		switch {
		case again:
			return ""
		case l.lapsed:
			return "RESERVATION_EXPIRED"
		}
		return "INVALID_STATE"
	}
	n := c.qty
	switch {
	case n == 0:
		n = l.held
	case n > l.held:
		return "INVALID_STATE"
	case n < l.held && c.key == "":
		return "INVALID_ARGUMENT"
	}
	l.held -= n
	if deduct {
		l.deducted += n
		l.lastDeducted = n
	} else {
		l.released += n
		l.lastReleased = n
	}
	if l.held == 0 {
		l.end(map[bool]string{true: confirmed, false: cancelled}[deduct])
	}
	leave := func(it *item, l *line) {
		if deduct {
			it.sell(l, n)
		} else {
			it.back(l, n, now)
		}
	}
	if !l.away {
		it := s.item(l.itemKey)
		leave(&it, l) // what it still holds is to be shown
	}
	after := *l
	o.changes = append(o.changes, func() {
		was := *stored
		*stored = after
		if !stored.away {
			s.change(stored.itemKey, func(it *item) { leave(it, &was) })
		}
	})
	return ""
}

// last is what commit and extend do to one line: they change how long it holds
// its units, and no unit moves.
func (l *line) last(c *command, now int64, stored *line, o *outcome) string {
	until := int64(0)
	switch {
	case c.verb == "commit" && (l.left || l.state == active && l.deadline == 0):
		return "" // it is so, or was until the units left
	case l.state != active && l.lapsed:
		return "RESERVATION_EXPIRED"
	case l.state != active:
		return "INVALID_STATE"
	case c.verb == "extend" && l.deadline == 0:
		return "INVALID_STATE"
	case c.verb == "extend":
		until = now + c.ttl*1000
	}
	if l.deadline == until {
		return ""
	}
	l.deadline = until
	after := *l
	o.changes = append(o.changes, func() { *stored = after })
	return ""
}

// expire carries out that the line's deadline has passed.
func (s *shop) expire(l *line, now int64) {
	n, was := l.held, *l
	*l = l.at(now)
	if !l.away {
		s.change(l.itemKey, func(it *item) { it.back(&was, n, now) })
	}
}

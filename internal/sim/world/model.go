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

type item struct {
	available, held, onHand int64
	threshold               int64
	version                 int64
	off                     bool // not on sale
}

type line struct {
	itemKey
	requested, held, deducted, released int64
	lastDeducted, lastReleased          int64
	deadline                            int64
	state                               string
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

// at is the line as it counts at a time: past its deadline it has expired.
func (l *line) at(now int64) line {
	c := *l
	if c.state == active && c.deadline <= now && !c.follows {
		c.released += c.held
		c.held = 0
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

// due is what holds past their deadline hold of the item.
func (s *shop) due(k itemKey, now int64) int64 {
	var n int64
	for _, lines := range s.orders {
		for _, l := range lines {
			if l.itemKey == k && !l.away && l.state == active && l.deadline <= now {
				n += l.held
			}
		}
	}
	return n
}

// outcome is what a call answers, and what it changes.
type outcome struct {
	code   string // of a refusal, "" for success
	shorts []shortage
	// reservations are the lines to be shown, as they are afterwards.
	reservations []line
	item         *item // of a call about one
	version      int64 // of a version conflict
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
	case "release", "deduct":
		return s.target(c, now, o)
	}
	it := s.item(c.item)
	switch c.verb {
	case "create":
		if it.version > 0 {
			return o.refuse("ALREADY_EXISTS")
		}
		it.add(c.qty)
		it.version++
	case "restock":
		it.add(c.qty)
		it.version++
	case "adjust":
		if c.version >= 0 && c.version != it.version {
			o.version = it.version
			return o.refuse("VERSION_CONFLICT")
		}
		by := c.qty
		if c.set {
			by = c.qty - it.onHand
		}
		if by < 0 && it.available < -by {
			o.refuse("INSUFFICIENT_STOCK")
			o.shorts = []shortage{{c.item.product, c.item.location, -by, it.available, ""}}
			return o
		}
		if by != 0 {
			it.add(by)
			it.version++
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
	}
	if c.verb == "cleanup" {
		return o
	}
	o.item = &it
	if it.version != s.item(c.item).version {
		o.changes = append(o.changes, func() { s.items[c.item] = &it })
	}
	return o
}

func (it *item) add(n int64) {
	it.available += n
	it.onHand += n
}

// change is a change of an item that another does not undo.
func (s *shop) change(k itemKey, fn func(*item)) {
	it := s.items[k]
	if it == nil {
		it = &item{}
		s.items[k] = it
	}
	fn(it)
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
			switch {
			case l.state != active && l.lapsed:
				return o.refuse("RESERVATION_EXPIRED")
			case l.state != active:
				return o.refuse("INVALID_STATE")
			case l.requested != a.qty:
				return o.refuse("ALREADY_EXISTS")
			}
			if got := l.held + l.deducted + l.released; got < a.qty {
				o.shorts = append(o.shorts, shortage{a.product, a.location, a.qty, got, ""})
			}
			o.reservations = append(o.reservations, l)
			continue
		}
		it := s.item(a.itemKey)
		gets, reason := min(a.qty, it.available), ""
		if it.off {
			gets, reason = 0, "not_on_sale"
		}
		if gets < a.qty {
			lacks := shortage{a.product, a.location, a.qty, gets, reason}
			lacking, o.shorts = append(lacking, lacks), append(o.shorts, lacks)
		}
		if gets == 0 {
			continue
		}
		l := line{itemKey: a.itemKey, requested: a.qty, held: gets, deadline: now + c.ttl*1000, state: active}
		o.reservations = append(o.reservations, l)
		o.changes = append(o.changes, func() {
			own := l
			s.orders[c.order] = append(s.orders[c.order], &own)
			s.change(l.itemKey, func(it *item) { it.available -= gets; it.held += gets })
		})
	}
	if lacking != nil && !c.partial {
		o.refuse("INSUFFICIENT_STOCK")
		o.shorts = lacking
	}
	return o
}

// target is release and deduct.
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
		code := s.take(c, stored, &l, o)
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

// take is what release or deduct do to one line, or the code of the refusal.
func (s *shop) take(c *command, stored, l *line, o *outcome) string {
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
	after := *l
	o.changes = append(o.changes, func() {
		*stored = after
		if l.away {
			return
		}
		s.change(l.itemKey, func(it *item) {
			it.held -= n
			if deduct {
				it.onHand -= n
			} else {
				it.available += n
			}
		})
	})
	return ""
}

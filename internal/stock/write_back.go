package stock

import (
	"fmt"
	"strings"
)

// redisHolder begins the name of a holder that keeps an item for Redis. No till has such a
// name.
const redisHolder = "~redis:"

// RedisHolder is the holder that sells an item through Redis. Each item has one of its own:
// its log is the item's tasks.
func RedisHolder(product string) string { return redisHolder + product }

// IsRedisHolder reports whether the holder sells through Redis. It keeps no reservations:
// once one is in the books, it is an ordinary one.
func IsRedisHolder(holder string) bool { return strings.HasPrefix(holder, redisHolder) }

// ThroughRedis is the Field of the refusal of a line of an item that Redis sells.
const ThroughRedis = "redis"

// sellsThroughRedis reports whether Redis has the item.
func (i *Item) sellsThroughRedis() bool {
	return i != nil && len(i.Escrows) > 0 && i.EscrowRecord(RedisHolder(i.Key.Product)) != nil
}

func throughRedis(k ItemKey) *Refusal {
	return &Refusal{
		Code: InvalidState, Field: ThroughRedis,
		Detail: fmt.Sprintf("product %q at location %q sells through Redis: a server with --redis takes its reservations", k.Product, k.Location),
	}
}

// WriteBackKind is the kind of a task.
type WriteBackKind uint8

// The numbers are those in the tables of tasks.
const (
	Taken      WriteBackKind = 1
	GivenBack  WriteBackKind = 2
	SoldFromIt WriteBackKind = 3
	// ForLedger are units that Redis took for the ledger: for its pool, or brought for a command.
	ForLedger WriteBackKind = 4
)

// broughtMark begins the Customer of units that were brought for a command; the order follows.
const broughtMark = "~"

// BroughtFor is the Customer of a task whose units are brought for a command about the order.
func BroughtFor(order string) string { return broughtMark + order }

// WriteBack brings a task of an item that sells through Redis into the books. Its effect
// and its number, which has no gaps, are one event: each task counts once, in its order. A
// task takes units out of those that were given to Redis, or gives units back to those.
type WriteBack struct {
	Item   ItemKey
	Bucket Bucket
	Epoch  uint64 // of the holder
	Seq    uint64 // of the task, from 1
	Kind   WriteBackKind
	Order  OrderKey
	Qty    Qty
	// Channel and Customer are set when units are taken. With ForLedger, Customer says for which command
	// they are (BroughtFor); "": for the pool.
	Channel, Customer string
	// Deadline is set with the last task of an order that can come before Redis has
	// forgotten the order. So no reservation expires, and nobody ends it, before all its
	// tasks are in the books. A deadline that has passed ends the line in the next moment.
	Deadline Time
	// At is when it was sold, of SoldFromIt that comes late; 0: just now.
	At   Time
	Note Note
}

// Op is the operation of the task.
func (c WriteBack) Op() Op {
	switch c.Kind {
	case GivenBack:
		return OpRelease
	case SoldFromIt:
		return OpConfirm
	case ForLedger:
		return OpHandBack
	default:
		return OpPlace
	}
}

func (c WriteBack) holder() ItemKey {
	return HolderItem(c.Item.Tenant, c.Item.Location, RedisHolder(c.Item.Product))
}

// Reach says what the command needs to be judged.
func (c WriteBack) Reach() Reach { return Reach{Items: []ItemKey{c.Item, c.holder()}, Order: c.Order} }

// A task that is in the books already changes nothing. Units that a task has and Redis was not
// given were acknowledged: they come out of the pool, and what that lacks is oversold.
func (c WriteBack) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	at, r := openHolder(s, c.Item, RedisHolder(c.Item.Product), c.Epoch)
	if r != nil {
		return Event{}, r
	}
	switch h := at.Holder; {
	case c.Seq <= h.Seq:
		e, d := beginEvent(OpTill, at, Note{})
		d.show()
		return e, nil
	case c.Seq != h.Seq+1:
		return Event{}, &Refusal{
			Code: InvalidState, Field: HolderGap,
			Detail: fmt.Sprintf("the books have the tasks of the item up to number %d, not %d", h.Seq, c.Seq-1),
		}
	}
	it := s.Item(c.Item)
	if it == nil {
		return Event{}, UnknownItem(c.Item)
	}
	e := Event{Op: c.Op(), Tenant: c.Order.Tenant, Order: c.Order.Order, Channel: c.Channel, Note: c.Note}
	e.Items, e.Lines = make([]ItemChange, 2), make([]LineChange, 0, 1)
	d := edit(it, &e.Items[0])
	if c.Kind == ForLedger {
		e.Order, e.Channel = "", ""
	}
	if r := c.book(&e, &d, s.Order(c.Order), now); r != nil {
		return Event{}, r
	}
	if c.Kind == SoldFromIt {
		noteMoment(&e, &d, c.At, now)
	}
	if err := d.end(now, "quantity"); err != nil {
		return Event{}, err
	}
	next := *at.Holder
	next.Seq = c.Seq
	cursor := edit(at, &e.Items[1])
	cursor.to.Holder = &next
	return orNothing(e, cursor.done(now, "seq"))
}

func (c WriteBack) check() *Refusal {
	if r := checkItem(c.Item); r != nil {
		return r
	}
	if r := checkWhole(c.Item); r != nil {
		return r
	}
	if r := checkOrder(c.Order); r != nil {
		return r
	}
	if c.Seq == 0 || c.Kind < Taken || c.Kind > ForLedger {
		return invalid("kind", "a task has number %d and kind %d", c.Seq, c.Kind)
	}
	return checkQty("quantity", c.Qty, 1)
}

// book carries the task out. If the order's line is not the one that the task was made for,
// somebody changed the books without Redis: the line stays as it is.
func (c WriteBack) book(e *Event, d *draft, holds []*Hold, now Time) *Refusal {
	if c.Kind == ForLedger {
		return c.handBack(d, now)
	}
	h, was := LineOf(holds, c.Item)
	if c.Kind == Taken && was == nil {
		return c.take(e, d, holds, now)
	}
	if was == nil {
		e.Op, e.Order, e.Channel = OpTill, "", ""
		return nil
	}
	l := LineChange{Bucket: h.Key.Bucket, Line: *was}
	if c.Kind != Taken && was.End == Open && was.Leg == nil && !was.Due(now) && c.Qty <= was.Quantity() {
		l.Changed, l.Line.UpdatedAt = true, now
		if c.Kind == SoldFromIt {
			l.Line.sellFirst(l.Line.Drawn, dropFirst(l.Line.Drawn, c.Qty), c.Qty, d)
		} else {
			c.giveBack(&l.Line, d)
		}
		l.Line.Deadline = c.deadline(l.Line.Deadline, now)
	}
	e.Lines = append(e.Lines, l)
	return nil
}

// handBack gives units back to where they came from.
func (c WriteBack) handBack(d *draft, now Time) *Refusal {
	x := escrowOf(d, RedisHolder(c.Item.Product))
	if order, brought := strings.CutPrefix(c.Customer, broughtMark); brought {
		d.take(c.Qty, Brought(order), x.sharedAccount())
		return nil
	}
	x.reclaim(c.Qty, now)
	return nil
}

// take holds units that Redis has taken.
func (c WriteBack) take(e *Event, d *draft, holds []*Hold, now Time) *Refusal {
	has := escrowOf(d, RedisHolder(c.Item.Product)).sharedAccount()
	d.post(Oversold, Held, d.take(c.Qty, Held, has, Shared))
	e.Call = &Call{HomeBucket: c.Bucket, HomeLocation: c.Item.Location, HomeProduct: c.Item.Product}
	e.Lines = append(e.Lines, LineChange{Bucket: c.Bucket, Changed: true, Line: Line{
		Item: c.Item, Call: calls(holds, c.Bucket), Channel: c.Channel, Customer: c.Customer, Requested: c.Qty,
		Drawn: []Balance{{Shared, c.Qty}}, Deadline: c.deadline(awaitsTasks, now), CreatedAt: now, UpdatedAt: now,
	}})
	return nil
}

// awaitsTasks is the deadline of a line that has tasks that are not in the books.
const awaitsTasks Time = lastMoment

// hasTasksComing reports whether the line has tasks that are not in the books.
func hasTasksComing(l *Line) bool { return l.End == Open && l.Deadline == awaitsTasks }

func (c WriteBack) deadline(was, now Time) Time {
	if c.Deadline == 0 {
		return was
	}
	return max(now+1, c.Deadline)
}

// giveBack returns units to those of Redis, which sells them again already.
func (c WriteBack) giveBack(l *Line, d *draft) {
	if l.counted() {
		d.post(Held, escrowOf(d, RedisHolder(c.Item.Product)).sharedAccount(), d.settle(c.Qty, Held))
	}
	l.Drawn = dropFirst(l.Drawn, c.Qty)
	l.gaveBack(c.Qty)
}

// AppendCanonical appends what makes two requests the same.
func (c WriteBack) AppendCanonical(dst []byte) []byte {
	return c.appendRest(c.Item.appendCanonical(append(dst, byte(OpTill), 5)), c.Note.appendCanonical)
}

func (c WriteBack) append(dst []byte) []byte {
	return c.appendRest(appendItemAt(dst, c.Item, c.Bucket), c.Note.append)
}

func (c WriteBack) appendRest(dst []byte, note func([]byte) []byte) []byte {
	dst = append(appendUint(appendUint(dst, c.Epoch), c.Seq), byte(c.Kind))
	dst = appendQty(c.Order.appendCanonical(dst), c.Qty)
	return note(appendInt(appendString(appendString(dst, c.Channel), c.Customer), int64(c.Deadline)))
}

func (c WriteBack) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }

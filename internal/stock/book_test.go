package stock

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// shelf is a Book in two maps.
type shelf struct {
	items map[ItemKey]*Item
	holds map[OrderKey][]*Hold
	// advances says that they are the books of a till, which may be advanced units.
	advances bool
}

func newShelf() *shelf {
	return &shelf{items: map[ItemKey]*Item{}, holds: map[OrderKey][]*Hold{}}
}

func (b *shelf) Item(k ItemKey) *Item { return b.items[k] }

func (b *shelf) Order(k OrderKey) []*Hold { return b.holds[k] }

func (b *shelf) EditItem(k ItemKey) *Item {
	if b.items[k] == nil {
		b.items[k] = &Item{Key: k}
	}
	return b.items[k]
}

func (b *shelf) EditHold(k HoldKey) *Hold {
	holds := b.holds[k.OrderKey]
	at, found := slices.BinarySearchFunc(holds, k.Bucket, func(h *Hold, b Bucket) int { return cmp.Compare(h.Key.Bucket, b) })
	if !found {
		holds = slices.Insert(holds, at, &Hold{Key: k})
		b.holds[k.OrderKey] = holds
	}
	return holds[at]
}

// tillShelf are the books of a till.
func tillShelf() *shelf {
	b := newShelf()
	b.advances = true
	return b
}

// clone copies the shelf down to the last slice.
func (b *shelf) clone() *shelf {
	c := newShelf()
	c.advances = b.advances
	for k, it := range b.items {
		c.items[k] = it.Clone()
	}
	for k, holds := range b.holds {
		for _, h := range holds {
			h = h.Clone()
			for i := range h.Lines {
				h.Lines[i].Drawn = slices.Clone(h.Lines[i].Drawn)
			}
			for i := range h.Calls {
				h.Calls[i].Legs = slices.Clone(h.Calls[i].Legs)
			}
			c.holds[k] = append(c.holds[k], h)
		}
	}
	return c
}

// do decides and applies. A command that is decided once more, as when its group lost the head of the log, comes to
// the same: to decide changes nothing.
func (b *shelf) do(cmd Command, now Time) (Event, error) {
	first, failed := Decide(b, cmd, now)
	e, err := Decide(b, cmd, now)
	if !reflect.DeepEqual(first, e) || fmt.Sprint(failed) != fmt.Sprint(err) {
		return e, fmt.Errorf("%T decided once more is %+v, %v; at first it was %+v, %v", cmd, e, err, first, failed)
	}
	if err == nil {
		Apply(b, &e)
	}
	return e, err
}

// same reports whether both shelves have the same content.
func same(a, b *shelf) bool { return reflect.DeepEqual(a, b) }

// validate checks what must hold for the books at any time.
func (b *shelf) validate() error {
	held := map[ItemKey]Qty{}
	figures := map[ItemKey]map[string]Channel{}
	for _, holds := range b.holds {
		for _, h := range holds {
			if err := soundHold(h, held); err != nil {
				return err
			}
			recount(h, figures)
		}
	}
	for k, it := range b.items {
		if err := it.Sound(); err != nil {
			return err
		}
		if it.Of(Held) != held[k] {
			return fmt.Errorf("%s has %d held, its open lines hold %d", spot(k), it.Of(Held), held[k])
		}
		if err := soundChannels(it, figures[k]); err != nil {
			return err
		}
		if err := soundOwed(it); err != nil && !b.advances {
			return err
		}
		if err := b.soundWaits(it); err != nil {
			return err
		}
		f := it.Figures()
		if f.Available > MaxQty || f.OnHand > MaxQty || f.Held > MaxQty {
			return fmt.Errorf("%s has figures out of range: %+v", spot(k), f)
		}
		if it.Version == 0 {
			return fmt.Errorf("%s was opened without a version", spot(k))
		}
		if !it.Tracked && len(it.Balances) > 0 {
			return fmt.Errorf("%s is not tracked but has balances %v", spot(k), it.Balances)
		}
	}
	return nil
}

// recount adds up the units of the hold's open lines that count in the figures of channels.
func recount(h *Hold, figures map[ItemKey]map[string]Channel) {
	for _, l := range h.Lines {
		if l.End != Open || l.Copied() {
			continue
		}
		for _, d := range l.Drawn {
			if d.Account.Ahead() {
				continue // it counts when it arrives
			}
			from := d.Account
			if _, origin, escrow := from.Escrow(); escrow {
				if !l.Counted {
					continue // booked before figures had the sales of tills
				}
				from = origin
			}
			id, quota := from.Channel()
			if !quota || id == l.Channel && from == d.Account {
				if id = l.Channel; !l.Tallied {
					continue
				}
			}
			if figures[l.Item] == nil {
				figures[l.Item] = map[string]Channel{}
			}
			c := figures[l.Item][id]
			if quota {
				c.Held += d.Qty
			} else {
				c.PoolHeld += d.Qty
			}
			figures[l.Item][id] = c
		}
	}
}

// soundWaits checks an item's figures of waiting orders against its open lines.
func (b *shelf) soundWaits(it *Item) error {
	waits := map[string]Wait{}
	for _, holds := range b.holds {
		for _, p := range collectLines(holds) {
			if n := p.line.Waiting(); n > 0 && p.line.Item == it.Key && p.line.End == Open {
				w := waits[p.line.Channel]
				waits[p.line.Channel] = Wait{p.line.Channel, w.Units + n, w.Orders + 1}
			}
		}
	}
	var says []Wait
	if it.Promises != nil {
		says = it.Promises.Waits
	}
	for _, w := range says {
		if waits[w.Channel] != w {
			return fmt.Errorf("%s says that %+v waits, its open lines wait for %+v", spot(it.Key), w, waits[w.Channel])
		}
	}
	if len(says) != len(waits) {
		return fmt.Errorf("%s says that %+v wait, its open lines wait for %+v", spot(it.Key), says, waits)
	}
	return nil
}

// soundChannels checks the records of an item against its open lines.
func soundChannels(it *Item, lines map[string]Channel) error {
	var remain Qty
	for i, c := range it.Channels {
		if i > 0 && it.Channels[i-1].ID >= c.ID || c.Since == 0 {
			return fmt.Errorf("%s has channels %+v", spot(it.Key), it.Channels)
		}
		if want := lines[c.ID]; c.Held != want.Held || c.PoolHeld != want.PoolHeld {
			return fmt.Errorf("%s: channel %+v, its open lines hold %d and %d", spot(it.Key), c, want.Held, want.PoolHeld)
		}
		delete(lines, c.ID)
	}
	if len(lines) > 0 {
		return fmt.Errorf("%s: open lines count for channels without a record: %+v", spot(it.Key), lines)
	}
	for _, b := range it.Balances {
		if _, ok := b.Account.Channel(); ok || b.Account == Shared {
			remain += b.Qty
		}
		if o, ok := strings.CutPrefix(string(b.Account), "escrow/"); ok && o != "" {
			remain += b.Qty
		}
		if _, whole, of := b.Account.Lot(); of && whole == Shared {
			remain += b.Qty
		}
	}
	if remain != it.Figures().Available {
		return fmt.Errorf("%s: quotas, pool, lots and escrow have %d, sellable are %d", spot(it.Key), remain, it.Figures().Available)
	}
	return nil
}

func soundHold(h *Hold, held map[ItemKey]Qty) error {
	for _, l := range h.Lines {
		if (l.End == Open) != (l.Quantity() > 0) {
			return fmt.Errorf("line %s of %s: %d held, end %s", spot(l.Item), h.Key.Order, l.Quantity(), l.End)
		}
		if l.Granted() <= 0 {
			return fmt.Errorf("line %s of %s got nothing", spot(l.Item), h.Key.Order)
		}
		if l.Call >= len(h.Calls) {
			return fmt.Errorf("line %s of %s is of call %d of %d", spot(l.Item), h.Key.Order, l.Call, len(h.Calls))
		}
		for _, d := range l.Drawn {
			if d.Qty <= 0 {
				return fmt.Errorf("line %s of %s has drawn %d from %s", spot(l.Item), h.Key.Order, d.Qty, d.Account)
			}
			if d.Account != Uncounted && !d.Account.Ahead() {
				held[l.Item] += d.Qty
			}
		}
	}
	return nil
}

// soundOwed checks that nothing is for sale while units are owed.
func soundOwed(it *Item) error {
	owes := -it.Of(Oversold)
	for _, b := range it.Balances {
		if owes > 0 && b.Qty > 0 && it.draws(b.Account, it.UpdatedAt) {
			return fmt.Errorf("%s owes %d, and %d in account %s are for sale", spot(it.Key), owes, b.Qty, b.Account)
		}
	}
	return nil
}

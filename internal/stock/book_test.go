package stock

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// shelf is a Book in two maps.
type shelf struct {
	items map[ItemKey]*Item
	holds map[OrderKey][]*Hold
}

func newShelf() *shelf {
	return &shelf{items: map[ItemKey]*Item{}, holds: map[OrderKey][]*Hold{}}
}

func (b *shelf) Item(k ItemKey) *Item     { return b.items[k] }
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

// clone copies the shelf down to the last slice.
func (b *shelf) clone() *shelf {
	c := newShelf()
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

// do decides and applies.
func (b *shelf) do(cmd Command, now Time) (Event, error) {
	e, err := Decide(b, cmd, now)
	if err == nil {
		Apply(b, &e)
	}
	return e, err
}

const (
	second Time = 1000
	// start is when the given commands of a case happen.
	start = 1000 * second
)

// at is a command that does not happen at start.
type at struct {
	now Time
	Command
}

func when(c Command) (Command, Time) {
	if a, ok := c.(at); ok {
		return a.Command, a.now
	}
	return c, start
}

// A ruleCase gives commands, then looks at the outcome of one more.
type ruleCase struct {
	name  string
	given []Command
	when  Command
	// want is the outcome as told tells it.
	want []string
}

func runCases(t *testing.T, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newShelf()
			for i, g := range c.given {
				cmd, now := when(g)
				if _, err := b.do(cmd, now); err != nil {
					t.Fatalf("given %d, %T: %v", i, cmd, err)
				}
			}
			before := b.clone()
			cmd, now := when(c.when)
			e, err := b.do(cmd, now)
			if diff := gocmp.Diff(c.want, told(e, err)); diff != "" {
				t.Errorf("%T %+v\nwanted (-), got (+):\n%s", cmd, cmd, diff)
			}
			if err != nil || !e.Changed() {
				if diff := gocmp.Diff(before, b, gocmp.AllowUnexported(shelf{})); diff != "" {
					t.Errorf("nothing may change, but:\n%s", diff)
				}
			}
			if err := b.sound(); err != nil {
				t.Error(err)
			}
		})
	}
}

// told tells an outcome in sentences: each item with its postings, each line,
// each shortage, or the refusal.
func told(e Event, err error) []string {
	var out []string
	var r *Refusal
	switch {
	case errors.As(err, &r):
		out = append(out, strings.TrimSpace(fmt.Sprintf("refused %s %s%s", r.Code, r.Field, r.State)))
		if r.Version != 0 {
			out = append(out, fmt.Sprintf("version is %d", r.Version))
		}
		return append(out, tellShort(r.Shortages)...)
	case err != nil:
		return []string{err.Error()}
	}
	for _, c := range e.Items {
		s := fmt.Sprintf("%s v%d:", spot(c.Key), c.Version)
		for _, p := range c.Postings {
			s += fmt.Sprintf(" %d %s>%s,", p.Qty, p.From, p.To)
		}
		s += fmt.Sprintf(" %d available, %d held, %d on hand", c.Figures.Available, c.Figures.Held, c.Figures.OnHand)
		out = append(out, s+unchanged(c.Changed))
	}
	for _, c := range e.Lines {
		l := c.Line
		s := fmt.Sprintf("%s: %d of %d held", spot(l.Item), l.Quantity(), l.Requested)
		if l.Confirmed > 0 {
			s += fmt.Sprintf(", %d deducted", l.Confirmed)
		}
		if l.Released > 0 {
			s += fmt.Sprintf(", %d released", l.Released)
		}
		s += ", " + l.State()
		if l.End == Open && l.Deadline == 0 {
			s += " for good"
		} else if l.End == Open && l.Deadline != start+minute {
			s += fmt.Sprintf(" until %d s", (l.Deadline-start)/second)
		}
		out = append(out, s+unchanged(c.Changed))
	}
	return append(out, tellShort(e.Short)...)
}

func tellShort(short []Shortage) []string {
	var out []string
	for _, s := range short {
		line := fmt.Sprintf("short %s: %d of %d", spot(ItemKey{Location: s.Location, Product: s.Product}), s.Available, s.Requested)
		if s.NotOnSale {
			line += ", not on sale"
		}
		out = append(out, line)
	}
	return out
}

func unchanged(changed bool) string {
	if changed {
		return ""
	}
	return " (as it was)"
}

// spot names an item, its location only when it is another than shop.
func spot(k ItemKey) string {
	if k.Location == "shop" {
		return k.Product
	}
	return k.Location + "/" + k.Product
}

const minute = 60 * second

// item names an item of tenant t: "A" is at the location shop, "W/A" at W.
func item(name string) ItemKey {
	if loc, product, ok := strings.Cut(name, "/"); ok {
		return ItemKey{Tenant: "t", Location: loc, Product: product}
	}
	return ItemKey{Tenant: "t", Location: "shop", Product: name}
}

func bucket(k ItemKey) Bucket { return BucketOf(k.Tenant, k.Location) }

func open(name string, n Qty) OpenItem {
	return OpenItem{Item: item(name), Bucket: bucket(item(name)), Qty: n, Tracked: true}
}

func untracked(name string) OpenItem {
	return OpenItem{Item: item(name), Bucket: bucket(item(name))}
}

// allot moves units from the shared pool to a quota.
func allot(name, channel string, n Qty) Move {
	return shift(name, Shared, Quota(channel), n)
}

func shift(name string, from, to Account, n Qty) Move {
	k := item(name)
	return Move{From: Spot{k, bucket(k), from}, To: Spot{k, bucket(k), to}, Qty: n}
}

func restock(name string, n Qty) Restock {
	return Restock{Item: item(name), Bucket: bucket(item(name)), Qty: n, Open: &Opening{}}
}

func want(name string, n Qty) Demand {
	return Demand{Item: item(name), Bucket: bucket(item(name)), Qty: n, Known: true}
}

// place asks for a minute on no channel.
func place(order string, lines ...Demand) Place {
	return Place{Order: OrderKey{"t", order}, Lines: lines, TTL: minute}
}

func (c Place) on(channel string) Place {
	c.Channel = channel
	return c
}

func (c Place) partly() Place {
	c.Partial = true
	return c
}

func (c Place) forTTL(ttl Time) Place {
	c.TTL = ttl
	return c
}

// whole is all lines of the order, line one of them.
func whole(order string) Target { return Target{Order: OrderKey{"t", order}} }

func line(order, name string) Target {
	return Target{Order: OrderKey{"t", order}, Item: item(name)}
}

func (t Target) n(q Qty) Target {
	t.Qty = q
	return t
}

func (t Target) keyed() Target {
	t.Keyed = true
	return t
}

func expire(order string) Expire { return Expire{Order: OrderKey{"t", order}} }

// sound checks what must hold of the books at any time.
func (b *shelf) sound() error {
	held := map[ItemKey]Qty{}
	for _, holds := range b.holds {
		for _, h := range holds {
			if err := soundHold(h, held); err != nil {
				return err
			}
		}
	}
	for k, it := range b.items {
		if err := it.Sound(); err != nil {
			return err
		}
		if it.Of(Held) != held[k] {
			return fmt.Errorf("%s has %d held, its open lines hold %d", spot(k), it.Of(Held), held[k])
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

func soundHold(h *Hold, held map[ItemKey]Qty) error {
	for _, l := range h.Lines {
		if (l.End == Open) != (l.Quantity() > 0) {
			return fmt.Errorf("line %s of %s: %d held, end %s", spot(l.Item), h.Key.Order, l.Quantity(), l.End)
		}
		if l.Granted() <= 0 || l.Granted() > l.Requested {
			return fmt.Errorf("line %s of %s got %d of %d", spot(l.Item), h.Key.Order, l.Granted(), l.Requested)
		}
		if l.Call >= len(h.Calls) {
			return fmt.Errorf("line %s of %s is of call %d of %d", spot(l.Item), h.Key.Order, l.Call, len(h.Calls))
		}
		for _, d := range l.Drawn {
			if d.Qty <= 0 {
				return fmt.Errorf("line %s of %s has drawn %d from %s", spot(l.Item), h.Key.Order, d.Qty, d.Account)
			}
			if d.Account != Uncounted {
				held[l.Item] += d.Qty
			}
		}
	}
	return nil
}

func isRefusal(err error, r **Refusal) bool { return errors.As(err, r) }

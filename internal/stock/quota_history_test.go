package stock

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// quotaHistory is one item with quotas, and a second account of what they must be, computed
// from the commands and from the lines alone.
type quotaHistory struct {
	*rapid.T
	book *shelf
	now  Time
	// target is the last setting of each quota, plus what was allotted since.
	target map[string]Qty
	// sold is what left in the period, of the own quota and of the pool.
	sold map[string][2]Qty
	last int // orders so far
	told follower
}

func TestQuotasAreWhatRemainsIsHeldAndWasSoldWhateverHappens(t *testing.T) {
	t.Parallel()
	for i := range historyWorkers {
		t.Run(fmt.Sprintf("worker %d", i), func(t *testing.T) {
			t.Parallel()
			for range historyChecks {
				rapid.Check(t, keepsTheQuotas)
			}
		})
	}
}

func keepsTheQuotas(t *rapid.T) {
	h := &quotaHistory{told: follower{}, T: t, book: newShelf(), now: start, target: map[string]Qty{}, sold: map[string][2]Qty{}}
	h.play(open("A", rapid.SampledFrom([]Qty{20, 7, 100}).Draw(t, "stock")))
	for range rapid.IntRange(3, 14).Draw(t, "commands") {
		h.now += rapid.SampledFrom([]Time{0, second, minute}).Draw(t, "later")
		h.play(h.any())
	}
	explained(t, h.book, h.now)
}

func (h *quotaHistory) any() Command {
	channel := rapid.SampledFrom([]string{"app", "pos", "web"})
	n := Qty(rapid.IntRange(1, 9).Draw(h.T, "n"))
	order := func() string { return fmt.Sprint(rapid.IntRange(0, h.last).Draw(h.T, "order")) }
	part := Target{Order: OrderKey{"t", order()}, Item: item("A"), Qty: rapid.SampledFrom([]Qty{0, 0, 1, 2}).Draw(h.T, "part"), Keyed: true}
	switch rapid.IntRange(0, 14).Draw(h.T, "command") {
	case 14:
		return Withdraw{Target: part}
	case 13:
		return Change{Order: part.Order, Lines: []Wanted{hold("A", rapid.SampledFrom([]Qty{0, 1, 2, n}).Draw(h.T, "to hold"))}, Keyed: true}
	case 0, 1, 2:
		c := setQuotas("A", Lowering(rapid.IntRange(0, 1).Draw(h.T, "lowering")))
		for _, id := range slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(channel, 1, 3).Draw(h.T, "channels")))) {
			q := quota(id, Qty(rapid.IntRange(0, 12).Draw(h.T, "quota"))).weighs(uint32(rapid.IntRange(0, 3).Draw(h.T, "weight")))
			c.Set = append(c.Set, q.level(Qty(rapid.IntRange(0, 6).Draw(h.T, "level"))))
		}
		return c
	case 3:
		return share("A", Qty(rapid.IntRange(0, 6).Draw(h.T, "keep")), AllotMode(rapid.IntRange(0, 2).Draw(h.T, "mode")))
	case 4:
		return resetSold("A")
	case 5:
		return Confirm{Target: part}
	case 6:
		return Release{Target: part}
	case 7:
		return Expire{Order: part.Order}
	case 8:
		return SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: n, Channel: channel.Draw(h.T, "channel")}
	}
	h.last++
	ttl := rapid.SampledFrom([]Time{minute, 2 * minute, 3 * minute}).Draw(h.T, "ttl")
	c := place(fmt.Sprint(h.last), want("A", n)).on(channel.Draw(h.T, "channel")).forTTL(ttl)
	c.Partial = rapid.Bool().Draw(h.T, "partial")
	return c
}

func (h *quotaHistory) play(cmd Command) {
	before := h.book.clone()
	e, err := h.book.do(cmd, h.now)
	if err != nil {
		var r *Refusal
		if !errors.As(err, &r) {
			h.Fatalf("%T %+v: %v", cmd, cmd, err)
		}
		return
	}
	if err := h.book.validate(); err != nil {
		h.Fatalf("%T %+v: %v", cmd, cmd, err)
	}
	later(h.T, before, h.now, cmd, &e)
	h.told.follow(h.T, before.Item(item("A")), h.book.Item(item("A")), &e, h.now)
	h.reckon(cmd, before, &e)
	it := h.book.Item(item("A"))
	for i := range it.Channels {
		c := &it.Channels[i]
		if got := it.Quota(c) - c.Pending; got != h.target[c.ID] {
			h.Fatalf("%T %+v: the quota of %+v is %d, wanted %d", cmd, cmd, c, got, h.target[c.ID])
		}
		if c.Pending > 0 && it.Of(Quota(c.ID)) != 0 {
			h.Fatalf("%T %+v: %+v is to shrink and %d remain", cmd, cmd, c, it.Of(Quota(c.ID)))
		}
		if got := [2]Qty{c.Sold, c.PoolSold}; got != h.sold[c.ID] {
			h.Fatalf("%T %+v: %+v sold, wanted %v", cmd, cmd, c, h.sold[c.ID])
		}
	}
	h.frees(h.now + minute)
	if p, ok := cmd.(Place); ok {
		h.releases(p, before)
	}
}

// frees checks that the item counts at the time as it will when all lines that are due then
// have ended.
func (h *quotaHistory) frees(at Time) {
	var due []HeldUnits
	swept := h.book.clone()
	for k, holds := range h.book.holds {
		for _, hold := range holds {
			for i := range hold.Lines {
				if l := &hold.Lines[i]; l.Due(at) {
					for _, b := range l.Drawn {
						due = append(due, HeldUnitsOf(b, l.Channel, l.Tallied))
					}
				}
			}
		}
		if _, err := swept.do(Expire{Order: k}, at); err != nil {
			h.Fatal(err)
		}
	}
	is, was := h.book.Item(item("A")).Freed(due, at), swept.Item(item("A"))
	if is.Figures() != was.Figures() || is.Of(Oversold) != was.Of(Oversold) {
		h.Fatalf("%+v is %+v before the sweep, %+v after it", due, is, was)
	}
	if h.book.Item(item("A")).Of(Oversold) < 0 {
		return // one sum covers it from other accounts than one line after the other
	}
	for _, b := range slices.Concat(is.Balances, was.Balances) {
		if is.Of(b.Account) != was.Of(b.Account) {
			h.Fatalf("%+v: %s has %d before the sweep, %d after it", due, b.Account, is.Of(b.Account), was.Of(b.Account))
		}
	}
	if !slices.Equal(is.Channels, was.Channels) {
		h.Fatalf("%+v: the channels are %+v before the sweep, %+v after it", due, is.Channels, was.Channels)
	}
}

// reckon computes the effect of the command, in the slow and plain way.
func (h *quotaHistory) reckon(cmd Command, before *shelf, e *Event) {
	was := before.Item(item("A"))
	sell := func(channel string, a Account, n Qty) {
		if was.Channel(channel) == nil {
			return
		}
		s := h.sold[channel]
		if a == Shared {
			s[1] += n
		} else {
			s[0] += n
		}
		h.sold[channel] = s
	}
	for _, item := range e.Items {
		for _, p := range item.Postings {
			if id, ok := p.From.Channel(); ok && p.To == Oversold {
				h.target[id] -= p.Qty // units that became free cover it
			}
		}
	}
	switch c := cmd.(type) {
	case SetQuotas:
		for _, q := range c.Set {
			h.target[q.Channel] = *q.Quota
		}
	case Allot:
		for _, p := range e.Items[0].Postings {
			for a, n := range map[Account]Qty{p.From: -p.Qty, p.To: p.Qty} {
				if id, ok := a.Channel(); ok {
					h.target[id] += n
				}
			}
		}
	case ResetSold:
		for _, rec := range was.Channels {
			if owed := rec.Pending - h.sold[rec.ID][0]; owed < 0 {
				h.target[rec.ID] += owed // the quota is what remains and what is held
			}
			h.sold[rec.ID] = [2]Qty{}
		}
	case SoldElsewhere:
		for _, p := range e.Items[0].Postings {
			switch id, quota := p.From.Channel(); {
			case quota && id != c.Channel:
				h.target[id] -= p.Qty // the shelf lacks them
			case p.From != Oversold:
				sell(c.Channel, p.From, p.Qty)
			}
		}
	case Withdraw: // units that were sold before the figures began anew are not in them
		for _, change := range e.Lines {
			if !change.Changed || !change.Line.Tallied {
				continue
			}
			old := indexLines(before.holds[c.Order], 1).find(change.Line.Item, false).line
			came := map[Account]Qty{}
			for _, d := range change.Line.Drawn {
				came[d.Account] += d.Qty
			}
			for _, d := range old.Drawn {
				came[d.Account] -= d.Qty
			}
			s := h.sold[old.Channel]
			own := min(s[0], came[Quota(old.Channel)])
			s[0] -= own
			h.target[old.Channel] += came[Quota(old.Channel)] - own // they belong to the quota again
			s[1] -= min(s[1], came[Shared])
			h.sold[old.Channel] = s
		}
	case Confirm:
		for _, change := range e.Lines {
			if !change.Changed || !change.Line.Tallied {
				continue
			}
			old := indexLines(before.holds[c.Order], 1).find(change.Line.Item, false).line
			gone := map[Account]Qty{} // withdrawn units may be of an account that has others
			for _, d := range old.Drawn {
				gone[d.Account] += d.Qty
			}
			for _, d := range change.Line.Drawn {
				gone[d.Account] -= d.Qty
			}
			for a, n := range gone {
				sell(old.Channel, a, n)
			}
		}
	}
}

// releases checks that releasing a new order leaves the accounts as they were, unless its
// quota is to shrink.
func (h *quotaHistory) releases(p Place, before *shelf) {
	was := before.Item(item("A"))
	if c := was.Channel(p.Channel); c != nil && c.Pending > 0 || len(h.book.Order(p.Order)) == 0 {
		return
	}
	again := h.book.clone()
	if _, err := again.do(Release{Target: Target{Order: p.Order}}, h.now); err != nil {
		h.Fatal(err)
	}
	it := again.Item(item("A"))
	if was.Of(Oversold) < 0 {
		coversInstead(h.T, was, it)
		return
	}
	for _, b := range it.Balances {
		if was.Of(b.Account) != b.Qty {
			h.Fatalf("%+v released: %s has %d, it had %d", p, b.Account, b.Qty, was.Of(b.Account))
		}
	}
	if !slices.Equal(it.Channels, was.Channels) {
		h.Fatalf("%+v released: %+v, they were %+v", p, it.Channels, was.Channels)
	}
}

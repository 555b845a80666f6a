package world

import (
	"encoding/json"
	"maps"
	"time"
)

// Calls that name a lot: they count, adjust, move and return units of just that one,
// and release and deduct those that an order holds of it. Played in a share of the runs.

// ofLots makes up one about the item, which is kept in lots.
func (c *client) ofLots(cmd *command) {
	cmd.lot = 1 + c.rnd.IntN(lotsOfAll)
	switch k := c.rnd.IntN(14); {
	case k < 3:
		cmd.verb, cmd.qty, cmd.booked = "observe", c.rnd.Int64N(6), unsaid
		if c.rnd.IntN(3) == 0 {
			cmd.booked = max(0, cmd.qty+c.rnd.Int64N(5)-2)
		}
	case k < 5:
		cmd.verb, cmd.qty, cmd.set = "adjust", c.rnd.Int64N(6), c.rnd.IntN(2) == 0
		if !cmd.set {
			cmd.qty = []int64{-2, -1, 1, 2}[c.rnd.IntN(4)]
		}
	case k < 8:
		cmd.verb, cmd.qty, cmd.from = "move", 1+c.rnd.Int64N(2), c.status()
		for cmd.to = cmd.from; cmd.to == cmd.from; {
			cmd.to = c.status()
		}
		if cmd.from != accounts[pool] && c.rnd.IntN(4) == 0 {
			cmd.to = "ext/adjustment"
		}
	case k < 9:
		cmd.verb, cmd.to, cmd.qty, cmd.order, cmd.fact = "return", c.status(), 1+c.rnd.Int64N(2), c.someOrder(), c.rnd.IntN(2) == 0
	case k < 10:
		cmd.verb, cmd.lot, cmd.key = "lots", 0, ""
	case k >= 12:
		cmd.lot = 0
		c.drawLots(cmd)
	default:
		cmd.verb, cmd.lot, cmd.order = []string{"release", "deduct"}[c.rnd.IntN(2)], 0, c.someOrder()
		cmd.want = []string{"A", "B", "0", "1", "2", "3"}[c.rnd.IntN(6)]
		if c.rnd.IntN(3) > 0 {
			cmd.qty, cmd.key = c.rnd.Int64N(3), "k"
		}
		if c.rnd.IntN(4) > 0 {
			c.inLots(cmd)
		}
	}
}

// lotSale is a line that holds units of several lots, by their numbers.
type lotSale struct {
	sale
	lots []string
}

// learnLots notes the lines that the question has got and that last. The caller holds mu.
func (c *client) learnLots(q *question) {
	if !c.w.lotwise || q.sundry != nil || q.verb != "reserve" || q.answer.code != "" {
		return
	}
	for i := range q.answer.body.Reservations {
		r := &q.answer.body.Reservations[i]
		if len(r.Lots) < 2 || r.deadlineOf()-time.Now().UnixMilli() < 60_000 {
			continue
		}
		line := lotSale{sale: sale{q.order, itemKey{r.Product, r.Location}}}
		for _, u := range r.Lots {
			line.lots = append(line.lots, u.Lot["batch"][1:])
		}
		c.w.lotted = append(c.w.lotted, line)
	}
}

// inLots makes the command be about one of the latest of those lines, if there is one.
func (c *client) inLots(cmd *command) bool {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	n := len(c.w.lotted)
	if n > 0 {
		one := c.w.lotted[n-1-c.rnd.IntN(min(n, 4))]
		cmd.order, cmd.item, cmd.want, cmd.qty, cmd.key = one.order, one.item, c.pick(one.lots), c.rnd.Int64N(2), "k"
	}
	return n > 0
}

// status is where units of a lot may be.
func (c *client) status() string {
	return accounts[[]place{pool, pool, withheld, damaged, quality}[c.rnd.IntN(5)]]
}

// ofLot adds the lot that a command names to its body.
func (c *command) ofLot(o object) object {
	if c.lot > 0 {
		o["lot"] = lots[c.lot-1]
	}
	return o
}

// shelf is where the units are that the command counts or adjusts.
func (c *command) shelf() place {
	p, _ := c.spot(accounts[pool])
	return p
}

// spot is the place that the command means by the account: that of the lot when it
// names one.
func (c *command) spot(account string) (p place, inside bool) {
	p, inside = placeOf(account)
	switch {
	case c.lot == 0 || !inside:
	case p == pool:
		p = lotPool + place(c.lot-1)
	default:
		p = lotWithheld + (p-withheld)*lotsOfAll + place(c.lot-1)
	}
	return p, inside
}

// onHandOf is how many units of the lot of that number are here, counted from 1; 0 is
// all units of the item.
func (it *item) onHandOf(lot int) int64 {
	if lot == 0 {
		return it.onHand()
	}
	n := it.lots[lot-1].held
	for p := lotPool + place(lot-1); p < places; p += lotsOfAll {
		n += it.has[p]
	}
	return n
}

// arrive lets units come to the place; those that come to where a lot is sold from are
// withheld when it is not sold.
func (it *item) arrive(p place, n, now int64) {
	if p < lotPool {
		it.has[p] += n
		return
	}
	lot := int(p-lotPool) % lotsOfAll
	meetLot(it, lot, now)
	if p < lotWithheld {
		it.arriveForSale(lot, n, now)
		return
	}
	it.has[p] += n
}

// countLot sets the units of a lot that are here to the number seen. A lot is counted as of now, so
// no look is older than another. Missing units that orders hold are owed, and whatever is for sale covers
// them.
func (it facts) countLot(c *command, now int64, o *outcome) {
	booked, shelf := c.booked, c.shelf()
	if booked == unsaid {
		booked = it.onHandOf(c.lot)
	}
	o.posted = c.qty - booked
	switch {
	case o.posted < 0:
		it.owed += it.correct(o.posted, []place{shelf}, now)
		it.meet(now)
	case it.sold(shelf, now):
		it.arrive(shelf, it.settle(o.posted), now)
	default:
		it.arrive(shelf, o.posted, now)
	}
}

// meantPortions reports which portions a call means that names such lots: those of exactly this lot or,
// when there are none, those of all lots that have its attributes. A call that names no lot means
// all portions.
func (d *portions) meantPortions(want string) (all [len(portions{})]bool) {
	exact := false
	for i := range d {
		lot := int(d[i].from - lotPool)
		all[i] = d[i].n > 0 && (want == "" || lot >= 0 && lots[lot].has(wants[want]))
		exact = exact || want != "" && all[i] && maps.Equal(lots[lot], wants[want])
	}
	for i := range d {
		all[i] = all[i] && (!exact || maps.Equal(lots[d[i].from-lotPool], wants[want]))
	}
	return all
}

// count is how many units the portions have of the lots that are meant.
func (d *portions) count(want string) (n int64) {
	for i, meant := range d.meantPortions(want) {
		if meant {
			n += d[i].n
		}
	}
	return n
}

// unitsFrom is how many units the portions have from the place.
func (d *portions) unitsFrom(p place) (n int64) {
	for i := range d {
		if d[i].from == p {
			n += d[i].n
		}
	}
	return n
}

// have reports whether the portions have all that the others have.
func (d *portions) have(of portions) bool {
	for i := range of {
		if of[i].n > d.unitsFrom(of[i].from) {
			return false
		}
	}
	return true
}

// subtract are the portions less those that are kept; false when they do not have them.
func (d *portions) subtract(kept portions) (left portions, ok bool) {
	left = *d
	for i := range left {
		if left[i].n == 0 {
			break
		}
		left[i].n -= kept.unitsFrom(left[i].from)
	}
	return left.compact(), d.have(kept)
}

// has reports whether the lot has all attributes of the other one.
func (l lot) has(part lot) bool {
	for name, value := range part {
		if l[name] != value {
			return false
		}
	}
	return true
}

// lotStock is how a list shows a lot.
type lotStock struct {
	Lot lot
	lotFigures
}

type lotFigures struct {
	Available, Held    int64
	OnHand             int64 `json:"on_hand"`
	Withheld           int64
	Damaged, Quality   int64
	Sellable, Recalled bool
}

// lotsListed reads the lots of a list; false when they cannot be read.
func (a *answer) lotsListed() (all []lotStock, ok bool) {
	for _, raw := range a.body.Items {
		var l lotStock
		if json.Unmarshal(raw, &l) != nil {
			return nil, false
		}
		all = append(all, l)
	}
	return all, true
}

// inLots reports whether the list shows what there is of each lot now.
func (j *jury) inLots(q *question, a *answer) bool {
	now := a.body.AsOf.UnixMilli()
	it := j.shop.item(q.item).freed(j.free(q.item, now), now)
	got, ok := a.lotsListed()
	if !ok || now > int64(q.most) {
		return false
	}
	for n, k := range it.lots {
		if k.since == 0 {
			continue
		}
		at := place(n)
		want := lotFigures{
			Available: it.has[lotPool+at], Held: k.held, OnHand: it.onHandOf(n + 1),
			Withheld: it.has[lotWithheld+at], Damaged: it.has[lotDamaged+at], Quality: it.has[lotQuality+at],
			Sellable: it.sells(n, now), Recalled: k.recalled,
		}
		if len(got) == 0 || !maps.Equal(got[0].Lot, lots[n]) || got[0].lotFigures != want {
			return false
		}
		got = got[1:]
	}
	return len(got) == 0
}

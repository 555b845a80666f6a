//go:build planted

package ledger

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Planted are the bugs that WithPlanted knows.
var Planted = map[string]bug{
	"ack before commit":                  plantEarlyAnswer,
	"no key check":                       plantNoKeys,
	"double release":                     plantDoubleRelease,
	"stale cache after a lost head":      plantStaleCache,
	"expiry by wrong clock":              plantWrongClock,
	"late confirm accepted":              plantLateConfirm,
	"lost refund of a partial release":   plantLostRefund,
	"refusal without a look at the head": plantStaleRefusal,
	"refund of a quota to the pool":      plantPoolRefund,
	"committed order expires":            plantCommitLapses,
	"lot drawn after its expiry":         plantExpiredLot,
}

// PlantedOver are those that only books in several slots can have.
var PlantedOver = map[string]bug{
	"legs kept after a refusal":                     plantKeptLegs,
	"decision not carried after a crash":            plantUncarried,
	"leg given back while the call is open":         plantUnclosed,
	"leg expires by its own clock":                  plantLegClock,
	"whole-order key touches lines that came later": plantJoinedLines,
}

// PlantedMoves are those that only books whose buckets move can have.
var PlantedMoves = map[string]bug{
	"seal does not refuse":                   plantUnsealed,
	"what has left is shown":                 plantLeftShown,
	"last catch-up left out":                 plantNoCatchUp,
	"keys not brought":                       plantNoKeysBrought,
	"arrival by an older mover accepted":     plantOldMover,
	"orders over several buckets not parted": plantUnparted,
	"slot time behind the old slot's":        plantMoveClock,
	"deadlines of what has come forgotten":   plantNoDeadlines,
	"legs given back while the home travels": plantHastyUndo,
}

// WithPlanted makes the ledger wrong in the way that Planted, PlantedOver or
// PlantedMoves names.
func WithPlanted(name string) Option {
	b, ok := Planted[name]
	if !ok {
		b, ok = PlantedOver[name]
	}
	if !ok {
		b, ok = PlantedMoves[name]
	}
	if !ok {
		panic(fmt.Sprintf("no bug is called %q", name))
	}
	return func(o *options) { o.plant = plant{b} }
}

// plant is a ledger's bug.
type plant struct{ has bug }

func (p plant) is(b bug) bool { return p.has == b }

// book is what a command is judged by: to a late confirm no line is due, to a
// late place no lot has expired.
func (p plant) book(g *group, cmd stock.Command) stock.State {
	if p.has == plantExpiredLot && cmd.Op() == stock.OpPlace {
		return &fresh{g}
	}
	if p.has == plantLateConfirm && cmd.Op() == stock.OpConfirm {
		return &timeless{g}
	}
	return g
}

// fresh shows lots as if they never expired.
type fresh struct{ *group }

func (f *fresh) Item(k stock.ItemKey) *stock.Item {
	it := f.group.Item(k)
	if it == nil || len(it.Lots) == 0 {
		return it
	}
	it = it.Clone()
	for i := range it.Lots {
		it.Lots[i].Expires = 0
	}
	return it
}

// timeless shows lines without their deadlines.
type timeless struct{ *group }

func (t *timeless) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(t.group.Order(k))
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			holds[i].Lines[n].Deadline = 0
		}
	}
	return holds
}

// unseal lets what is in a bucket that does not live in the slot be decided there.
func (p plant) unseal(err error) error {
	if p.has == plantUnsealed && !errors.Is(err, errApart) {
		return nil
	}
	return err
}

// overtaken lets a mover bring something though another one is at it.
func (p plant) overtaken(err error, was *stock.Handover) error {
	if p.has == plantOldMover && stageOf(was) == stock.Coming {
		return nil
	}
	return err
}

// spoil takes the refund out of a partial release, or lets one of a quota come to
// the pool, and gives the lines of a late confirm, or of any commit, their
// deadlines back, so that nothing else is wrong with them.
func (p plant) spoil(g *group, ev *stock.Event) {
	if p.has == plantPoolRefund {
		for i := range ev.Items {
			refundToPool(g.Item(ev.Items[i].Key), &ev.Items[i])
		}
	}
	for i := range ev.Items {
		for n := range ev.Items[i].Lots {
			if r := &ev.Items[i].Lots[n]; p.has == plantExpiredLot && r.Since != 0 {
				r.Expires = r.Lot.Expires() // a fresh book has none
			}
		}
	}
	for i := range ev.Lines {
		l := &ev.Lines[i]
		switch {
		case p.has == plantLostRefund && ev.Op == stock.OpRelease && l.Changed && l.Line.End == stock.Open:
			ev.Items = nil
		case p.has == plantLateConfirm && ev.Op == stock.OpConfirm, p.has == plantCommitLapses && ev.Op == stock.OpCommit:
			for _, h := range g.Order(stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}) {
				if was := h.Find(l.Line.Item); was != nil {
					l.Line.Deadline = was.Deadline
				}
			}
		}
	}
}

// refundToPool lets what the change gives back to quotas come to the pool.
func refundToPool(was *stock.Item, c *stock.ItemChange) {
	touched, spoiled := map[stock.Account]stock.Qty{}, false
	for i := range c.Postings {
		p := &c.Postings[i]
		if _, quota := p.To.Channel(); quota && p.From == stock.Held {
			p.To, spoiled = stock.Shared, true
		}
		touched[p.From] -= p.Qty
		touched[p.To] += p.Qty
	}
	if !spoiled {
		return
	}
	c.Touched = nil
	for _, a := range slices.Sorted(maps.Keys(touched)) {
		c.Touched = append(c.Touched, stock.Balance{Account: a, Qty: was.Of(a) + touched[a]})
	}
}

// forgets reports whether what the group made of the order is not remembered.
func (p plant) forgets(g *group, k stock.OrderKey) bool {
	return p.has == plantDoubleRelease && slices.ContainsFunc(g.entries, func(ev *stock.Event) bool {
		return ev.Op == stock.OpRelease && ev.Tenant == k.Tenant && ev.Order == k.Order
	})
}

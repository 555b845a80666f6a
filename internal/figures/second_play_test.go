package figures

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// play is a shop that trades with all verbs that move units: at three locations, in pieces and
// kilograms, of a product that is not counted, with a quota, and with a till that reports late.
type play struct {
	*shop
	t             *testing.T
	r             *rand.Rand
	orders, moves int
	was           map[stock.Account]stock.Qty
	till          tillBooks
}

var playPlaces = []string{"hub", "berlin", "lyon"}

func (s *shop) play(t *testing.T, r *rand.Rand, until time.Time) {
	t.Helper()
	p := &play{shop: s, t: t, r: r, was: map[stock.Account]stock.Qty{}}
	for _, l := range playPlaces {
		s.open(t, l, "mug", 50)
		oil, tip := item(l, "oil"), item(l, "tip")
		s.do(t, "", stock.OpenItem{Item: oil, Bucket: bucketOf(oil), Qty: 9000, Tracked: true, Unit: "kg", Scale: 3})
		s.do(t, "", stock.OpenItem{Item: tip, Bucket: bucketOf(tip)})
		p.setQuota(l, 15)
	}
	p.pair()
	for s.clock.now().Before(until) {
		s.clock.forward(time.Duration(1+r.IntN(5400)) * time.Second)
		p.step()
	}
	p.report()
}

func (p *play) setQuota(location string, n stock.Qty) {
	k := item(location, "mug")
	p.do(p.t, "", stock.SetQuotas{Item: k, Bucket: bucketOf(k), Set: []stock.QuotaSetting{{Channel: "web", Quota: &n}}, Lower: stock.LowerWait})
}

// step does something.
func (p *play) step() {
	location := playPlaces[p.r.IntN(3)]
	k := item(location, "mug")
	b, qty := bucketOf(k), stock.Qty(1+p.r.IntN(7))
	order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o", max(0, p.orders-p.r.IntN(4)))}
	channel := []string{"", "web", "pos"}[p.r.IntN(3)]
	key := fmt.Sprint("k", p.clock.now().Unix())
	switch p.r.IntN(20) {
	case 0, 1, 2:
		p.reserve(k, channel, qty)
	case 3, 4:
		p.do(p.t, "", stock.Confirm{Target: stock.Target{Order: order}})
	case 5:
		p.do(p.t, "", stock.Release{Target: stock.Target{Order: order}})
	case 6:
		p.do(p.t, "", stock.Restock{Item: k, Bucket: b, Qty: qty + 5})
		oil := item(location, "oil")
		p.do(p.t, "", stock.Restock{Item: oil, Bucket: b, Qty: 1000 * qty})
	case 7:
		p.do(p.t, "", stock.Observe{Item: k, Bucket: b, Seen: 20 + qty, Reckoned: true})
	case 8:
		sale := stock.SoldElsewhere{Item: k, Bucket: b, Qty: qty, Channel: channel, Order: key}
		if p.r.IntN(2) == 0 {
			sale.At = stock.Time(p.clock.now().Add(-time.Duration(p.r.IntN(100)) * time.Hour).UnixMilli())
		}
		p.do(p.t, key, sale)
	case 9:
		p.do(p.t, "", stock.Adjust{Item: k, Bucket: b, Delta: -qty})
	case 10:
		p.do(p.t, "", stock.Move{From: stock.Spot{Item: k, Bucket: b, Account: stock.Shared}, To: stock.Spot{Item: k, Bucket: b, Account: stock.Damaged}, Qty: 1})
		p.do(p.t, "", stock.Move{From: stock.Spot{Item: k, Bucket: b, Account: stock.Damaged}, To: stock.Spot{Item: k, Bucket: b, Account: stock.Adjustment}, Qty: 1})
	case 11:
		p.do(p.t, "", stock.Return{Item: k, Bucket: b, Qty: 1})
	case 12:
		p.setQuota(location, 3*qty)
	case 13: // a part of the units leaves
		p.do(p.t, key, stock.Confirm{Target: stock.Target{Order: order, Item: k, Qty: 1, Keyed: true}})
	case 14:
		p.do(p.t, key, stock.Withdraw{Target: stock.Target{Order: order, Item: k, Qty: 1, Keyed: true}})
	case 15:
		p.do(p.t, key, stock.Change{Order: order, Keyed: true, Lines: []stock.Wanted{{Demand: stock.Demand{Item: k, Bucket: b, Qty: qty - 1, Known: true}, Channel: channel}}})
	case 16, 17:
		p.sellAtTill(qty)
	case 18:
		p.report()
	default:
		p.transfer()
	}
}

// reserve reserves mugs, and more products for some orders: there, or at another location.
func (p *play) reserve(k stock.ItemKey, channel string, qty stock.Qty) {
	p.orders++
	place := stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o", p.orders)}, TTL: stock.MaxTTL, Channel: channel,
		Partial: p.r.IntN(3) == 0, Lines: []stock.Demand{{Item: k, Bucket: bucketOf(k), Qty: qty, Known: true}},
	}
	if p.r.IntN(3) == 0 {
		place.TTL = 2 * 3_600_000
	}
	for _, product := range []string{"oil", "tip"} {
		if p.r.IntN(3) == 0 {
			more := item(playPlaces[p.r.IntN(3)], product)
			place.Lines = append(place.Lines, stock.Demand{Item: more, Bucket: bucketOf(more), Qty: 250 * qty, Known: true})
		}
	}
	p.do(p.t, fmt.Sprint("reserve ", p.orders), place)
}

// transfer ships nine mugs; of those some come back, some are lost, and more arrive.
func (p *play) transfer() {
	p.moves++
	mark, hub := stock.Transit(fmt.Sprint("T", p.moves)), item("hub", "mug")
	shift := func(k stock.ItemKey, mark stock.Account, postings ...stock.Posting) {
		p.do(p.t, "", stock.Shift{Bucket: bucketOf(k), Lines: []stock.ShiftLine{{Item: k, Mark: mark, Was: p.was[mark], Postings: postings}}})
		for _, posting := range postings {
			if posting.To == mark {
				p.was[mark] += posting.Qty
			}
			if posting.From == mark {
				p.was[mark] -= posting.Qty
			}
		}
	}
	p.do(p.t, "", stock.Restock{Item: hub, Bucket: bucketOf(hub), Qty: 9})
	shift(hub, mark, stock.Posting{From: stock.Shared, To: mark, Qty: 9})
	p.clock.forward(time.Duration(p.r.IntN(10)) * time.Hour)
	shift(hub, mark, stock.Posting{From: mark, To: stock.Shared, Qty: 2})
	shift(hub, mark, stock.Posting{From: mark, To: stock.Adjustment, Qty: 7}, stock.Posting{From: stock.Adjustment, To: stock.Discrepancy, Qty: 1})
	p.clock.forward(time.Duration(p.r.IntN(90)) * time.Minute)
	shift(item("lyon", "mug"), stock.Incoming(fmt.Sprint("T", p.moves)), stock.Posting{From: stock.Adjustment, To: stock.Shared, Qty: 9},
		stock.Posting{From: stock.Discrepancy, To: stock.Adjustment, Qty: 3})
}

const (
	playTill  = "till-1"
	playEpoch = 7
)

// tillBooks are the books of a till in Berlin, and what it has not reported yet.
type tillBooks struct {
	books  *ledger.Ledger
	orders int
	done   []stock.Event
	seq    uint64
}

func (p *play) holder() stock.ItemKey { return stock.HolderItem(tenant, "berlin", playTill) }

// pair gives the till units, and more whenever it reports.
func (p *play) pair() {
	p.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var err error
	if p.till.books, err = ledger.OpenSlots(ctx, []engine.Engine{memory.New()}, ledger.WithClock(p.clock)); err != nil {
		p.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.till.books.Run(ctx) }()
	p.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			p.t.Error(err)
		}
	})
	p.sure(p.books, stock.BeginHolder{Item: p.holder(), Bucket: bucketOf(p.holder()), Epoch: playEpoch})
	p.sure(p.books, stock.GreetHolder{Item: p.holder(), Bucket: bucketOf(p.holder()), Epoch: playEpoch, Next: 1, Era: 1})
	p.grant()
}

// committed is the item as it is at the centre.
func (p *play) committed(k stock.ItemKey) *stock.Item {
	p.t.Helper()
	levels, _, err := p.books.Items(context.Background(), []stock.ItemKey{k})
	if err != nil {
		p.t.Fatal(err)
	}
	return levels[0].Committed()
}

// grant gives the till ten units more, if there are any.
func (p *play) grant() {
	p.t.Helper()
	k := item("berlin", "mug")
	given := func() stock.Qty {
		if r := p.committed(k).EscrowRecord(playTill); r != nil {
			return r.Added
		}
		return 0
	}
	p.sure(p.books, stock.Grant{Item: k, Bucket: bucketOf(k), Holder: playTill, Epoch: playEpoch, To: given() + 10})
	p.sure(p.till.books, stock.AddGranted{Item: k, Bucket: bucketOf(k), To: given(), Open: &stock.Opening{}})
}

// sellAtTill does something at the till, which the centre hears of later.
func (p *play) sellAtTill(qty stock.Qty) {
	k := item("berlin", "mug")
	order := stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("t", p.till.orders)}
	var c stock.Command
	switch p.r.IntN(7) {
	case 6:
		c = stock.Look{Item: k, Bucket: bucketOf(k), Seen: 20 + qty}
	case 0, 1:
		p.till.orders++
		order.Order = fmt.Sprint("t", p.till.orders)
		c = stock.Place{Order: order, TTL: stock.MaxTTL, Lines: []stock.Demand{{Item: k, Bucket: bucketOf(k), Qty: qty, Known: true}}}
	case 2, 3:
		c = stock.Confirm{Target: stock.Target{Order: order}}
	case 4:
		c = stock.SoldElsewhere{Item: k, Bucket: bucketOf(k), Qty: 1, Channel: "pos", Order: order.Order}
	default:
		c = stock.Release{Target: stock.Target{Order: order}}
	}
	res := p.till.books.Submit(context.Background(), ledger.Request{Command: c})[0]
	if _, refused := errors.AsType[*stock.Refusal](res.Err); res.Err != nil && !refused {
		p.t.Fatal(res.Err)
	}
	if res.Err == nil && res.Event.Changed() {
		done := *res.Event
		done.Happened = stock.Time(p.clock.now().UnixMilli())
		p.till.done = append(p.till.done, done)
	}
}

// report books what the till has done since its last report.
func (p *play) report() {
	p.t.Helper()
	for i := range p.till.done {
		p.till.seq++
		reported := stock.Mirror{
			Holder: p.holder(), Bucket: bucketOf(p.holder()), Epoch: playEpoch, Ticket: 1, After: p.till.seq - 1, Seq: p.till.seq,
			Hash: [32]byte{byte(p.till.seq)}, Event: &p.till.done[i], Channel: "pos",
		}
		if k, _, looks := reported.Looks(); looks {
			reported.Booked = p.committed(k).Figures().OnHand
		}
		p.sure(p.books, reported)
	}
	p.till.done = nil
	p.grant()
}

// sure carries out a command that must not be refused.
func (p *play) sure(books *ledger.Ledger, c stock.Command) {
	p.t.Helper()
	if res := books.Submit(context.Background(), ledger.Request{Command: c})[0]; res.Err != nil {
		p.t.Fatalf("%T %+v: %v", c, c, res.Err)
	}
}

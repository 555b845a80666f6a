package stores

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// sellingPoint is where somebody sells: a till, or the centre online.
type sellingPoint struct {
	name   string
	life   *life
	books  submitter
	orders func() orders
	till   bool
}

type submitter interface {
	Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result
}

// operate lets somebody at a till, or online, ask for something.
func (r *run) operate() {
	p, ok := r.somePlace()
	if !ok {
		return
	}
	r.mu.Lock()
	r.stats.Operations++
	r.mu.Unlock()
	switch n := r.rnd.IntN(100); {
	case n < 55:
		r.sell(p)
	case n < 72:
		r.finish(p)
	case n < 76:
		r.both(p)
	default:
		r.work(p)
	}
}

// somePlace is one that is open.
func (r *run) somePlace() (sellingPoint, bool) {
	var open []sellingPoint
	if c := r.centre; c.alive() {
		open = append(open, sellingPoint{name: "online", life: c.life, books: c.books, orders: func() orders { return c.orders }})
	}
	for _, m := range r.machines {
		if m.alive() && (!m.program.Status().Stale || r.rnd.IntN(10) == 0) {
			open = append(open, sellingPoint{name: m.name, life: m.life, books: m.counter, orders: func() orders { return m.orders }, till: true})
		}
	}
	if len(open) == 0 {
		return sellingPoint{}, false
	}
	return pick(r, open), true
}

// ask sends requests from a goroutine of the place, which passes the outcome of each to
// answered.
func (r *run) ask(p sellingPoint, what string, answered func(i int, err error), requests ...ledger.Request) {
	r.mu.Lock()
	r.busy++
	r.mu.Unlock()
	p.life.all.Go(func() {
		results := p.books.Submit(p.life.ctx, requests...)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.busy--
		if p.life.isDead() {
			return // nobody heard the answer
		}
		for i := range results {
			r.trace.note(fmt.Sprintf("%s %s: %s", p.name, what, code(results[i].Err)))
			if answered != nil {
				answered(i, results[i].Err)
			}
		}
	})
}

// code is the error code that a caller gets.
func code(err error) string {
	var r *stock.Refusal
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &r):
		return fmt.Sprint(r.Code)
	}
	return "failed"
}

// someOrder is a new order of the place. Some ids are used at several places.
func (r *run) someOrder(p sellingPoint) (string, stock.Place, order) {
	r.orders++
	id := fmt.Sprintf("o%d", r.orders)
	o := order{product: pick(r, r.products), qty: 1 + int64(r.rnd.IntN(3)), brief: r.rnd.IntN(10) == 0}
	if r.rnd.IntN(12) == 0 {
		id = fmt.Sprintf("same-%s-%d", o.product, o.qty)
	}
	ttl := stock.Time(100 * 3_600_000)
	if o.brief {
		ttl = 20_000
	}
	return id, stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: id}, TTL: ttl, Channel: channelOf(r, o),
		Lines: []stock.Demand{{Item: key(o.product), Bucket: bucket(), Qty: stock.Qty(o.qty)}},
	}, o
}

// taken notes an order that was acknowledged. The caller holds mu.
func (r *run) taken(p sellingPoint, id string, o order) {
	if _, again := p.orders()[id]; again {
		return
	}
	p.orders()[id] = o
	if p.till {
		r.stats.Sold++
	} else {
		r.stats.Online++
	}
}

// sell reserves.
func (r *run) sell(p sellingPoint) {
	id, cmd, o := r.someOrder(p)
	r.ask(p, "reserves "+id, func(_ int, err error) {
		if err == nil {
			r.taken(p, id, o)
		}
	}, ledger.Request{Command: cmd})
}

// pending are the orders of the place that hold something, as far as any answer has
// shown.
func (r *run) pending(p sellingPoint) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(p.orders())) {
		if o := p.orders()[id]; o.state == held && !o.unsure {
			ids = append(ids, id)
		}
	}
	return ids
}

// ending is the end of an order: mostly it is deducted.
func (r *run) ending(p sellingPoint, id string) (stock.Command, func(error)) {
	target := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: id}}
	var cmd stock.Command = stock.Confirm{Target: target}
	to := sold
	if r.rnd.IntN(4) == 0 {
		cmd, to = stock.Release{Target: target}, released
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	all := p.orders()
	o := all[id]
	o.unsure = true
	all[id] = o
	return cmd, func(err error) {
		if err == nil {
			o := all[id]
			o.state, o.unsure = to, false
			all[id] = o
		}
	}
}

// finish deducts or releases an order.
func (r *run) finish(p sellingPoint) {
	ids := r.pending(p)
	if len(ids) == 0 {
		r.sell(p)
		return
	}
	id := pick(r, ids)
	cmd, answered := r.ending(p, id)
	r.ask(p, fmt.Sprintf("ends %s by %s", id, cmd.Op()), func(_ int, err error) { answered(err) }, ledger.Request{Command: cmd})
}

// both does two things in one group.
func (r *run) both(p sellingPoint) {
	id, cmd, o := r.someOrder(p)
	ids := r.pending(p)
	if len(ids) == 0 {
		r.sell(p)
		return
	}
	last := pick(r, ids)
	end, ended := r.ending(p, last)
	r.ask(p, "reserves "+id+" and ends "+last, func(i int, err error) {
		switch {
		case i == 1:
			ended(err)
		case err == nil:
			r.taken(p, id, o)
		}
	}, ledger.Request{Command: cmd}, ledger.Request{Command: end})
}

// work is what staff do.
func (r *run) work(p sellingPoint) {
	if !p.till && r.weather.retires && r.rnd.IntN(3) == 0 {
		r.retire(p)
		return
	}
	product := pick(r, r.products)
	n := r.rnd.IntN(10)
	if !p.till && n < 4 {
		r.meddle(p)
		return
	}
	var cmd stock.Command
	switch {
	case n < 4:
		cmd = stock.Restock{Item: key(product), Bucket: bucket(), Qty: stock.Qty(1 + r.rnd.IntN(6)), Open: &stock.Opening{}}
	case n < 6:
		cmd = stock.Adjust{Item: key(product), Bucket: bucket(), Delta: -1, Open: &stock.Opening{}}
	case n < 8:
		cmd = stock.SetSaleStatus{Item: key(product), Bucket: bucket(), OnSale: r.rnd.IntN(3) > 0, Open: &stock.Opening{}}
	case r.weather.counts:
		cmd = stock.Observe{Item: key(product), Bucket: bucket(), Seen: stock.Qty(r.rnd.IntN(120)), Reckoned: true, Source: "ann", Open: &stock.Opening{}}
	default:
		return
	}
	r.ask(p, fmt.Sprintf("%s of %s", cmd.Op(), product), nil, ledger.Request{Command: cmd})
}

// retire takes a product out of use at the centre, calls back what tills have of it, or brings it
// back with new units.
func (r *run) retire(p sellingPoint) {
	k := key(pick(r, r.products))
	var all []ledger.Request
	switch it := (judge{r}).item(r.centre.disk, k.Product); {
	case r.rnd.IntN(3) == 0:
		all = append(all, ledger.Request{Command: stock.Reinstate{Item: k, Bucket: bucket()}},
			ledger.Request{Command: stock.Restock{Item: k, Bucket: bucket(), Qty: stock.Qty(5 + r.rnd.IntN(20))}})
	case it != nil && r.rnd.IntN(2) == 0:
		all = append(all, ledger.Request{Command: stock.SetSaleStatus{Item: k, Bucket: bucket()}})
		for _, o := range it.Keepers() {
			all = append(all, ledger.Request{Command: stock.RecallGrant{Item: k, Bucket: bucket(), Holder: o.Holder, Epoch: o.Epoch}})
		}
	default:
		all = append(all, ledger.Request{Command: stock.Retire{Item: k, Bucket: bucket(), WriteOff: true}})
	}
	r.ask(p, fmt.Sprintf("%s of %s", all[0].Command.Op(), k.Product), nil, all...)
}

// meddle tries to end an order of a till at the centre.
func (r *run) meddle(p sellingPoint) {
	m := pick(r, r.machines)
	ids := slices.Sorted(maps.Keys(r.acknowledged(m)))
	if len(ids) == 0 {
		return
	}
	id := r.orderAt(m)(pick(r, ids))
	cmd, _ := r.ending(sellingPoint{orders: func() orders { return orders{} }}, id)
	r.ask(p, "meddles with "+id, nil, ledger.Request{Command: cmd})
}

// acknowledged are the machine's orders.
func (r *run) acknowledged(m *machine) orders {
	r.mu.Lock()
	defer r.mu.Unlock()
	return m.orders.clone()
}

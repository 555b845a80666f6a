package stores

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// lookEvery is after how many steps the books are compared.
const lookEvery = 100

// judge is the part of the run that checks the books.
type judge struct{ *run }

// look compares the books of tills and centre in the middle of the run.
func (r judge) look() {
	for _, m := range r.machines {
		if m.doubtful == "" {
			r.compare(m)
		}
	}
}

// known is what the machine's file says.
func (m *machine) known() outpost.CentreState {
	s, err := outpost.ReadState(m.file)
	if err != nil {
		m.r.violate("%v", err)
	}
	return s
}

func (r judge) compare(m *machine) {
	s := m.known()
	faults, err := outpost.VerifyTill(r.ctx, []engine.Engine{r.centre.disk.engine}, &s, m.disk.engine)
	r.check(err)
	for _, f := range faults {
		r.violate("%s and the centre: %s", m.name, f)
	}
}

// settleWithin is how long the end may take.
const settleWithin = 10 * time.Minute

// settledFor is how many times in a row everything must be settled: the centre's own
// followers of its log take a moment.
const settledFor = 20

// settle ends all faults, and waits until the centre has everything that the tills did.
func (r judge) settle() {
	r.mu.Lock()
	r.calm = true
	r.mu.Unlock()
	for _, m := range r.machines {
		r.cutLine(m, true) // so that all say hello once more
	}
	r.rest()
	for _, m := range r.machines {
		r.cutLine(m, false)
		m.clock.off.Store(0)
		if m.life != nil {
			m.life.dieAt("")
		}
	}
	if r.centre.life != nil {
		r.centre.life.dieAt("")
	}
	for end, still := r.elapsed()+settleWithin, 0; ; {
		r.rest()
		r.startDead()
		r.rest()
		for r.carry() {
			r.step++
			r.rest()
		}
		why := r.unsettled()
		if why != "" {
			still = 0
		} else if still++; still == settledFor {
			return
		}
		if r.elapsed() > end {
			r.violate("they never agree: %s", why)
			return
		}
		r.pass(250 * time.Millisecond)
		r.step++
	}
}

// unsettled says what is still to come, "" for nothing.
func (r judge) unsettled() string {
	if r.asks() > 0 {
		return "a request is not answered"
	}
	for _, m := range r.machines {
		switch s := m.program.Status(); {
		case s.Stale && m.doubtful == "":
			return m.name + " is stale, and nothing explains that"
		case s.Stale:
		case !s.Connected:
			return m.name + " is not connected"
		case s.Seq != uint64(len(m.disk.stored())):
			return m.name + " has not reported all"
		}
	}
	return ""
}

// judge says what is wrong at the end.
func (r judge) judgeAll() {
	r.audit("the centre", r.centre.disk)
	r.judgeOrders("online", r.centre.disk, r.centre.orders)
	going := map[string]string{}
	for _, m := range r.machines {
		r.audit(m.name, m.disk)
		r.judgeOrders(m.name, m.disk, m.orders)
		if m.program.Status().Stale {
			continue
		}
		if other, two := going[m.till]; two {
			r.violate("%s and %s both sell as till %s", other, m.name, m.till)
		}
		going[m.till] = m.name
		r.compare(m)
		r.judgeReplay(m)
	}
	r.judgeEpochs()
	r.judgeOversold()
	r.judgeCases()
	r.judgeBooked()
	r.judgeLooks()
}

// judgeEpochs complains when the log of a till continued although its epoch was closed.
func (r judge) judgeEpochs() {
	last := map[stock.ItemKey]stock.Holder{}
	r.events(r.centre.disk, func(e *stock.Event) {
		for i := range e.Items {
			k, is := e.Items[i].Key, e.Items[i].Holder
			if _, of := k.OfHolder(); !of || is == nil {
				continue
			}
			if was := last[k]; was.Epoch == is.Epoch && !was.Open && was.Seq != is.Seq {
				r.violate("record %d of %s is in the books, and the epoch was closed at record %d", is.Seq, k.Product, was.Seq)
			}
			last[k] = *is
		}
	})
}

func (r judge) audit(name string, d *disk) {
	report, err := audit.CheckSlot(r.ctx, d.engine, audit.Options{})
	r.check(err)
	if err == nil {
		for _, v := range report.Violations {
			r.violate("%s: %v", name, v)
		}
	}
}

// judgeOversold complains when something is owed without a reason.
func (r judge) judgeOversold() {
	if len(r.lastRisk) > 0 || r.stats.Restores > 0 || r.weather.counts || r.weather.decides {
		return
	}
	for _, p := range r.products {
		if it := r.item(r.centre.disk, p); it != nil && it.Of(stock.Oversold) != 0 {
			r.violate("%s: %d units are oversold", p, -it.Of(stock.Oversold))
		}
	}
}

func (r judge) item(d *disk, product string) *stock.Item {
	loaded, err := d.engine.Load(r.ctx, engine.Want{Items: []stock.ItemKey{key(product)}})
	r.check(err)
	if err != nil || len(loaded.Items) == 0 {
		return nil
	}
	it, err := stock.DecodeItem(key(product), loaded.Items[0].Packed)
	r.check(err)
	return it
}

// judgeCases says which sale at risk, or count, has no case.
func (r judge) judgeCases() {
	kept, err := r.centre.catalog.Cases.List(r.ctx, catalog.CaseQuery{Tenant: tenant, Limit: 10_000})
	r.check(err)
	has := map[string]bool{}
	for i := range kept {
		has[kept[i].ID] = true
	}
	r.events(r.centre.disk, func(e *stock.Event) {
		if c := cases.Of(e); c != nil && !has[c.ID] {
			r.violate("%s of order %q has no case", e.Op, e.Order)
		}
	})
}

// events calls fn for all entries of a disk's log.
func (r judge) events(d *disk, fn func(*stock.Event)) {
	r.timed(d, func(_ stock.Time, e *stock.Event) { fn(e) })
}

// timed is events with the time of the record of each entry.
func (r judge) timed(d *disk, fn func(at stock.Time, e *stock.Event)) {
	groups := d.stored()
	for i := range groups {
		rec, err := stock.ParseRecord(groups[i].Record.Body)
		if err == nil && len(groups[i].Text) > 0 {
			err = rec.Attach(groups[i].Text)
		}
		if err == nil {
			err = rec.Events(func(_ int, e *stock.Event) error { fn(groups[i].Record.At, e); return nil })
		}
		r.check(err)
	}
}

// holds are what a disk has of the orders, by their ids.
func (r judge) holds(d *disk) map[string]*stock.Hold {
	all := map[string]*stock.Hold{}
	_, err := d.engine.ScanHolds(r.ctx, engine.HoldScan{}, func(row *engine.HoldRow) error {
		h, err := stock.DecodeHold(row.Key, row.Packed)
		all[row.Key.Order] = h
		return err
	})
	r.check(err)
	return all
}

// judgeOrders names each acknowledged order that is not on the disk as it was acknowledged.
func (r judge) judgeOrders(name string, d *disk, acknowledged orders) {
	holds := r.holds(d)
	for _, id := range slices.Sorted(maps.Keys(acknowledged)) {
		o, h := acknowledged[id], holds[id]
		if h == nil || len(h.Lines) != 1 {
			r.violate("%s: order %s was acknowledged, and is not there", name, id)
			continue
		}
		l := &h.Lines[0]
		if l.Item.Product != o.product || int64(l.Requested) != o.qty {
			r.violate("%s: order %s is of %d %s, acknowledged were %d %s", name, id, l.Requested, l.Item.Product, o.qty, o.product)
		}
		is := [...]int64{held: o.qty - int64(l.Confirmed+l.Released), sold: int64(l.Confirmed), released: int64(l.Released)}
		if is[o.state] != o.qty && !o.unsure && (!o.brief || o.state != held) {
			r.violate("%s: order %s has %d units held, %d deducted and %d released, acknowledged was state %d", name, id, is[held], is[sold], is[released], o.state)
		}
	}
}

// judgeReplay compares the orders of a till with what the centre has of them, and what it
// sold at risk.
func (r judge) judgeReplay(m *machine) {
	there, here := r.holds(r.centre.disk), r.holds(m.disk)
	at := r.orderAt(m)
	for _, id := range slices.Sorted(maps.Keys(here)) {
		mine, other := &here[id].Lines[0], there[at(id)]
		if other == nil || len(other.Lines) != 1 {
			r.violate("%s: order %s is not in the centre's books", m.name, id)
			continue
		}
		if o := &other.Lines[0]; o.Confirmed != mine.Confirmed || o.Released != mine.Released || o.Requested != mine.Requested {
			r.violate("%s: of order %s %d of %d were deducted and %d released, at the centre %d of %d and %d", m.name, id,
				mine.Confirmed, mine.Requested, mine.Released, o.Confirmed, o.Requested, o.Released)
		}
	}
	risks := map[string]stock.Qty{}
	r.events(m.disk, func(e *stock.Event) {
		if e.Op == stock.OpAdvance && e.Refusal == nil {
			r.stats.AtRisk++
			risks[at(e.Order)] += advanced(e)
		}
	})
	r.events(r.centre.disk, func(e *stock.Event) {
		if e.Op == stock.OpAdvance && e.Refusal == nil {
			if _, mine := risks[e.Order]; mine {
				risks[e.Order] -= advanced(e)
			}
		}
	})
	for _, id := range slices.Sorted(maps.Keys(risks)) {
		if n := risks[id]; n != 0 {
			r.violate("%s: %d units that order %s took at risk are not noted at the centre", m.name, n, id)
		}
	}
}

// advanced is how many units an entry took beyond what there was.
func advanced(e *stock.Event) (n stock.Qty) {
	for i := range e.Items {
		for _, p := range e.Items[i].Postings {
			if p.From == stock.Oversold {
				n += p.Qty
			}
		}
	}
	return n
}

// orderAt returns what the orders of the machine are called at the centre.
func (r *run) orderAt(m *machine) func(id string) string {
	loaded, err := r.centre.disk.engine.Load(r.ctx, engine.Want{Items: []stock.ItemKey{stock.HolderItem(tenant, shop, m.till)}})
	r.check(err)
	had := 1
	if err == nil && len(loaded.Items) == 1 {
		it, err := stock.DecodeItem(stock.HolderItem(tenant, shop, m.till), loaded.Items[0].Packed)
		r.check(err)
		had = int(it.Holder.Epoch>>48) + 1
	}
	return func(id string) string { return nth(id, m.till, had) }
}

// nth is the id at the centre of an order of the nth machine that was paired with a till.
func nth(id, till string, n int) string {
	if n == 1 {
		return id + "@" + till
	}
	return fmt.Sprintf("%s@%s~%d", id, till, n)
}

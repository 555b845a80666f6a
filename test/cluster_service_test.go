package test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
)

// service is one of the callers.
type service struct {
	*market
	id   int
	r    *rand.Rand
	n    int         // calls it has made
	open []*purchase // its orders that hold something
}

// one makes one call. It is false when there will be no outcome.
func (o *service) one() bool {
	o.n++
	k := o.r.IntN(100)
	switch {
	case k < 2:
		return o.survey()
	case k < 10:
		return o.look()
	case k < 16:
		return o.restock()
	case k < 18:
		return o.forget()
	case k < 55 || len(o.open) == 0:
		return o.place()
	}
	i := o.r.IntN(len(o.open))
	p := o.open[i]
	o.open = slices.Delete(o.open, i, i+1)
	switch {
	case k < 60:
		return o.duel(p)
	case k < 80:
		return o.end(p, "deduct")
	}
	return o.end(p, "release")
}

func (o *service) name() string { return fmt.Sprintf("%d-%d", o.id, o.n) }

// key is an idempotency key for the order's call, or none.
func (o *service) key(p *purchase, call string) string {
	if !p.keyed {
		return ""
	}
	return call + "-" + o.name()
}

func (o *service) location() string {
	return fmt.Sprintf("site-%02d", o.r.IntN(len(o.shelf)/len(openings)))
}

// some returns that many locations, each once.
func (o *service) some(n int) (all []string) {
	for len(all) < n {
		if at := o.location(); !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all
}

// order makes up an order.
func (o *service) order() *purchase {
	p := &purchase{id: "o-" + o.name(), keyed: o.r.IntN(2) == 0}
	add := func(product, location string) {
		p.lines = append(p.lines, bought{spot{product, location}, 1 + int64(o.r.IntN(3))})
	}
	switch k := o.r.IntN(10); {
	case k < 4:
		// A refusal without a key is no outcome: an earlier try may arrive after it.
		p.keyed = true
		at := o.location()
		add([]string{tightA, tightB}[o.r.IntN(2)], at)
		if other := []string{tightB, tightA}[o.r.IntN(2)]; other != p.lines[0].product {
			add(other, at)
		}
	case k < 6:
		add(ample, o.location())
	case k < 8:
		for _, at := range o.some(2 + o.r.IntN(3)) {
			add(wide, at)
		}
	default:
		p.keyed = true
		for _, at := range o.some(2 + o.r.IntN(2)) {
			add(rare, at)
		}
	}
	return p
}

func (p *purchase) body() object {
	var items []object
	for _, l := range p.lines {
		items = append(items, object{"product_id": l.product, "location_id": l.location, "quantity": l.qty})
	}
	return object{"order_id": p.id, "items": items}
}

// place reserves a new order, one time in twenty through two nodes at once.
func (o *service) place() bool {
	p := o.order()
	call, key := o.at(), o.key(p, "reserve")
	var second chan *reply
	if p.keyed && o.r.IntN(20) == 0 {
		second = make(chan *reply, 1)
		r := rand.New(rand.NewPCG(o.r.Uint64(), 0))
		go func() {
			again, _, err := o.ask(r, "POST", "/inventory/reserve", key, p.body())
			if err != nil {
				again = nil
			}
			second <- again
		}()
	}
	first, sent, err := o.ask(o.r, "POST", "/inventory/reserve", key, p.body())
	if second != nil {
		other := <-second
		if err == nil && other != nil && (first.status != other.status || first.code != other.code || first.status == http.StatusOK && string(first.body) != string(other.body)) {
			o.violation("%s was answered twice: %d %s and %d %s", p.id, first.status, first.body, other.status, other.body)
		}
		p.doubtful = true
	}
	if err != nil {
		return false
	}
	p.doubtful = p.doubtful || sent > 1
	o.mu.Lock()
	o.orders = append(o.orders, p)
	o.mu.Unlock()
	switch {
	case first.status == http.StatusOK:
		p.state = "active"
		o.granted()
		o.open = append(o.open, p)
		o.note(p, call, event{what: took})
	case first.code == "INSUFFICIENT_STOCK" && p.keyed:
		o.mu.Lock()
		o.refused++
		o.mu.Unlock()
		o.short(p, call, first.shortages())
	default:
		o.violation("reserve %v: %d %s", p.body(), first.status, first.body)
	}
	return true
}

// end deducts or releases an order.
func (o *service) end(p *purchase, how string) bool {
	call := o.at()
	reply, sent, err := o.ask(o.r, "POST", "/inventory/"+how, o.key(p, how), object{"order_id": p.id})
	if err != nil {
		return false
	}
	p.doubtful = p.doubtful || sent > 1
	if reply.status != http.StatusOK {
		o.violation("%s %s, which is held: %d %s", how, p.id, reply.status, reply.body)
		return true
	}
	o.ended(p, call, how)
	return true
}

func (o *service) ended(p *purchase, call int64, how string) {
	o.granted()
	p.state = map[string]string{"deduct": "confirmed", "release": "cancelled"}[how]
	o.note(p, call, event{what: how})
}

// duel deducts and releases an order at the same moment: one of the two wins.
func (o *service) duel(p *purchase) bool {
	call := o.at()
	var replies [2]*reply
	var errs [2]error
	var both sync.WaitGroup
	for i, how := range []string{"deduct", "release"} {
		r := rand.New(rand.NewPCG(o.r.Uint64(), 0))
		both.Go(func() {
			replies[i], _, errs[i] = o.ask(r, "POST", "/inventory/"+how, how+"-"+o.name(), object{"order_id": p.id})
		})
	}
	both.Wait()
	if errs[0] != nil || errs[1] != nil {
		return false
	}
	p.doubtful = true
	deducted, released := replies[0], replies[1]
	switch {
	case deducted.status == http.StatusOK && released.code == "INVALID_STATE":
		o.ended(p, call, "deduct")
	case released.status == http.StatusOK && deducted.code == "INVALID_STATE":
		o.ended(p, call, "release")
	default:
		o.violation("%s deducted and released at once: %d %s and %d %s", p.id, deducted.status, deducted.body, released.status, released.body)
	}
	return true
}

// restock adds to an item that runs out.
func (o *service) restock() bool {
	s := o.shelf[spot{[]string{tightA, tightB, rare}[o.r.IntN(3)], o.location()}]
	qty := 1 + int64(o.r.IntN(8))
	reference, call := "in-"+o.name(), o.at()
	reply, _, err := o.ask(o.r, "POST", "/inventory/restock", reference, object{"product_id": s.product, "location_id": s.location, "quantity": qty, "reference": reference})
	if err != nil {
		return false
	}
	var f figures
	if reply.status != http.StatusOK || json.Unmarshal(reply.body, &f) != nil {
		o.violation("restock %v: %d %s", s, reply.status, reply.body)
		return true
	}
	o.granted()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restocks[reference] = qty
	s.history = append(s.history, event{what: restocked, order: reference, client: o.id, call: call, end: o.at(), qty: qty, free: f.Available, held: f.Reserved})
	return true
}

// look reads how much of an item there is.
func (o *service) look() bool {
	s := o.shelf[spot{[]string{tightA, tightB, wide, ample}[o.r.IntN(4)], o.location()}]
	call := o.at()
	reply, _, err := o.ask(o.r, "GET", "/inventory/check/"+s.product+"?location_id="+s.location, "", nil)
	if err != nil {
		return false
	}
	var answer struct{ Available int64 }
	if reply.status != http.StatusOK || json.Unmarshal(reply.body, &answer) != nil {
		o.violation("check %v: %d %s", s, reply.status, reply.body)
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history = append(s.history, event{what: looked, client: o.id, call: call, end: o.at(), free: answer.Available})
	return true
}

// survey lists all locations of a product: each is there once, also those whose
// bucket is on its way.
func (o *service) survey() bool {
	product := []string{tightA, tightB, ample, wide, rare}[o.r.IntN(5)]
	reply, _, err := o.ask(o.r, "GET", "/inventory/product/"+product, "", nil)
	if err != nil {
		return false
	}
	var answer struct {
		Locations []struct {
			Location string `json:"location_id"`
		}
	}
	if reply.status != http.StatusOK || json.Unmarshal(reply.body, &answer) != nil {
		o.violation("product %s: %d %s", product, reply.status, reply.body)
		return true
	}
	seen := map[string]bool{}
	for _, at := range answer.Locations {
		seen[at.Location] = true
	}
	if all := len(o.shelf) / len(openings); len(seen) != all || len(answer.Locations) != all {
		o.violation("product %s is at %d locations, %d of them different, want %d: %s", product, len(answer.Locations), len(seen), all, reply.body)
	}
	return true
}

// forget holds units for a moment and never comes back.
func (o *service) forget() bool {
	p := &purchase{id: "b-" + o.name(), lines: []bought{{spot{brief, o.location()}, 1}}, state: "expired"}
	body := p.body()
	body["ttl_seconds"] = 1 + o.r.IntN(2)
	reply, _, err := o.ask(o.r, "POST", "/inventory/reserve", "reserve-"+p.id, body)
	if err != nil {
		return false
	}
	if reply.status != http.StatusOK {
		o.violation("reserve %v: %d %s", body, reply.status, reply.body)
		return true
	}
	o.granted()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.orders = append(o.orders, p)
	return true
}

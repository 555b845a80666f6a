package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// entry is an entry of an item's journal.
type entry struct {
	Operation string
	Location  string `json:"location_id"`
	Order     string `json:"order_id"`
	Reference string
	Available int64 `json:"delta_available"`
	Reserved  int64 `json:"delta_reserved"`
}

// total is the sum of the entries of an order, or of a reference.
type total struct{ available, reserved, entries int64 }

// audit compares the books of the cluster, when all is up and nobody works, with what was
// acknowledged: every order, every figure, every entry of the journal. Decisions reach other slots
// after a while, so the figures get that time.
func (w *market) audit(patience time.Duration) {
	w.t.Helper()
	w.auditOrders()
	r := rand.New(rand.NewPCG(1, 1))
	for _, wrong := range w.figures(r, patience, true) {
		w.violation("%s", wrong.what)
	}
	// A refused order may have left units behind at a location, until a minute
	// after its deadline or until somebody asks for it again.
	const soon = 3 * time.Second // decisions have reached other slots by then
	if left := w.figures(r, soon, false); len(left) > 0 {
		w.askAgain(left)
		for _, wrong := range w.figures(r, patience, false) {
			w.violation("%s", wrong.what)
		}
	}
	w.auditJournal(r)
}

// want are the figures that an item must have.
func (w *market) want() map[spot]figures {
	all := map[spot]figures{}
	for at, s := range w.shelf {
		f := figures{Available: openings[at.product], OnHand: openings[at.product]}
		for _, n := range s.restocks {
			f.Available += n
			f.OnHand += n
		}
		all[at] = f
	}
	for _, p := range w.orders {
		for _, l := range p.lines {
			f := all[l.spot]
			switch p.state {
			case "active":
				f.Available -= l.qty
				f.Reserved += l.qty
			case "confirmed":
				f.Available -= l.qty
				f.OnHand -= l.qty
			}
			all[l.spot] = f
		}
	}
	return all
}

// off is an item whose figures are not what they must be.
type off struct {
	spot
	what string
}

// figures reads all items until they are as they must be, or patience ends,
// and returns those that are not. With leftovers an item may hold units that
// nobody has a reservation for.
func (w *market) figures(r *rand.Rand, patience time.Duration, leftovers bool) (wrong []off) {
	w.t.Helper()
	want := w.want()
	for begun := time.Now(); ; wait(200 * time.Millisecond) {
		wrong = nil
		for product := range openings {
			reply, _, err := w.ask(r, "GET", "/inventory/product/"+product, "", nil)
			if err != nil {
				return nil // it was noted
			}
			var answer struct {
				Locations []struct {
					figures
					Location string `json:"location_id"`
				}
			}
			if reply.status != http.StatusOK || json.Unmarshal(reply.body, &answer) != nil {
				w.violation("product %s: %d %s", product, reply.status, reply.body)
				return nil
			}
			seen := 0
			for _, at := range answer.Locations {
				s := spot{product, at.Location}
				f, must := at.figures, want[s]
				f.Version, seen = 0, seen+1
				excess := f.Reserved - must.Reserved
				if leftovers && excess > 0 && f.Available+excess == must.Available && f.OnHand == must.OnHand {
					continue
				}
				if f != must {
					wrong = append(wrong, off{s, fmt.Sprintf("%v: %+v, by what was acknowledged %+v", s, f, must)})
				}
			}
			if seen != len(w.shelf)/len(openings) {
				w.violation("product %s is at %d locations", product, seen)
			}
		}
		if len(wrong) == 0 || time.Since(begun) > patience {
			return wrong
		}
	}
}

// askAgain sends the refused orders that have a line of one of the items once
// more, now that there is enough, and gives all back.
func (w *market) askAgain(left []off) {
	w.t.Helper()
	r := rand.New(rand.NewPCG(2, 1))
	short := map[spot]bool{}
	for _, l := range left {
		short[l.spot] = true
	}
	more := map[spot]int64{}
	var again []*purchase
	for _, p := range w.orders {
		if p.state == "" && p.over() && slices.ContainsFunc(p.lines, func(l bought) bool { return short[l.spot] }) {
			again = append(again, p)
			for _, l := range p.lines {
				more[l.spot] += l.qty
			}
		}
	}
	w.left = len(left)
	for at, qty := range more {
		reference := "again-" + at.product + "-" + at.location
		reply, _, err := w.ask(r, "POST", "/inventory/restock", reference, object{"product_id": at.product, "location_id": at.location, "quantity": qty, "reference": reference})
		if err != nil || reply.status != http.StatusOK {
			w.violation("restock %v: %+v %v", at, reply, err)
			return
		}
		w.shelf[at].restocks[reference] = qty
	}
	for _, p := range again {
		for _, how := range []string{"reserve", "release"} {
			body := p.body()
			if how == "release" {
				body = object{"order_id": p.id}
			}
			reply, _, err := w.ask(r, "POST", "/inventory/"+how, how+"-again-"+p.id, body)
			if err != nil || reply.status != http.StatusOK {
				w.violation("%s %s again: %+v %v", how, p.id, reply, err)
			}
		}
		p.state, p.doubtful = "cancelled", true
	}
}

// auditOrders looks every order up: it is in the state that was acknowledged, with all its lines. A
// refused order must not be found.
func (w *market) auditOrders() {
	var all sync.WaitGroup
	next := make(chan *purchase)
	for id := range 16 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(id), 3))
			for p := range next {
				w.auditOrder(r, p)
			}
		})
	}
	for _, p := range w.orders {
		next <- p
	}
	close(next)
	all.Wait()
}

func (w *market) auditOrder(r *rand.Rand, p *purchase) {
	reply, _, err := w.ask(r, "GET", "/inventory/orders/"+p.id, "", nil)
	if err != nil {
		return // it was noted
	}
	if p.state == "" {
		if reply.status != http.StatusNotFound {
			w.violation("order %s was refused: %d %s", p.id, reply.status, reply.body)
		}
		return
	}
	var answer struct {
		Reservations []struct {
			Product   string `json:"product_id"`
			Location  string `json:"location_id"`
			State     string
			Requested int64
		}
	}
	if reply.status != http.StatusOK || json.Unmarshal(reply.body, &answer) != nil {
		w.lose("order %s, which is %s: %d %s", p.id, p.state, reply.status, reply.body)
		return
	}
	left := slices.Clone(p.lines)
	for _, line := range answer.Reservations {
		i := slices.Index(left, bought{spot{line.Product, line.Location}, line.Requested})
		expired := p.state == "expired" && line.State == "active" // its time is not over
		if i < 0 || line.State != p.state && !expired {
			w.lose("order %s, which is %s of %v: %s", p.id, p.state, p.lines, reply.body)
			return
		}
		left = slices.Delete(left, i, i+1)
	}
	if len(left) > 0 {
		w.lose("order %s has no %v: %s", p.id, left, reply.body)
	}
}

// lose notes that an acknowledged effect is not in the books.
func (w *market) lose(format string, args ...any) {
	w.mu.Lock()
	w.lost++
	w.mu.Unlock()
	w.violation("lost: "+format, args...)
}

// auditJournal reads the whole journal: what was acknowledged is there once.
func (w *market) auditJournal(r *rand.Rand) {
	byItem := w.ordersAt()
	for at, s := range w.shelf {
		orders, references, err := w.journal(r, at)
		if err != nil {
			w.violation("journal of %v: %v", at, err)
			continue
		}
		for reference, qty := range s.restocks {
			got := references[reference]
			if got == (total{qty, 0, 1}) {
				delete(references, reference)
			} else if got.entries == 0 {
				w.lose("%v has no restock %s", at, reference)
			}
		}
		for reference, got := range references {
			w.violation("the journal of %v has %s: %+v, by what was acknowledged %d", at, reference, got, s.restocks[reference])
		}
		w.compare(at, byItem[at], orders)
	}
}

// compare wants the entries of every order to add up to its state, and an order at one location to
// have no entry twice.
func (w *market) compare(at spot, placed []*purchase, orders map[string]total) {
	for _, p := range placed {
		l := p.lines[slices.IndexFunc(p.lines, func(l bought) bool { return l.spot == at })]
		want := map[string]total{
			"":          {0, 0, 0},
			"active":    {-l.qty, l.qty, 1},
			"confirmed": {-l.qty, 0, 2},
			"cancelled": {0, 0, 2},
			"expired":   {0, 0, 2},
		}[p.state]
		got := orders[p.id]
		delete(orders, p.id)
		if p.over() {
			want.entries, got.entries = 0, 0
		}
		if got != want {
			w.violation("the journal of %v has %+v of %s, which is %q: want %+v", at, got, p.id, p.state, want)
		}
	}
	if len(orders) > 0 {
		w.violation("the journal of %v has orders that nobody placed: %v", at, slices.Collect(maps.Keys(orders)))
	}
}

// ordersAt are the orders that have a line of each item.
func (w *market) ordersAt() map[spot][]*purchase {
	all := map[spot][]*purchase{}
	for _, p := range w.orders {
		for _, l := range p.lines {
			all[l.spot] = append(all[l.spot], p)
		}
	}
	return all
}

// journal adds the entries of an item up, by order and by reference, and keeps
// them.
func (w *market) journal(r *rand.Rand, at spot) (orders, references map[string]total, err error) {
	orders, references = map[string]total{}, map[string]total{}
	for token := ""; ; {
		path := fmt.Sprintf("/inventory/logs/%s?location_id=%s&page_size=500&page_token=%s", at.product, at.location, token)
		reply, _, err := w.ask(r, "GET", path, "", nil)
		if err != nil {
			return nil, nil, err
		}
		var page struct {
			Items []entry
			Next  string `json:"next_page_token"`
		}
		if reply.status != http.StatusOK {
			return nil, nil, fmt.Errorf("%d %s", reply.status, reply.body)
		}
		if err := json.Unmarshal(reply.body, &page); err != nil {
			return nil, nil, err
		}
		for _, e := range page.Items {
			w.shelf[at].journal = append(w.shelf[at].journal, e)
			switch {
			case e.Operation == "create":
			case e.Order != "":
				t := orders[e.Order]
				orders[e.Order] = total{t.available + e.Available, t.reserved + e.Reserved, t.entries + 1}
			default:
				name := e.Reference
				if e.Operation != "restock" {
					name = strings.Join([]string{e.Operation, e.Reference}, " ")
				}
				t := references[name]
				references[name] = total{t.available + e.Available, t.reserved + e.Reserved, t.entries + 1}
			}
		}
		if token = page.Next; token == "" {
			slices.Reverse(w.shelf[at].journal)
			return orders, references, nil
		}
	}
}

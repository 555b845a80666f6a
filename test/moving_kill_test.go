package test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

// carriers send stock from place to place and sell it by choice, each in loops of
// their own, while the server dies.
type carriers struct {
	t    *testing.T
	c    *caller
	s    *server
	stop chan struct{}

	mu        sync.Mutex
	said      []saidOnce
	transfers []string
	orders    []string
	refills   int64 // of refill units of each product
}

// saidOnce is a call with an idempotency key, and its answer.
type saidOnce struct {
	path, key string
	body      object
	status    int
	answer    []byte
}

var (
	movedPlaces   = []string{"hub", "north", "south"}
	movedProducts = []string{"bean", "cup", "mug"}
)

const (
	movedEach = 400 // of each product at each place
	refill    = 60  // arrives of each product when an order was refused
)

// set opens the shelves, says where the places are and what the kit is.
func (m *carriers) set() {
	t := m.t
	t.Helper()
	for i, place := range movedPlaces {
		for _, product := range movedProducts {
			m.c.must(t, "POST", m.s.url("/inventory"), "", object{"product_id": product, "location_id": place, "available_stock": movedEach}, nil)
		}
		m.c.must(t, "PUT", m.s.url("/v1/locations/"+place), "", object{
			"priority": i, "coordinates": object{"latitude": 40 + 5*i, "longitude": 10},
		}, nil)
	}
	m.c.must(t, "PUT", m.s.url("/v1/kits/set"), "", object{"components": []object{
		{"product_id": "bean", "quantity": 2}, {"product_id": "cup", "quantity": 1},
	}}, nil)
}

// over reports whether the carriers must end.
func (m *carriers) over() bool {
	select {
	case <-m.stop:
		return true
	default:
		return false
	}
}

// say makes a call until it is answered, whatever dies meanwhile, and keeps the answer of one that
// had a key. An answer that no client ought to get is an error.
func (m *carriers) say(ctx context.Context, path, key string, body object) (*reply, error) {
	r, err := m.c.call(ctx, "POST", m.s.url(path), key, body)
	if err != nil {
		return nil, err
	}
	switch {
	case r.status == http.StatusOK, r.code == "INSUFFICIENT_STOCK", r.code == "INVALID_STATE":
	default:
		return nil, fmt.Errorf("%s %v: %d %s", path, body, r.status, r.body)
	}
	if key != "" {
		m.mu.Lock()
		m.said = append(m.said, saidOnce{path, key, body, r.status, r.body})
		m.mu.Unlock()
	}
	return r, nil
}

// movedDocument is the document of a transfer.
type movedDocument struct {
	ID      string `json:"transfer_id"`
	State   string
	Pending bool
	Lines   []struct {
		Product   string `json:"product_id"`
		Shipped   int64
		Received  int64
		Lost      int64
		Surplus   int64
		Returned  int64
		InTransit int64 `json:"in_transit"`
	}
}

// transfer carries one transfer through as many steps as chance has it.
func (m *carriers) transfer(ctx context.Context, name string, random *rand.Rand) error {
	from := random.IntN(len(movedPlaces))
	to := (from + 1 + random.IntN(len(movedPlaces)-1)) % len(movedPlaces)
	var lines, parts []object
	for _, product := range movedProducts[:1+random.IntN(len(movedProducts))] {
		n := 1 + random.IntN(60)
		lines = append(lines, object{"product_id": product, "quantity": n})
		if n > 3 {
			parts = append(parts, object{"product_id": product, "quantity": n - 3, "lost": 1 + random.IntN(2)})
		}
	}
	r, err := m.say(ctx, "/v1/transfers", name, object{"from_location_id": movedPlaces[from], "to_location_id": movedPlaces[to], "lines": lines})
	if err != nil {
		return err
	}
	var document movedDocument
	if err := json.Unmarshal(r.body, &document); err != nil {
		return err
	}
	m.mu.Lock()
	m.transfers = append(m.transfers, document.ID)
	m.mu.Unlock()
	steps := []struct {
		action string
		body   object
	}{{"approve", object{}}, {"ship", object{}}, {"receive", object{"lines": parts}}, {"receive", object{}}}
	if len(parts) == 0 {
		steps[2] = steps[3]
	}
	cancelled := random.IntN(2 * len(steps))
	for i, step := range steps {
		if i == cancelled {
			step.action, step.body = "cancel", object{}
		}
		if _, err := m.say(ctx, "/v1/transfers/"+document.ID+"/"+step.action, fmt.Sprint(name, "-", i), step.body); err != nil {
			return err
		}
		if step.action == "cancel" {
			return nil
		}
	}
	return nil
}

// order reserves a cart that needs a choice, and ends it in one way or another.
func (m *carriers) order(ctx context.Context, name string, random *rand.Rand) error {
	sourcing := object{"strategy": "priority", "split": "allow"}
	if random.IntN(2) == 0 {
		sourcing = object{"strategy": "nearest", "split": "lines", "destination": object{"latitude": 38 + random.IntN(15), "longitude": 9}}
	}
	items := []object{{"product_id": "set", "quantity": 1 + random.IntN(4)}}
	if random.IntN(2) == 0 {
		items = append(items, object{"product_id": "mug", "quantity": 1 + random.IntN(30)})
	}
	if random.IntN(3) == 0 {
		items = append(items, object{"product_id": "bean", "quantity": 1}) // besides those of the kits
	}
	m.mu.Lock()
	m.orders = append(m.orders, name)
	m.mu.Unlock()
	key := ""
	if random.IntN(3) > 0 {
		key = "k-" + name
	}
	body := object{"order_id": name, "items": items, "sourcing": sourcing}
	r, err := m.say(ctx, "/inventory/reserve", key, body)
	if err != nil {
		return err
	}
	if r.status != http.StatusOK {
		return m.refill(ctx, name)
	}
	again, err := m.say(ctx, "/inventory/reserve", key, body)
	if err != nil {
		return err
	}
	if first, second := chosen(r.body), chosen(again.body); first != second {
		return fmt.Errorf("order %s was told %s, and then %s", name, first, second)
	}
	switch random.IntN(3) {
	case 0:
		_, err = m.say(ctx, "/inventory/release", "end-"+name, object{"order_id": name})
	case 1:
		_, err = m.say(ctx, "/inventory/deduct", "", object{"order_id": name})
	}
	return err
}

// refill puts more of each product on the first shelf.
func (m *carriers) refill(ctx context.Context, name string) error {
	for _, product := range movedProducts {
		body := object{"product_id": product, "location_id": movedPlaces[0], "quantity": refill}
		if _, err := m.say(ctx, "/inventory/restock", fmt.Sprintf("more-%s-%s", product, name), body); err != nil {
			return err
		}
	}
	m.mu.Lock()
	m.refills++
	m.mu.Unlock()
	return nil
}

// chosen is the part of a reserve's answer that says what is held where.
func chosen(body []byte) string {
	var answer struct {
		Reservations []struct {
			Product   string `json:"product_id"`
			Location  string `json:"location_id"`
			Requested int64
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err.Error()
	}
	return fmt.Sprint(answer.Reservations)
}

// repeat makes every call with a key again: the outcome is that of the first time.
func (m *carriers) repeat() {
	t := m.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	for _, once := range m.said {
		r, err := m.c.call(ctx, "POST", m.s.url(once.path), once.key, once.body)
		if err != nil {
			t.Fatal(err)
		}
		same := r.status == once.status && r.replayed
		if once.path == "/inventory/reserve" {
			same = same && chosen(r.body) == chosen(once.answer)
		}
		if !same {
			t.Errorf("%s %v was answered %d %s, and again (replayed: %v) %d %s", once.path, once.body, once.status, once.answer, r.replayed, r.status, r.body)
		}
	}
}

// sums compares the shelves with the documents: the units on hand, on their way, lost and sold add
// up to the opening stock and all arrivals.
func (m *carriers) sums() {
	t := m.t
	t.Helper()
	there := map[string]int64{}
	held := map[string]int64{}
	var page struct {
		Items []struct {
			Product   string `json:"product_id"`
			OnHand    int64  `json:"on_hand"`
			InTransit int64  `json:"in_transit"`
			Reserved  int64  `json:"reserved_stock"`
		}
	}
	m.c.must(t, "GET", m.s.url("/inventory?page_size=500"), "", nil, &page)
	onTheWay := map[string]int64{}
	for _, i := range page.Items {
		there[i.Product] += i.OnHand
		held[i.Product] += i.Reserved
		onTheWay[i.Product] += i.InTransit
	}
	moved := map[string]int64{}
	for _, id := range m.transfers {
		var d movedDocument
		m.c.must(t, "GET", m.s.url("/v1/transfers/"+id), "", nil, &d)
		if d.Pending {
			t.Errorf("transfer %s is pending after everybody was answered", id)
		}
		for _, l := range d.Lines {
			if l.Shipped != l.Received+l.Lost+l.Returned+l.InTransit {
				t.Errorf("transfer %s: %+v", id, l)
			}
			there[l.Product] += l.InTransit + l.Lost - l.Surplus
			moved[l.Product] += l.InTransit
		}
	}
	holding := map[string]int64{}
	for _, id := range m.orders {
		var order struct {
			Reservations []struct {
				Product  string `json:"product_id"`
				Quantity int64
				Deducted int64
			}
		}
		r, err := m.c.once(t.Context(), "GET", m.s.url("/inventory/orders/"+id), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.code == "NOT_FOUND" {
			continue // it was refused
		}
		if err := json.Unmarshal(r.body, &order); err != nil || r.status != http.StatusOK {
			t.Fatalf("order %s: %d %s %v", id, r.status, r.body, err)
		}
		for _, l := range order.Reservations {
			there[l.Product] += l.Deducted
			holding[l.Product] += l.Quantity
		}
	}
	for _, product := range movedProducts {
		if want := movedEach*int64(len(movedPlaces)) + refill*m.refills; there[product] != want {
			t.Errorf("%s: %d units in all, want %d", product, there[product], want)
		}
		if held[product] != holding[product] || onTheWay[product] != moved[product] {
			t.Errorf("%s: %d held and %d on the way by the shelves, %d and %d by the orders and transfers",
				product, held[product], onTheWay[product], holding[product], moved[product])
		}
	}
}

// The server is killed again and again in the middle of transfers, and of orders
// that choose their locations and the components of kits. It loses no unit and
// makes none, and every repeat is answered as the first time.
func TestTransfersAndChoicesSurviveKills(t *testing.T) {
	t.Parallel()
	m := &carriers{t: t, c: newCaller(adminKey), s: newServer(t), stop: make(chan struct{})}
	m.set()
	ctx, cancel := context.WithTimeout(t.Context(), max(hang, time.Duration(rounds(60))*time.Second))
	defer cancel()
	var all sync.WaitGroup
	const each = 6
	for id := range each {
		for kind, do := range map[string]func(context.Context, string, *rand.Rand) error{"t": m.transfer, "o": m.order} {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(id), uint64(kind[0])))
				for n := 0; !m.over(); n++ {
					if err := do(ctx, fmt.Sprintf("%s-%d-%d", kind, id, n), random); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range rounds(5) {
		<-time.After(time.Duration(100+random.IntN(300)) * time.Millisecond)
		m.s.kill()
		m.s.start()
	}
	close(m.stop)
	all.Wait()
	m.s.kill()
	m.s.start()
	m.sums()
	m.repeat()
	m.sums()
	m.s.stop()
	m.s.verify()
	t.Logf("%d transfers, %d orders, %d calls repeated", len(m.transfers), len(m.orders), len(m.said))
}

package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"sync"
)

// fakeShop answers as API.md says, in memory: just what a replay needs. With
// fault it fails as servers and networks do.
type fakeShop struct {
	mu       sync.Mutex
	levels   map[string]*Level // by shelf
	holds    map[string][]*Reservation
	keys     map[string]keyed
	effects  int // commands carried out, refusals and replays not counted
	commands int
	// fault is asked with the number of each call, from 1. before: nothing
	// happens and err is the answer. after: it happens, and err is the answer.
	fault func(call int) (before, after error)
	calls int
	stale int // lists answered as stale first

	shares map[string]*Shares // by shelf
	draws  map[string]draw    // by order
	places map[string]Coordinates
}

type keyed struct {
	request string
	result  Result
}

var _ Target = (*fakeShop)(nil)

func newFakeShop() *fakeShop {
	return &fakeShop{
		levels: map[string]*Level{}, holds: map[string][]*Reservation{}, keys: map[string]keyed{},
		shares: map[string]*Shares{}, draws: map[string]draw{}, places: map[string]Coordinates{},
	}
}

func (f *fakeShop) Execute(ctx context.Context, commands []Command) ([]Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.calls++
	var before, after error
	if f.fault != nil {
		before, after = f.fault(f.calls)
	}
	if before != nil {
		return refused(commands, before)
	}
	var results []Result
	for _, c := range commands {
		results = append(results, f.once(c))
	}
	if after != nil {
		return nil, after
	}
	return results, nil
}

// once carries out c unless its key was seen.
func (f *fakeShop) once(c Command) Result {
	f.commands++
	body, err := json.Marshal(c.Body)
	if err != nil {
		panic(err)
	}
	request := fmt.Sprintf("%T %s", c.Body, body)
	if k, ok := f.keys[c.Key]; ok {
		if k.request != request {
			return no(codeKeyClash, 422)
		}
		k.result.Replayed = true
		return k.result
	}
	r := f.do(c.Body)
	if r.Refusal == nil {
		f.effects++
	}
	if r.Refusal == nil || r.Refusal.Status == 409 {
		f.keys[c.Key] = keyed{request, r}
	}
	return r
}

func no(code string, status int) Result {
	return Result{Refusal: &Refusal{Code: code, Status: status, Detail: "because"}}
}

func (f *fakeShop) do(body any) Result {
	switch c := body.(type) {
	case Create:
		key := shelf(c.ProductID, c.LocationID)
		if f.levels[key] != nil {
			return no(codeExists, 409)
		}
		location := c.LocationID
		if location == "" {
			location = "default"
		}
		f.levels[key] = &Level{ProductID: c.ProductID, LocationID: location, OnHand: c.AvailableStock}
		return f.level(key)
	case SetQuotas:
		return f.setQuotas(c)
	case Restock:
		return f.change(shelf(c.ProductID, c.LocationID), c.Quantity)
	case Correct:
		return f.change(shelf(c.ProductID, c.LocationID), c.Delta)
	case Reserve:
		return f.reserve(c)
	case Deduct:
		return f.deduct(c)
	}
	return no("INVALID_ARGUMENT", 400)
}

func (f *fakeShop) level(key string) Result {
	level := *f.levels[key]
	return Result{Inventory: &level}
}

func (f *fakeShop) change(key string, by int64) Result {
	level, shares := f.levels[key], f.shares[key]
	switch {
	case level == nil:
		return no(codeNotFound, 404)
	case level.OnHand-level.Reserved+by < 0, shares != nil && shares.Shared+by < 0:
		return no(codeShort, 409)
	}
	level.OnHand += by
	if shares != nil {
		shares.Shared += by
	}
	return f.level(key)
}

func (f *fakeShop) reserve(c Reserve) Result {
	items := c.Items
	if len(items) == 0 {
		items = []ReserveItem{{ProductID: c.ProductID, Quantity: c.Quantity, LocationID: c.LocationID}}
	}
	if len(f.holds[c.OrderID]) > 0 {
		return no(codeExists, 409)
	}
	if c.Sourcing != nil {
		location, found := f.source(c)
		if !found {
			return no(codeShort, 409)
		}
		items[0].LocationID = location
	}
	var lines []*Reservation
	short := false
	for _, item := range items {
		if f.levels[shelf(item.ProductID, item.LocationID)] == nil {
			return no(codeNotFound, 404)
		}
		at := slices.IndexFunc(lines, func(r *Reservation) bool { return r.ProductID == item.ProductID })
		if at < 0 {
			at = len(lines)
			lines = append(lines, &Reservation{ProductID: item.ProductID, LocationID: item.LocationID})
		}
		lines[at].Quantity += item.Quantity
	}
	for _, line := range lines {
		level := f.levels[shelf(line.ProductID, line.LocationID)]
		free := level.OnHand - level.Reserved
		if line.Quantity > free && c.Policy == "partial" {
			line.Quantity = free
		}
		short = short || line.Quantity > free
	}
	if short || !f.onChannel(c, shelf(c.ProductID, c.LocationID)) {
		return no(codeShort, 409)
	}
	var taken []*Reservation
	for _, line := range lines {
		if line.Quantity > 0 {
			f.levels[shelf(line.ProductID, line.LocationID)].Reserved += line.Quantity
			taken = append(taken, line)
		}
	}
	f.holds[c.OrderID] = taken
	return told(taken)
}

func (f *fakeShop) deduct(c Deduct) Result {
	lines := f.holds[c.OrderID]
	if len(lines) == 0 {
		return no(codeNotFound, 404)
	}
	for _, line := range lines {
		level := f.levels[shelf(line.ProductID, line.LocationID)]
		level.Reserved -= line.Quantity
		level.OnHand -= line.Quantity
		line.Deducted, line.Quantity = line.Deducted+line.Quantity, 0
	}
	f.sold(c.OrderID)
	return told(lines)
}

func told(lines []*Reservation) Result {
	r := Result{Reservations: []Reservation{}}
	for _, line := range lines {
		r.Reservations = append(r.Reservations, *line)
	}
	return r
}

func (f *fakeShop) List(ctx context.Context, location, token string) (Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	if f.stale > 0 {
		f.stale--
		return Page{Stale: true}, nil
	}
	var products []string // shelves, which at one location have the order of their products
	for product, level := range f.levels {
		if product > token && (location == "" || level.LocationID == location) {
			products = append(products, product)
		}
	}
	sort.Strings(products)
	var page Page
	for _, product := range products[:min(len(products), pageSize)] {
		page.Items = append(page.Items, *f.levels[product])
		page.Next = product
	}
	if len(products) <= pageSize {
		page.Next = ""
	}
	return page, nil
}

// quiet is a Progress that keeps its notes.
type quiet struct {
	mu    sync.Mutex
	notes []string
}

func (*quiet) Begin(string, int, int) {}
func (*quiet) Advance(int)            {}
func (*quiet) End()                   {}
func (q *quiet) Note(text string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.notes = append(q.notes, text)
}

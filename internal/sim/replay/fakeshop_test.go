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
	levels   map[string]*Level // by product
	holds    map[string][]*Reservation
	keys     map[string]keyed
	effects  int // commands carried out, refusals and replays not counted
	commands int
	// fault is asked with the number of each call, from 1. before: nothing
	// happens and err is the answer. after: it happens, and err is the answer.
	fault func(call int) (before, after error)
	calls int
	stale int // lists answered as stale first
}

type keyed struct {
	request string
	result  Result
}

var _ Target = (*fakeShop)(nil)

func newFakeShop() *fakeShop {
	return &fakeShop{levels: map[string]*Level{}, holds: map[string][]*Reservation{}, keys: map[string]keyed{}}
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
		if f.levels[c.ProductID] != nil {
			return no(codeExists, 409)
		}
		location := c.LocationID
		if location == "" {
			location = "default"
		}
		f.levels[c.ProductID] = &Level{ProductID: c.ProductID, LocationID: location, OnHand: c.AvailableStock}
		return f.level(c.ProductID)
	case Restock:
		return f.change(c.ProductID, c.Quantity)
	case Correct:
		return f.change(c.ProductID, c.Delta)
	case Reserve:
		return f.reserve(c)
	case Deduct:
		return f.deduct(c)
	}
	return no("INVALID_ARGUMENT", 400)
}

func (f *fakeShop) level(product string) Result {
	level := *f.levels[product]
	return Result{Inventory: &level}
}

func (f *fakeShop) change(product string, by int64) Result {
	level := f.levels[product]
	switch {
	case level == nil:
		return no(codeNotFound, 404)
	case level.OnHand-level.Reserved+by < 0:
		return no(codeShort, 409)
	}
	level.OnHand += by
	return f.level(product)
}

func (f *fakeShop) reserve(c Reserve) Result {
	items := c.Items
	if len(items) == 0 {
		items = []ReserveItem{{ProductID: c.ProductID, Quantity: c.Quantity}}
	}
	if len(f.holds[c.OrderID]) > 0 {
		return no(codeExists, 409)
	}
	var lines []*Reservation
	short := false
	for _, item := range items {
		if f.levels[item.ProductID] == nil {
			return no(codeNotFound, 404)
		}
		at := slices.IndexFunc(lines, func(r *Reservation) bool { return r.ProductID == item.ProductID })
		if at < 0 {
			at = len(lines)
			lines = append(lines, &Reservation{ProductID: item.ProductID})
		}
		lines[at].Quantity += item.Quantity
	}
	for _, line := range lines {
		level := f.levels[line.ProductID]
		free := level.OnHand - level.Reserved
		if line.Quantity > free && c.Policy == "partial" {
			line.Quantity = free
		}
		short = short || line.Quantity > free
	}
	if short {
		return no(codeShort, 409)
	}
	var taken []*Reservation
	for _, line := range lines {
		if line.Quantity > 0 {
			f.levels[line.ProductID].Reserved += line.Quantity
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
		f.levels[line.ProductID].Reserved -= line.Quantity
		f.levels[line.ProductID].OnHand -= line.Quantity
		line.Deducted, line.Quantity = line.Deducted+line.Quantity, 0
	}
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
	var products []string
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

package fulfil_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tenant = "demo"

// house is real books over several slots and a real catalog, with orders on
// top.
type house struct {
	t       testing.TB
	books   *ledger.Ledger
	catalog *catalog.Catalog
	orders  *fulfil.Orders
}

// towns are locations in different slots: berlin goes first by priority, then
// lyon, then rome.
var towns = []catalog.Place{
	{ID: "berlin", Coordinates: &catalog.Coordinates{Latitude: 52.5, Longitude: 13.4}, Priority: 1, Region: "north"},
	{ID: "lyon", Coordinates: &catalog.Coordinates{Latitude: 45.8, Longitude: 4.8}, Priority: 2},
	{ID: "rome", Coordinates: &catalog.Coordinates{Latitude: 41.9, Longitude: 12.5}, Priority: 3, Pickup: true},
}

func open(t testing.TB) *house {
	t.Helper()
	engines := make([]engine.Engine, 3)
	for i := range engines {
		engines[i] = memory.New()
	}
	return openIn(t, catalogtest.File(t), engines)
}

// openIn is open with a catalog in the database and these slots.
func openIn(t testing.TB, dsn string, engines []engine.Engine) *house {
	t.Helper()
	h := &house{t: t}
	var err error
	if h.books, err = ledger.OpenSlots(context.Background(), engines); err != nil {
		t.Fatal(err)
	}
	if h.catalog, err = catalog.Open(context.Background(), dsn); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.books.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, h.catalog.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := h.catalog.CreateTenant(context.Background(), tenant); err != nil {
		t.Fatal(err)
	}
	places := slices.Clone(towns)
	for i := range places {
		places[i].Kind, places[i].Active, places[i].Online = catalog.PlaceWarehouse, true, true
	}
	if _, err := h.catalog.SetPlaces(context.Background(), tenant, places); err != nil {
		t.Fatal(err)
	}
	h.orders = fulfil.New(h.books, h.catalog, h.catalog)
	return h
}

func at(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}
}

// stock opens items: location, product and units in each line.
func (h *house) stock(lines ...string) {
	h.t.Helper()
	for _, line := range lines {
		var location, product string
		var n stock.Qty
		if _, err := fmt.Sscan(line, &location, &product, &n); err != nil {
			h.t.Fatal(err)
		}
		if _, err := h.catalog.Know(context.Background(), catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Product: product}}); err != nil {
			h.t.Fatal(err)
		}
		k := at(location, product)
		h.do(stock.OpenItem{Item: k, Bucket: stock.BucketOf(tenant, location), Qty: n, Tracked: true})
	}
}

func (h *house) do(c stock.Command) *stock.Event {
	h.t.Helper()
	res := h.books.Submit(context.Background(), ledger.Request{Command: c})[0]
	if res.Err != nil {
		h.t.Fatal(res.Err)
	}
	return res.Event
}

// kit makes a kit of "product quantity" parts.
func (h *house) kit(product string, parts ...string) {
	h.t.Helper()
	all := make([]catalog.Component, len(parts))
	for i, p := range parts {
		if _, err := fmt.Sscan(p, &all[i].Product, &all[i].Qty); err != nil {
			h.t.Fatal(err)
		}
	}
	if _, err := h.catalog.SetKit(context.Background(), tenant, product, all); err != nil {
		h.t.Fatal(err)
	}
}

// figures are "available held" of an item.
func (h *house) figures(location, product string) string {
	h.t.Helper()
	levels, _, err := h.books.Items(context.Background(), []stock.ItemKey{at(location, product)})
	if err != nil {
		h.t.Fatal(err)
	}
	f := levels[0].Figures()
	return fmt.Sprintf("%d %d", f.Available, f.Held)
}

func (h *house) wantFigures(location, product, want string) {
	h.t.Helper()
	if got := h.figures(location, product); got != want {
		h.t.Errorf("%s at %s: available and held are %s, want %s", product, location, got, want)
	}
}

// reserve is a call for "product quantity [location]" lines.
func reserve(order string, rules *fulfil.Rules, lines ...string) fulfil.Reserve {
	r := fulfil.Reserve{Order: stock.OrderKey{Tenant: tenant, Order: order}, TTL: 1_800_000, Rules: rules}
	for _, line := range lines {
		fields := strings.Fields(line)
		l := fulfil.Line{Product: fields[0]}
		fmt.Sscan(fields[1], &l.Qty)
		if len(fields) > 2 {
			l.Location = fields[2]
		}
		r.Lines = append(r.Lines, l)
	}
	return r
}

func byPriority() *fulfil.Rules {
	return &fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely}
}

// shown are the lines of an answer: "location product quantity state".
func shown(a *fulfil.Answer) string {
	var all []string
	if a.Result.Event != nil {
		for _, l := range a.Result.Event.Lines {
			all = append(all, fmt.Sprintf("%s %s %d", l.Line.Item.Location, l.Line.Item.Product, l.Line.Quantity()))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (h *house) mustReserve(r fulfil.Reserve, want string) *fulfil.Answer {
	h.t.Helper()
	a, err := h.orders.Reserve(context.Background(), r)
	if err != nil {
		h.t.Fatal(err)
	}
	if got := shown(a); got != want {
		h.t.Fatalf("%s holds %q, want %q", r.Order.Order, got, want)
	}
	return a
}

func (h *house) wantRefused(r fulfil.Reserve, code stock.Code) *stock.Refusal {
	h.t.Helper()
	_, err := h.orders.Reserve(context.Background(), r)
	return wantRefusal(h.t, err, code)
}

func wantRefusal(t testing.TB, err error, code stock.Code) *stock.Refusal {
	t.Helper()
	var refusal *stock.Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Fatalf("%v, want %s", err, code)
	}
	return refusal
}

// meddler lets a test come between a call and the books.
type meddler struct {
	*ledger.Ledger
	mu     sync.Mutex
	before func(stock.Place) error // an error is the answer, and the books are not asked
	after  func(stock.Place) error // an error is the answer although the books have decided
}

func (m *meddler) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	p, place := requests[0].Command.(stock.Place)
	m.mu.Lock()
	before, after := m.before, m.after
	m.mu.Unlock()
	if place && before != nil {
		if err := before(p); err != nil {
			return []ledger.Result{{Err: err}}
		}
	}
	results := m.Ledger.Submit(ctx, requests...)
	if place && after != nil {
		if err := after(p); err != nil {
			return []ledger.Result{{Err: err}}
		}
	}
	return results
}

// meddled returns the house's orders with a meddler before the books.
func (h *house) meddled() *meddler {
	m := &meddler{Ledger: h.books}
	h.orders = fulfil.New(m, h.catalog, h.catalog)
	return m
}

// drain takes all that is available of an item away.
func (h *house) drain(location, product string) {
	levels, _, err := h.books.Items(context.Background(), []stock.ItemKey{at(location, product)})
	if err != nil {
		h.t.Error(err)
		return
	}
	n := levels[0].Available("")
	if n == 0 {
		return
	}
	res := h.books.Submit(context.Background(), ledger.Request{Command: stock.Adjust{
		Item: at(location, product), Bucket: stock.BucketOf(tenant, location), Delta: -n, Note: stock.Note{Reason: "broken"},
	}})[0]
	if res.Err != nil {
		h.t.Error(res.Err)
	}
}

package intake_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

const tenant = "t"

// house is a door with the books and the catalog behind it.
type house struct {
	t       *testing.T
	catalog *catalog.Catalog
	books   *ledger.Ledger
	door    *intake.Door

	mu      sync.Mutex
	counted []string // the refusals that were counted
}

// open opens a house. berlin has ten cups and rome five, the pots of berlin are counted in litres with one
// decimal, and the kit "set" is a cup and two spoons, of which berlin has six. attic takes no orders.
func open(t *testing.T) *house {
	t.Helper()
	h := openEmpty(t, true)
	attic := catalog.DefaultPlace(tenant, "attic")
	attic.Active = false
	for _, place := range []string{"berlin", "rome"} {
		h.must(h.catalog.SetPlaces(t.Context(), tenant, []catalog.Place{catalog.DefaultPlace(tenant, place)}))
	}
	h.must(h.catalog.SetPlaces(t.Context(), tenant, []catalog.Place{attic}))
	of := h.call([]intake.Ask{
		created("berlin", "cup", 10), created("rome", "cup", 5), created("attic", "cup", 3), created("berlin", "spoon", 6),
		declaring(created("berlin", "pot", 100), catalog.Unit{Name: "litre", Scale: 1}),
	})
	if of != "done, done, done, done, done" {
		t.Fatalf("the house was not set up: %s", of)
	}
	h.must(h.catalog.Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Product: "set"}}))
	h.must(h.catalog.SetKits(t.Context(), tenant, []catalog.Kit{{
		Product: "set", Components: []catalog.Component{{Product: "cup", Qty: 1}, {Product: "spoon", Qty: 2}},
	}}))
	h.must(0, h.catalog.CatchUp(t.Context()))
	return h
}

// openEmpty opens a house in which nothing is known. Only one with a chooser chooses locations and has
// kits.
func openEmpty(t *testing.T, chooser bool) *house {
	t.Helper()
	h := &house{t: t}
	var err error
	if h.catalog, err = catalog.Open(t.Context(), catalogtest.File(t)); err != nil {
		t.Fatal(err)
	}
	store := memory.New()
	if h.books, err = ledger.Open(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.books.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, h.catalog.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	h.must(h.catalog.CreateTenant(t.Context(), tenant))
	var orders intake.Orders
	var choosing *fulfil.Orders
	if chooser {
		choosing = fulfil.New(h.books, h.catalog, h.catalog)
		orders = choosing
	}
	dryRun := intake.WithDryRun(func() *ledger.DryRun { return ledger.NewDryRun(h.books, nil) }, h.catalog, choosing)
	h.door = intake.New(h.books, h.catalog, orders, intake.WithRefusals(h), dryRun)
	return h
}

func (h *house) must(_ any, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// Refused notes a refusal that is counted.
func (h *house) Refused(_, channel string, _ stock.Time, missing []stock.Shortage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range missing {
		h.counted = append(h.counted, fmt.Sprintf("%d %s@%s for %q", m.Requested, m.Product, m.Location, channel))
	}
}

// call submits the asks together and says what the outcomes are. Without keys a dry run says the same
// before.
func (h *house) call(asks []intake.Ask) string {
	h.t.Helper()
	keyed := slices.ContainsFunc(asks, func(a intake.Ask) bool { return a.Key != "" })
	tried := h.carryOut(asks, h.door.DryRun)
	done := h.carryOut(asks, h.door.Submit)
	if !keyed && tried != done {
		h.t.Errorf("tried: %s, carried out: %s", tried, done)
	}
	return done
}

func (h *house) carryOut(asks []intake.Ask, do func(context.Context, string, []intake.Ask) ([]intake.Outcome, error)) string {
	h.t.Helper()
	outcomes, err := do(h.t.Context(), tenant, asks)
	if err != nil {
		h.t.Fatal(err)
	}
	said := make([]string, len(outcomes))
	for i := range outcomes {
		said[i] = say(&outcomes[i])
	}
	return strings.Join(said, ", ")
}

// say says what an outcome is: "done", with what is held of an order; "again", of a key that was used; and
// why nothing was done.
func say(o *intake.Outcome) string {
	var invalid *catalog.InvalidError
	var refusal *stock.Refusal
	switch {
	case errors.Is(o.Err, ledger.ErrKeyReused):
		return "key reused"
	case errors.Is(o.Err, ledger.ErrHeldBack):
		return "held back"
	case errors.As(o.Err, &invalid):
		return "invalid " + invalid.Field
	case errors.As(o.Err, &refusal):
		return strings.TrimSpace(refusal.Code.String() + " " + refusal.Field)
	case o.Err != nil:
		return o.Err.Error()
	}
	said := "done"
	if o.Replayed {
		said = "again"
	}
	if o.Event.Op != stock.OpPlace {
		return said
	}
	for i := range o.Event.Lines {
		l := &o.Event.Lines[i].Line
		said += fmt.Sprintf(" %d %s@%s", l.Requested, l.Item.Product, l.Item.Location)
	}
	return said
}

// left says how many units are available of items, each PRODUCT@PLACE; "-" of one that is not open.
func (h *house) left(items string) string {
	h.t.Helper()
	var said []string
	for name := range strings.FieldsSeq(items) {
		product, place, _ := strings.Cut(name, "@")
		levels, _, err := h.books.Items(h.t.Context(), []stock.ItemKey{item(place, product)})
		if err != nil {
			h.t.Fatal(err)
		}
		if levels[0].Item == nil {
			said = append(said, "-")
			continue
		}
		said = append(said, fmt.Sprint(levels[0].Item.Figures().Available))
	}
	return strings.Join(said, " ")
}

func item(place, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: place, Product: product}
}

func created(place, product string, n stock.Qty) intake.Ask {
	return declaring(intake.Ask{Command: &stock.OpenItem{Item: item(place, product), Qty: n, Tracked: true}}, catalog.Unit{})
}

func declaring(a intake.Ask, unit catalog.Unit) intake.Ask {
	a.Declares = &intake.Declaration{Unit: unit}
	return a
}

func restocked(place, product string, n stock.Qty) intake.Ask {
	return intake.Ask{Command: &stock.Restock{Item: item(place, product), Qty: n}}
}

// order is an order of lines: each N PRODUCT@PLACE, or N PRODUCT.
func ordered(id string, lines ...string) intake.Ask {
	p := &stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: id}, TTL: 600_000}
	for _, l := range lines {
		var n stock.Qty
		var name string
		if _, err := fmt.Sscan(l, &n, &name); err != nil {
			panic(err)
		}
		product, place, _ := strings.Cut(name, "@")
		p.Lines = append(p.Lines, stock.Demand{Item: item(place, product), Qty: n})
	}
	return intake.Ask{Command: p}
}

// target is the part of an order, or with the product "" all of it.
func target(order, place, product string) stock.Target {
	t := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: order}}
	if product != "" {
		t.Item = item(place, product)
	}
	return t
}

func released(order, place, product string) intake.Ask {
	return intake.Ask{Command: &stock.Release{Target: target(order, place, product)}}
}

func sourced(a intake.Ask, rules fulfil.Rules) intake.Ask {
	a.Sourcing = &rules
	return a
}

func keyed(a intake.Ask, key string) intake.Ask {
	a.Key = key
	return a
}

// together is the asks of one call.
func together(asks ...intake.Ask) []intake.Ask { return asks }

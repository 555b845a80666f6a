package fulfil_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

func TestASourcedReserveHoldsWhereTheRulesSay(t *testing.T) {
	t.Parallel()
	nearRome := &planning.Point{Lat: 42, Lon: 12}
	tests := []struct {
		name      string
		rules     fulfil.Rules
		lines     []string
		want      string
		shipments int
		cost      int64
	}{
		{"priority goes by the number", fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely}, []string{"cup 7"}, "berlin cup 5, lyon cup 2", 2, 16},
		{"nearest goes by the distance", fulfil.Rules{Strategy: planning.Nearest, Split: planning.SplitFreely, To: nearRome}, []string{"cup 7"}, "lyon cup 1, rome cup 6", 2, -1},
		{"nearest to a location", fulfil.Rules{Strategy: planning.Nearest, Split: planning.SplitFreely, ToPlace: "lyon"}, []string{"cup 3"}, "lyon cup 3", 1, 7},
		{"a line that is not split comes whole", fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitByLine}, []string{"cup 6"}, "rome cup 6", 1, -1},
		{"the fewest shipments", fulfil.Rules{Strategy: planning.FewestShipments, Split: planning.SplitFreely}, []string{"cup 4", "tea 1"}, "lyon cup 4, lyon tea 1", 1, 9},
		{"the cheapest leaves out what has no lane", fulfil.Rules{Strategy: planning.Cheapest, Split: planning.SplitFreely}, []string{"cup 7"}, "berlin cup 5, lyon cup 2", 2, 16},
		{"a lane to the zone counts before one to everywhere", fulfil.Rules{Strategy: planning.Cheapest, Split: planning.SplitFreely, Zone: "south"}, []string{"cup 7"}, "lyon cup 1, rome cup 6", 2, 13},
		{"only where it may come from", fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Locations: []string{"rome", "lyon"}}, []string{"cup 5"}, "lyon cup 4, rome cup 1", 2, -1},
		{"only the region", fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Regions: []string{"north"}}, []string{"cup 5"}, "berlin cup 5", 1, 10},
		{"where the customer fetches it", fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Pickup: "rome"}, []string{"cup 2"}, "rome cup 2", 1, -1},
		{"no more shipments than are allowed", fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, MaxShipments: 1}, []string{"cup 6"}, "rome cup 6", 1, -1},
		{"equal lines are one", fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitByLine}, []string{"cup 3", "cup 3"}, "rome cup 6", 1, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.stock("berlin cup 5", "lyon cup 4", "rome cup 6", "berlin tea 0", "lyon tea 1")
			err := h.catalog.SetLanes(t.Context(), tenant, []catalog.Lane{
				{Location: "berlin", PerUnit: 1, PerShipment: 5},
				{Location: "lyon", PerUnit: 1, PerShipment: 4},
				{Location: "rome", Zone: "south", PerShipment: 8},
			})
			if err != nil {
				t.Fatal(err)
			}
			a := h.mustReserve(reserve("o-1", &test.rules, test.lines...), test.want)
			if a.Plan.Shipments != test.shipments || a.Attempts != 1 || !a.Sourced {
				t.Errorf("%d shipments at attempt %d, want %d at 1", a.Plan.Shipments, a.Attempts, test.shipments)
			}
			if a.Plan.Cost != test.cost {
				t.Errorf("it costs %d, want %d", a.Plan.Cost, test.cost)
			}
			chosen := map[string]bool{}
			for _, r := range a.Plan.Reasons {
				if without := test.rules.Strategy == planning.Cheapest && test.rules.Zone == "" && r.Location == "rome"; without != (r.Code == planning.NoLane) {
					t.Errorf("%s, which may have no lane: %s", r.Location, r.Code)
				}
				if r.Sentence == "" {
					t.Errorf("%+v says nothing", r)
				}
				chosen[r.Location+" "+r.Product] = r.Code == planning.Chosen
			}
			for _, l := range a.Plan.Lines {
				if !chosen[l.Location+" "+l.Product] {
					t.Errorf("nobody says why %s gives %s", l.Location, l.Product)
				}
			}
		})
	}
}

func TestARepeatComesToTheSameLines(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k-1"} {
		h := open(t)
		h.stock("berlin cup 2", "rome cup 9")
		r := reserve("o-1", byPriority(), "cup 3")
		r.Key = key
		h.mustReserve(r, "berlin cup 2, rome cup 1")
		h.do(stock.Restock{Item: at("berlin", "cup"), Bucket: stock.BucketOf(tenant, "berlin"), Qty: 50})
		again := h.mustReserve(r, "berlin cup 2, rome cup 1")
		if again.Result.Replayed != (key != "") {
			t.Errorf("key %q: replayed %v", key, again.Result.Replayed)
		}
		h.wantFigures("berlin", "cup", "50 2")
		h.wantFigures("rome", "cup", "8 1")

		// After a release the key still has its answer; without one the lines show their
		// outcome.
		h.do(stock.Release{Target: stock.Target{Order: r.Order}})
		a, err := h.orders.Reserve(t.Context(), r)
		if key == "" {
			wantRefusal(t, err, stock.InvalidState)
		} else if err != nil || shown(a) != "berlin cup 2, rome cup 1" || !a.Result.Replayed {
			t.Errorf("%s, %v", shown(a), err)
		}
		h.wantFigures("rome", "cup", "9 0")
	}
}

func TestAKeyIsOfOneReserve(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin cup 5", "rome cup 5")
	r := reserve("o-1", byPriority(), "cup 3")
	r.Key = "k-1"
	h.mustReserve(r, "berlin cup 3")
	for name, other := range map[string]fulfil.Reserve{
		"another order":    reserve("o-2", byPriority(), "cup 3"),
		"another quantity": reserve("o-1", byPriority(), "cup 2"),
		"another strategy": reserve("o-1", &fulfil.Rules{Strategy: planning.FewestShipments, Split: planning.SplitFreely}, "cup 3"),
	} {
		other.Key = "k-1"
		if _, err := h.orders.Reserve(t.Context(), other); !errors.Is(err, ledger.ErrKeyReused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The same call with another key is the same reserve, and that key has the
	// answer from then on.
	r.Key = "k-2"
	for range 2 {
		h.mustReserve(r, "berlin cup 3")
	}
	h.do(stock.Release{Target: stock.Target{Order: r.Order}})
	if a := h.mustReserve(r, "berlin cup 3"); !a.Result.Replayed {
		t.Error("the second key has forgotten its answer")
	}
	h.wantFigures("berlin", "cup", "5 0")
}

func TestARefusalStaysUnderItsKey(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin cup 2", "rome cup 1")
	keyed, plain := reserve("o-1", byPriority(), "cup 4"), reserve("o-1", byPriority(), "cup 4")
	keyed.Key = "k-1"
	for range 2 {
		short := h.wantRefused(keyed, stock.Insufficient)
		if want := (stock.Shortage{Product: "cup", Requested: 4, Available: 3}); len(short.Shortages) != 1 || short.Shortages[0] != want {
			t.Errorf("%+v", short.Shortages)
		}
	}
	h.wantRefused(plain, stock.Insufficient)
	h.do(stock.Restock{Item: at("berlin", "cup"), Bucket: stock.BucketOf(tenant, "berlin"), Qty: 5})
	a, err := h.orders.Reserve(t.Context(), keyed)
	wantRefusal(t, err, stock.Insufficient)
	if !a.Result.Replayed {
		t.Error("the refusal is not said to be that of before")
	}
	h.mustReserve(plain, "berlin cup 4")
	_, err = h.orders.Reserve(t.Context(), keyed)
	wantRefusal(t, err, stock.Insufficient)
	h.wantFigures("berlin", "cup", "3 4")
}

func TestPartialTakesWhatThereIs(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin cup 2", "rome cup 1", "rome tea 0")
	r := reserve("o-1", byPriority(), "cup 4", "tea 1")
	r.Partial = true
	a := h.mustReserve(r, "berlin cup 2, rome cup 1")
	if want := fmt.Sprint([]stock.Shortage{{Product: "cup", Requested: 4, Available: 3}, {Product: "tea", Requested: 1}}); fmt.Sprint(a.Plan.Short) != want {
		t.Errorf("short of %v", a.Plan.Short)
	}
	h.mustReserve(r, "berlin cup 2, rome cup 1")
	// Of tea nothing was taken, so another call may ask for it.
	h.do(stock.Restock{Item: at("rome", "tea"), Bucket: stock.BucketOf(tenant, "rome"), Qty: 1})
	h.mustReserve(reserve("o-1", byPriority(), "tea 1"), "rome tea 1")
	for range 2 {
		nothing := reserve("o-2", byPriority(), "cup 1")
		nothing.Partial, nothing.Key = true, "k-1"
		if a := h.mustReserve(nothing, ""); len(a.Plan.Short) != 1 {
			t.Errorf("short of %v", a.Plan.Short)
		}
	}
}

func TestAProductIsReservedOnceInAnOrder(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin cup 9", "rome cup 9", "rome tea 9")
	h.mustReserve(reserve("o-1", byPriority(), "cup 3"), "berlin cup 3")
	h.wantRefused(reserve("o-1", byPriority(), "cup 2"), stock.AlreadyExists)
	h.wantRefused(reserve("o-1", byPriority(), "cup 3", "tea 1"), stock.AlreadyExists)
	other := reserve("o-1", byPriority(), "cup 3")
	other.Channel = "web"
	h.wantRefused(other, stock.AlreadyExists)
	h.mustReserve(reserve("o-1", byPriority(), "tea 1"), "rome tea 1")

	// Units that a plain reserve holds count too, wherever it is.
	h.do(stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o-2"}, TTL: 60_000, Lines: []stock.Demand{
		{Item: at("rome", "cup"), Bucket: stock.BucketOf(tenant, "rome"), Qty: 3, Known: true},
	}})
	h.wantRefused(reserve("o-2", byPriority(), "cup 3"), stock.AlreadyExists)
	h.wantFigures("rome", "cup", "6 3")
	h.wantFigures("berlin", "cup", "6 3")
}

// Callers that carry the same call out at the same time hold the same.
func TestParallelReservesThatAreTheSameHoldOnce(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k-1"} {
		h := open(t)
		h.stock("berlin cup 2", "lyon cup 3", "rome cup 50")
		var all sync.WaitGroup
		answers := make([]string, 24)
		for i := range answers {
			all.Go(func() {
				r := reserve("o-1", byPriority(), "cup 4")
				r.Key = key
				a, err := h.orders.Reserve(context.Background(), r)
				if answers[i] = shown(a); err != nil {
					t.Error(err)
				}
			})
		}
		// Others buy at the same time, so that not all see the same figures. They buy less
		// than it takes to let a call choose in vain each time.
		for i := range 3 {
			all.Go(func() {
				if _, err := h.orders.Reserve(context.Background(), reserve(fmt.Sprint("x-", i), byPriority(), "cup 1")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, answer := range answers {
			if answer != answers[0] {
				t.Errorf("key %q: %q and %q", key, answer, answers[0])
			}
		}
		holds, _, err := h.books.Order(t.Context(), stock.OrderKey{Tenant: tenant, Order: "o-1"})
		if err != nil {
			t.Fatal(err)
		}
		var held stock.Qty
		for _, hold := range holds {
			for i := range hold.Lines {
				held += hold.Lines[i].Quantity()
			}
		}
		if held != 4 {
			t.Errorf("key %q: %d are held", key, held)
		}
	}
}

func TestALocationThatRunsDryLeadsToAnotherChoice(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k-1"} {
		h := open(t)
		h.stock("berlin cup 5", "lyon cup 5", "rome cup 5")
		m := h.meddled()
		m.before = func(p stock.Place) error {
			if p.Lines[0].Item.Location == "berlin" {
				h.drain("berlin", "cup")
			}
			return nil
		}
		r := reserve("o-1", byPriority(), "cup 4")
		r.Key = key
		if a := h.mustReserve(r, "lyon cup 4"); a.Attempts != 2 {
			t.Errorf("attempt %d", a.Attempts)
		}
		h.mustReserve(r, "lyon cup 4")
		h.wantFigures("lyon", "cup", "1 4")
		h.wantFigures("rome", "cup", "5 0")
	}
}

// Somebody who is always faster leaves nothing. The call is refused after some choices, and
// the units that are there for a moment each time are not held.
func TestStockThatKeepsGoingAwayIsShort(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k-1"} {
		h := open(t)
		h.stock("berlin cup 5")
		m := h.meddled()
		tries := 0
		m.before = func(stock.Place) error {
			tries++
			h.drain("berlin", "cup")
			return nil
		}
		m.after = func(stock.Place) error {
			h.do(stock.Restock{Item: at("berlin", "cup"), Bucket: stock.BucketOf(tenant, "berlin"), Qty: 5})
			return nil
		}
		r := reserve("o-1", byPriority(), "cup 4")
		r.Key = key
		h.wantRefused(r, stock.Insufficient)
		if tries != 5 {
			t.Errorf("key %q: chosen %d times", key, tries)
		}
		m.before, m.after = nil, nil
		if key == "" {
			h.mustReserve(r, "berlin cup 4")
		} else {
			h.wantRefused(r, stock.Insufficient)
		}
	}
}

// A process dies between its choice and the books, or before it has their answer. The
// repeated call ends the same.
func TestACallThatWasCutShortEndsRight(t *testing.T) {
	t.Parallel()
	killed := errors.New("killed")
	for _, key := range []string{"", "k-1"} {
		for name, cut := range map[string]func(*meddler, func(stock.Place) error){
			"before the books": func(m *meddler, f func(stock.Place) error) { m.before = f },
			"after the books":  func(m *meddler, f func(stock.Place) error) { m.after = f },
		} {
			t.Run(name+" "+key, func(t *testing.T) {
				t.Parallel()
				h := open(t)
				h.stock("berlin cup 5", "rome cup 5")
				m := h.meddled()
				cut(m, func(stock.Place) error { return killed })
				r := reserve("o-1", byPriority(), "cup 4")
				r.Key = key
				if _, err := h.orders.Reserve(t.Context(), r); !errors.Is(err, killed) {
					t.Fatal(err)
				}
				m.before, m.after = nil, nil
				// A location that is nearer by now no longer makes a difference.
				places, err := h.catalog.Places(t.Context(), tenant)
				if err != nil {
					t.Fatal(err)
				}
				closed := places[0]
				closed.Active = false
				if _, err := h.catalog.SetPlaces(t.Context(), tenant, []catalog.Place{closed}); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					h.mustReserve(r, "berlin cup 4")
				}
				h.wantFigures("berlin", "cup", "1 4")
				h.wantFigures("rome", "cup", "5 0")
				h.wantRefused(reserve("o-1", byPriority(), "cup 1"), stock.AlreadyExists)
			})
		}
	}
}

func TestASourcedReserveThatMakesNoSense(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin cup 5")
	partly := reserve("o-1", &fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, MaxShipments: 1}, "cup 1")
	partly.Partial = true
	for name, test := range map[string]struct {
		call fulfil.Reserve
		code stock.Code
	}{
		"nearest to nowhere":                {reserve("o-1", &fulfil.Rules{Strategy: planning.Nearest, Split: planning.SplitFreely}, "cup 1"), stock.Invalid},
		"to a location that is not known":   {reserve("o-1", &fulfil.Rules{Strategy: planning.Nearest, Split: planning.SplitFreely, ToPlace: "paris"}, "cup 1"), stock.NotFound},
		"from a location that is not known": {reserve("o-1", &fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Locations: []string{"paris"}}, "cup 1"), stock.NotFound},
		"fetched where nobody fetches":      {reserve("o-1", &fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Pickup: "berlin"}, "cup 1"), stock.Invalid},
		"a strategy that is none":           {reserve("o-1", &fulfil.Rules{Strategy: "best", Split: planning.SplitFreely}, "cup 1"), stock.Invalid},
		"in part in one shipment":           {partly, stock.Invalid},
		"from a region without locations":   {reserve("o-1", &fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely, Regions: []string{"west"}}, "cup 1"), stock.Insufficient},
	} {
		_, err := h.orders.Reserve(t.Context(), test.call)
		t.Log(name)
		wantRefusal(t, err, test.code)
	}
	h.wantFigures("berlin", "cup", "5 0")
}

package client_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

// fine fails the test on an error and returns the answer.
func fine[T any](t *testing.T) func(T, error) T {
	return func(answer T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

func TestAnItemsLife(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	item := fine[*client.Inventory](t)
	got := item(c.Create(ctx, client.Create{ProductID: "rice", LocationID: "berlin", AvailableDecimal: "1.25", LowStockThreshold: 100, Unit: "kg", Scale: 3}))
	if got.AvailableStock != 1250 || got.Unit != "kg" || got.Scale != 3 || got.LowStockThreshold != 100 || got.Status != client.InStock ||
		!got.Tracked || !got.OnSale || got.Version != 1 || got.UpdatedAt.IsZero() || got.LocationID != "berlin" || got.Replayed {
		t.Errorf("created: %+v", got)
	}
	if _, err := c.Create(ctx, client.Create{ProductID: "rice", LocationID: "berlin"}); !errors.Is(err, client.ErrAlreadyExists) {
		t.Errorf("created twice: %v", err)
	}
	restock := client.Restock{ProductID: "rice", LocationID: "berlin", Decimal: "0.5", Reason: "delivery", Reference: "PO-1/2", Key: "po-1"}
	if got = item(c.Restock(ctx, restock)); got.AvailableStock != 1750 || got.Replayed {
		t.Errorf("restocked: %+v", got)
	}
	if got = item(c.Restock(ctx, restock)); got.AvailableStock != 1750 || !got.Replayed {
		t.Errorf("restocked again under the same key: %+v", got)
	}
	restock.Decimal = "0.6"
	if _, err := c.Restock(ctx, restock); !errors.Is(err, client.ErrIdempotencyConflict) {
		t.Errorf("another restock under the same key: %v", err)
	}
	if got = item(c.Adjust(ctx, client.Adjust{ProductID: "rice", LocationID: "berlin", Delta: -50, Reason: "spilled"})); got.OnHand != 1700 {
		t.Errorf("adjusted: %+v", got)
	}
	if got = item(c.Adjust(ctx, client.Adjust{ProductID: "rice", LocationID: "berlin", SetTo: new(int64(0)), Reason: "gone"})); got.OnHand != 0 {
		t.Errorf("set to nothing: %+v", got)
	}
	if got = item(c.Adjust(ctx, client.Adjust{ProductID: "rice", LocationID: "berlin", DeltaDecimal: "0.09", Reason: "found"})); got.OnHand != 90 || got.Status != client.LowStock {
		t.Errorf("found: %+v", got)
	}
	_, err := c.Adjust(ctx, client.Adjust{ProductID: "rice", LocationID: "berlin", Delta: -1, ExpectedVersion: new(got.Version - 1), Reason: "late"})
	if !errors.Is(err, client.ErrVersionConflict) {
		t.Errorf("adjusted from an old version: %v", err)
	}
	_, err = c.Adjust(ctx, client.Adjust{ProductID: "rice", LocationID: "berlin", Delta: -91, Reason: "too much"})
	var refused *client.Error
	if !errors.Is(err, client.ErrInsufficientStock) || !errors.As(err, &refused) || len(refused.Shortages) != 1 || refused.Shortages[0].Available != 90 {
		t.Errorf("adjusted below zero: %#v", err)
	}
	if low := fine[*client.Page[client.Inventory]](t)(c.LowStock(ctx, client.List{})); len(low.Items) != 1 || low.Items[0].ProductID != "rice" {
		t.Errorf("low stock: %+v", low)
	}
	if got = item(c.SetThreshold(ctx, client.SetThreshold{ProductID: "rice", LocationID: "berlin"})); got.LowStockThreshold != 0 || got.Status != client.InStock {
		t.Errorf("threshold: %+v", got)
	}
	if got = item(c.SetSaleStatus(ctx, client.SetSaleStatus{ProductID: "rice", LocationID: "berlin", OnSale: false})); got.OnSale || got.Status != client.SoldOut {
		t.Errorf("not on sale: %+v", got)
	}
	_, err = c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "rice", LocationID: "berlin", Quantity: 1})
	if !errors.As(err, &refused) || len(refused.Shortages) != 1 || refused.Shortages[0].Reason != "not_on_sale" {
		t.Errorf("reserved what is not on sale: %v", err)
	}
	logs := fine[*client.Page[client.LogEntry]](t)(c.Logs(ctx, client.Logs{ProductID: "rice", Since: time.Now().Add(-time.Hour), PageSize: 2}))
	if len(logs.Items) != 2 || logs.NextPageToken == "" || logs.Items[0].Operation != "sale_status" {
		t.Errorf("log: %+v", logs)
	}
	if mine := fine[*client.Page[client.LogEntry]](t)(c.Logs(ctx, client.Logs{Operation: "threshold"})); len(mine.Items) != 1 || mine.Items[0].ProductID != "rice" {
		t.Errorf("log of an operation: %+v", mine)
	}
	var operations []string
	for entry, err := range c.AllLogs(ctx, client.Logs{ProductID: "rice", PageSize: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		operations = append(operations, entry.Operation)
	}
	slices.Reverse(operations)
	if got := strings.Join(operations, " "); got != "create restock adjust adjust adjust threshold sale_status" {
		t.Errorf("all of the log: %s", got)
	}
}

func TestAnOrdersLife(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	for _, p := range []string{"mug", "plate"} {
		fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: p, AvailableStock: 10}))
	}
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "voucher", Untracked: true}))
	order := fine[*client.Order](t)
	got := order(c.Reserve(ctx, client.Reserve{OrderID: "o-1", Items: []client.Item{{ProductID: "mug", Quantity: 4}, {ProductID: "plate", Quantity: 2}}, TTL: 90*time.Second + 1}))
	if len(got.Reservations) != 2 || got.OrderID != "o-1" {
		t.Fatalf("reserved: %+v", got)
	}
	if r := got.Reservations[0]; r.ProductID != "mug" || r.Quantity != 4 || r.State != client.Active || r.ReservationID == "" || r.ExpiresAt.Sub(r.CreatedAt) != 91*time.Second {
		t.Errorf("reserved: %+v", r)
	}
	if got = order(c.Release(ctx, client.Release{OrderID: "o-1", ProductID: "mug", Quantity: 1, Reason: "changed"})); got.Reservations[0].Released != 1 {
		t.Errorf("a part released: %+v", got)
	}
	if got = order(c.Deduct(ctx, client.Deduct{OrderID: "o-1", ProductID: "mug", Quantity: 1})); got.Reservations[0].Deducted != 1 {
		t.Errorf("a part deducted: %+v", got)
	}
	order(c.Deduct(ctx, client.Deduct{OrderID: "o-1"}))
	for _, r := range order(c.Order(ctx, "o-1")).Reservations {
		if r.State != client.Confirmed || r.Quantity != 0 {
			t.Errorf("after the deduct: %+v", r)
		}
	}
	if _, err := c.Release(ctx, client.Release{OrderID: "o-1", ProductID: "plate"}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("released what has left: %v", err)
	}
	if _, err := c.Order(ctx, "o-9"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an order nobody made: %v", err)
	}
	got = order(c.Reserve(ctx, client.Reserve{OrderID: "o-2", Items: []client.Item{{ProductID: "mug", Quantity: 100}}, Partial: true}))
	if len(got.Shortages) != 1 || got.Shortages[0].Available != 7 || got.Reservations[0].Quantity != 7 {
		t.Errorf("taken in part: %+v", got)
	}
	if p := fine[*client.Product](t)(c.Product(ctx, "mug")); p.AvailableStock != 0 || p.ReservedStock != 7 || len(p.Locations) != 1 {
		t.Errorf("product: %+v", p)
	}
	check := fine[*client.Availability](t)
	if a := check(c.Check(ctx, client.Check{ProductID: "mug", Quantity: 2})); a.InStock || a.Requested != 2 || a.Available != 0 || a.Status != client.SoldOut {
		t.Errorf("check: %+v", a)
	}
	if a := check(c.Check(ctx, client.Check{ProductID: "voucher", Eventual: true})); !a.InStock || a.Tracked {
		t.Errorf("check of what is not counted: %+v", a)
	}
	both := fine[*client.Availabilities](t)(c.CheckBatch(ctx, client.CheckBatch{Items: []client.Item{{ProductID: "plate", Quantity: 8}, {ProductID: "fork"}}}))
	if both.AllInStock || len(both.Items) != 2 || !both.Items[0].InStock || both.Items[1].Status != client.Unknown {
		t.Errorf("check of a basket: %+v", both)
	}
	if _, err := c.CleanupExpired(ctx); err != nil {
		t.Errorf("cleanup: %v", err)
	}
	n := 0
	for item, err := range c.AllStock(ctx, client.List{PageSize: 1}) {
		if err != nil || item.ProductID == "" {
			t.Fatalf("%+v %v", item, err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("the list has %d items, want 3", n)
	}
}

func TestCallsThatTheKeyDoesNotAllow(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	for name, test := range map[string]struct {
		opts []client.Option
		want error // of what writes
		read error // of what reads
	}{
		"no key":              {nil, client.ErrUnauthenticated, client.ErrUnauthenticated},
		"a key nobody has":    {[]client.Option{client.WithKey("hf_nobody")}, client.ErrUnauthenticated, client.ErrUnauthenticated},
		"a key that may read": {[]client.Option{client.WithKey(h.read)}, client.ErrPermissionDenied, nil},
	} {
		c := open(t, h.address, test.opts...)
		if _, err := c.Restock(ctx, client.Restock{ProductID: "p", Quantity: 1}); !errors.Is(err, test.want) {
			t.Errorf("%s: a write: %v", name, err)
		}
		if _, err := c.List(ctx, client.List{}); !errors.Is(err, test.read) {
			t.Errorf("%s: a list: %v", name, err)
		}
		if _, err := c.Batch(ctx, client.Restock{ProductID: "p", Quantity: 1}); !errors.Is(err, test.want) {
			t.Errorf("%s: a batch: %v", name, err)
		}
		for item, err := range c.AllStock(ctx, client.List{}) {
			if !errors.Is(err, test.read) || item.ProductID != "" {
				t.Errorf("%s: all stock: %v", name, err)
			}
		}
	}
	if _, err := open(t, h.address, client.WithTenant("nobody")).Check(ctx, client.Check{ProductID: "p"}); !errors.Is(err, client.ErrUnauthenticated) {
		t.Errorf("a check for a tenant nobody knows: %v", err)
	}
}

func TestAWriteIsRecordedWithItsOperator(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	c := open(t, h.address, client.WithKey(h.admin), client.WithOperator("till-4"))
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "p", AvailableStock: 1}))
	fine[*client.Inventory](t)(c.Restock(client.AsOperator(ctx, "anna"), client.Restock{ProductID: "p", Quantity: 1}))
	var operators []string
	for entry, err := range c.AllLogs(ctx, client.Logs{ProductID: "p"}) {
		if err != nil {
			t.Fatal(err)
		}
		operators = append(operators, entry.Operator)
	}
	if got := strings.Join(operators, " "); got != "anna till-4" {
		t.Errorf("recorded were %q, want anna and till-4", got)
	}
}

// A client's reads ask for the position of its own writes, and for the one that another
// client passed on.
func TestReadsAskForWhatWasWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	a, b := open(t, h.address, client.WithKey(h.admin)), open(t, h.address, client.WithKey(h.admin))
	fine[*client.Inventory](t)(a.Create(ctx, client.Create{ProductID: "p", AvailableStock: 1}))
	if a.Position() == "" || b.Position() != "" {
		t.Fatalf("positions: %q of who wrote, %q of who did not", a.Position(), b.Position())
	}
	got := fine[*client.Availability](t)(b.Check(client.After(ctx, a.Position()), client.Check{ProductID: "p", Eventual: true}))
	if !got.InStock {
		t.Errorf("%+v", got)
	}
	// A position that the books do not have belongs to a history that was lost.
	if _, err := b.Check(client.After(ctx, "0-999999"), client.Check{ProductID: "p"}); !errors.Is(err, client.ErrPositionGone) {
		t.Errorf("a read of the future: %v", err)
	}
	if _, err := b.Check(client.After(ctx, "yesterday"), client.Check{ProductID: "p"}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a read after nonsense: %v", err)
	}
}

func TestABatchAnswersEachCommandByItself(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	results := fine[[]client.Result](t)(c.Batch(ctx,
		client.Create{ProductID: "p", AvailableStock: 3},
		client.Reserve{OrderID: "o", ProductID: "p", Quantity: 2},
		client.Reserve{OrderID: "o2", ProductID: "p", Quantity: 2},
		client.Deduct{OrderID: "o"},
		client.Restock{ProductID: "p", Quantity: -1, Key: "k"},
	))
	if len(results) != 5 {
		t.Fatalf("%d results", len(results))
	}
	if r := results[0]; r.Err != nil || r.Inventory.AvailableStock != 3 {
		t.Errorf("create: %+v", r)
	}
	if r := results[1]; r.Err != nil || r.Order.Reservations[0].Quantity != 2 {
		t.Errorf("reserve: %+v", r)
	}
	if r := results[2]; !errors.Is(r.Err, client.ErrInsufficientStock) || r.Order != nil {
		t.Errorf("reserve of too much: %+v", r)
	}
	if r := results[3]; r.Err != nil || r.Order.Reservations[0].Deducted != 2 {
		t.Errorf("deduct: %+v", r)
	}
	var e *client.Error
	if r := results[4]; !errors.As(r.Err, &e) || e.Code != client.CodeInvalidArgument || e.Key != "k" || e.Op != "restock" || len(e.Violations) != 1 || e.Violations[0].Field != "quantity" {
		t.Errorf("restock of less than nothing: %+v", r)
	}
	for _, commands := range [][]client.Command{nil, slices.Repeat([]client.Command{client.Deduct{OrderID: "o"}}, 1001)} {
		if _, err := c.Batch(ctx, commands...); !errors.Is(err, client.ErrInvalidArgument) {
			t.Errorf("a batch of %d: %v", len(commands), err)
		}
	}
}

func TestAHoldIsRelocated(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	for _, location := range []string{"berlin", "hamburg"} {
		fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", LocationID: location, AvailableStock: 3}))
	}
	order := fine[*client.Order](t)
	order(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "mug", LocationID: "hamburg", Quantity: 3}))
	for _, move := range []client.Relocate{{Quantity: 1}, {}} {
		move.OrderID, move.ProductID, move.From, move.To = "o", "mug", "hamburg", "berlin"
		order(c.Relocate(ctx, move))
	}
	o := order(c.Order(ctx, "o"))
	for _, r := range o.Reservations {
		if want := map[string]int64{"berlin": 3}[r.LocationID]; r.Quantity != want {
			t.Errorf("%d are held at %s, want %d", r.Quantity, r.LocationID, want)
		}
	}
}

func TestAShipmentIsWithdrawn(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 5}))
	order := fine[*client.Order](t)
	order(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "mug", Quantity: 4}))
	order(c.Deduct(ctx, client.Deduct{OrderID: "o"}))
	order(c.Withdraw(ctx, client.Withdraw{OrderID: "o", ProductID: "mug", Quantity: 3}))
	o := order(c.Withdraw(ctx, client.Withdraw{OrderID: "o", TTL: time.Hour, Reason: "stopped"}))
	if r := o.Reservations[0]; r.Quantity != 4 || r.Deducted != 0 || r.State != client.Active || time.Until(r.ExpiresAt) < 59*time.Minute {
		t.Errorf("%+v", r)
	}
}

func TestAnOrderIsCommittedAndComesBack(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 10}))
	order, item := fine[*client.Order](t), fine[*client.Inventory](t)
	order(c.Reserve(ctx, client.Reserve{OrderID: "o", ProductID: "mug", Quantity: 4, TTL: time.Minute}))
	if r := order(c.Extend(ctx, client.Extend{OrderID: "o", ProductID: "mug", TTL: time.Hour - 1})).Reservations[0]; r.Committed || r.ExpiresAt.Sub(r.UpdatedAt) != time.Hour {
		t.Errorf("extended: %+v", r)
	}
	if _, err := c.Extend(ctx, client.Extend{OrderID: "o"}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("extended for no time: %v", err)
	}
	if r := order(c.Change(ctx, client.Change{OrderID: "o", Items: []client.ChangeItem{{ProductID: "mug", Quantity: 6}}})).Reservations[0]; r.Quantity != 6 {
		t.Errorf("changed: %+v", r)
	}
	expected := []client.ExpectedHold{{ProductID: "mug", Quantity: 5}}
	if _, err := c.Change(ctx, client.Change{OrderID: "o", Items: []client.ChangeItem{{ProductID: "mug"}}, Expected: expected}); !errors.Is(err, client.ErrVersionConflict) {
		t.Errorf("changed what was not expected: %v", err)
	}
	order(c.Change(ctx, client.Change{OrderID: "o", Items: []client.ChangeItem{{ProductID: "mug", Quantity: 4}}, Replace: true, TTL: time.Hour}))
	for range 2 {
		if r := order(c.Commit(ctx, client.Commit{OrderID: "o"})).Reservations[0]; !r.Committed || !r.ExpiresAt.IsZero() || r.State != client.Active {
			t.Errorf("committed: %+v", r)
		}
	}
	if _, err := c.Extend(ctx, client.Extend{OrderID: "o", TTL: time.Minute}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("a deadline for what is committed: %v", err)
	}
	order(c.Deduct(ctx, client.Deduct{OrderID: "o"}))
	if i := item(c.Accounts.Return(ctx, client.Return{ProductID: "mug", Quantity: 3, OrderID: "o", To: client.Quality, Key: "r"})); i.OnHand != 9 || i.AvailableStock != 6 || i.Aside != nil || i.Replayed {
		t.Errorf("returned: %+v", i)
	}
	if i := item(c.Accounts.Return(ctx, client.Return{ProductID: "mug", Quantity: 3, OrderID: "o", To: client.Quality, Key: "r"})); i.OnHand != 9 || !i.Replayed {
		t.Errorf("returned again: %+v", i)
	}
	item(c.Accounts.Move(ctx, client.Move{ProductID: "mug", From: client.Quality, To: client.Damaged, Quantity: 1, Reason: "chipped"}))
	item(c.Accounts.Move(ctx, client.Move{ProductID: "mug", From: client.Quality, To: client.QuotaOf("web"), Quantity: 2}))
	if _, err := c.Accounts.Move(ctx, client.Move{ProductID: "mug", From: client.Quality, To: client.SharedPool, Quantity: 1}); !errors.Is(err, client.ErrInsufficientStock) {
		t.Errorf("moved what is not there: %v", err)
	}
	if _, err := c.Accounts.Move(ctx, client.Move{ProductID: "mug", From: "held", To: client.SharedPool, Quantity: 1}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("moved what is held: %v", err)
	}
	if p := fine[*client.Product](t)(c.Product(ctx, "mug")); p.AvailableStock != 8 || p.Locations[0].Aside == nil || *p.Locations[0].Aside != (client.Aside{Damaged: 1}) {
		t.Errorf("product: %+v", p)
	}
	at := fine[*client.ProductAccounts](t)(c.Accounts.Get(ctx, client.Accounts{ProductID: "mug", LocationID: "default"}))
	want := map[client.Account]int64{client.SharedPool: 6, client.QuotaOf("web"): 2, client.Damaged: 1, "ext/supplier": -10, "ext/customer": 1}
	if len(at.Items) != 1 || at.Items[0].LocationID != "default" || !maps.Equal(at.Items[0].Balances, want) || at.AsOf.IsZero() {
		t.Errorf("accounts: %+v, want %v", at, want)
	}
	results := fine[[]client.Result](t)(c.Batch(ctx,
		client.Reserve{OrderID: "b", ProductID: "mug", Quantity: 1},
		client.Commit{OrderID: "b"},
		client.Return{ProductID: "mug", Quantity: 1},
		client.Move{ProductID: "mug", From: client.SharedPool, To: client.Withheld, Quantity: 1},
	))
	if r := results[1]; r.Err != nil || !r.Order.Reservations[0].Committed {
		t.Errorf("committed in a batch: %+v", r)
	}
	if r := results[3]; r.Err != nil || r.Inventory.AvailableStock != 7 {
		t.Errorf("moved in a batch: %+v", r)
	}
}

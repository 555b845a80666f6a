package transfer_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The locations of the tests: hub and shop are in different slots, mall is spread over
// both.
const (
	owner = "t"
	hub   = "hub"
	shop  = "shop-2"
	mall  = "mall"
)

// atlas knows the spread locations of a catalog, and that many slots.
type atlas struct {
	*catalog.Catalog
	slots int
}

func (a atlas) Bucket(ctx context.Context, k stock.ItemKey) (stock.Bucket, error) {
	spread, err := a.Spread(ctx, k.Tenant, k.Location)
	if spread {
		return stock.SpreadBucketOf(k.Tenant, k.Location, k.Product), err
	}
	return stock.BucketOf(k.Tenant, k.Location), err
}

func (a atlas) Slot(b stock.Bucket) uint16 { return ledger.Evenly(a.slots).Slot(b) }

func (a atlas) Renew(context.Context) error { return nil }

// warehouse is books over two slots and a catalog.
type warehouse struct {
	directory *catalog.Catalog
	books     *ledger.Ledger
	engines   []engine.Engine
	products  atomic.Int64
	end       func() error
}

// buildTwo opens a warehouse in memory, its catalog in a file.
func buildTwo(t testing.TB) *warehouse {
	t.Helper()
	w := openOn(t, catalogtest.File(t), memory.New(), memory.New())
	t.Cleanup(func() { w.close(t) })
	w.settle(t)
	return w
}

// settle makes the tenant and its locations known.
func (w *warehouse) settle(t testing.TB) {
	t.Helper()
	if _, err := w.directory.CreateTenant(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	for _, l := range []string{hub, shop, mall} {
		if _, err := w.directory.Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: owner, Location: l}, Spread: new(l == mall)}); err != nil {
			t.Fatal(err)
		}
	}
}

// openOn opens a warehouse that is closed by the test.
func openOn(t testing.TB, file string, engines ...engine.Engine) *warehouse {
	t.Helper()
	ctx := t.Context()
	w := &warehouse{engines: engines}
	var err error
	if w.directory, err = catalog.Open(ctx, file); err != nil {
		t.Fatal(err)
	}
	where := atlas{w.directory, len(engines)}
	if where.Slot(stock.BucketOf(owner, hub)) == where.Slot(stock.BucketOf(owner, shop)) {
		t.Fatal("hub and shop lie in one slot")
	}
	if w.books, err = ledger.OpenSlots(ctx, engines, ledger.WithAtlas(where)); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.books.Run(running) }()
	w.end = func() error {
		stop()
		errs := []error{<-done, w.directory.Close()}
		for _, e := range engines {
			errs = append(errs, e.Close())
		}
		return errors.Join(errs...)
	}
	return w
}

func (w *warehouse) close(t testing.TB) {
	t.Helper()
	if err := w.end(); err != nil {
		t.Error(err)
	}
}

// transfers are those of a process that may die.
func (w *warehouse) transfers(c *cut) *transfer.Transfers {
	return transfer.New(intake.New(cutBooks{w.books, c}, w.directory, nil), cutBooks{w.books, c}, cutDocuments{w.directory.Transfers, c}, cutRules{w.directory.Replenishments, c}, transfer.WithPatience(-time.Minute))
}

// put makes a product known and gives a location that many units of it.
func (w *warehouse) put(t fataler, location, product string, n stock.Qty) {
	t.Helper()
	w.putLot(t, location, product, "", n)
}

// putLot is put of units of a lot.
func (w *warehouse) putLot(t fataler, location, product string, lot stock.Lot, n stock.Qty) {
	t.Helper()
	k := stock.ItemKey{Tenant: owner, Location: location, Product: product}
	if _, err := w.directory.Know(context.Background(), catalog.Introduction{Ref: catalog.Ref{Tenant: owner, Product: product}}); err != nil {
		t.Fatal(err)
	}
	b, err := atlas{w.directory, len(w.engines)}.Bucket(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	k.Lot = string(lot)
	if err := w.books.Submit(context.Background(), ledger.Request{Command: stock.Restock{Item: k, Bucket: b, Qty: n, Open: &stock.Opening{}}})[0].Err; err != nil {
		t.Fatal(err)
	}
}

// lotOf is the lot of a batch. expires may be "".
func lotOf(t fataler, batch, expires string) stock.Lot {
	t.Helper()
	attributes := map[string]string{"batch": batch}
	if expires != "" {
		attributes["expires_at"] = expires
	}
	l, err := stock.MakeLot(attributes)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// of is the balance of an account.
func (w *warehouse) of(t fataler, location, product string, a stock.Account) stock.Qty {
	t.Helper()
	levels, _, err := w.books.Items(context.Background(), []stock.ItemKey{{Tenant: owner, Location: location, Product: product}})
	if err != nil {
		t.Fatal(err)
	}
	if levels[0].Item == nil {
		return 0
	}
	for _, b := range levels[0].Item.Balances {
		if !b.Account.Outside() && b.Qty < 0 {
			t.Fatalf("%s of %s at %s is %d", b.Account, product, location, b.Qty)
		}
	}
	return levels[0].Item.Of(a)
}

// fataler is a test, or one run of a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// errDead is an error that a process that was killed would never have returned.
var errDead = errors.New("the process is dead")

// cut kills a process at its n-th contact with the outside: just before one or
// just after. Nil or below 0 never does.
type cut struct{ left atomic.Int64 }

func cutAt(n int) *cut {
	c := &cut{}
	c.left.Store(int64(n))
	return c
}

// dead reports whether the process dies now, or is dead.
func (c *cut) dead() bool {
	if c == nil {
		return false
	}
	left := c.left.Load()
	if left < 0 {
		return left == -2
	}
	if left == 0 {
		c.left.Store(-2)
		return true
	}
	c.left.Store(left - 1)
	return false
}

// died reports whether the process was killed.
func (c *cut) died() bool { return c.left.Load() == -2 }

// contact does something outside.
func contact[T any](c *cut, do func() (T, error)) (none T, err error) {
	if c.dead() {
		return none, errDead
	}
	got, err := do()
	if c.dead() {
		return none, errDead
	}
	return got, err
}

type cutBooks struct {
	*ledger.Ledger
	*cut
}

func (b cutBooks) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	// Each request may be the last one.
	var results []ledger.Result
	for _, r := range requests {
		got, err := contact(b.cut, func() (ledger.Result, error) { return b.Ledger.Submit(ctx, r)[0], nil })
		if err != nil {
			got = ledger.Result{Err: err}
		}
		results = append(results, got)
	}
	return results
}

type cutDocuments struct {
	catalog.Transfers
	*cut
}

func (d cutDocuments) Create(ctx context.Context, newest int64, made ...catalog.StockTransfer) ([]catalog.StockTransfer, error) {
	return contact(d.cut, func() ([]catalog.StockTransfer, error) { return d.Transfers.Create(ctx, newest, made...) })
}

func (d cutDocuments) Update(ctx context.Context, t catalog.StockTransfer) (catalog.StockTransfer, error) {
	return contact(d.cut, func() (catalog.StockTransfer, error) { return d.Transfers.Update(ctx, t) })
}

type cutRules struct {
	catalog.Replenishments
	*cut
}

func (d cutRules) Done(ctx context.Context, p catalog.Replenishment, at time.Time, newest int64, made ...catalog.StockTransfer) error {
	_, err := contact(d.cut, func() (struct{}, error) { return struct{}{}, d.Replenishments.Done(ctx, p, at, newest, made...) })
	return err
}

// look carries out what is due, and returns how much that was.
func look(ctx context.Context, kind duty.Kind) int {
	done, _ := duty.New(slog.New(slog.DiscardHandler), kind).Look(ctx)
	return done
}

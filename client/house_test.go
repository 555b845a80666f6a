package client_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
	"holdfast.dev/holdfast/internal/view"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a whole server over real connections, with its books in memory.
type house struct {
	address string
	admin   string // an admin key
	read    string // a key that may only read
	close   func() error
}

// openHouse starts a server on a loopback port.
func openHouse(ctx context.Context, folder string, opts ...catalog.Option) (*house, error) {
	directory, err := catalog.Open(ctx, filepath.Join(folder, "catalog.db"), opts...)
	if err != nil {
		return nil, err
	}
	h := &house{}
	if _, err := directory.CreateTenant(ctx, catalog.DefaultTenant, catalog.AsSandbox); err != nil {
		return nil, err
	}
	for key, scopes := range map[*string]catalog.Scopes{&h.admin: catalog.ScopeAdmin, &h.read: catalog.ScopeRead} {
		if _, *key, err = directory.CreateKey(ctx, catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: scopes.String() + "-key", Scopes: scopes}); err != nil {
			return nil, err
		}
	}
	store := memory.New()
	logs := feed.NewLogs([]engine.Engine{store})
	journal := view.NewJournal(logs, nil, view.WithPace(0))
	tail := feed.NewTail(logs, slog.New(slog.DiscardHandler))
	books, err := ledger.Open(ctx, store, ledger.WithStored(logs.Stored), ledger.WithNotify(func(p ledger.Position) { logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		return nil, err
	}
	wall := func() stock.Time { return stock.Time(time.Now().UnixMilli()) }
	orders := fulfil.New(books, directory, directory)
	door := intake.New(books, directory, orders, intake.WithDryRun(func() *ledger.DryRun { return ledger.NewDryRun(books, nil) }, directory, orders))
	levels := view.NewLevels([]engine.Engine{store}, wall)
	index := search.New(directory.Indexes, books, directory, levels, logs, slog.New(slog.DiscardHandler))
	indexing := feed.NewRunner(slog.New(slog.DiscardHandler), "search", 10*time.Millisecond, time.Second)
	index.Project(indexing, logs)
	items := itemlist.New(itemlist.Rooms{Books: books, Levels: levels, Directory: directory, Details: directory.Details, Feed: tail, Logs: logs}, itemlist.WithPace(time.Millisecond))
	s, err := server.New(server.Rooms{
		Items: items,
		Books: books, Directory: directory, Door: door, Facts: server.FactsOf(directory), Keys: directory, Levels: levels, Search: index, Reservations: view.NewReservations([]engine.Engine{store}, wall), Journal: journal, Feed: tail, Ready: []server.Dependency{{Name: "books", Check: books.Ready}},
		Transfers: transfer.New(door, books, directory.Transfers, directory.Replenishments), Orders: orders, Campaigns: quota.NewCampaigns(door, books, directory.Campaigns), Recalls: recall.New(door, books, directory.Recalls, directory), Cases: cases.New(directory.Cases, door, books, cases.WithMessages(directory.Sources)),
	})
	if err != nil {
		return nil, err
	}
	ear, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h.address = ear.Addr().String()
	// The front stops before the books do.
	front, stopFront := context.WithCancel(context.WithoutCancel(ctx))
	back, stopBack := context.WithCancel(context.WithoutCancel(ctx))
	var public, rooms errgroup.Group
	public.Go(func() error { return s.Run(front, server.Listeners{GRPC: ear}) })
	for _, run := range []func(context.Context) error{books.Run, directory.Run, journal.Run, tail.Run, index.Run, indexing.Run, items.Run} {
		rooms.Go(func() error { return run(back) })
	}
	h.close = sync.OnceValue(func() error {
		stopFront()
		err := public.Wait()
		stopBack()
		rooms.Wait() //nolint:errcheck // they end because stopBack asks them to
		if closed := directory.Close(); err == nil {
			err = closed
		}
		return err
	})
	return h, nil
}

// newHouse starts a server for the test.
func newHouse(t testing.TB, opts ...catalog.Option) *house {
	t.Helper()
	h, err := openHouse(t.Context(), t.TempDir(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// open makes a client that is closed with the test.
func open(t testing.TB, address string, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(address, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// newShop starts a server and a client with an admin key.
func newShop(t testing.TB, opts ...client.Option) *client.Client {
	t.Helper()
	h := newHouse(t)
	return open(t, h.address, append([]client.Option{client.WithKey(h.admin)}, opts...)...)
}

// newShopForRelay is newShop with a catalog for which a minute is a second: what a relay has for 2 s it
// keeps through the test on a busy machine.
func newShopForRelay(t testing.TB) *client.Client {
	t.Helper()
	start := time.Now()
	h := newHouse(t, catalog.WithClock(func() time.Time { return start.Add(time.Since(start) / 60) }))
	return open(t, h.address, client.WithKey(h.admin))
}

// shopForExample is newShop for an Example, which has no test to end with.
func shopForExample() (*client.Client, func()) {
	folder, err := os.MkdirTemp("", "holdfast-example-")
	if err != nil {
		panic(err)
	}
	h, err := openHouse(context.Background(), folder)
	if err != nil {
		panic(err)
	}
	c, err := client.New(h.address, client.WithKey(h.admin))
	if err != nil {
		panic(err)
	}
	return c, func() {
		c.Close()
		if err := h.close(); err != nil {
			panic(err)
		}
		os.RemoveAll(folder)
	}
}

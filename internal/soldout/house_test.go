package soldout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const tenant = "default"

// hub names all channels, so that each is announced separately for each product that
// it keeps.
var (
	channels = []string{"", "app", "pos", "web"}
	hub      = "hub"
	towns    = []string{"berlin", "lyon"}
	products = []string{"cup", "mug"}
)

// tester is a testing.T or a rapid.T.
type tester interface {
	Helper()
	Error(args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// chain is books in several slots with a catalog.
type chain struct {
	engines []engine.Engine
	catalog *catalog.Catalog
	books   *ledger.Ledger
	door    *intake.Door
	logs    *feed.Logs
	end     func() error
	told    []engine.Seq // up to where told has read
}

func openChain(t tester, file string, slots int) *chain {
	t.Helper()
	c := &chain{engines: make([]engine.Engine, slots), told: make([]engine.Seq, slots)}
	for i := range c.engines {
		c.engines[i] = memory.New()
	}
	c.open(t, file)
	if _, err := c.catalog.CreateTenant(context.Background(), tenant); err != nil {
		t.Fatal(err)
	}
	c.place(t, hub, true, "app", "pos", "web")
	return c
}

// open opens books and catalog, as another node does.
func (c *chain) open(t tester, file string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var err error
	if c.catalog, err = catalog.Open(ctx, file); err != nil {
		t.Fatal(err)
	}
	c.logs = feed.NewLogs(c.engines, feed.WithHistories(feed.NewHistories(&c.catalog.Epochs)))
	c.books, err = ledger.OpenSlots(ctx, c.engines, ledger.WithStored(c.logs.Stored), ledger.WithNotify(func(p ledger.Position) { c.logs.Notify(p.Slot, p.Seq) }))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.books.Run(ctx) }()
	c.end = func() error {
		stop()
		return errors.Join(<-done, c.catalog.Close())
	}
	c.door = intake.New(c.books, c.catalog, fulfil.New(c.books, c.catalog, c.catalog))
}

func (c *chain) close(t tester) {
	t.Helper()
	if err := c.end(); err != nil {
		t.Error(err)
	}
}

func (c *chain) teller() *Teller {
	return New(c.door, c.books, c.catalog, view.NewLevels(c.engines, func() stock.Time { return 0 }))
}

// do carries out a command, and reports whether it was refused.
func (c *chain) do(t tester, command stock.Command) (refused bool) {
	t.Helper()
	ask := intake.Ask{Command: command}
	if _, opens := command.(*stock.OpenItem); opens {
		ask.Declares = &intake.Declaration{}
	}
	of, err := c.door.Submit(context.Background(), tenant, []intake.Ask{ask})
	if err == nil {
		err = of[0].Err
	}
	var refusal *stock.Refusal
	if refused = errors.As(err, &refusal); err != nil && !refused {
		t.Fatalf("%+v: %v", command, err)
	}
	return refused
}

func (c *chain) put(t tester, location, product string, n stock.Qty) {
	t.Helper()
	if c.do(t, &stock.OpenItem{Item: item(location, product), Qty: n, Tracked: true}) {
		t.Fatalf("%s is not opened at %s", product, location)
	}
}

func (c *chain) place(t tester, id string, active bool, serves ...string) {
	t.Helper()
	p := catalog.DefaultPlace(tenant, id)
	p.Active, p.Channels = active, serves
	if _, err := c.catalog.SetPlaces(context.Background(), tenant, []catalog.Place{p}); err != nil {
		t.Fatal(err)
	}
}

func item(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}
}

// reserve is an order of one product at a location.
func reserve(order, channel, location, product string, n stock.Qty) *stock.Place {
	return &stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: order}, Channel: channel, TTL: 1e9,
		Lines: []stock.Demand{{Item: item(location, product), Qty: n}},
	}
}

// node reads the logs as a process does, step by step.
type node struct {
	*Teller
	*chain
	queues []*changedProducts
	duties *duty.Runner
}

func (c *chain) node() *node {
	n := &node{Teller: c.teller(), chain: c}
	for _, e := range c.engines {
		n.queues = append(n.queues, &changedProducts{Cursors: e, teller: n.Teller, hurry: make(chan struct{}, 1)})
	}
	n.duties = duty.New(slog.New(slog.DiscardHandler), n.Duty())
	return n
}

// step reads on in all logs, and looks at what has turned.
func (n *node) step(t tester) error {
	t.Helper()
	ctx := context.Background()
	for slot, q := range n.queues {
		q.Reset()
		from, err := q.Cursor(ctx)
		if err != nil {
			return err
		}
		to := from
		for _, r := range n.records(t, slot, from) {
			if err := q.apply(ctx, r); err != nil {
				return err
			}
			to = r.Seq
		}
		if to == from {
			continue
		}
		if _, err := q.Save(ctx, from, to); err != nil {
			return fmt.Errorf("slot %d: %w", slot, err)
		}
	}
	_, err := n.duties.Look(ctx)
	return err
}

// news is what the logs have announced since it was asked for, slot by slot in order.
func (c *chain) news(t tester) (all []string) {
	t.Helper()
	for slot := range c.engines {
		for _, r := range c.records(t, slot, c.told[slot]) {
			c.told[slot] = r.Seq
			entries, err := r.Entries()
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e != nil && e.Op.Announces() {
					all = append(all, turn(e.Items[0].Key.Product, e.Channel, e.Op))
				}
			}
		}
	}
	return all
}

// records are those of the slot behind after.
func (c *chain) records(t tester, slot int, after engine.Seq) (all []*feed.Record) {
	t.Helper()
	for {
		raw, err := c.engines[slot].Read(context.Background(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) == 0 {
			return all
		}
		for i := range raw {
			r, err := feed.ReadRecord(uint16(slot), nil, &raw[i])
			if err != nil {
				t.Fatal(err)
			}
			all, after = append(all, r), r.Seq
		}
	}
}

func turn(product, channel string, is stock.Op) string {
	return fmt.Sprintf("%s on %q: %s", product, channel, is)
}

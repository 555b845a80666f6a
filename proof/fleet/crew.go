package fleet

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// crew is nodes that share the same slots, and the requests to them.
type crew struct {
	w       *load.Workload
	towns   []town // one in each slot
	members []*member
	fleet   registry
	ids     load.Counter
	// units and rows count the acknowledged results: units held, and hold rows.
	units, rows atomic.Int64
	// op is one call, which makes count operations.
	op    func(ctx context.Context, caller int) error
	count int
	side  load.Side

	mu sync.Mutex
	// doubtful are orders without an answer: they may have been taken.
	doubtful []stock.Place
}

// crewConfig has the settings of a crew.
type crewConfig struct {
	nodes, slots, databases int
	// forward lets the nodes forward groups to the home of their slot.
	forward bool
	w       *load.Workload
	// older is how many reservations each slot has at the beginning.
	older int
	// through and hold apply to the first node.
	through func(dsn string) (string, error)
	hold    *hold
}

// names are the names of the nodes. Of eight slots these three are home of 3, 3 and 2. Real
// nodes have random ids, so their distribution is random.
var names = [...]string{"one", "two", "three"}

// secretOfTheFleet signs the messages between nodes of this process.
var secretOfTheFleet = []byte("only in the process that measures")

// openCrew starts the nodes on empty slots and opens the items.
func openCrew(ctx context.Context, g *ground, c crewConfig) (_ *crew, err error) {
	a := &crew{w: c.w, towns: townsOf(c.slots), count: 1}
	a.op = a.reserve
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	plots := g.plots(c.slots, c.databases)
	for n := range c.nodes {
		m := memberConfig{name: names[n], ground: g, plots: plots, secret: secretOfTheFleet}
		if c.forward {
			m.fleet = &a.fleet
		}
		if n == 0 {
			m.through, m.hold = c.through, c.hold
		}
		started, err := startMember(ctx, m)
		if err != nil {
			return nil, err
		}
		a.members = append(a.members, started)
		if n == 0 {
			if err := a.fill(ctx, c.older); err != nil {
				return nil, err
			}
		}
	}
	return a, a.waitForPeers(ctx)
}

// town is a location in a certain slot.
type town struct {
	location string
	bucket   stock.Bucket
}

func townsOf(slots int) []town {
	towns := make([]town, slots)
	for i, found := 0, 0; found < slots; i++ {
		name := fmt.Sprintf("shop-%d", i)
		b := stock.BucketOf(bench.Tenant, name)
		if at := &towns[ledger.Evenly(slots).Slot(b)]; at.location == "" {
			*at = town{name, b}
			found++
		}
	}
	return towns
}

// slot is the slot of an item of the workload.
func (a *crew) slot(item uint32) int { return int(item) % len(a.towns) }

func (a *crew) key(item uint32) (stock.ItemKey, stock.Bucket) {
	t := a.towns[a.slot(item)]
	return stock.ItemKey{Tenant: bench.Tenant, Location: t.location, Product: load.Product(item)}, t.bucket
}

// fill opens the items and makes the older reservations of each slot, of items that
// no caller wants later.
func (a *crew) fill(ctx context.Context, older int) error {
	requests := make([]ledger.Request, a.w.Items)
	for n := range requests {
		k, b := a.key(uint32(n))
		requests[n].Command = stock.OpenItem{Item: k, Bucket: b, Qty: load.Plenty, Tracked: true}
	}
	for _, r := range a.members[0].books.Submit(ctx, requests...) {
		if r.Err != nil {
			return fmt.Errorf("open items: %w", r.Err)
		}
	}
	if older == 0 {
		return nil
	}
	for _, t := range a.towns {
		if err := a.age(ctx, t, older); err != nil {
			return err
		}
	}
	return nil
}

func (a *crew) age(ctx context.Context, t town, n int) error {
	requests := bench.OlderOrders(stock.ItemKey{Tenant: bench.Tenant, Location: t.location, Product: "old"}, t.bucket, n)
	for some := range slices.Chunk(requests, bench.OlderTogether) {
		for _, r := range a.members[0].books.Submit(ctx, some...) {
			if r.Err != nil {
				return fmt.Errorf("make older reservations: %w", r.Err)
			}
		}
	}
	a.units.Add(int64(n))
	a.rows.Add(int64(n))
	return nil
}

// waitForPeers waits until all nodes that forward know each other.
func (a *crew) waitForPeers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for _, m := range a.members {
		for m.node != nil && len(m.node.Nodes()) < len(a.members) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for the nodes to know each other: %w", ctx.Err())
			case <-poll.C:
			}
		}
	}
	return nil
}

// member is the node that a caller calls.
func (a *crew) member(caller int) *member { return a.members[caller%len(a.members)] }

// order asks for one unit of each item.
func (a *crew) order(n uint64, items ...uint32) stock.Place {
	p := stock.Place{Order: stock.OrderKey{Tenant: bench.Tenant, Order: load.Order(n)}, TTL: bench.TTL, Lines: make([]stock.Demand, len(items))}
	for i, item := range items {
		k, b := a.key(item)
		p.Lines[i] = stock.Demand{Item: k, Bucket: b, Qty: 1}
	}
	return p
}

// ask lets a node take the order. An order without an answer is doubtful from then on.
func (a *crew) ask(ctx context.Context, m *member, p stock.Place) error {
	err := m.books.Submit(ctx, ledger.Request{Command: p})[0].Err
	if err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.doubtful = append(a.doubtful, p)
		return err
	}
	m.answered.Add(1)
	a.taken(&p)
	return nil
}

// taken counts an acknowledged order: a row for each bucket it is in.
func (a *crew) taken(p *stock.Place) {
	a.units.Add(int64(len(p.Lines)))
	rows := int64(0)
	for i := range p.Lines {
		first := true
		for _, before := range p.Lines[:i] {
			first = first && before.Bucket != p.Lines[i].Bucket
		}
		if first {
			rows++
		}
	}
	a.rows.Add(rows)
}

// reserve is one operation: one unit of one item.
func (a *crew) reserve(ctx context.Context, caller int) error {
	n := a.ids.Next()
	return a.ask(ctx, a.member(caller), a.order(n, a.w.Pick(n)))
}

// drive measures one run: this process and the server.
func (a *crew) drive(ctx context.Context, g *ground, callers int, d time.Duration) (*load.Sample, error) {
	runtime.GC()
	before, known := g.cpu()
	s, err := load.Drive(ctx, callers, a.count, d, a.op)
	if err != nil {
		return nil, err
	}
	after, still := g.cpu()
	s.CPU += after - before
	if !known || !still {
		s.CPU = 0
	}
	return s, nil
}

// alive is a node that was not killed.
func (a *crew) alive() *member {
	for _, m := range a.members {
		if !m.dead.Load() {
			return m
		}
	}
	return nil
}

// check asks once more for the orders without an answer. It reports whether units held, hold
// rows and acknowledged calls agree, and the books are right.
func (a *crew) check(ctx context.Context) error {
	m := a.alive()
	for _, p := range a.doubtful {
		if err := m.books.Submit(ctx, ledger.Request{Command: p})[0].Err; err != nil {
			return fmt.Errorf("ask again for %s: %w", p.Order.Order, err)
		}
		a.taken(&p)
	}
	a.doubtful = nil
	held, rows := int64(0), int64(0)
	for _, e := range m.engines {
		units, holds, err := bench.CountHeld(ctx, e)
		if err != nil {
			return err
		}
		held, rows = held+int64(units), rows+int64(holds)
	}
	if held != a.units.Load() || rows != a.rows.Load() {
		return fmt.Errorf("holdfast: %d units held in %d holds, %d in %d acknowledged", held, rows, a.units.Load(), a.rows.Load())
	}
	return a.verify(ctx, m)
}

// verify verifies the logs and everything derived from them.
func (a *crew) verify(ctx context.Context, m *member) error {
	for _, e := range m.engines {
		report, err := audit.CheckSlot(ctx, e, audit.Options{JournalKeys: view.Keys})
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if !report.OK() {
			return fmt.Errorf("holdfast: the books are wrong: %v", report.Violations[0])
		}
	}
	across, err := audit.CheckAcross(ctx, m.engines, ledger.Evenly(len(m.engines)))
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if !across.OK() {
		return fmt.Errorf("holdfast: the books are wrong across slots: %v", across.Violations[0])
	}
	return nil
}

// close stops the nodes.
func (a *crew) close() error {
	var errs []error
	for _, m := range a.members {
		errs = append(errs, m.stop())
	}
	return errors.Join(errs...)
}

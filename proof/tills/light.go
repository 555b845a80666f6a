package tills

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// light is a till that speaks the whole protocol over a connection of its own, and keeps its log in
// memory: no file, no committer. One process can run thousands without taking the processors from
// the centre.
type light struct {
	id, location string
	key, epoch   string

	client *client.Client
	line   outpost.Uplink
	wake   chan struct{}
	all    sync.WaitGroup
	stop   context.CancelFunc
	done   atomic.Uint64 // the last record of the log in the books of the centre
	lost   atomic.Int64  // how often the connection had to be restarted

	// These fields belong to the connection.
	ticket, era, position, hash string
	offset                      time.Duration

	mu      sync.Mutex
	shelf   lightStock
	records []outpost.LogRecord // after done, and those on their way
	seq     uint64
	prev    [32]byte
	builder *stock.RecordBuilder
	orders  int
	applied bool // a change of the centre that is not reported yet
}

func newLight(id, location string) *light {
	return &light{
		id: id, location: location, wake: make(chan struct{}, 1), builder: stock.NewRecordBuilder(),
		shelf: lightStock{item: nil, holds: map[stock.OrderKey][]*stock.Hold{}},
	}
}

// pair makes the till at the centre.
func (m *light) pair(ctx context.Context, admin *client.Client) error {
	p, err := pair(ctx, admin, m.id, m.location)
	if err == nil {
		m.key, m.epoch = p.Key, p.Epoch
	}
	return err
}

// start starts the connection.
func (m *light) start(ctx context.Context, centre string) (err error) {
	if m.client, err = client.New(centre, client.WithKey(m.key)); err != nil {
		return err
	}
	m.line = outpost.NewLine(m.client, m.id, m.location, m.epoch)
	ctx, m.stop = context.WithCancel(ctx)
	m.all.Go(func() {
		for ctx.Err() == nil {
			if err := m.connect(ctx); ctx.Err() == nil && err != nil {
				m.lost.Add(1)
			}
			select {
			case <-ctx.Done():
			case <-time.After(lightPause):
			}
		}
	})
	return nil
}

// lightPause is how long a light till waits before its next hello.
const lightPause = time.Second

func (m *light) end() {
	if m.stop != nil {
		m.stop()
		m.all.Wait()
		_ = m.client.Close() // nothing is left to be done
	}
}

// errAgain says that the connection must be restarted.
var errAgain = errors.New("the centre asks for another hello")

// connect says hello, and continues in both directions until the connection is lost.
func (m *light) connect(ctx context.Context) error {
	m.mu.Lock()
	last := m.seq
	m.mu.Unlock()
	var next [8]byte
	_, _ = rand.Read(next[:]) // it never fails
	at := time.Now()
	g, err := m.line.Hello(ctx, outpost.Hello{
		Epoch: m.epoch, Have: m.ticket, Next: outpost.EpochName(max(1, binary.LittleEndian.Uint64(next[:]))), Era: m.era,
		Seq: m.done.Load(), Hash: m.hash, Last: last, At: at,
	})
	switch {
	case err != nil:
		return err
	case g.Reply != outpost.ReplyOK:
		return fmt.Errorf("hello is answered with %q: %w", g.Reply, errAgain)
	}
	m.ticket, m.offset = g.Next, g.Now.Sub(at.Add(time.Since(at)/2))
	m.apply(g.Seq, g.Hash)
	if m.position == "" || m.era != g.Era {
		if m.position, err = m.line.AllUnits(ctx, m.take); err != nil {
			return err
		}
		m.era = g.Era
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return m.sendUp(ctx) })
	both.Go(func() error { return m.receiveDown(ctx) })
	return both.Wait()
}

// apply records the last record in the books of the centre.
func (m *light) apply(seq uint64, hash string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := min(seq-m.done.Load(), uint64(len(m.records)))
	m.records = m.records[known:]
	m.hash = hash
	m.done.Store(seq)
}

const (
	// A till reports at least every lightWord that it is there, and within lightSoon that it has applied a
	// change.
	lightWord, lightSoon = 15 * time.Second, 2 * time.Second
	// lightLook is how often it checks whether a report is due.
	lightLook = time.Second
)

// sendUp sends the records that the centre does not have.
func (m *light) sendUp(ctx context.Context) error {
	look := time.NewTicker(lightLook)
	defer look.Stop()
	for said := time.Now(); ; {
		m.mu.Lock()
		records := m.records[:min(len(m.records), outpost.MaxRecords)]
		r := outpost.Report{Epoch: m.epoch, Ticket: m.ticket, Records: records, Last: m.seq, Position: m.position, Offset: m.offset}
		owes := time.Since(said) >= lightWord || m.applied && time.Since(said) >= lightSoon
		if owes || len(records) > 0 {
			m.applied = false
		}
		m.mu.Unlock()
		if owes || len(records) > 0 {
			a, err := m.line.Report(ctx, r)
			switch {
			case err != nil:
				return err
			case a.Hello, a.Era != m.era, a.Seq < m.done.Load(), a.Seq == m.done.Load() && len(records) > 0:
				return errAgain
			}
			m.apply(a.Seq, a.Hash)
			said = time.Now()
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.wake:
		case <-look.C:
		}
	}
}

// receiveDown handles the centre's messages.
func (m *light) receiveDown(ctx context.Context) error {
	return m.line.Watch(ctx, m.position, func(c outpost.Change) error {
		if c.Given != nil {
			if err := m.take([]outpost.Units{*c.Given}); err != nil {
				return err
			}
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.position = c.Position
		m.applied = m.applied || c.Product != ""
		return nil
	})
}

// take adds the units from the centre, and returns the units that it asks for.
func (m *light) take(units []outpost.Units) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range units {
		if !u.Tracked {
			continue
		}
		k, b := itemAt(m.location)
		commands := []stock.Command{stock.AddGranted{Item: k, Bucket: b, To: stock.Qty(u.Added), Open: &stock.Opening{Unit: u.Unit, Scale: u.Scale}}}
		if u.Keep >= 0 {
			commands = append(commands, stock.HandBack{Item: k, Keep: stock.Qty(u.Keep)})
		}
		for _, cmd := range commands {
			if err := m.do(cmd); err != nil {
				return err
			}
		}
	}
	return nil
}

// order reserves a unit.
func (m *light) order(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.orders++
	return m.do(placing(m.location, m.orders))
}

// do decides a command and writes it to the log. The caller has the lock.
func (m *light) do(cmd stock.Command) error {
	now := stock.Time(time.Now().UnixMilli())
	e, err := stock.Decide(&m.shelf, cmd, now)
	if err != nil {
		return fmt.Errorf("till %q: %w", m.id, err)
	}
	if !e.Changed() {
		return nil
	}
	stock.Apply(&m.shelf, &e)
	m.builder.Reset(stock.RecordHeader{Seq: m.seq + 1, At: now, Nonce: m.seq + 1, Prev: m.prev})
	if _, err := m.builder.Add(&e); err != nil {
		return err
	}
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // it never fails
	body, hash, text := m.builder.Finish(salt)
	m.seq, m.prev = m.seq+1, hash
	m.records = append(m.records, outpost.LogRecord{Body: body, Text: text})
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return nil
}

// has is how many units the till may sell.
func (m *light) has(context.Context) stock.Qty {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shelf.item == nil {
		return 0
	}
	return m.shelf.item.Of(stock.Shared)
}

// lightStock is the stock of the one product that a light till sells (stock.Book).
type lightStock struct {
	item  *stock.Item
	holds map[stock.OrderKey][]*stock.Hold
}

// Item is the product, nil when it was never opened.
func (s *lightStock) Item(k stock.ItemKey) *stock.Item {
	if s.item != nil && s.item.Key == k {
		return s.item
	}
	return nil
}

// Order are the order's holds.
func (s *lightStock) Order(k stock.OrderKey) []*stock.Hold { return s.holds[k] }

// EditItem is the product to change.
func (s *lightStock) EditItem(k stock.ItemKey) *stock.Item {
	if s.item == nil {
		s.item = &stock.Item{Key: k}
	}
	return s.item
}

// EditHold is the hold to change; all are in the till's one bucket.
func (s *lightStock) EditHold(k stock.HoldKey) *stock.Hold {
	if len(s.holds[k.OrderKey]) == 0 {
		s.holds[k.OrderKey] = []*stock.Hold{{Key: k}}
	}
	return s.holds[k.OrderKey][0]
}

// itemAt is what is sold at a location.
func itemAt(location string) (stock.ItemKey, stock.Bucket) {
	return stock.ItemKey{Tenant: catalog.DefaultTenant, Location: location, Product: product}, stock.BucketOf(catalog.DefaultTenant, location)
}

// placing is the n-th order of a till.
func placing(location string, n int) stock.Place {
	k, b := itemAt(location)
	return stock.Place{
		Order: stock.OrderKey{Tenant: catalog.DefaultTenant, Order: fmt.Sprint("o-", n)}, TTL: 3_600_000, Lines: []stock.Demand{{Item: k, Bucket: b, Qty: 1}},
	}
}

// pair makes a till at the centre, with stock at a location of its own.
func pair(ctx context.Context, admin *client.Client, id, location string) (*client.PairedTill, error) {
	if _, err := admin.Create(ctx, client.Create{ProductID: product, LocationID: location, AvailableStock: 1e6}); err != nil {
		return nil, err
	}
	if _, err := admin.Tills.Set(ctx, client.Till{TillID: id, LocationID: location, Percent: 50, Level: 50}); err != nil {
		return nil, err
	}
	code, err := admin.Tills.Code(ctx, id)
	if err != nil {
		return nil, err
	}
	return admin.Tills.Pair(ctx, code.Code)
}

// progress returns how far the log is in the books of the centre.
func (m *light) progress() (booked uint64, lost int) { return m.done.Load(), int(m.lost.Load()) }

package view

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// script writes a log: it decides commands on books of its own and appends the events,
// group by group, as the one writer of an engine.
type script struct {
	t       testing.TB
	eng     engine.Engine
	builder *stock.RecordBuilder

	mu      sync.Mutex
	items   map[stock.ItemKey]*stock.Item
	holds   map[stock.OrderKey][]*stock.Hold
	changed map[stock.HoldKey]engine.Seq
	seq     engine.Seq
	hash    [32]byte
	now     stock.Time
	tick    stock.Time // between two records
	events  []*stock.Event
	hidden  map[stock.Bucket]bool // they do not live here
	arrives bool                  // what is being decided, so that it sees them
}

func newScript(t testing.TB, e engine.Engine) *script {
	return &script{
		t: t, eng: e, builder: stock.NewRecordBuilder(),
		items: map[stock.ItemKey]*stock.Item{}, holds: map[stock.OrderKey][]*stock.Hold{},
		changed: map[stock.HoldKey]engine.Seq{}, hidden: map[stock.Bucket]bool{},
		now: 1_700_000_000_000, tick: 1000,
	}
}

func (s *script) Item(k stock.ItemKey) *stock.Item { return s.items[k] }
func (s *script) Order(k stock.OrderKey) []*stock.Hold {
	return slices.DeleteFunc(slices.Clone(s.holds[k]), func(h *stock.Hold) bool { return !s.arrives && s.hidden[h.Key.Bucket] })
}

func (s *script) EditItem(k stock.ItemKey) *stock.Item {
	if s.items[k] == nil {
		s.items[k] = &stock.Item{Key: k}
	}
	return s.items[k]
}

func (s *script) EditHold(k stock.HoldKey) *stock.Hold {
	holds := s.holds[k.OrderKey]
	at, found := slices.BinarySearchFunc(holds, k.Bucket, func(h *stock.Hold, b stock.Bucket) int {
		return cmp.Compare(h.Key.Bucket, b)
	})
	if !found {
		holds = slices.Insert(holds, at, &stock.Hold{Key: k})
		s.holds[k.OrderKey] = holds
	}
	return holds[at]
}

// do decides the commands and stores the events that changed something, and the refusals,
// as one record, a tick after the one before.
func (s *script) do(commands ...stock.Command) engine.Seq {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += s.tick
	seq := s.seq + 1
	s.builder.Reset(stock.RecordHeader{Seq: uint64(seq), At: s.now, Nonce: uint64(seq), Prev: s.hash})
	g := &engine.Group{}
	items, holds := map[stock.ItemKey]bool{}, map[stock.HoldKey]bool{}
	for _, c := range commands {
		s.arrives = c.Op() == stock.OpArrive
		e, err := stock.Decide(s, c, s.now)
		var refusal *stock.Refusal
		switch {
		case errors.As(err, &refusal):
			tenant := c.Reach().Order.Tenant
			for _, k := range c.Reach().Items {
				tenant = k.Tenant
			}
			e = stock.Event{Op: c.Op(), Tenant: tenant, Order: c.Reach().Order.Order, Refusal: refusal}
		case err != nil:
			s.t.Fatalf("decide %#v: %v", c, err)
		}
		for i := range e.Lines {
			if l := &e.Lines[i]; l.Changed {
				k := stock.HoldKey{OrderKey: stock.OrderKey{Tenant: e.Tenant, Order: e.Order}, Bucket: l.Bucket}
				l.Prev = uint64(s.changed[k])
				holds[k] = true
			}
		}
		for i := range e.Items {
			if e.Items[i].Changed {
				items[e.Items[i].Key] = true
			}
		}
		if h := e.Handover; h != nil {
			s.hidden[h.Bucket] = h.Stage == stock.Left || h.Stage == stock.Coming
			g.Buckets = append(g.Buckets, engine.BucketRow{Bucket: h.Bucket, Seq: seq, Packed: stock.AppendHandover(nil, h)})
		}
		stock.Apply(s, &e)
		if _, err := s.builder.Add(&e); err != nil {
			s.t.Fatal(err)
		}
		s.events = append(s.events, &e)
	}
	body, hash, text := s.builder.Finish([16]byte{byte(seq), byte(seq >> 8), 1})
	g.Record = engine.Record{Seq: seq, At: s.now, Nonce: uint64(seq), Hash: hash, Body: body}
	g.Text = text
	for k := range items {
		it := s.items[k]
		f := it.Figures()
		g.Items = append(g.Items, engine.ItemRow{
			Key: k, Bucket: it.Bucket, Fresh: it.Version == s.born(k), Available: f.Available, Held: f.Held, OnHand: f.OnHand,
			Threshold: it.Threshold, Tracked: it.Tracked, OnSale: it.OnSale, Low: it.Low(),
			Version: it.Version, UpdatedAt: it.UpdatedAt, Packed: stock.AppendItem(nil, it),
		})
	}
	for k := range holds {
		h := s.EditHold(k)
		g.Holds = append(g.Holds, engine.HoldRow{
			Key: k, Fresh: s.changed[k] == 0, Open: h.Open(), Seq: seq, Packed: stock.AppendHold(nil, h),
		})
		s.changed[k] = seq
	}
	if err := s.eng.Append(s.t.Context(), s.seq, g); err != nil {
		s.t.Fatalf("append %d: %v", seq, err)
	}
	s.seq, s.hash = seq, hash
	return seq
}

// born is the version an item of this record has when the record made it.
func (s *script) born(k stock.ItemKey) uint64 {
	l, err := s.eng.Load(s.t.Context(), engine.Want{Items: []stock.ItemKey{k}})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(l.Items) > 0 {
		return 0
	}
	return s.items[k].Version
}

const tenant = "acme"

func item(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}
}

func bucket(k stock.ItemKey) stock.Bucket { return stock.BucketOf(k.Tenant, k.Location) }

func open(k stock.ItemKey, qty stock.Qty) stock.OpenItem {
	return stock.OpenItem{Item: k, Bucket: bucket(k), Qty: qty, Tracked: true}
}

func restock(k stock.ItemKey, qty stock.Qty) stock.Restock {
	return stock.Restock{Item: k, Bucket: bucket(k), Qty: qty}
}

func order(name string) stock.OrderKey { return stock.OrderKey{Tenant: tenant, Order: name} }

func reserve(name string, qty stock.Qty, keys ...stock.ItemKey) stock.Place {
	p := stock.Place{Order: order(name), TTL: 30 * 60 * 1000}
	for _, k := range keys {
		p.Lines = append(p.Lines, stock.Demand{Item: k, Bucket: bucket(k), Qty: qty, Known: true})
	}
	return p
}

func release(name string) stock.Release {
	return stock.Release{Target: stock.Target{Order: order(name)}}
}

func confirm(name string) stock.Confirm {
	return stock.Confirm{Target: stock.Target{Order: order(name)}}
}

// newJournal returns a journal of the engine.
func newJournal(e engine.Engine, opts ...Option) *Journal {
	return NewJournal(feed.NewLogs([]engine.Engine{e}), slog.New(slog.DiscardHandler), opts...)
}

// engines are the engines that the journal is tried on.
var engines = map[string]func(t testing.TB) engine.Engine{
	"memory": func(testing.TB) engine.Engine { return memory.New() },
	"sqlite": func(t testing.TB) engine.Engine {
		e, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "slot.db"))
		if err != nil {
			t.Fatal(err)
		}
		return e
	},
}

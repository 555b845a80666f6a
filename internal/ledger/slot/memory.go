package slot

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// memory is what a slot remembers of the books at one seq. Only the committer
// changes what is remembered; readers may add rows that they loaded at exactly that
// seq. A value that is in cur is never written to, only replaced.
type memory struct {
	mu sync.Mutex

	seq   engine.Seq
	hash  [32]byte
	at    stock.Time
	trail trail

	items     *generations[stock.ItemKey, *itemEntry]
	orders    *generations[stock.OrderKey, *orderEntry]
	products  *generations[engine.ProductKey, []stock.ItemKey]
	keys      *generations[engine.KeyID, StoredKey]
	due       *dueIndex // see dues
	legs      *dueIndex // of the lines that other slots decide, kept as due is
	waits     *waitIndex
	stages    Stages
	steps     map[stock.Bucket]*stock.Handover // the last of each bucket that ever moved
	placed    bool                             // the rows of buckets say how a location is placed
	following bool                             // items of one change buckets: see stock.Following
	reader    stock.HoldReader                 // of what is read when the slot starts
	unnoted   []*stock.Event                   // that due and legs do not include yet
	left      []stock.Bucket                   // that have left, and whose lines are still in due and legs
	frozen    map[stock.ItemKey]error
	// forgotten counts how often what can be loaded again was dropped.
	forgotten int
	// losses counts the events after which a changed row may be missing here: rows
	// that were dropped, and records of others.
	losses int
}

// itemEntry is one item: as committed, and as the group of generation gen would
// leave it. cur is nil while the item does not exist. Generation gen may be a
// sketch, made while another group is being stored. If that other group has changed
// the item too, before is the item as it leaves it.
type itemEntry struct {
	cur    *stock.Item
	next   *stock.Item
	before *stock.Item
	gen    uint64
}

// orderEntry is what is known of an order's holds; before is as in itemEntry.
type orderEntry struct {
	cur    []seenHold
	next   []seenHold
	before []seenHold
	gen    uint64
	// complete says that there are no other holds than these.
	complete bool
}

// seenHold is a hold and the record that last changed it.
type seenHold struct {
	*stock.Hold
	seq     engine.Seq
	changed bool // by the current group
}

// StoredKey is where the outcome of a key is.
type StoredKey struct {
	Print [16]byte
	seq   engine.Seq
	index uint32
}

func newMemory(o Options) *memory {
	return &memory{
		items:    newGenerations[stock.ItemKey, *itemEntry](o.Items),
		orders:   newGenerations[stock.OrderKey, *orderEntry](o.Orders),
		products: newGenerations[engine.ProductKey, []stock.ItemKey](o.Items/8 + 1),
		keys:     newGenerations[engine.KeyID, StoredKey](o.Orders),
		due:      newDueIndex(),
		legs:     newDueIndex(),
		waits:    newWaitIndex(),
		frozen:   map[stock.ItemKey]error{},
	}
}

// forget drops what can be loaded again.
func (m *memory) forget() {
	m.forgotten++
	m.losses++
	m.items.clear()
	m.orders.clear()
	m.products.clear()
	m.keys.clear()
}

// addItem remembers a row read at m.seq and returns its entry.
func (m *memory) addItem(key stock.ItemKey, row *engine.ItemRow) (*itemEntry, error) {
	if e, ok := m.items.get(key); ok {
		return e, nil
	}
	e := &itemEntry{}
	if row != nil {
		it, err := stock.DecodeItem(row.Key, row.Packed)
		if err != nil {
			return nil, fmt.Errorf("item row %q at %q: %w", key.Product, key.Location, errors.Join(err, engine.ErrBroken))
		}
		it.Bucket = row.Bucket
		e.cur = it
		if err := it.Sound(); err != nil {
			m.frozen[key] = err
		}
	}
	m.items.put(key, e)
	return e, nil
}

// addOrder remembers all rows of an order read at m.seq. A sketch's changes of the
// order go with its entry: the sketch is not resumed then.
func (m *memory) addOrder(key stock.OrderKey, rows []*engine.HoldRow) error {
	e, ok := m.orders.get(key)
	if ok && e.complete {
		return nil
	}
	holds, err := decodeHolds(rows)
	if err != nil {
		return err
	}
	if ok && (e.next != nil || e.before != nil) {
		m.losses++
	}
	m.orders.put(key, &orderEntry{cur: holds, complete: true})
	return nil
}

func decodeHolds(rows []*engine.HoldRow) ([]seenHold, error) {
	var holds []seenHold
	for _, r := range rows {
		h, err := stock.DecodeHold(r.Key, r.Packed)
		if err != nil {
			return nil, fmt.Errorf("hold row of order %q: %w", r.Key.Order, errors.Join(err, engine.ErrBroken))
		}
		holds = append(holds, seenHold{Hold: h, seq: r.Seq})
	}
	slices.SortFunc(holds, func(a, b seenHold) int { return int(a.Key.Bucket) - int(b.Key.Bucket) })
	return holds, nil
}

// add remembers everything that was loaded for a want at m.seq, also that wanted
// rows which are missing do not exist.
func (m *memory) add(w engine.Want, l *engine.Loaded) error {
	for i := range l.Items {
		if _, err := m.addItem(l.Items[i].Key, &l.Items[i]); err != nil {
			return err
		}
	}
	for _, k := range w.Items {
		if _, err := m.addItem(k, nil); err != nil {
			return err
		}
	}
	if len(w.Orders) > 0 {
		rows := map[stock.OrderKey][]*engine.HoldRow{}
		for i := range l.Holds {
			rows[l.Holds[i].Key.OrderKey] = append(rows[l.Holds[i].Key.OrderKey], &l.Holds[i])
		}
		for _, k := range w.Orders {
			if err := m.addOrder(k, rows[k]); err != nil {
				return err
			}
		}
	}
	for _, p := range w.Products {
		if _, ok := m.products.get(p); ok {
			continue
		}
		var keys []stock.ItemKey
		for i := range l.Items {
			if k := l.Items[i].Key; k.Tenant == p.Tenant && k.Product == p.Product && !k.Hidden() {
				keys = append(keys, k)
			}
		}
		// Engines load items in any order; reads show them in this one.
		slices.SortFunc(keys, stock.ItemKey.Compare)
		m.products.put(p, keys)
	}
	for _, k := range l.Keys {
		m.keys.put(k.ID, StoredKey{Print: k.Print, seq: k.Seq, index: k.Index})
	}
	return nil
}

// addToProduct adds a new item to its product's list, when the list is known.
func (m *memory) addToProduct(key stock.ItemKey) {
	if key.Hidden() {
		return
	}
	p := engine.ProductKey{Tenant: key.Tenant, Product: key.Product}
	keys, ok := m.products.get(p)
	if !ok {
		return
	}
	at, found := slices.BinarySearchFunc(keys, key, stock.ItemKey.Compare)
	if !found {
		m.products.put(p, slices.Insert(slices.Clone(keys), at, key))
	}
}

// frees returns the accounts of the remembered item whose held units would help a
// hold on the channel that wants the lot.
func (m *memory) frees(k stock.ItemKey, channel string, lot stock.Lot, now stock.Time) []stock.Account {
	if e, ok := m.items.get(k); ok {
		return frees(e.cur, channel, lot, now)
	}
	return stock.Draws(channel)
}

// follow folds the record of another writer into the memory, and returns its
// entries; nil when their texts cannot be read.
func (m *memory) follow(r *engine.Record) (entries []*stock.Event, err error) {
	if r.Seq != m.seq+1 {
		return nil, fmt.Errorf("record %d does not follow %d: %w", r.Seq, m.seq, engine.ErrBroken)
	}
	v, err := stock.ParseRecord(r.Body)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", r.Seq, errors.Join(err, engine.ErrBroken))
	}
	switch {
	case v.Hash() != r.Hash:
		return nil, fmt.Errorf("record %d is not what its hash says: %w", r.Seq, engine.ErrBroken)
	case v.Header().Prev != m.hash:
		return nil, fmt.Errorf("record %d does not follow the record %d that was seen: %w", r.Seq, m.seq, engine.ErrLost)
	}
	m.dues()
	m.losses++
	b := &followBook{m: m, seq: r.Seq}
	whole := v.Attach(r.Text) == nil // a damaged text is reported by the readers that need it
	entries = make([]*stock.Event, v.Len())
	var steps []*stock.Handover // the last steps, at any place in the record
	var spread *stock.Spread
	err = v.Events(func(i int, ev *stock.Event) error {
		entries[i] = ev
		stock.Apply(b, ev)
		m.noteLines(ev)
		if ev.Handover != nil {
			steps = append(steps, ev.Handover)
		}
		if ev.Spread != nil {
			spread = ev.Spread
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", r.Seq, errors.Join(err, engine.ErrBroken))
	}
	for _, h := range steps {
		m.step(h)
	}
	if spread != nil {
		m.keepRows(spread.Rows(m.row))
	}
	m.seq, m.hash, m.at = r.Seq, r.Hash, r.At
	m.trail.note(r.Seq, r.Hash)
	if !whole {
		entries = nil
	}
	return entries, nil
}

// dues returns the index of due lines as of seq. The callers of a group are
// answered before its lines are noted, so that they come back meanwhile; a reader
// that looks in between notes them.
func (m *memory) dues() *dueIndex {
	for _, ev := range m.unnoted {
		m.noteLines(ev)
	}
	m.unnoted = nil
	return m.due
}

// noteLines updates the indexes with the lines that an event changed.
func (m *memory) noteLines(ev *stock.Event) {
	for i := range ev.Lines {
		if !ev.Lines[i].Changed {
			continue
		}
		l, b := &ev.Lines[i].Line, ev.Lines[i].Bucket
		if ev.Leaves == nil || *ev.Leaves != b {
			m.waits.note(ev.Order, b, l) // a line that leaves has arrived in another bucket earlier in this event
		}
		switch {
		case ev.Op == stock.OpPlace:
			m.indexOf(l).add(ev.Order, b, l) // a place changes no line, it makes new ones
		case ev.Leaves != nil && *ev.Leaves == b:
			m.indexOf(l).forget(ev.Order, b, l.Item)
		default:
			if ev.Op == stock.OpPart || ev.Op == stock.OpArrive || ev.Op == stock.OpRehouse {
				m.otherIndex(l).forget(ev.Order, b, l.Item) // a leg has become a line of its own, or the other way round
			}
			m.indexOf(l).note(ev.Order, b, l)
		}
	}
	if len(m.waits.items) > 0 {
		m.waits.noteItems(ev, m.at)
	}
}

// followBook applies events to what is remembered and drops the rest. Values in cur
// are replaced, so a reader that holds one keeps a consistent one.
type followBook struct {
	m   *memory
	seq engine.Seq
}

func (b *followBook) Item(k stock.ItemKey) *stock.Item {
	if e, ok := b.m.items.get(k); ok {
		return e.cur
	}
	return nil
}

func (b *followBook) Order(k stock.OrderKey) []*stock.Hold { return nil }

func (b *followBook) EditItem(k stock.ItemKey) *stock.Item {
	e, ok := b.m.items.get(k)
	if !ok {
		// Not remembered: the change goes to an item that nobody keeps. A new item
		// must still be listed under its product.
		b.m.addToProduct(k)
		return &stock.Item{Key: k}
	}
	if e.cur == nil {
		b.m.addToProduct(k)
		e.cur = &stock.Item{Key: k}
	} else {
		e.cur = e.cur.Clone()
	}
	return e.cur
}

func (b *followBook) EditHold(k stock.HoldKey) *stock.Hold {
	e, ok := b.m.orders.get(k.OrderKey)
	if !ok {
		return &stock.Hold{Key: k}
	}
	cur := slices.Clone(e.cur)
	e.cur = cur
	for i := range cur {
		if cur[i].Key.Bucket == k.Bucket {
			cur[i] = seenHold{Hold: cur[i].Clone(), seq: b.seq}
			return cur[i].Hold
		}
	}
	h := &stock.Hold{Key: k}
	if !e.complete {
		// The hold may exist without being remembered: the known part of the order
		// is not enough to apply the change to.
		b.m.orders.drop(k.OrderKey)
		return h
	}
	e.cur = append(e.cur, seenHold{Hold: h, seq: b.seq})
	slices.SortFunc(e.cur, func(a, b seenHold) int { return int(a.Key.Bucket) - int(b.Key.Bucket) })
	return h
}

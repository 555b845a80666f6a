package audit

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// script writes logs for CheckSlot to read: it decides commands on books of its own
// and appends the outcomes. It shares no code with the committer, so that a mistake
// there is not repeated here.
type script struct {
	eng     engine.Engine
	builder *stock.RecordBuilder
	items   map[stock.ItemKey]*stock.Item
	holds   map[stock.OrderKey][]*stock.Hold
	changed map[stock.HoldKey]engine.Seq
	stored  map[stock.ItemKey]bool
	seq     engine.Seq
	hash    [32]byte
	now     stock.Time
	// hidden are the buckets whose holds no command sees, because they are coming.
	hidden map[stock.Bucket]bool
	// spoil, when set, changes the events of a move before they are stored.
	spoil func(*stock.Event)
	skip  func(stock.Command) bool
	// recalled are the key rows of the next record, which has nothing but recalls.
	recalled []engine.KeyRow
	keys     map[engine.KeyID]bool // those that came from another slot
}

func newScript(e engine.Engine) *script {
	return &script{
		eng: e, builder: stock.NewRecordBuilder(),
		items: map[stock.ItemKey]*stock.Item{}, holds: map[stock.OrderKey][]*stock.Hold{},
		changed: map[stock.HoldKey]engine.Seq{}, stored: map[stock.ItemKey]bool{}, now: 1_700_000_000_000,
		hidden: map[stock.Bucket]bool{}, keys: map[engine.KeyID]bool{},
	}
}

func (s *script) Item(k stock.ItemKey) *stock.Item { return s.items[k] }
func (s *script) Order(k stock.OrderKey) []*stock.Hold {
	if len(s.hidden) == 0 {
		return s.holds[k]
	}
	return slices.DeleteFunc(slices.Clone(s.holds[k]), func(h *stock.Hold) bool { return s.hidden[h.Key.Bucket] })
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

// do decides the commands and stores the outcomes, refusals too, as one
// record. Each has a key.
func (s *script) do(t testing.TB, commands ...stock.Command) {
	t.Helper()
	s.now += 1000
	var events []*stock.Event
	for _, c := range commands {
		e, err := stock.Decide(s, c, s.now)
		var refusal *stock.Refusal
		var elsewhere *stock.Elsewhere
		switch {
		case errors.As(err, &elsewhere):
			continue
		case errors.As(err, &refusal):
			if !refusal.Kept() {
				continue
			}
			e = stock.Event{Op: c.Op(), Tenant: testTenant, Order: c.Reach().Order.Order, Refusal: refusal}
		case err != nil:
			t.Fatalf("decide %#v: %v", c, err)
		}
		s.link(&e)
		stock.Apply(s, &e)
		events = append(events, &e)
	}
	s.store(t, events...)
}

// link fills in which records changed the holds of the event before.
func (s *script) link(e *stock.Event) {
	for i := range e.Lines {
		if l := &e.Lines[i]; l.Changed {
			l.Prev = uint64(s.changed[stock.HoldKey{OrderKey: stock.OrderKey{Tenant: e.Tenant, Order: e.Order}, Bucket: l.Bucket}])
		}
	}
}

// store appends events that were applied as one record.
func (s *script) store(t testing.TB, events ...*stock.Event) {
	t.Helper()
	if len(events) == 0 {
		return
	}
	seq := s.seq + 1
	s.builder.Reset(stock.RecordHeader{Seq: uint64(seq), At: s.now, Nonce: uint64(seq), Prev: s.hash})
	g := &engine.Group{}
	items, holds := map[stock.ItemKey]bool{}, map[stock.HoldKey]bool{}
	var refs []stock.EntryRef // of entries with a key
	var buckets []stock.Bucket
	for _, e := range events {
		for i := range e.Lines {
			if e.Lines[i].Changed {
				holds[stock.HoldKey{OrderKey: stock.OrderKey{Tenant: e.Tenant, Order: e.Order}, Bucket: e.Lines[i].Bucket}] = true
			}
		}
		for i := range e.Items {
			if e.Items[i].Changed {
				items[e.Items[i].Key] = true
			}
		}
		ref, err := s.builder.Add(e)
		if err != nil {
			t.Fatal(err)
		}
		if e.Handover != nil {
			g.Buckets = append(g.Buckets, engine.BucketRow{Bucket: e.Handover.Bucket, Seq: seq, Packed: stock.AppendHandover(nil, e.Handover)})
		}
		if !e.Op.Internal() {
			refs = append(refs, ref)
			buckets = append(buckets, bucketOfKey(e))
		}
	}
	body, hash, text := s.builder.Finish([16]byte{byte(seq), byte(seq >> 8), 1})
	g.Record, g.Text = engine.Record{Seq: seq, At: s.now, Nonce: uint64(seq), Hash: hash, Body: body}, text
	for k := range items {
		g.Items = append(g.Items, s.itemRow(k))
	}
	for k := range holds {
		h := s.EditHold(k)
		row := engine.HoldRow{Key: k, Fresh: s.changed[k] == 0, Open: h.Open(), Seq: seq, Packed: stock.AppendHold(nil, h)}
		for _, l := range h.Lines {
			if l.End == stock.Open && l.Deadline > 0 && (row.Deadline == 0 || l.Deadline < row.Deadline) {
				row.Deadline = l.Deadline
			}
		}
		g.Holds = append(g.Holds, row)
		s.changed[k] = seq
	}
	for i, ref := range refs {
		g.Keys = append(g.Keys, engine.KeyRow{
			ID:     engine.KeyID{byte(seq), byte(seq >> 8), byte(seq >> 16), byte(i), byte(i >> 8)},
			Bucket: buckets[i], Seq: seq, Index: uint32(s.builder.Index(ref)),
		})
	}
	for i := range s.recalled {
		r := &s.recalled[i] // each is an entry of a record of its own kind
		r.Seq, r.Index = seq, uint32(i)
		g.Keys = append(g.Keys, *r)
	}
	s.recalled = nil
	if err := s.eng.Append(t.Context(), s.seq, g); err != nil {
		t.Fatalf("append %d: %v", seq, err)
	}
	s.seq, s.hash = seq, hash
}

func (s *script) itemRow(k stock.ItemKey) engine.ItemRow {
	fresh := !s.stored[k]
	s.stored[k] = true
	it := s.items[k]
	f := it.Figures()
	return engine.ItemRow{
		Key: k, Bucket: it.Bucket, Fresh: fresh, Available: f.Available, Held: f.Held, OnHand: f.OnHand,
		Threshold: it.Threshold, Tracked: it.Tracked, OnSale: it.OnSale, Low: it.Low(),
		Version: it.Version, UpdatedAt: it.UpdatedAt, LapsesAt: it.LapsesAt(), Packed: stock.AppendItem(nil, it),
	}
}

// project keeps a journal that is complete up to the head.
func (s *script) project(t testing.TB) {
	t.Helper()
	e := s.eng
	cursor, err := e.JournalCursor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var rows []engine.JournalRow
	_, err = walkLog(t.Context(), s.eng, Anchor{}, s.seq, func(r *walkedRecord) error {
		if r.seq > cursor {
			journalRows(r, testJournalKeys, func(row *engine.JournalRow) { rows = append(rows, *row) })
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(rows, func(a, b engine.JournalRow) int { return cmp.Or(a.Item.Compare(b.Item), cmp.Compare(a.Seq, b.Seq)) })
	if err := e.AddJournal(t.Context(), cursor, s.seq, slices.Compact(rows)); err != nil {
		t.Fatal(err)
	}
}

// bucketOfKey is the bucket of the event's key.
func bucketOfKey(e *stock.Event) stock.Bucket {
	switch {
	case len(e.Items) > 0:
		return e.Items[0].Bucket
	case len(e.Lines) > 0:
		return e.Lines[0].Bucket
	}
	return 0
}

func testJournalKeys(e *stock.Event, fn func(stock.ItemKey)) {
	for i := range e.Items {
		if e.Items[i].Changed && !e.Op.Internal() {
			fn(e.Items[i].Key)
		}
	}
}

const testTenant = "acme"

func itemKey(location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: testTenant, Location: location, Product: product}
}

func bucketOf(k stock.ItemKey) stock.Bucket { return stock.BucketOf(k.Tenant, k.Location) }

func orderKey(name string) stock.OrderKey { return stock.OrderKey{Tenant: testTenant, Order: name} }

func placeOrder(order string, qty stock.Qty, keys ...stock.ItemKey) stock.Place {
	p := stock.Place{Order: orderKey(order), TTL: 30 * 60 * 1000}
	for _, k := range keys {
		p.Lines = append(p.Lines, stock.Demand{Item: k, Bucket: bucketOf(k), Qty: qty, Known: true})
	}
	return p
}

func openItem(k stock.ItemKey, qty stock.Qty) stock.OpenItem {
	return stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: qty, Tracked: true}
}

// someCommand draws one of all commands, on few items and orders.
func someCommand(t *rapid.T) stock.Command {
	item := func(label string) stock.ItemKey {
		return itemKey(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, label+" at"),
			rapid.SampledFrom([]string{"tea", "soap", "gift"}).Draw(t, label))
	}
	k, to := item("item"), item("other item")
	qty := stock.Qty(rapid.IntRange(1, 5).Draw(t, "qty"))
	order := rapid.SampledFrom([]string{"o1", "o2", "o3", "o4", "o5", "o6"}).Draw(t, "order")
	channel := rapid.SampledFrom([]string{"", "web", "till"}).Draw(t, "channel")
	target := stock.Target{Order: orderKey(order), Keyed: true}
	if rapid.Bool().Draw(t, "one line") {
		target.Item, target.Qty = k, qty
	}
	account := func(label string) stock.Account {
		return rapid.SampledFrom([]stock.Account{stock.Shared, stock.Quota("web"), stock.Damaged, stock.Withheld, stock.Transit("t/1")}).Draw(t, label)
	}
	opening := &stock.Opening{}
	note := stock.Note{Reason: rapid.SampledFrom([]string{"", "counted", "broken"}).Draw(t, "reason")}
	switch rapid.IntRange(0, 20).Draw(t, "command") {
	case 15, 16:
		weight := uint32(qty)
		quota, level := qty, qty/2
		return stock.SetQuotas{
			Item: k, Bucket: bucketOf(k), Open: opening, Note: note, Lower: stock.Lowering(qty % 2),
			Set: []stock.QuotaSetting{{Channel: "web", Quota: &quota, Level: &level}, {Channel: "till", Weight: &weight}},
		}
	case 17:
		return stock.Allot{Item: k, Bucket: bucketOf(k), Keep: qty, Mode: stock.AllotMode(qty % 3), Open: opening}
	case 18:
		return stock.ResetSold{Item: k, Bucket: bucketOf(k), Open: opening}
	case 0:
		o := openItem(k, qty)
		if o.Tracked = k.Product != "gift"; !o.Tracked {
			o.Qty = 0
		}
		return o
	case 1:
		return stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 4 * qty, Open: opening, Note: note}
	case 2:
		return stock.Adjust{Item: k, Bucket: bucketOf(k), Delta: -qty, Note: note}
	case 3:
		return stock.Adjust{Item: k, Bucket: bucketOf(k), Set: true, SetTo: 3 * qty, Note: note}
	case 4:
		return stock.SetThreshold{Item: k, Bucket: bucketOf(k), Threshold: qty, Open: opening}
	case 5:
		return stock.SetSaleStatus{Item: k, Bucket: bucketOf(k), Channel: channel, OnSale: qty > 2, Open: opening}
	case 6:
		return stock.Commit{Target: stock.Target{Order: orderKey(order)}}
	case 7:
		return stock.Extend{Target: stock.Target{Order: orderKey(order)}, TTL: stock.Time(qty) * 60_000}
	case 8:
		return stock.Confirm{Target: target, Note: note}
	case 9:
		return stock.Release{Target: target, Note: note}
	case 10:
		return stock.Expire{Order: orderKey(order)}
	case 11:
		return stock.Move{
			From: stock.Spot{Item: k, Bucket: bucketOf(k), Account: account("from")},
			To:   stock.Spot{Item: to, Bucket: bucketOf(to), Account: account("to")}, Qty: qty, Open: opening,
		}
	case 12:
		return stock.Return{Item: k, Bucket: bucketOf(k), Qty: qty, Order: order, Open: opening}
	case 13:
		return stock.SoldElsewhere{Item: k, Bucket: bucketOf(k), Qty: qty, Order: order, Channel: channel, Open: opening}
	case 19:
		return stock.Shift{Bucket: bucketOf(k), Lines: []stock.ShiftLine{{
			Item: k, Postings: []stock.Posting{{From: stock.Shared, To: stock.Transit("T"), Qty: qty}}, Mark: stock.Transit("T"), Open: opening,
		}}}
	case 14:
		return stock.Observe{Item: k, Bucket: bucketOf(k), Seen: qty, Booked: 4, AsOf: stock.Time(rapid.IntRange(1, 1<<40).Draw(t, "as of")), Source: "shelf"}
	}
	p := placeOrder(order, qty, k, to)
	p.Channel, p.Partial = channel, rapid.Bool().Draw(t, "partial")
	p.TTL = stock.Time(rapid.IntRange(1, 20).Draw(t, "ttl")) * 1000
	return p
}

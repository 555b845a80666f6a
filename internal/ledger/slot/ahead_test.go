package slot

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// TestWhatWasReadAheadIsRememberedWhileItIsSo: rows are read at record 7 in
// parallel with the committer, which is then at another record.
func TestWhatWasReadAheadIsRememberedWhileItIsSo(t *testing.T) {
	t.Parallel()
	const read = 7
	order := stock.OrderKey{Tenant: "t", Order: "o"}
	item := stock.ItemKey{Tenant: "t", Location: "l", Product: "p"}
	is := &stock.Hold{Key: stock.HoldKey{OrderKey: order, Bucket: 1}}
	older := &stock.Hold{Key: is.Key}
	other := &stock.Hold{Key: stock.HoldKey{OrderKey: order, Bucket: 2}}
	for _, tc := range []struct {
		name  string
		since func(*memory)
		kept  bool
		order *stock.Hold // the remembered hold of the order at that time
		item  bool        // it is known whether the item exists
	}{
		{"nothing happened", func(*memory) {}, true, is, true},
		{"groups were stored", func(m *memory) { m.seq = read + 3 }, true, is, true},
		{"a group that is not the memory's yet was read", func(m *memory) { m.seq = read - 1 }, false, nil, false},
		{"a group changed the order", func(m *memory) {
			m.seq++
			m.orders.put(order, &orderEntry{complete: true})
		}, true, nil, true},
		{"a group is making the order", func(m *memory) {
			m.orders.put(order, &orderEntry{next: []seenHold{{Hold: is}}})
		}, true, nil, true},
		{"a hold of the order is known as it was read", func(m *memory) {
			m.orders.put(order, &orderEntry{cur: []seenHold{{Hold: older, seq: 5}}})
		}, true, is, true},
		{"a hold of the order is known as a group has left it since", func(m *memory) {
			m.orders.put(order, &orderEntry{cur: []seenHold{{Hold: older, seq: read + 1}}})
		}, true, older, true},
		{"a hold of the order is known that was not there", func(m *memory) {
			m.orders.put(order, &orderEntry{cur: []seenHold{{Hold: other, seq: 5}}})
		}, true, other, true},
		{"another node stored a record", func(m *memory) {
			m.seq++
			m.losses++
		}, false, nil, false},
		{"the memory was emptied", func(m *memory) { m.forget() }, false, nil, false},
		{"what was not used lately was dropped", func(m *memory) {
			for _, o := range []string{"a", "b", "c", "d"} {
				m.orders.put(stock.OrderKey{Order: o}, &orderEntry{})
			}
		}, false, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := Defaults()
			o.Orders = 3
			m := newMemory(o)
			m.seq = read
			a := &ahead{
				mark: m.mark(), head: read, want: engine.Want{Orders: []stock.OrderKey{order}, Items: []stock.ItemKey{item}},
				orders: map[stock.OrderKey][]seenHold{order: {{Hold: is, seq: 5}}}, items: &engine.Loaded{},
			}
			tc.since(m)
			if kept := m.addAhead(a); kept != tc.kept {
				t.Errorf("kept: %t, want %t", kept, tc.kept)
			}
			var got *stock.Hold
			if e, ok := m.orders.get(order); ok && len(e.cur) > 0 {
				got = e.cur[0].Hold
			}
			if got != tc.order {
				t.Errorf("the order is remembered as %v, want %v", got, tc.order)
			}
			if _, ok := m.items.get(item); ok != tc.item {
				t.Errorf("the item is remembered: %t, want %t", ok, tc.item)
			}
		})
	}
}

// TestARecordOfAnotherNodeIsALoss: what it changed may not be remembered.
func TestARecordOfAnotherNodeIsALoss(t *testing.T) {
	t.Parallel()
	m := newMemory(Defaults())
	before := m.mark()
	b := stock.NewRecordBuilder()
	b.Reset(stock.RecordHeader{Seq: 1, At: 1, Nonce: 1})
	if _, err := b.Add(&stock.Event{Op: stock.OpExpire, Tenant: "t", Order: "o"}); err != nil {
		t.Fatal(err)
	}
	body, hash, _ := b.Finish([16]byte{})
	if _, err := m.follow(&engine.Record{Seq: 1, At: 1, Nonce: 1, Hash: hash, Body: body}); err != nil {
		t.Fatal(err)
	}
	if after := m.mark(); after.seq != 1 || after.losses == before.losses {
		t.Errorf("the mark is %+v behind it, %+v before", after, before)
	}
}

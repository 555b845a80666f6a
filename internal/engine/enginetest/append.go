package enginetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var appendTests = []test{
	{"an empty slot has head 0 and nothing in it", func(t *testing.T, e engine.Engine) {
		mustBe(t, e, 0)
		l := mustLoad(t, e, engine.Want{Items: []stock.ItemKey{itemKey(1)}, Keys: []engine.KeyID{keyID(1)}})
		if d := diffLoaded(&engine.Loaded{}, l); d != "" {
			t.Error(d)
		}
	}},
	{"what was appended is there, record by record and row by row", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 60)
		mustBe(t, e, 60)
	}},
	{"a stale writer is told so and stores nothing", staleWriter},
	{"a writer whose record is not in the log any more stores nothing and stops", func(t *testing.T, e engine.Engine) { forkedLog(t, e, false) }},
	{"a writer with the lock whose record is not in the log any more stores nothing and stops", func(t *testing.T, e engine.Engine) { forkedLog(t, e, true) }},
	{"a group that contradicts itself is refused and stores nothing", contradictions},
	{"a group of nothing but a record is stored", func(t *testing.T, e engine.Engine) {
		mustAppend(t, e, recordGroup(1))
		recs, err := e.Read(t.Context(), 0, 10)
		if err != nil || len(recs) != 1 {
			t.Fatalf("read %d records, %v", len(recs), err)
		}
		if d := diff(Record(1), recs[0]); d != "" {
			t.Error(d)
		}
	}},
	{"the group may be reused as soon as Append has returned", reuse},
	{"a body of several megabytes comes back as it was", bigBody},
	{"a group of 1,024 commands is stored whole", bigGroup},
	{"the largest figures and times and empty bytes come back as they were", extremes},
	{"an item row that is said to be fresh and exists, or the other way round, stores nothing", wrongFresh},
	{"an unknown hold that is not said to be fresh is stored", func(t *testing.T, e engine.Engine) {
		g := recordGroup(1)
		h := nthHold(1, 1)
		h.Fresh = false
		g.Holds = []engine.HoldRow{h}
		mustAppend(t, e, g)
		l := mustLoad(t, e, engine.Want{Orders: []stock.OrderKey{h.Key.OrderKey}})
		if d := diff([]engine.HoldRow{h}, l.Holds); d != "" {
			t.Error(d)
		}
	}},
	{"the low flag of an item goes on and off", lowFlag},
}

func staleWriter(t *testing.T, e engine.Engine) {
	Fill(t, e, 5)
	for _, after := range []engine.Seq{0, 3, 4, 6, 99} {
		g := Nth(after + 1)
		g.Ask = false
		for i := range g.Holds {
			g.Holds[i].Key.Order += "-stale" // what exists is another promise
			g.Holds[i].Fresh = true
		}
		for i := range g.Keys {
			g.Keys[i].ID[0] ^= 1
		}
		if err := e.Append(t.Context(), after, g); !errors.Is(err, engine.ErrMoved) {
			t.Errorf("append behind %d at head 5: %v, want ErrMoved", after, err)
		}
		g.Ask = true
		if err := e.Append(t.Context(), after, g); !errors.Is(err, engine.ErrMoved) {
			t.Errorf("append behind %d at head 5, asking: %v, want ErrMoved", after, err)
		}
	}
	mustContinue(t, e, 5, 8)
}

// forkedLog appends behind a record that has the number of the newest one and
// another hash: the writer has slept through a failover that lost its record,
// and another has been stored in its place.
func forkedLog(t *testing.T, e engine.Engine, lock bool) {
	Fill(t, e, 5)
	store := func(g *engine.Group) error {
		if !lock {
			return e.Append(t.Context(), 5, g)
		}
		w, err := e.Lock(t.Context())
		if err != nil {
			return err
		}
		defer w.Unlock()
		return w.Append(t.Context(), 5, g)
	}
	forked := Nth(6)
	forked.Prev[0] ^= 1
	if err := store(forked); !errors.Is(err, engine.ErrLost) || errors.Is(err, engine.ErrUnknown) {
		t.Errorf("append behind a record that is not in the log: %v, want ErrLost", err)
	}
	mustBe(t, e, 5)
	if err := store(Nth(6)); !errors.Is(err, engine.ErrLost) {
		t.Errorf("the next append of the same engine: %v, want ErrLost", err)
	}
	mustBe(t, e, 5)
}

func contradictions(t *testing.T, e engine.Engine) {
	Fill(t, e, 3)
	for what, spoil := range map[string]func(*engine.Group){
		"a record that does not follow the head":  func(g *engine.Group) { g.Record.Seq = 5 },
		"a hold changed by another record":        func(g *engine.Group) { g.Holds[0].Seq = 3 },
		"a key of another record":                 func(g *engine.Group) { g.Keys[0].Seq = 3 },
		"a key of an entry past the last":         func(g *engine.Group) { g.Keys[0].Index = engine.MaxIndex },
		"an item in a bucket that does not exist": func(g *engine.Group) { g.Items[0].Bucket = stock.Buckets },
		"a hold in a bucket that does not exist":  func(g *engine.Group) { g.Holds[0].Key.Bucket = stock.Buckets },
		"a key in a bucket that does not exist":   func(g *engine.Group) { g.Keys[0].Bucket = stock.Buckets },
	} {
		g := Nth(4)
		spoil(g)
		if err := e.Append(t.Context(), 3, g); err == nil || errors.Is(err, engine.ErrBroken) {
			t.Errorf("%s: %v, want an error of its own", what, err)
		}
	}
	mustContinue(t, e, 3, 4)
}

func reuse(t *testing.T, e engine.Engine) {
	g := Nth(5)
	g.Prev = [32]byte{}
	g.Record.Seq, g.Keys[0].Seq, g.Holds[0].Seq, g.Holds[1].Seq = 1, 1, 1, 1
	mustAppend(t, e, g)
	for _, b := range [][]byte{g.Record.Body, g.Text, g.Items[0].Packed, g.Holds[0].Packed, g.Holds[1].Packed} {
		clear(b)
	}
	want := Nth(5)
	recs, err := e.Read(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff([][]byte{want.Record.Body, want.Text}, [][]byte{recs[0].Body, recs[0].Text}); d != "" {
		t.Error(d)
	}
	// Rows and records that were read belong to the reader as well.
	clear(recs[0].Body)
	l := mustLoad(t, e, engine.Want{Items: []stock.ItemKey{itemKey(5)}, Orders: []stock.OrderKey{holdKey(5).OrderKey}})
	if d := diff([][]byte{want.Items[0].Packed, want.Holds[0].Packed}, [][]byte{l.Items[0].Packed, l.Holds[0].Packed}); d != "" {
		t.Error(d)
	}
	clear(l.Items[0].Packed)
	again := mustLoad(t, e, engine.Want{Items: []stock.ItemKey{itemKey(5)}})
	if d := diff(want.Items[0].Packed, again.Items[0].Packed); d != "" {
		t.Error(d)
	}
}

func bigBody(t *testing.T, e engine.Engine) {
	for n := engine.Seq(1); n <= 3; n++ {
		g := recordGroup(n)
		g.Record.Body = noise(n, 3<<20+int(n))
		g.Text = noise(n+9, 1<<20)
		mustAppend(t, e, g)
	}
	for n := engine.Seq(1); n <= 3; n++ {
		recs, err := e.Read(t.Context(), n-1, 1)
		if err != nil || len(recs) != 1 {
			t.Fatalf("read %d records behind %d, %v", len(recs), n-1, err)
		}
		if string(recs[0].Body) != string(noise(n, 3<<20+int(n))) || string(recs[0].Text) != string(noise(n+9, 1<<20)) {
			t.Errorf("record %d came back changed", n)
		}
	}
}

func bigGroup(t *testing.T, e engine.Engine) {
	const size = 1024
	g := recordGroup(1)
	var w engine.Want
	want := &engine.Loaded{Head: 1}
	for i := range size {
		it := nthItem(1)
		it.Key.Product = fmt.Sprintf("big-%d", i)
		h := nthHold(engine.Seq(i+1), engine.Seq(i+1))
		h.Seq = 1
		k := nthKey(engine.Seq(i + 1))
		k.Seq, k.Index = 1, uint32(i)
		g.Items, g.Holds, g.Keys = append(g.Items, it), append(g.Holds, h), append(g.Keys, k)
		w.Items, w.Keys = append(w.Items, it.Key), append(w.Keys, k.ID)
		w.Orders = append(w.Orders, h.Key.OrderKey)
		h.Fresh = false
		want.Items, want.Holds, want.Keys = append(want.Items, stored(it)), append(want.Holds, h), append(want.Keys, k)
	}
	mustAppend(t, e, g)
	if d := diffLoaded(want, mustLoad(t, e, w)); d != "" {
		t.Error(d)
	}
	again := &engine.Group{Record: Record(2), Holds: g.Holds, Keys: g.Keys}
	for i := range size {
		again.Holds[i].Seq, again.Keys[i].Seq = 2, 2
	}
	for _, ask := range []bool{false, true} {
		again.Ask = ask
		var exists *engine.ExistsError
		err := e.Append(t.Context(), 1, again)
		if !errors.As(err, &exists) || len(exists.Keys) != size || len(exists.Holds) != size {
			t.Errorf("the same 1,024 again, ask %t: %v, want an ExistsError that names all", ask, err)
		}
	}
}

func extremes(t *testing.T, e engine.Engine) {
	g := recordGroup(1)
	g.Record.At, g.Record.Nonce, g.Record.Body = math.MaxInt64, math.MaxUint64, nil
	for i, q := range []int64{0, int64(stock.MaxQty)} {
		g.Items = append(g.Items, engine.ItemRow{
			Key:    stock.ItemKey{Tenant: "t", Location: "l", Product: "p", Lot: fmt.Sprint(i)},
			Bucket: stock.Buckets - 1, Fresh: true,
			Available: stock.Qty(q), Held: stock.Qty(q), OnHand: stock.Qty(q), Threshold: stock.Qty(q),
			Version: math.MaxInt64 * uint64(i), UpdatedAt: math.MaxInt64 * stock.Time(i),
			LapsesAt: math.MaxInt64 * stock.Time(i),
		})
		g.Holds = append(g.Holds, engine.HoldRow{
			Key:   stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: "o"}, Bucket: stock.Bucket(i * 1023)},
			Fresh: true, Open: true, Deadline: math.MaxInt64 * stock.Time(i), Seq: 1,
		})
	}
	g.Keys = []engine.KeyRow{{Bucket: 1023, Seq: 1, Index: 0}, {ID: engine.KeyID{255}, Print: [16]byte{255}, Seq: 1, Index: 1<<20 - 1}}
	mustAppend(t, e, g)
	want := &engine.Loaded{Head: 1, Keys: g.Keys}
	w := engine.Want{Orders: []stock.OrderKey{g.Holds[0].Key.OrderKey}, Keys: []engine.KeyID{g.Keys[0].ID, g.Keys[1].ID}}
	for i := range g.Items {
		w.Items = append(w.Items, g.Items[i].Key)
		want.Items = append(want.Items, stored(g.Items[i]))
		h := g.Holds[i]
		h.Fresh = false
		want.Holds = append(want.Holds, h)
	}
	if d := diffLoaded(want, mustLoad(t, e, w)); d != "" {
		t.Error(d)
	}
	recs, err := e.Read(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff([]engine.Record{g.Record}, recs); d != "" {
		t.Error(d)
	}
}

func wrongFresh(t *testing.T, e engine.Engine) {
	Fill(t, e, 8)
	for _, fresh := range []bool{true, false} {
		g := Nth(9)
		g.Items = append(g.Items, nthItem(3))
		g.Items[1].Fresh = fresh
		if !fresh {
			g.Items[1].Key.Product = "unheard of"
		}
		err := e.Append(t.Context(), 8, g)
		if err == nil || errors.Is(err, engine.ErrMoved) || errors.Is(err, engine.ErrBroken) {
			t.Errorf("item with fresh %t against the facts: %v, want an error of its own", fresh, err)
		}
	}
	mustContinue(t, e, 8, 9)
}

func lowFlag(t *testing.T, e engine.Engine) {
	row := nthItem(1)
	for n, low := range []bool{true, false, true, true, false, false, true} {
		g := recordGroup(engine.Seq(n + 1))
		row.Fresh, row.Low, row.Version = n == 0, low, uint64(n+1)
		g.Items = []engine.ItemRow{row}
		mustAppend(t, e, g)
		got := 0
		_, err := e.ScanItems(t.Context(), engine.ItemScan{All: true, Low: true}, func(r *engine.ItemRow) error {
			got++
			if !r.Low || r.Version != uint64(n+1) {
				t.Errorf("row of record %d: low %t, version %d", n+1, r.Low, r.Version)
			}
			return nil
		})
		if err != nil || got != map[bool]int{true: 1}[low] {
			t.Errorf("after record %d (low %t) the low list has %d rows, %v", n+1, low, got, err)
		}
	}
}

// stores reports whether the group of an append that ended with err is stored.
// It fails the test when the error is wrong about that.
func stores(t *testing.T, e engine.Engine, after engine.Seq, err error) bool {
	t.Helper()
	if errors.Is(err, engine.ErrUnknown) {
		if _, err := e.Read(t.Context(), after, 1); err != nil { // from here on it is there or never will be
			t.Fatalf("read: %v", err)
		}
	}
	h, herr := e.Head(context.WithoutCancel(t.Context()))
	if herr != nil {
		t.Fatalf("head: %v", herr)
	}
	switch {
	case err == nil && h != after+1:
		t.Fatalf("append behind %d returned nil, the head is at %d", after, h)
	case err != nil && !errors.Is(err, engine.ErrUnknown) && h != after:
		t.Fatalf("append behind %d returned %v, the head is at %d", after, err, h)
	}
	return h == after+1
}

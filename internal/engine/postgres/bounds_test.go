package postgres_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/stock"
)

func TestAGroupAtItsBoundsIsStoredWhole(t *testing.T) {
	t.Parallel()
	const commands, lines, size = 1024, 8192, 1 << 20
	e := open(t, newSlots(t).next())
	defer e.Close()
	for seq := engine.Seq(1); seq <= 2; seq++ {
		g := &engine.Group{Record: enginetest.Record(seq), Text: make([]byte, size/4)}
		g.Record.Body = make([]byte, size)
		for i := range lines {
			g.Items = append(g.Items, engine.ItemRow{
				Key:    stock.ItemKey{Tenant: "t", Location: "l", Product: fmt.Sprintf("product-%d", i)},
				Bucket: 7, Fresh: seq == 1, Version: uint64(seq), Packed: make([]byte, 100),
			})
		}
		for i := range commands {
			g.Holds = append(g.Holds, engine.HoldRow{
				Key:   stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: fmt.Sprintf("order-%d", i)}, Bucket: 7},
				Fresh: seq == 1, Open: seq == 1, Seq: seq, Packed: make([]byte, 400),
			})
			k := engine.KeyRow{Seq: seq, Index: uint32(i)}
			copy(k.ID[:], fmt.Sprintf("key-%d-%d", seq, i))
			g.Keys = append(g.Keys, k)
		}
		if err := e.Append(t.Context(), seq-1, g); err != nil {
			t.Fatal(err)
		}
		items, holds, keys := 0, 0, 0
		_, ierr := e.ScanItems(t.Context(), engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
			if r.Version == uint64(seq) {
				items++
			}
			return nil
		})
		_, herr := e.ScanHolds(t.Context(), engine.HoldScan{Open: seq == 1}, func(r *engine.HoldRow) error {
			if r.Seq == seq {
				holds++
			}
			return nil
		})
		_, kerr := e.ScanKeys(t.Context(), seq, seq, func(*engine.KeyRow) error { keys++; return nil })
		if err := errors.Join(ierr, herr, kerr); err != nil || items != lines || holds != commands || keys != commands {
			t.Errorf("record %d: %d items, %d holds, %d keys, %v", seq, items, holds, keys, err)
		}
		recs, err := e.Read(t.Context(), seq-1, 10)
		if err != nil || len(recs) != 1 || len(recs[0].Body) != size {
			t.Errorf("record %d: read %d, %v", seq, len(recs), err)
		}
	}
}

func TestReadEndsItsAnswerBeforeItIsTooBig(t *testing.T) {
	t.Parallel()
	e := open(t, newSlots(t).next())
	defer e.Close()
	const size, records = 6 << 20, 5
	for seq := engine.Seq(1); seq <= records; seq++ {
		g := &engine.Group{Record: enginetest.Record(seq)}
		g.Record.Body = make([]byte, size)
		if err := e.Append(t.Context(), seq-1, g); err != nil {
			t.Fatal(err)
		}
	}
	for after, want := range []int{3, 3, 3, 2, 1, 0} { // 16 MB and what is begun
		if recs, err := e.Read(t.Context(), engine.Seq(after), 100); err != nil || len(recs) != want {
			t.Errorf("behind %d: %d records, %v, want %d", after, len(recs), err, want)
		}
	}
}

func TestAFigureOutOfRangeIsRefusedByTheTables(t *testing.T) {
	t.Parallel()
	e := open(t, newSlots(t).next())
	defer e.Close()
	enginetest.Fill(t, e, 7)
	for what, spoil := range map[string]func(*engine.Group){
		"available below 0":         func(g *engine.Group) { g.Items[0].Available = -1 },
		"held above the most":       func(g *engine.Group) { g.Items[0].Held = 1 << 53 },
		"the least on hand":         func(g *engine.Group) { g.Items[0].OnHand = -1 << 63 },
		"a threshold below 0":       func(g *engine.Group) { g.Items[0].Threshold = -5 },
		"a version past the bigint": func(g *engine.Group) { g.Items[0].Version = 1 << 63 },
		"a name that is no text":    func(g *engine.Group) { g.Holds[0].Key.Order = "a\x00b" },
		"an item twice":             func(g *engine.Group) { g.Items = append(g.Items, g.Items[0]) },
	} {
		g := enginetest.Nth(8)
		spoil(g)
		err := e.Append(t.Context(), 7, g)
		if err == nil || errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrMoved) || errors.Is(err, engine.ErrUnknown) {
			t.Errorf("%s: %v, want an error of its own", what, err)
		}
	}
	goesOn(t, e, 7)
}

func TestPartsOfTheLogAreMadeAheadAndNotForAHeadFromNowhere(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	e := open(t, dsn, postgres.WithPart(10))
	defer e.Close()
	enginetest.Fill(t, e, 4)
	if n := e.Parts(t); n != 1 {
		t.Errorf("%d parts in the first half of the first", n)
	}
	enginetest.Fill(t, e, 6)
	if n := e.Parts(t); n != 2 {
		t.Errorf("%d parts in the second half of the first", n)
	}
	for _, after := range []engine.Seq{500, 1 << 40, 1<<63 - 2, 1<<64 - 2} {
		g := enginetest.Nth(1)
		g.Record.Seq = after + 1
		g.Keys, g.Holds = nil, nil
		if err := e.Append(t.Context(), after, g); !errors.Is(err, engine.ErrMoved) {
			t.Errorf("append behind %d: %v, want ErrMoved", after, err)
		}
	}
	other := open(t, dsn, postgres.WithPart(10))
	defer other.Close()
	enginetest.Fill(t, other, 35)
	other.Parts(t) // one is made at a time
	enginetest.Fill(t, other, 36)
	if n := other.Parts(t); n != 5 {
		t.Errorf("%d parts up to 36, want 5 with the one ahead", n)
	}
	goesOn(t, e, 36)
}

func TestTheFunctionsOfManyScansMayCallTheEngine(t *testing.T) {
	t.Parallel()
	e := open(t, newSlots(t).next(), postgres.WithMaxConns(4))
	defer e.Close()
	enginetest.Fill(t, e, 20)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			n := 0
			_, err := e.ScanHolds(t.Context(), engine.HoldScan{}, func(h *engine.HoldRow) error {
				n++
				_, err := e.Load(t.Context(), engine.Want{Orders: []stock.OrderKey{h.Key.OrderKey}})
				return err
			})
			if err != nil || n != 20 {
				t.Errorf("%d rows, %v", n, err)
			}
		})
	}
	wg.Wait()
}

func TestManyShapesOfGroupsDoNotPileUpStatements(t *testing.T) {
	t.Parallel()
	e := open(t, newSlots(t).next(), postgres.WithMaxForms(4))
	defer e.Close()
	goesOn(t, e, 0)
	after := engine.Seq(6)
	var holds []engine.HoldRow
	for n := range 4 {
		for old := range 4 {
			g := &engine.Group{Record: enginetest.Record(after + 1)}
			for i := range n + old {
				h := engine.HoldRow{Key: stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: fmt.Sprintf("%d-%d", after, i)}}, Fresh: i < n, Seq: after + 1}
				g.Holds, holds = append(g.Holds, h), append(holds, h)
			}
			if err := e.Append(t.Context(), after, g); err != nil {
				t.Fatalf("%d new holds, %d old: %v", n, old, err)
			}
			after++
		}
	}
	seen := 0
	if _, err := e.ScanHolds(t.Context(), engine.HoldScan{}, func(*engine.HoldRow) error { seen++; return nil }); err != nil || seen != len(holds)+6 {
		t.Errorf("%d holds, %v, want %d", seen, err, len(holds)+6)
	}
}

package enginetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var raceTests = []test{
	{"of two racing writers exactly one wins", race},
	{"many writers that go on after each loss fill the log without a gap", manyWriters},
	{"what is loaded is the state at the head it was read at, while others append", func(t *testing.T, e engine.Engine) {
		whileAppending(t, e, loadsSnapshot)
	}},
	{"what is scanned is the state at the head it was read at, while others append", func(t *testing.T, e engine.Engine) {
		whileAppending(t, e, scansSnapshot)
	}},
	{"the log read behind the loaded head goes on where the rows end", func(t *testing.T, e engine.Engine) {
		whileAppending(t, e, readsOn)
	}},
}

func race(t *testing.T, e engine.Engine) {
	for n := engine.Seq(1); n <= 30; n++ {
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				g := recordGroup(n)
				g.Record.Writer[0] = byte(i)
				errs[i] = e.Append(t.Context(), n-1, g)
			})
		}
		wg.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner >= 0:
				t.Fatalf("both %d and %d stored record %d", winner, i, n)
			case err == nil:
				winner = i
			case !errors.Is(err, engine.ErrMoved):
				t.Fatalf("a losing writer got %v, want ErrMoved", err)
			}
		}
		recs, err := e.Read(t.Context(), n-1, 2)
		if err != nil || len(recs) != 1 || winner < 0 || int(recs[0].Writer[0]) != winner {
			t.Fatalf("record %d: winner %d, read %d records, %v", n, winner, len(recs), err)
		}
	}
}

func manyWriters(t *testing.T, e engine.Engine) {
	const to = 120
	fillTogether(t, e, 4, to)
	mustBe(t, e, to)
}

// fillTogether lets several writers append the groups of Nth up to to.
func fillTogether(t *testing.T, e engine.Engine, writers int, to engine.Seq) {
	t.Helper()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for {
				h, err := e.Head(t.Context())
				if err != nil {
					t.Errorf("head: %v", err)
					return
				}
				if h >= to {
					return
				}
				if err := e.Append(t.Context(), h, Nth(h+1)); err != nil && !errors.Is(err, engine.ErrMoved) {
					t.Errorf("append: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// whileAppending calls look again and again while groups are appended.
func whileAppending(t *testing.T, e engine.Engine, look func(*testing.T, engine.Engine)) {
	const to = 150
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !done.Load() && !t.Failed() {
				look(t, e)
			}
		})
	}
	fillTogether(t, e, 2, to)
	done.Store(true)
	wg.Wait()
	mustBe(t, e, to)
}

func loadsSnapshot(t *testing.T, e engine.Engine) {
	var w engine.Want
	for n := engine.Seq(1); n <= items; n++ {
		w.Items = append(w.Items, itemKey(n))
	}
	for n := engine.Seq(1); n <= 150; n += 3 {
		w.Orders = append(w.Orders, holdKey(n).OrderKey)
		w.Keys = append(w.Keys, keyID(n))
	}
	got, err := e.Load(t.Context(), w)
	if err != nil {
		t.Error(err)
		return
	}
	want := &engine.Loaded{Head: got.Head}
	for n := max(got.Head, items) - items + 1; n <= got.Head; n++ {
		want.Items = append(want.Items, stored(nthItem(n)))
	}
	for n := engine.Seq(1); n <= got.Head; n += 3 {
		want.Holds = append(want.Holds, nthHoldAt(n, got.Head))
		want.Keys = append(want.Keys, nthKey(n))
	}
	if d := diffLoaded(want, got); d != "" {
		t.Errorf("loaded at head %d (-want +got):\n%s", got.Head, d)
	}
}

func scansSnapshot(t *testing.T, e engine.Engine) {
	ctx := t.Context()
	var rows []engine.ItemRow
	h, err := e.ScanItems(ctx, engine.ItemScan{All: true}, collect(&rows))
	var want []engine.ItemRow
	for n := max(h, items) - items + 1; n <= h; n++ {
		want = append(want, stored(nthItem(n)))
	}
	if err := same("items", h, h, err, want, rows, byItem); err != nil {
		t.Error(err)
	}
	var holds, wantHolds []engine.HoldRow
	h, err = e.ScanHolds(ctx, engine.HoldScan{Open: true}, collect(&holds))
	for n := max(h, 3) - 2; n <= h; n++ {
		wantHolds = append(wantHolds, nthHoldAt(n, h))
	}
	if err := same("open holds", h, h, err, wantHolds, holds, byHold); err != nil {
		t.Error(err)
	}
}

func readsOn(t *testing.T, e engine.Engine) {
	l, err := e.Load(t.Context(), engine.Want{Items: []stock.ItemKey{itemKey(1)}})
	if err != nil {
		t.Error(err)
		return
	}
	recs, err := e.Read(t.Context(), l.Head, 1000)
	if err != nil {
		t.Error(err)
		return
	}
	for i := range recs {
		if recs[i].Seq != l.Head+1+engine.Seq(i) {
			t.Errorf("record %d behind %d has seq %d", i, l.Head, recs[i].Seq)
		}
	}
	if h, err := e.Head(context.WithoutCancel(t.Context())); err != nil || h < l.Head+engine.Seq(len(recs)) {
		t.Errorf("head %d (%v) is before what was read, %d", h, err, l.Head+engine.Seq(len(recs)))
	}
}

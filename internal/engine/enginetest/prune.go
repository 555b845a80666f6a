package enginetest

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var pruneTests = []test{
	{"keys up to a seq are dropped, in steps, and no others", pruneKeys},
	{"ended holds last changed up to a seq are dropped, and no others", pruneHolds},
	{"a hold and a key that were dropped may be stored again", pruneAgain},
}

func pruneKeys(t *testing.T, e engine.Engine) {
	Fill(t, e, 40)
	for i, want := range []int{10, 10, 5, 0} {
		if n, err := e.PruneKeys(t.Context(), 25, 10); err != nil || n != want {
			t.Fatalf("call %d dropped %d, %v, want %d", i, n, err, want)
		}
	}
	var w engine.Want
	want := &engine.Loaded{Head: 40}
	for n := engine.Seq(1); n <= 40; n++ {
		w.Keys = append(w.Keys, keyID(n))
		if n > 25 {
			want.Keys = append(want.Keys, nthKey(n))
		}
	}
	if d := diffLoaded(want, mustLoad(t, e, w)); d != "" {
		t.Error(d)
	}
}

func pruneHolds(t *testing.T, e engine.Engine) {
	Fill(t, e, 40) // holds 1 to 37 were ended by records 4 to 40
	for i, want := range []int{10, 10, 2, 0} {
		if n, err := e.PruneHolds(t.Context(), 25, 10); err != nil || n != want {
			t.Fatalf("call %d dropped %d, %v, want %d", i, n, err, want)
		}
	}
	if n, err := e.PruneHolds(t.Context(), 1000, 1000); err != nil || n != 15 {
		t.Fatalf("the rest: %d, %v, want 15: the open ones stay", n, err)
	}
	var got []engine.HoldRow
	h, err := e.ScanHolds(t.Context(), engine.HoldScan{}, collect(&got))
	want := []engine.HoldRow{nthHoldAt(38, 40), nthHoldAt(39, 40), nthHoldAt(40, 40)}
	if err := same("holds", 40, h, err, want, got, byHold); err != nil {
		t.Error(err)
	}
}

func pruneAgain(t *testing.T, e engine.Engine) {
	Fill(t, e, 10)
	if n, err := e.PruneKeys(t.Context(), 10, 100); err != nil || n != 10 {
		t.Fatalf("dropped %d keys, %v", n, err)
	}
	if n, err := e.PruneHolds(t.Context(), 10, 100); err != nil || n != 7 {
		t.Fatalf("dropped %d holds, %v", n, err)
	}
	g := recordGroup(11)
	k, fresh, known := nthKey(2), nthHold(2, 2), nthHold(3, 3)
	k.Seq, fresh.Seq, known.Seq = 11, 11, 11
	known.Fresh = false // somebody still has it in memory
	g.Keys, g.Holds = []engine.KeyRow{k}, []engine.HoldRow{fresh, known}
	mustAppend(t, e, g)
	l := mustLoad(t, e, engine.Want{
		Keys:   []engine.KeyID{k.ID},
		Orders: []stock.OrderKey{fresh.Key.OrderKey, known.Key.OrderKey},
	})
	fresh.Fresh = false
	want := &engine.Loaded{Head: 11, Keys: []engine.KeyRow{k}, Holds: []engine.HoldRow{fresh, known}}
	if d := diffLoaded(want, l); d != "" {
		t.Error(d)
	}
}

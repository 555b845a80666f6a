package erase_test

import (
	"errors"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/erase"
	"holdfast.dev/holdfast/internal/stock"
)

// kept counts what a slot has of a tenant, and all of its keys.
func kept(t *testing.T, e engine.Engine, tenant string) (items, holds, entries, lines, keys int) {
	t.Helper()
	gone, err := erase.Tenant(t.Context(), e, tenant, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.ScanKeys(t.Context(), 0, 0, func(*engine.KeyRow) error { keys++; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := e.ScanJournal(t.Context(), func(r *engine.JournalRow) error {
		if r.Item.Tenant == tenant {
			lines++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return gone.Items, gone.Holds, gone.Entries, lines, keys
}

// It is interrupted at each step once, and the books verify once it is finished.
func TestATenantIsDroppedAndTheOtherKeepsAll(t *testing.T) {
	t.Parallel()
	for nth := 0; ; nth++ {
		e := books(t)
		before := [5]int{}
		before[0], before[1], before[2], before[3], before[4] = kept(t, e, "zen")
		if before != [5]int{2, 10, 17, before[3], 34} || before[3] == 0 {
			t.Fatalf("the books have %v", before)
		}
		var figures []stock.Figures
		see := func() (all []stock.Figures) {
			if _, err := e.ScanItems(t.Context(), engine.ItemScan{Tenant: "zen"}, func(r *engine.ItemRow) error {
				all = append(all, stock.Figures{Available: r.Available, Held: r.Held, OnHand: r.OnHand})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return all
		}
		figures = see()
		_, err := erase.Tenant(t.Context(), failing(e, nth), "acme", false)
		if err != nil && !errors.Is(err, engine.ErrAway) {
			t.Fatal(err)
		}
		if _, again := erase.Tenant(t.Context(), e, "acme", false); again != nil {
			t.Fatal(again)
		}
		items, holds, entries, lines, keys := kept(t, e, "acme")
		if items+holds+entries+lines != 0 || keys != 17 {
			t.Fatalf("interrupted at step %d: %d items, %d holds, %d entries, %d lines of the journal are left, and %d keys of 17",
				nth, items, holds, entries, lines, keys)
		}
		after := [5]int{}
		after[0], after[1], after[2], after[3], after[4] = kept(t, e, "zen")
		if before[4] = 17; after != before {
			t.Errorf("the other tenant has %v, had %v", after, before)
		}
		if now := see(); len(now) != 2 || now[0] != figures[0] || now[1] != figures[1] {
			t.Errorf("the other tenant has %v, had %v", now, figures)
		}
		if r := mustVerify(t, e); r.Dropped != 17 || r.Items != 2 || r.Keys != 17 {
			t.Errorf("verify counts %+v", r)
		}
		recs, rerr := e.Read(t.Context(), 0, 1000)
		if rerr != nil {
			t.Fatal(rerr)
		}
		for i := range recs {
			if strings.Contains(string(recs[i].Body), "acme") {
				t.Errorf("record %d still names the tenant", recs[i].Seq)
			}
		}
		if err == nil {
			if nth < 15 {
				t.Errorf("it took %d steps only", nth)
			}
			return
		}
	}
}

func TestATenantIsNotDroppedWhileBucketsRememberIt(t *testing.T) {
	t.Parallel()
	e := books(t)
	if err := erase.Droppable(t.Context(), e, "acme"); err != nil {
		t.Fatal(err)
	}
	for stage, want := range map[stock.Stage]string{stock.Here: "", stock.Left: "", stock.Leaving: "on its way", stock.Coming: "on its way"} {
		other := &rows{e, []engine.BucketRow{{Bucket: 7, Packed: stock.AppendHandover(nil, &stock.Handover{Bucket: 7, Stage: stage, Epoch: 1, Seq: 1, Hash: [32]byte{1}})}}}
		err := erase.Droppable(t.Context(), other, "acme")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("a bucket that is %s: %v", stage, err)
		}
	}
}

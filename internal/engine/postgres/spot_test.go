package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/stock"
)

func TestRowsThatWereReadAreChangedWhereTheyLie(t *testing.T) {
	t.Parallel()
	e := open(t, newSlots(t).next())
	defer e.Close()
	enginetest.Fill(t, e, 1)
	plan := e.SpotPlan(t)
	if n := strings.Count(plan, "Tid Scan"); n != 2 {
		t.Errorf("items and holds are found otherwise:\n%s", plan)
	}
}

// TestRowsThatMovedSinceTheyWereReadAreFoundByTheirKeys: their spots are wrong,
// empty, or somebody else's, and what is stored is the same.
func TestRowsThatMovedSinceTheyWereReadAreFoundByTheirKeys(t *testing.T) {
	t.Parallel()
	const rows = 40
	for _, tc := range []struct {
		name string
		do   []string
	}{
		{"nothing moved", nil},
		{"an item was written again", []string{"UPDATE holdfast_1.item SET version = version WHERE product = 'p-07'"}},
		{"a hold was written again", []string{"UPDATE holdfast_1.hold SET seq = seq WHERE order_id = 'o-07'"}},
		{"a hold was dropped", []string{"DELETE FROM holdfast_1.hold WHERE order_id = 'o-07'"}},
		{"all rows lie elsewhere, where others were", []string{
			"CREATE TABLE held AS TABLE holdfast_1.hold", "TRUNCATE holdfast_1.hold", "INSERT INTO holdfast_1.hold SELECT * FROM held ORDER BY order_id DESC",
			"CREATE TABLE kept AS TABLE holdfast_1.item", "TRUNCATE holdfast_1.item",
			"INSERT INTO holdfast_1.item OVERRIDING SYSTEM VALUE SELECT * FROM kept ORDER BY product DESC",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dsn := newSlots(t).next()
			e := open(t, dsn)
			defer e.Close()
			conn := connect(t, dsn)
			g := &engine.Group{Record: enginetest.Record(1)}
			var want engine.Want
			for n := range rows {
				it := engine.ItemRow{
					Key:   stock.ItemKey{Tenant: "t", Location: "l", Product: fmt.Sprintf("p-%02d", n)},
					Fresh: true, Available: 5, OnHand: 5, Version: 1, Packed: []byte{1},
				}
				h := engine.HoldRow{
					Key:   stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: fmt.Sprintf("o-%02d", n)}, Bucket: 3},
					Fresh: true, Open: true, Deadline: 9, Seq: 1, Packed: []byte{2},
				}
				g.Items, g.Holds = append(g.Items, it), append(g.Holds, h)
				want.Items, want.Orders = append(want.Items, it.Key), append(want.Orders, h.Key.OrderKey)
			}
			if err := e.Append(t.Context(), 0, g); err != nil {
				t.Fatal(err)
			}
			if _, err := e.Load(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			for _, sql := range tc.do {
				exec(t, conn, sql)
			}
			for seq := engine.Seq(2); seq <= 3; seq++ { // the second time no spot is known
				g.Record = enginetest.Record(seq)
				for i := range rows {
					g.Items[i].Fresh, g.Items[i].Version, g.Items[i].Held = false, uint64(seq), stock.Qty(i)
					g.Holds[i].Fresh, g.Holds[i].Open, g.Holds[i].Deadline, g.Holds[i].Seq = false, false, 0, seq
				}
				if err := e.Append(t.Context(), seq-1, g); err != nil {
					t.Fatal(err)
				}
				l, err := e.Load(t.Context(), want)
				if err != nil {
					t.Fatal(err)
				}
				slices.SortFunc(l.Items, func(a, b engine.ItemRow) int { return a.Key.Compare(b.Key) })
				slices.SortFunc(l.Holds, func(a, b engine.HoldRow) int { return strings.Compare(a.Key.Order, b.Key.Order) })
				if len(l.Items) != rows || len(l.Holds) != rows {
					t.Fatalf("%d items and %d holds, want %d of each", len(l.Items), len(l.Holds), rows)
				}
				for i := range rows {
					if it, h := l.Items[i], l.Holds[i]; it.Version != uint64(seq) || it.Held != stock.Qty(i) || h.Open || h.Seq != seq {
						t.Errorf("%+v and %+v are not what record %d made of them", it, h, seq)
					}
				}
			}
		})
	}
}

package catalog

import "testing"

// Sums of another generation are not read, and are dropped with their cursors; a server that
// still makes them begins anew. Those of this one stay.
func TestFiguresOfAnEarlierGenerationAreDropped(t *testing.T) {
	everywhere(t, func(t *testing.T, at home) {
		c, _ := opened(t, at)
		key := FigureKey{Tenant: "t", Span: 60, At: 120}
		merge := func(FigureKey, []byte) ([]byte, error) { return []byte("new"), nil }
		if _, err := c.Figures.Cursor(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		if err := c.Figures.Add(t.Context(), 3, 0, 7, []FigureKey{key}, merge); err != nil {
			t.Fatal(err)
		}
		err := c.store.amend(t.Context(), func(w *write, _ func() error) error {
			w.upsert(`{figure} (tenant, location, span, at, slot, body)`, ` {on tenant, location, span, at, slot} body = {new body}`, "t", "", int64(60), int64(120), int64(3), []byte("old"))
			w.upsert(`{figure} (tenant, location, span, at, slot, body)`, ` {on tenant, location, span, at, slot} body = {new body}`, "t", "", int64(0), int64(0), int64(4), []byte("old"))
			w.upsert(`{figure_cursor} (slot, seq)`, ` {on slot} seq = {new seq}`, int64(3), int64(9))
			return w.flush()
		})
		if err != nil {
			t.Fatal(err)
		}
		stored := func() (bodies []string) {
			t.Helper()
			rows, err := c.Figures.Rows(t.Context(), "t", "", 60, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				bodies = append(bodies, string(r.Body))
			}
			return bodies
		}
		if got := stored(); len(got) != 1 || got[0] != "new" {
			t.Errorf("read %q, want only the new one", got)
		}
		for n := 0; ; n++ {
			more, err := c.Figures.PruneOld(t.Context())
			if err != nil || n > 10 {
				t.Fatal(n, err)
			}
			if !more {
				break
			}
		}
		var left int64
		for _, table := range []string{`{figure}`, `{figure_cursor}`} {
			err := c.store.look(t.Context(), func(r *read) error {
				_, err := r.readRow(`SELECT COUNT(*) FROM `+table+` WHERE slot < ?`, []any{oldestFigures}, &left)
				return err
			})
			if err != nil || left != 0 {
				t.Errorf("%d old rows are left in %s: %v", left, table, err)
			}
		}
		if seq, err := c.Figures.Cursor(t.Context(), 3); seq != 7 || err != nil || len(stored()) != 1 {
			t.Errorf("the new sums: %q, cursor %d, %v", stored(), seq, err)
		}
	})
}

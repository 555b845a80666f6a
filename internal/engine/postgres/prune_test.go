package postgres_test

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/stock"
)

// TestOldRowsAreFoundWhereverTheyLie fills some hundred pages, drops from them
// and fills what became free, twice round.
func TestOldRowsAreFoundWhereverTheyLie(t *testing.T) {
	t.Parallel()
	const per, groups, kept = 500, 12, 5
	dsn := newSlots(t).next()
	e := open(t, dsn, postgres.WithPrunePages(3))
	defer e.Close()
	conn := connect(t, dsn)
	seq := engine.Seq(0)
	for range 2 {
		for range groups {
			seq++
			if err := e.Append(t.Context(), seq-1, endedHolds(seq, per)); err != nil {
				t.Fatal(err)
			}
		}
		for what, drop := range map[string]func(engine.Seq) (int, error){
			"keys":  func(upTo engine.Seq) (int, error) { return e.PruneKeys(t.Context(), upTo, 700) },
			"holds": func(upTo engine.Seq) (int, error) { return e.PruneHolds(t.Context(), upTo, 700) },
		} {
			dropped := 0
			for {
				n, err := drop(seq - kept)
				if err != nil {
					t.Fatal(err)
				}
				if dropped += n; n < 700 {
					break
				}
			}
			want := groups * per
			if seq == groups {
				want -= kept * per
			}
			if dropped != want {
				t.Errorf("up to %d: dropped %d %s, want %d", seq-kept, dropped, what, want)
			}
		}
		exec(t, conn, "VACUUM holdfast_1.key, holdfast_1.hold") // what follows goes into the room
	}
	left := 0
	if _, err := e.ScanKeys(t.Context(), 0, 0, func(k *engine.KeyRow) error {
		left++
		if k.Seq <= seq-kept {
			t.Errorf("a key of record %d is still there", k.Seq)
		}
		return nil
	}); err != nil || left != kept*per {
		t.Errorf("%d keys are left, %v, want %d", left, err, kept*per)
	}
}

// endedHolds is a group of n holds that ended as soon as they began, and as
// many keys.
func endedHolds(seq engine.Seq, n int) *engine.Group {
	g := &engine.Group{Record: enginetest.Record(seq)}
	for i := range n {
		g.Holds = append(g.Holds, engine.HoldRow{
			Key:   stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "t", Order: fmt.Sprintf("%d-%d", seq, i)}},
			Fresh: true, Seq: seq, Packed: make([]byte, 40),
		})
		k := engine.KeyRow{Seq: seq, Index: uint32(i)}
		copy(k.ID[:], fmt.Sprintf("%d-%d", seq, i))
		g.Keys = append(g.Keys, k)
	}
	return g
}

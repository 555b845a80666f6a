package audit

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

func TestCheckSlotAtEveryPointOfAMove(t *testing.T) {
	t.Parallel()
	m := newMoveScene(t)
	points, want := 0, 1
	m.meanwhile = func(p movePoint) {
		points++
		if found := m.found(t); found != "" {
			t.Errorf("%s: %s", p, found)
		}
		if across, err := CheckAcross(t.Context(), m.cluster.engines(), m); err != nil || across.Moving != want {
			t.Errorf("%s: %+v, %v; want %d moving", p, across, err, want)
		}
	}
	m.run(t)
	m.move(t, m.b, 1) // with a leg of a
	want = 0
	m.meanwhile("after both moves")
	if points != 15 {
		t.Errorf("looked at %d points", points)
	}
}

func TestCheckSlotOfMovesBetweenFiles(t *testing.T) {
	t.Parallel()
	var files []engine.Engine
	for _, name := range []string{"one.db", "other.db"} {
		e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, e)
	}
	m := newMoveSceneOn(t, newClusterOn(t, files))
	m.meanwhile = func(p movePoint) {
		if found := m.found(t); found != "" {
			t.Errorf("%s: %s", p, found)
		}
	}
	m.run(t)
	m.move(t, m.b, 1)
	m.move(t, m.a, 0)
	m.meanwhile("after all moves")
}

func TestCheckSlotWhileRowsOfABucketThatLeftAreDropped(t *testing.T) {
	t.Parallel()
	m := newMoveScene(t)
	m.keep = true
	m.run(t)
	for dropped := 0; ; dropped++ {
		if found := m.found(t); found != "" {
			t.Errorf("%d rows dropped: %s", dropped, found)
		}
		if m.slots[0].dropSome(t, m.a, 1) == 0 {
			if dropped < 8 {
				t.Errorf("only %d rows were dropped", dropped)
			}
			return
		}
	}
}

func TestCheckSlotOfAMoveThatIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, coming := range []bool{false, true} {
		t.Run(fmt.Sprintf("while it is coming: %t", coming), func(t *testing.T) {
			t.Parallel()
			m := newMoveScene(t)
			from, into := m.slots[0], m.slots[1]
			out := stock.Handover{Bucket: m.a, Epoch: 1, Slot: 1, Mover: testMover, Stage: stock.Leaving}
			in := stock.Handover{Bucket: m.a, Epoch: 1, Mover: testMover, Stage: stock.Coming}
			from.carry(t, out)
			from.part(t, m.a)
			if coming {
				into.carry(t, in)
				into.bring(t, from, m.a, 0)
				in.Mover[0]++ // another mover takes it over
				into.carry(t, in)
				into.recall(t, from, m.a, 0)
				from.do(t, stock.Commit{Target: stock.Target{Order: orderKey("both")}})
				into.bring(t, from, m.a, 0)
				in.Stage = stock.Left
				into.carry(t, in)
				if found := m.found(t); found != "" {
					t.Errorf("given up there: %s", found)
				}
				into.forget(m.a)
				into.drop(t, m.a)
			}
			out.Stage = stock.Here
			from.carry(t, out)
			from.do(t, placeOrder("later", 1, m.tea, m.far))
			if found := m.found(t); found != "" {
				t.Errorf("given up: %s", found)
			}
			m.epochs[m.a] = 1
			m.run(t)
			if found := m.found(t); found != "" {
				t.Errorf("moved at the second try: %s", found)
			}
		})
	}
}

func TestCheckAcrossFindsWhatIsWrongWithBuckets(t *testing.T) {
	t.Parallel()
	a := bucketOf(itemKey("a", ""))
	step := func(m *moveScene, slot int, fn func(*stock.Handover)) {
		m.engines[slot].bucket = func(r *engine.BucketRow) bool {
			h, _ := stock.DecodeHandover(r.Packed)
			fn(h)
			r.Packed = stock.AppendHandover(nil, h)
			return true
		}
	}
	hash := func(fn func(*stock.Handover)) func(*testing.T, *moveScene) {
		return func(_ *testing.T, m *moveScene) {
			m.slots[1].spoil = on(stock.OpHandover, stock.Here, func(e *stock.Event) { fn(e.Handover) })
		}
	}
	tests := []struct {
		name  string
		spoil func(*testing.T, *moveScene)
		want  string
	}{
		{"a bucket came from a record that was another", hash(func(h *stock.Handover) { h.Hash[5]++ }), "its hash is"},
		{"a bucket came from a record that did not seal it", hash(func(h *stock.Handover) { h.Seq-- }), "its hash is"},
		{"a bucket came from a record that is not there", hash(func(h *stock.Handover) { h.Seq += 100 }), "its log does not go that far"},
		{"a bucket came from a slot that is not there", func(_ *testing.T, m *moveScene) {
			step(m, 1, func(h *stock.Handover) { h.Slot = 7 })
		}, "there is no such other slot"},
		{"a bucket was sealed for another move", func(_ *testing.T, m *moveScene) {
			step(m, 1, func(h *stock.Handover) { h.Epoch++ })
		}, "the bucket did not leave for here with it"},
		{"a bucket was opened before it was sealed", func(_ *testing.T, m *moveScene) {
			m.clocks = true
			m.slots[1].now -= 100_000
		}, "it was sealed at"},
		{"a bucket lives in two slots", func(_ *testing.T, m *moveScene) {
			step(m, 0, func(h *stock.Handover) { h.Stage = stock.Leaving })
		}, fmt.Sprintf("bucket %d lives in slots [0 1]", a)},
		{"a bucket lives in no slot", func(_ *testing.T, m *moveScene) {
			step(m, 1, func(h *stock.Handover) { h.Stage = stock.Left })
		}, fmt.Sprintf("bucket %d lives in no slot", a)},
		{"a bucket left for another slot than the one it comes to", func(_ *testing.T, m *moveScene) {
			step(m, 1, func(h *stock.Handover) { h.Stage, h.Slot = stock.Coming, 2 })
		}, fmt.Sprintf("bucket %d lives in no slot", a)},
		{"the map says another slot", func(_ *testing.T, m *moveScene) {
			m.afterwards = append(m.afterwards, func() { m.settleIn(a, 3) })
		}, fmt.Sprintf("bucket %d lives in slot 1, the map says slot 3", a)},
		{"rows lie in a slot that the bucket never was in", func(_ *testing.T, m *moveScene) {
			m.keep = true
			m.engines[0].bucket = func(*engine.BucketRow) bool { return false }
		}, fmt.Sprintf(`across: item "tea" at "a" of tenant "acme" of bucket %d lies in slot 0, the bucket lives in slot 1`, a)},
		{"a hold lies in a slot that the bucket never was in", func(_ *testing.T, m *moveScene) {
			m.keep = true
			m.engines[0].bucket = func(*engine.BucketRow) bool { return false }
		}, fmt.Sprintf(`across: a hold of order "alone" in bucket %d lies in slot 0, the bucket lives in slot 1`, a)},
		{"rows of a bucket that never moved lie elsewhere", func(_ *testing.T, m *moveScene) {
			m.afterwards = append(m.afterwards, func() { m.settleIn(m.b, 1) })
		}, "lies in slot 0, the bucket lives in slot 1"},
		{"a leg is stale only", func(t *testing.T, m *moveScene) {
			m.keep = true
			m.afterwards = append(m.afterwards, func() {
				m.move(t, m.b, 1) // the leg of "both"
				m.engines[1].hold = func(r *engine.HoldRow) bool { return r.Key.Bucket != m.b }
				m.engines[1].loaded = m.engines[1].hold
			})
		}, `order "both", item "tea" at "b" of tenant "acme": its home in slot 1 says that it is held in another bucket, which does not have it`},
		{"a hold that cannot be read", func(_ *testing.T, m *moveScene) {
			m.engines[1].hold = func(r *engine.HoldRow) bool { r.Packed[3] ^= 1; return true }
		}, "cannot be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := newMoveScene(t)
			test.spoil(t, m)
			m.run(t)
			if found := m.found(t); !strings.Contains(found, test.want) {
				t.Errorf("found:\n%s\nwant:\n%s", found, test.want)
			}
		})
	}
}

func TestCheckAcrossBesideBucketsThatMove(t *testing.T) {
	t.Parallel()
	m := newMoveScene(t)
	var group sync.WaitGroup
	defer group.Wait()
	var done atomic.Bool
	group.Go(func() {
		defer done.Store(true)
		for n := range 40 {
			order := fmt.Sprint("n", n)
			m.cluster.at(m.tea).do(t, placeOrder(order, 1, m.tea))
			m.cluster.at(m.far).do(t, placeOrder(order, 1, m.far))
			m.cluster.at(m.tea).do(t, stock.Release{Target: stock.Target{Order: orderKey(order)}})
			m.move(t, m.a, 1-m.home[m.a])
			if n%3 == 0 {
				m.move(t, m.b, 1-m.home[m.b])
			}
			m.settle(t)
		}
	})
	for !done.Load() {
		if found := m.verify(t, m.cluster.engines(), Options{}); len(found) > 0 {
			t.Fatalf("found:\n%s", strings.Join(found, "\n"))
		}
	}
}

func TestCheckAcrossSkipsWhatIsDropped(t *testing.T) {
	t.Parallel()
	m := newMoveScene(t)
	m.run(t)
	if _, err := m.slots[0].eng.DropRecords(t.Context(), m.slots[0].seq); err != nil {
		t.Fatal(err)
	}
	across, err := CheckAcross(t.Context(), m.cluster.engines(), m)
	if err != nil || !across.OK() {
		t.Errorf("%+v, %v", across, err)
	}
}

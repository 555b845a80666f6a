package audit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// interrupted is an engine that calls fn each time after the items were read.
type interrupted struct {
	*tampered
	fn func()
}

func (e *interrupted) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	at, err := e.tampered.ScanItems(ctx, s, fn)
	e.fn()
	return at, err
}

func TestCheckSlotWhileBucketsLeaveBetweenTwoTables(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		leave     int
		unchecked string
	}{
		{leave: 1},
		{leave: 2},
		{leave: 5, unchecked: "table holds: bucket"},
	} {
		t.Run(fmt.Sprintf("%d buckets", test.leave), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 2)
			var items []stock.ItemKey
			for i := range 6 {
				k := itemKey(fmt.Sprint("location ", i), "tea")
				c.slots[0].do(t, openItem(k, 20))
				c.slots[0].do(t, placeOrder(fmt.Sprint("order ", i), 1, k))
				items = append(items, k)
			}
			left := 0
			e := &interrupted{&tampered{Engine: c.slots[0].eng}, func() {
				if left < test.leave {
					c.move(t, bucketOf(items[left]), 1)
					left++
				}
			}}
			report, err := CheckSlot(t.Context(), e, Options{JournalKeys: testJournalKeys})
			if err != nil || !report.OK() {
				t.Fatalf("%+v, %v", report, err)
			}
			if got := strings.Join(report.Unchecked, "\n"); (got == "") != (test.unchecked == "") || !strings.Contains(got, test.unchecked) {
				t.Errorf("not checked: %q, wanted %q", got, test.unchecked)
			}
		})
	}
}

func TestCheckSlotAllowsForRecalledKeysThatWereDropped(t *testing.T) {
	t.Parallel()
	m := newMoveScene(t)
	m.run(t)
	s := m.slots[1]
	came := s.seq
	s.now += stock.Time(8 * 24 * time.Hour / time.Millisecond)
	s.do(t, stock.Restock{Item: m.tea, Bucket: m.a, Qty: 1})
	if n, err := s.eng.PruneKeys(t.Context(), came, 100); err != nil || n == 0 {
		t.Fatalf("dropped %d, %v", n, err)
	}
	report, err := CheckSlot(t.Context(), s.eng, Options{Now: s.now})
	if err != nil || !report.OK() {
		t.Errorf("keys that came 8 days ago were dropped: %+v, %v", report, err)
	}
	if report, err = CheckSlot(t.Context(), s.eng, Options{}); err != nil || report.OK() {
		t.Errorf("before their time they are not missed: %+v, %v", report, err)
	}
}

// Entries of a record are stored by tenant, and steps of buckets belong to none: a
// step may be stored before entries that were decided earlier.
func TestCheckSlotTakesAStepForTheLastOfItsRecord(t *testing.T) {
	t.Parallel()
	m := newMoveScene(t)
	soap, seal := m.slots[0].items[m.soap].Clone(), Anchor{}
	m.at("left", func() { seal = Anchor{Seq: m.slots[0].seq, Hash: m.slots[0].hash} })
	m.skip = func(c stock.Command) bool {
		a, arrives := c.(stock.Arrive)
		h, steps := c.(stock.Handover)
		return arrives && a.Item != nil && a.Item.Key == m.soap || steps && h.Stage == stock.Here
	}
	m.move(t, m.a, 1)
	m.slots[1].skip = nil
	m.slots[1].recalled = []engine.KeyRow{{ID: engine.KeyID{15: 99}, Bucket: m.a}}
	m.slots[1].carry(t,
		stock.RecallKey{Bucket: m.a, From: stock.Origin{Seq: 1}},
		stock.Arrive{Item: soap, From: stock.Origin{Seq: 9}},
		stock.Handover{Bucket: m.a, Stage: stock.Here, Epoch: 1, Seq: uint64(seal.Seq), Hash: seal.Hash, Mover: testMover})
	last := -1
	if _, err := walkLog(t.Context(), m.slots[1].eng, Anchor{}, m.slots[1].seq, func(r *walkedRecord) error {
		for i, e := range r.events {
			if e.Handover != nil {
				last = len(r.events) - 1 - i
			}
		}
		return nil
	}); err != nil || last != 1 {
		t.Fatalf("%d entries stand behind the step, wanted one: %v", last, err)
	}
	if found := m.found(t); found != "" {
		t.Errorf("found:\n%s", found)
	}
}

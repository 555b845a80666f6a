package audit

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// moveScene is a cluster whose slot 0 has locations a and b: an order over
// both, at home in a, one of a alone, one that ended.
type moveScene struct {
	*cluster
	a, b       stock.Bucket
	tea, soap  stock.ItemKey // at a
	far        stock.ItemKey // at b
	engines    []*tampered
	afterwards []func()
	still      bool // nothing happens after the move
}

func newMoveScene(t *testing.T) *moveScene {
	t.Helper()
	return newMoveSceneOn(t, newCluster(t, 2))
}

func newMoveSceneOn(t *testing.T, c *cluster) *moveScene {
	t.Helper()
	m := &moveScene{
		cluster: c,
		tea:     itemKey("a", "tea"), soap: itemKey("a", "soap"), far: itemKey("b", "tea"),
	}
	m.a, m.b = bucketOf(m.tea), bucketOf(m.far)
	for _, s := range m.slots {
		m.engines = append(m.engines, &tampered{Engine: s.eng})
	}
	s := m.slots[0]
	s.do(t, openItem(m.tea, 20), openItem(m.soap, 20), openItem(m.far, 20))
	s.do(t, placeOrder("both", 3, m.tea, m.far), placeOrder("alone", 2, m.tea), placeOrder("ended", 1, m.soap))
	s.do(t, stock.Confirm{Target: stock.Target{Order: orderKey("ended")}})
	return m
}

// run moves a to slot 1, where commands about it continue.
func (m *moveScene) run(t *testing.T) {
	t.Helper()
	m.move(t, m.a, 1)
	if m.still {
		return
	}
	m.slots[1].do(t, stock.Confirm{Target: stock.Target{Order: orderKey("alone"), Item: m.tea, Qty: 1, Keyed: true}}, placeOrder("new", 1, m.soap))
	m.slots[0].do(t, placeOrder("new too", 1, m.far))
	for _, fn := range m.afterwards {
		fn()
	}
}

func (m *moveScene) found(t *testing.T) string {
	t.Helper()
	for _, s := range m.slots {
		s.project(t)
	}
	engines := make([]engine.Engine, len(m.engines))
	for i := range engines {
		engines[i] = m.engines[i]
	}
	return strings.Join(m.verify(t, engines, Options{JournalKeys: testJournalKeys, Named: 40}), "\n")
}

// on is the event of that operation, to be spoilt; of a handover that of the stage.
func on(op stock.Op, stage stock.Stage, fn func(*stock.Event)) func(*stock.Event) {
	return func(e *stock.Event) {
		if e.Op == op && (e.Handover == nil || e.Handover.Stage == stage) {
			fn(e)
		}
	}
}

// ofItem is the arrival of an item, ofLine that of lines, the nth of the order.
func ofItem(k stock.ItemKey, nth int, fn func(*stock.ItemChange)) func(*stock.Event) {
	return func(e *stock.Event) {
		if e.Op == stock.OpArrive && len(e.Items) == 1 && e.Items[0].Key == k {
			if nth--; nth == 0 {
				fn(&e.Items[0])
			}
		}
	}
}

func ofLine(order string, nth int, fn func(*stock.LineChange)) func(*stock.Event) {
	return func(e *stock.Event) {
		if e.Op == stock.OpArrive && e.Order == order {
			if nth--; nth == 0 {
				fn(&e.Lines[0])
			}
		}
	}
}

func (m *moveScene) at(p movePoint, fn func()) {
	before := m.meanwhile
	m.meanwhile = func(q movePoint) {
		if before != nil {
			before(q)
		}
		if p == q {
			fn()
		}
	}
}

package test

import (
	"fmt"
	"testing"
)

// mirror is a consumer of events that keeps the stock of each product at one location: it
// applies each event once, by its id, in the order in which they come.
type mirror struct {
	applied map[string]bool // by id
	stock   map[string]stockFigures
	again   int
	wrong   []string
}

// stockFigures are those of a product, as events and items have them.
type stockFigures struct {
	Available int64 `json:"available_stock"`
	Reserved  int64 `json:"reserved_stock"`
	OnHand    int64 `json:"on_hand"`
	Version   int64
}

func newMirror() *mirror {
	return &mirror{applied: map[string]bool{}, stock: map[string]stockFigures{}}
}

// take applies an event, and notes what is wrong with it: a version that is not the next
// one, or figures that the changes so far do not add up to.
func (m *mirror) take(e sinkEvent) {
	if m.applied[e.ID] {
		m.again++
		return
	}
	m.applied[e.ID] = true
	d, before := e.Data, m.stock[e.Data.Product]
	now := stockFigures{before.Available + d.DeltaAvailable, before.Reserved + d.DeltaReserved, before.OnHand + d.DeltaOnHand, before.Version + 1}
	if says := (stockFigures{d.Available, d.Reserved, d.OnHand, d.Version}); says != now && len(m.wrong) < 10 {
		m.wrong = append(m.wrong, fmt.Sprintf("event %s of %s says %+v, and the events before it make %+v", e.ID, d.Product, says, now))
	}
	m.stock[d.Product] = now
}

// check wants nothing to have been wrong.
func (m *mirror) check(t *testing.T, sink string) {
	t.Helper()
	for _, w := range m.wrong {
		t.Errorf("%s: %s", sink, w)
	}
	t.Logf("%s: %d changes, %d of them again", sink, len(m.applied), m.again)
}

// complete wants nothing to have been wrong, and as many changes of each product.
func (m *mirror) complete(t *testing.T, sink string, want map[string]int64) {
	t.Helper()
	m.check(t, sink)
	for product, version := range want {
		if last := m.stock[product].Version; last != version {
			t.Errorf("%s: of %s came %d changes of %d", sink, product, last, version)
		}
	}
}

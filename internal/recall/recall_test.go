package recall

import (
	"context"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// racing is the books and the catalog of a product with one item. Another server recalls its lots while
// this one looks at the first of both.
type racing struct {
	Stored
	recall catalog.Recall
	looked bool
	asks   []stock.Command
}

func (s *racing) Product(context.Context, engine.ProductKey) ([]ledger.Level, stock.Time, error) {
	defer func() { s.looked = true }()
	it := &stock.Item{Key: stock.ItemKey{Tenant: "demo", Location: "hub", Product: "milk"}, Tracked: true}
	if s.looked {
		rule, _ := s.recall.RuleAt("hub")
		it.Recalls = []stock.RecallRule{rule}
	}
	return []ledger.Level{{Item: it}}, 0, nil
}

func (s *racing) Of(context.Context, string, string) ([]catalog.Recall, error) {
	defer func() { s.looked = true }()
	if !s.looked {
		return nil, nil
	}
	return []catalog.Recall{s.recall}, nil
}

func (s *racing) CatchUp(context.Context) error { return nil }

func (s *racing) RecallsAt(context.Context, string, string, string) ([]stock.RecallRule, error) {
	return nil, nil
}

func (s *racing) Submit(_ context.Context, _ string, asks []intake.Ask) ([]intake.Outcome, error) {
	for i := range asks {
		s.asks = append(s.asks, asks[i].Command)
	}
	return make([]intake.Outcome, len(asks)), nil
}

func TestARecallThatComesBetweenTwoLooksIsNotLifted(t *testing.T) {
	t.Parallel()
	lot, err := stock.MakeLot(map[string]string{"batch": "B7"})
	if err != nil {
		t.Fatal(err)
	}
	s := &racing{recall: catalog.RecallCall{Tenant: "demo", Product: "milk", Lot: lot}.Recall()}
	s.recall.Change(time.UnixMilli(1000))
	if _, err := New(s, s, s, s).Carry(t.Context(), "demo", "milk"); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(s.asks, func(c stock.Command) bool { return c.(*stock.Recall).Lift }) {
		t.Errorf("it was lifted: %+v", s.asks)
	}
}

// Items tell the states of a recall apart by the time of its last change.
func TestNoTwoChangesOfARecallHaveTheSameTime(t *testing.T) {
	t.Parallel()
	var r catalog.Recall
	for _, at := range []int64{1000, 1000, 999, 1001, 5000} {
		was := r.Changed
		if r.Change(time.UnixMilli(at)); r.Changed.UnixMilli() <= was.UnixMilli() && !was.IsZero() {
			t.Errorf("changed at %d, before at %d", r.Changed.UnixMilli(), was.UnixMilli())
		}
		if r.Due.UnixMilli() != at {
			t.Errorf("due at %v", r.Due)
		}
	}
}

package audit

import (
	"errors"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Books in which a line of a till was taken over without being counted, as an earlier version
// did, are found by verify, explained, and mended by a repair.
func TestRepair(t *testing.T) {
	t.Parallel()
	w := newFiguresWorld(t, 10)
	w.reserve(3)
	w.at(stock.CloseHolder{Item: w.holder, Bucket: bucketOf(w.tea), Epoch: w.epoch})
	s := w.centre
	s.now += 1000
	e, err := stock.Decide(s, stock.TakeOver{Order: orderKey(w.order()), Holder: w.holder}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.link(&e)
	it := s.Item(w.tea)
	e.Items[0] = stock.ItemChange{
		Key: it.Key, Bucket: it.Bucket, Tracked: it.Tracked, OnSale: it.OnSale, Version: it.Version, UpdatedAt: it.UpdatedAt,
		Seen: it.Seen, Figures: it.Figures(),
		Changed: true,
	}
	e.Items[0].Version, e.Items[0].UpdatedAt = it.Version+1, s.now
	e.Items[0].Channels = []stock.Channel{{ID: "pos", Since: it.Channel("pos").Since}}
	stock.Apply(s, &e)
	s.store(t, &e)
	deduct := stock.Confirm{Target: ofOrder(w.order(), 0)}
	if _, err := stock.Decide(s, deduct, s.now+1000); !errors.Is(err, stock.ErrBroken) {
		t.Fatalf("deduct of a line that is not counted: %v", err)
	}

	const fault = `channel "pos" is said to hold 0 of its quota and 0 of the pool, its open lines hold 3 and 0`
	s.project(t)
	if found := strings.Join(verifyShop(t, s.eng, nil), "\n"); !strings.Contains(found, fault) {
		t.Errorf("verify finds %q", found)
	}
	is, err := Explain(t.Context(), []engine.Engine{s.eng}, w.tea)
	if err != nil || len(is.Faults) != 1 || is.Faults[0] != fault || len(is.Lines) != 1 || is.Lines[0].Order != w.order() {
		t.Fatalf("explained: %+v, %v", is, err)
	}

	repair := stock.Repair{Item: w.tea, Bucket: is.Item.Bucket, Version: is.Item.Version, Lines: is.Sums, Note: stock.Note{Reason: "counted wrongly"}}
	late := repair
	late.Version--
	var refusal *stock.Refusal
	if _, err := stock.Decide(s, late, s.now+1000); !errors.As(err, &refusal) || refusal.Field != stock.RepairLate {
		t.Errorf("a repair of an item that has changed: %v", err)
	}
	w.at(repair)
	w.at(deduct)
	w.is(figures{quota: 40, remaining: 37, sold: 3})
	report, err := CheckSlot(t.Context(), s.eng, Options{})
	if err != nil || report.Mended != 1 {
		t.Errorf("verify says that %d items were repaired, %v", report.Mended, err)
	}
	if is, err = Explain(t.Context(), []engine.Engine{s.eng}, w.tea); err != nil || len(is.Faults) != 0 {
		t.Errorf("explained after the repair: %+v, %v", is.Faults, err)
	}
	if _, err := Explain(t.Context(), []engine.Engine{s.eng}, itemKey("shop", "none")); !errors.Is(err, ErrNoItem) {
		t.Errorf("an item that is not there: %v", err)
	}
}

// Held units and open lines that contradict each other: what lines hold and the books lack
// comes from what is for sale, what no line holds is for sale again.
func TestRepairOfHeldUnits(t *testing.T) {
	t.Parallel()
	for held, want := range map[stock.Qty][2]stock.Qty{8: {0, 92}, 11: {0, 89}, 5: {0, 95}} {
		w := newFiguresWorld(t, 0)
		w.setQuota("pos", 0)
		w.setQuota("web", 0)
		w.at(placeOrder("o", 8, w.tea))
		it := w.centre.Item(w.tea)
		e, err := stock.Decide(w.centre, stock.Repair{Item: w.tea, Bucket: it.Bucket, Version: it.Version, Lines: stock.LineSums{Held: held}}, w.centre.now)
		if err != nil {
			t.Fatal(err)
		}
		stock.Apply(w.centre, &e)
		it = w.centre.Item(w.tea)
		if it.Of(stock.Held) != held || it.Of(stock.Oversold) != want[0] || it.Of(stock.Shared) != want[1] || it.Sound() != nil {
			t.Errorf("lines hold %d: held %d, oversold %d, pool %d, %v", held, it.Of(stock.Held), it.Of(stock.Oversold), it.Of(stock.Shared), it.Sound())
		}
	}
}

package catalog

import (
	"errors"
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

func TestTheLatestCallThatNamesALotDecides(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn, at := in.open(t), newClock()
		c, other := open(t, dsn, WithClock(at.Now)), open(t, dsn, WithClock(at.Now))
		mustTenant(t, c, "demo")
		ctx := t.Context()
		lot := func(attrs map[string]string) stock.Lot {
			l, err := stock.MakeLot(attrs)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		b7, a := lot(map[string]string{"batch": "B7"}), lot(map[string]string{"grade": "A"})
		both := lot(map[string]string{"batch": "B7", "grade": "A"})
		call := func(location string, l stock.Lot) RecallCall {
			return RecallCall{Tenant: "demo", Product: "milk", Location: location, Lot: l, Reason: "sour", By: "ann"}
		}
		if _, err := c.Recalls.Set(ctx, call("", b7)); !errors.Is(err, ErrUnknown) {
			t.Errorf("a recall of what nobody knows: %v", err)
		}
		for _, ref := range []Ref{{Tenant: "demo", Product: "milk"}, {Tenant: "demo", Location: "shop"}, {Tenant: "demo", Location: "hub"}} {
			if _, err := c.Know(ctx, Introduction{Ref: ref}); err != nil {
				t.Fatal(err)
			}
		}
		recalled := func(location string, l stock.Lot) bool {
			if err := other.CatchUp(ctx); err != nil { // another server's memory
				t.Fatal(err)
			}
			rules, err := other.RecallsAt(ctx, "demo", "milk", location)
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(rules, func(r stock.RecallRule) bool { return r.Covers(l) })
		}
		for _, step := range []struct {
			name     string
			lift     bool
			location string
			lot      stock.Lot
			want     [4]bool // batch at shop and hub, batch of grade A at shop and hub
		}{
			{"recalled everywhere", false, "", b7, [4]bool{true, true, true, true}},
			{"a grade is lifted at the shop", true, "shop", a, [4]bool{true, true, false, true}},
			{"all of it is lifted there", true, "shop", b7, [4]bool{false, true, false, true}},
			{"the grade is recalled there", false, "shop", a, [4]bool{false, true, true, true}},
			{"lifted everywhere", true, "", b7, [4]bool{false, false, false, false}},
			{"both attributes are recalled", false, "", both, [4]bool{false, false, true, true}},
			{"the batch is recalled again", false, "", b7, [4]bool{true, true, true, true}},
			{"the grade is lifted", true, "", a, [4]bool{true, true, false, false}},
		} {
			var err error
			if step.lift {
				_, err = c.Recalls.Lift(ctx, call(step.location, step.lot))
			} else {
				_, err = c.Recalls.Set(ctx, call(step.location, step.lot))
			}
			if err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if got := [4]bool{recalled("shop", b7), recalled("hub", b7), recalled("shop", both), recalled("hub", both)}; got != step.want {
				t.Errorf("%s: %v, not %v", step.name, got, step.want)
			}
		}
		due, err := c.Recalls.Due(ctx, time.Now().Add(time.Hour), 10)
		if err != nil || len(due) == 0 {
			t.Fatalf("nothing is due: %v, %v", due, err)
		}
		looks := 0
		for ; len(due) > 0 && looks < 50; looks++ {
			if err := c.Recalls.Carried(ctx, due[0], due[0].Due); err != nil {
				t.Fatal(err)
			}
			if due, err = c.Recalls.Due(ctx, time.Now().Add(time.Hour), 10); err != nil {
				t.Fatal(err)
			}
		}
		if looks == 50 {
			t.Error("servers look for ever")
		}
		page, err := c.Recalls.Page(ctx, RecallQuery{Tenant: "demo", Product: "milk", State: RecallInForce, Limit: 10})
		if err != nil || len(page) != 1 || page[0].Names() != b7 || len(page[0].Except) != 1 {
			t.Errorf("in force: %+v, %v", page, err)
		}
	})
}

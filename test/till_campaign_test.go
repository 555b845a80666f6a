package test

import (
	"fmt"
	"testing"
)

// A till sells by the rules of a campaign, over the line and without it: what it sells without naming a channel too, kits
// too, and what it says of a cart. When the campaign is over its units come back.
func TestATillSellsByTheRulesOfACampaign(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	rule := func(rule object) {
		t.Helper()
		clerk.must(t, "PUT", centre.url("/v1/quotas/"+mug), "", object{"location_id": shop, "channels": []object{{"channel_id": "flash", "quota": 40, "rule": rule}}}, nil)
	}
	rule(object{"max_units_per_order": 3, "draws_shared": false})
	clerk.must(t, "PUT", centre.url("/v1/kits/set"), "", object{"components": []object{{"product_id": mug, "quantity": 4}}}, nil)
	line := newLine(t, centre.grpc)
	setTill(t, centre, "one", object{"percent": 50, "channel_id": "flash"})
	m := pairTill(t, centre, "one", line.proxy.Listen)
	m.start()
	m.has(20)
	await(t, "the till has the kit", func() bool { return unitsAt(t, m.server, "set") == 5 })
	orders := 0
	reserves := func(product string, n int) string {
		t.Helper()
		orders++
		id := fmt.Sprintf("o-%d", orders)
		return postAt(t, m.server, "/inventory/reserve", "reserve-"+id, object{"order_id": id, "product_id": product, "location_id": shop, "quantity": n})
	}
	sells := func(when string) {
		t.Helper()
		if code := reserves(mug, 4); code != "INVALID_STATE" {
			t.Errorf("%s: an order of 4: %q", when, code)
		}
		if code := reserves("set", 1); code != "INVALID_STATE" {
			t.Errorf("%s: a kit of 4: %q", when, code)
		}
		var verdicts struct {
			Items []struct {
				Confirmed bool
				Reason    string
			}
		}
		clerk.must(t, "POST", m.url("/v1/availability:confirm"), "", object{"items": []object{{"product_id": mug, "location_id": shop, "quantity": 4}}}, &verdicts)
		if len(verdicts.Items) != 1 || verdicts.Items[0].Confirmed {
			t.Errorf("%s: a cart of 4: %+v", when, verdicts)
		}
		if code := reserves(mug, 3); code != "" {
			t.Errorf("%s: an order of 3: %q", when, code)
		}
	}
	await(t, "the till knows the rule", func() bool { return reserves(mug, 4) == "INVALID_STATE" })
	sells("with the line")
	line.cut()
	m.stop()
	m.start()
	sells("without the line")
	rule(object{"max_units_per_order": 3, "draws_shared": false, "ends_at": "2020-01-01T00:00:00Z"})
	line.mend()
	await(t, "the till has no units of a campaign that is over", func() bool { return mugsAt(t, m.server) == 0 && m.standing().Units == 0 })
	if code := reserves(mug, 1); code != "INVALID_STATE" {
		t.Errorf("after the end: %q", code)
	}
	agree(t, centre, m)
}

package test

import (
	"net/http"
	"testing"
)

// kitOf makes the product a kit of so many mugs and spoons at the centre.
func kitOf(t *testing.T, centre *server, kit string, mugs, spoons int) {
	t.Helper()
	clerk.must(t, "PUT", centre.url("/v1/kits/"+kit), "", object{"components": []object{
		{"product_id": mug, "quantity": mugs}, {"product_id": "spoon", "quantity": spoons},
	}}, nil)
}

// reserveKit reserves one of the product in the shop, and returns the code of a refusal.
func reserveKit(t *testing.T, s *server, order, kit string) string {
	t.Helper()
	return postAt(t, s, "/inventory/reserve", "reserve-"+order, object{"order_id": order, "product_id": kit, "location_id": shop, "quantity": 1})
}

// A till sells kits without its line, by the parts of the moment at which the line was last there. Another list of parts
// and the end of a kit arrive with the line. Both books are right afterwards.
func TestATillSellsKitsWithoutItsLine(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	clerk.must(t, "POST", centre.url("/v1/inventory"), "", object{"product_id": "spoon", "location_id": shop, "available_stock": 100}, nil)
	kitOf(t, centre, "set", 1, 2)
	kitOf(t, centre, "gift", 5, 1)
	line := newLine(t, centre.grpc)
	setTill(t, centre, "one", object{"percent": 60})
	m := pairTill(t, centre, "one", line.proxy.Listen)
	m.start()
	m.has(60)
	await(t, "the till has the spoons and the kits", func() bool {
		return unitsAt(t, m.server, "spoon") == 60 && unitsAt(t, m.server, "set") == 30 && unitsAt(t, m.server, "gift") == 12
	})
	line.cut()
	if code := reserveKit(t, m.server, "o-1", "set"); code != "" {
		t.Fatalf("a kit is refused without the line: %s", code)
	}
	if code := endAt(t, m.server, "deduct", "o-1"); code != "" {
		t.Fatalf("it is not deducted: %s", code)
	}
	if mugs, spoons := mugsAt(t, m.server), unitsAt(t, m.server, "spoon"); mugs != 59 || spoons != 58 {
		t.Errorf("the till has %d mugs and %d spoons, want 59 and 58", mugs, spoons)
	}
	kitOf(t, centre, "set", 1, 3)
	clerk.must(t, http.MethodDelete, centre.url("/v1/kits/gift"), "", nil, nil)
	if code := reserveKit(t, m.server, "o-2", "set"); code != "" { // the till cannot know yet
		t.Fatalf("a kit is refused without the line: %s", code)
	}
	if n := unitsAt(t, m.server, "spoon"); n != 56 {
		t.Errorf("the till has %d spoons, want 56", n)
	}
	m.stop()
	m.start() // the kits are on its disk
	if n := unitsAt(t, m.server, "set"); n != 28 {
		t.Errorf("after a start without the line the till has %d kits, want 28", n)
	}
	line.mend()
	await(t, "the till has the new parts, and the other kit has ended", func() bool {
		return unitsAt(t, m.server, "set") == 56/3 && unitsAt(t, m.server, "gift") == 0
	})
	// An order of the old parts leaves by them.
	if code := endAt(t, m.server, "deduct", "o-2"); code != "" {
		t.Errorf("an order of the old parts is not deducted: %s", code)
	}
	if code := reserveKit(t, m.server, "o-3", "gift"); code == "" {
		t.Error("a kit that has ended was sold")
	}
	line.cut()
	if code := reserveKit(t, m.server, "o-4", "set"); code != "" {
		t.Errorf("a kit of the new parts is refused: %s", code)
	}
	if code := endAt(t, m.server, "deduct", "o-4"); code != "" {
		t.Errorf("it is not deducted: %s", code)
	}
	line.mend()
	m.reported()
	for product, want := range map[string]int64{mug: 97, "spoon": 93} {
		await(t, "the parts of three kits have left both books", func() bool {
			return unitsAt(t, centre, product)+unitsAt(t, m.server, product) == want
		})
	}
	m.stop()
	centre.stop()
	for _, s := range []*server{centre, m.server} {
		s.verify()
	}
}

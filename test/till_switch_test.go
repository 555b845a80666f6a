package test

import "testing"

// A product that the centre takes off sale is off sale at the till, and the other way round.
func TestATillAndItsCentreShareTheSaleSwitch(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 60}, 60)
	orders := 0
	sells := func(s *server) bool {
		orders++
		code := sellAt(t, s, string(rune('a'+orders/26))+string(rune('a'+orders%26)), 1)
		if code != "" && code != "INSUFFICIENT_STOCK" {
			t.Fatalf("refused for %q", code)
		}
		return code == ""
	}
	for _, c := range []struct {
		name     string
		by, seen *server
	}{{"by the centre", centre, m.server}, {"by the till", m.server, centre}} {
		for _, on := range []bool{false, true} {
			clerk.must(t, "POST", c.by.url("/v1/inventory/sale-status"), "", object{"product_id": mug, "location_id": shop, "on_sale": on}, nil)
			if sells(c.by) != on {
				t.Errorf("switched %s to %v, and it says otherwise", c.name, on)
			}
			await(t, "the other one follows", func() bool { return onSale(t, c.seen) == on })
			if sells(c.seen) != on {
				t.Errorf("switched %s to %v, and the other does otherwise", c.name, on)
			}
		}
	}
	agree(t, centre, m)
}

func onSale(t *testing.T, s *server) bool {
	t.Helper()
	return isOnSale(t, s, mug)
}

func isOnSale(t *testing.T, s *server, product string) bool {
	t.Helper()
	var answer struct {
		Locations []struct {
			OnSale bool `json:"on_sale"`
		}
	}
	clerk.must(t, "GET", s.url("/inventory/product/"+product), "", nil, &answer)
	return len(answer.Locations) == 1 && answer.Locations[0].OnSale
}

package test

import "testing"

// The centre knows that a till has the same books, and lists it as in step.
func TestTheCentreShowsThatATillIsInStep(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	setTill(t, centre, "two", object{"percent": 0})
	m := newTill(t, centre, "one", object{"percent": 60, "level": 80, "rank": 1}, 60)
	reserveAt(t, m.server, "o-1", 5)
	var list struct {
		Items []struct {
			TillID      string `json:"till_id"`
			State       string
			BehindSince string `json:"behind_since"`
			Seq, Last   int64
			Level       int64
		}
	}
	await(t, "the till is in step", func() bool {
		list.Items = nil
		clerk.must(t, "GET", centre.url("/v1/tills?state=synced"), "", nil, &list)
		return len(list.Items) == 1 && list.Items[0].Last == lastRecord(t, m.server)
	})
	if one := list.Items[0]; one.TillID != "one" || one.State != "synced" || one.BehindSince != "" || one.Seq != one.Last || one.Level != 80 {
		t.Errorf("it is %+v", one)
	}
	var has struct{ Items []object }
	clerk.must(t, "GET", centre.url("/v1/tills/one/stock"), "", nil, &has)
	// The five of the order are held at the till, and no longer its own.
	if len(has.Items) != 1 || has.Items[0]["product_id"] != mug || has.Items[0]["on_hand"] != 100.0 || has.Items[0]["units"].(float64) < 48 {
		t.Errorf("it has %v", has.Items)
	}
	var counts struct{ Total, Synced, Unpaired int }
	clerk.must(t, "GET", centre.url("/v1/tills:count"), "", nil, &counts)
	if counts.Total != 2 || counts.Synced != 1 || counts.Unpaired != 1 {
		t.Errorf("counted %+v", counts)
	}
	list.Items = nil
	clerk.must(t, "GET", centre.url("/v1/tills?state=unpaired"), "", nil, &list)
	if len(list.Items) != 1 || list.Items[0].TillID != "two" {
		t.Errorf("the other one is %+v", list.Items)
	}
	agree(t, centre, m)
}

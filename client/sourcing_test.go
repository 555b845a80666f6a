package client_test

import (
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestAReserveWhoseLocationsAreChosen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := open(t, h.address, client.WithKey(h.admin))
	for _, at := range []string{"berlin", "rome"} {
		if _, err := c.Create(t.Context(), client.Create{ProductID: "bean", LocationID: at, AvailableStock: 5}); err != nil {
			t.Fatal(err)
		}
	}
	o, err := c.Reserve(t.Context(), client.Reserve{OrderID: "o-1", ProductID: "bean", Quantity: 7, Sourcing: &client.Sourcing{Strategy: client.FewestShipments}})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Reservations) != 2 || o.Sourcing == nil || o.Sourcing.Shipments != 2 || o.Sourcing.Attempts != 1 || o.Sourcing.Costed || len(o.Sourcing.Lines) != 2 || len(o.Sourcing.Explanation) != 2 {
		t.Errorf("%+v", o)
	}
	latitude, longitude := 52.0, 13.0
	cart := client.Cart{Items: []client.Item{{ProductID: "bean", Quantity: 4}}, Sourcing: &client.Sourcing{Strategy: client.Nearest, Latitude: &latitude, Longitude: &longitude}}
	a, err := c.ConfirmAvailability(t.Context(), cart)
	if err != nil || a.Confirmed || a.Items[0].Available != 3 || a.Items[0].Reason != "insufficient_stock" || a.Plan != nil {
		t.Errorf("%+v, %v", a, err)
	}
	cart.OrderID = "o-1"
	if a, err := c.ConfirmAvailability(t.Context(), cart); err != nil || !a.Confirmed || a.Plan.Shipments != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}

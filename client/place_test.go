package client_test

import (
	"errors"
	"reflect"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestLocationsAndLanes(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	want := client.Location{
		LocationID: "place-W01", Kind: client.Warehouse, Name: "London", Coordinates: &client.Coordinates{Latitude: 51.49999, Longitude: -0.11672},
		Priority: 0, Active: true, Pickup: true, Channels: []string{"app", "web"}, Region: "uk", Capacity: 40,
	}
	kept := fine[[]client.Location](t)(c.Locations.Set(ctx, want, client.DefaultLocation("place-W02")))
	if len(kept) != 2 || !reflect.DeepEqual(kept[0], want) || kept[1].Kind != client.Store || kept[1].Priority != 100 {
		t.Errorf("kept %+v", kept)
	}
	if got := fine[*client.Location](t)(c.Locations.Get(ctx, "place-W01")); !reflect.DeepEqual(*got, want) {
		t.Errorf("read %+v", got)
	}
	if _, err := c.Locations.Get(ctx, "place-none"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
	if _, err := c.Locations.Set(ctx, client.Location{LocationID: "place-W03", Kind: "shop"}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a kind of its own: %v", err)
	}
	if page := fine[*client.Page[client.Location]](t)(c.Locations.List(ctx, client.List{PageSize: 1})); len(page.Items) != 1 || page.NextPageToken == "" {
		t.Errorf("a page: %+v", page)
	}
	if err := c.Locations.SetLanes(ctx, client.Lane{LocationID: "place-W01", Zone: "eu", CostPerUnit: 3, CostPerShipment: 400}, client.Lane{LocationID: "place-W01"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Locations.DropLane(ctx, "place-W01", ""); err != nil {
		t.Fatal(err)
	}
	lanes := fine[*client.Page[client.Lane]](t)(c.Locations.Lanes(ctx, client.List{LocationID: "place-W01"}))
	if len(lanes.Items) != 1 || lanes.Items[0] != (client.Lane{LocationID: "place-W01", Zone: "eu", CostPerUnit: 3, CostPerShipment: 400}) {
		t.Errorf("lanes: %+v", lanes)
	}
}

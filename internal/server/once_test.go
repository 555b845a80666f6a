package server_test

import (
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func TestKeysOfWritesToTheCatalog(t *testing.T) {
	t.Parallel()
	h := cafes(t)
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	first, again := []string{"Idempotency-Replayed", ""}, []string{"Idempotency-Replayed", "true"}
	const oslo, oslo2 = `{"kind":"store","name":"Oslo"}`, `{"kind":"store","name":"Oslo 2"}`
	const latte = `{"components":[{"product_id":"bean","quantity":3},{"product_id":"cup","quantity":1}]}`
	const refill = `{"to_location_id":"lyon","from_location_ids":["berlin"],"min":1,"target":4,"every_seconds":3600}`
	h.tell(t, []step{
		{name: "a location", verb: "PUT", path: "/v1/locations/oslo", body: oslo, head: key("k"), want: []string{`name "Oslo"`}, says: first},
		{name: "is changed without a key", verb: "PUT", path: "/v1/locations/oslo", body: oslo2, want: []string{`name "Oslo 2"`}},
		{name: "and not changed back by a repeat", verb: "PUT", path: "/v1/locations/oslo", body: oslo, head: key("k"), want: []string{`name "Oslo"`, `location_id "oslo"`}, says: again},
		{name: "as all can see", path: "/v1/locations/oslo", want: []string{`name "Oslo 2"`}},
		{name: "another body with the key", verb: "PUT", path: "/v1/locations/oslo", body: oslo2, head: key("k"), status: 422, code: "IDEMPOTENCY_CONFLICT", says: first},
		{name: "another location with it", verb: "PUT", path: "/v1/locations/bergen", body: oslo, head: key("k"), status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "another operation with it is another scope", verb: "PUT", path: "/v1/kits/latte", body: latte, head: key("k"), want: []string{`components.length 2`}, says: first},
		{name: "a kit is dropped once", verb: "DELETE", path: "/v1/kits/latte", head: key("d"), says: first},
		{name: "and made again", verb: "PUT", path: "/v1/kits/latte", body: latte},
		{name: "the repeat drops nothing", verb: "DELETE", path: "/v1/kits/latte", head: key("d"), says: again},
		{name: "it is there", path: "/v1/kits/latte", want: []string{`components.length 2`}},
		{name: "a product with stock is no kit", verb: "PUT", path: "/v1/kits/cup", body: `{"components":[{"product_id":"bean","quantity":1}]}`, head: key("c"), status: 409, code: "INVALID_STATE", says: first},
		{name: "its stock goes", path: "/inventory/adjust", body: `{"product_id":"cup","location_id":"berlin","delta":-8,"reason":"x"}`},
		{name: "all of it", path: "/inventory/adjust", body: `{"product_id":"cup","location_id":"lyon","delta":-4,"reason":"x"}`},
		{name: "the refusal stays", verb: "PUT", path: "/v1/kits/cup", body: `{"components":[{"product_id":"bean","quantity":1}]}`, head: key("c"), status: 409, code: "INVALID_STATE", says: again},
		{name: "what is not valid is not kept", verb: "PUT", path: "/v1/locations/paris", body: `{"kind":"castle"}`, head: key("v"), status: 400},
		{name: "so the key is free", verb: "PUT", path: "/v1/locations/paris", body: `{"kind":"store"}`, head: key("v"), says: first},
		{name: "what is unknown is not kept", verb: "DELETE", path: "/v1/replenishments/night", head: key("u"), status: 404},
		{name: "a rule", verb: "PUT", path: "/v1/replenishments/night", body: refill, head: key("r"), want: []string{`target 4`}, says: first},
		{name: "again", verb: "PUT", path: "/v1/replenishments/night", body: refill, head: key("r"), want: []string{`target 4`}, says: again},
		{name: "is dropped, now that it is known", verb: "DELETE", path: "/v1/replenishments/night", head: key("u"), says: first},
		{name: "lanes", verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"lyon","zone":"fr","cost_per_unit":1}]}`, head: key("l"), says: first},
		{name: "lanes again", verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"lyon","zone":"fr","cost_per_unit":1}]}`, head: key("l"), says: again},
		{name: "lists of locations", verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"oslo","name":"O"}]}`, head: key("m"), want: []string{`items.0.name "O"`}, says: first},
		{name: "lists again", verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"oslo","name":"O"}]}`, head: key("m"), want: []string{`items.0.name "O"`}, says: again},
	})
}

func TestKeysOfWritesToTheCatalogOverGRPC(t *testing.T) {
	t.Parallel()
	h := cafes(t)
	ctx := h.with(t, "admin", "idempotency-key", "k")
	set := func(name string) (*holdfastv1.Location, bool, error) {
		var head metadata.MD
		l, err := h.grpc.SetLocation(ctx, &holdfastv1.SetLocationRequest{LocationId: "oslo", Name: name}, grpc.Header(&head))
		return l, len(head["idempotency-replayed"]) > 0, err
	}
	for i := range 2 {
		if l, replayed, err := set("Oslo"); err != nil || l.GetName() != "Oslo" || replayed != (i == 1) {
			t.Errorf("call %d: %v, replayed %v, %v", i, l, replayed, err)
		}
	}
	if _, _, err := set("Bergen"); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("another request: %v", err)
	}
	// Over REST it is the same key of the same operation.
	h.play(t, step{verb: "PUT", path: "/v1/locations/oslo", body: `{"name":"Oslo"}`, head: []string{"Idempotency-Key", "k"}, says: []string{"Idempotency-Replayed", "true"}})
}

package server_test

import (
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestKits(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "a product that is counted in grams", path: "/v1/inventory", body: `{"product_id":"tea","unit":"kg","scale":3,"available_stock":"1.5"}`},
		{name: "is no kit", as: "read", path: "/v1/kits/tea", status: 404, code: "NOT_FOUND"},
		{
			name: "a kit of it", verb: "PUT", path: "/v1/kits/pot", body: `{"components":[{"product_id":"tea","quantity":"0.012"},{"product_id":"pot-1l","quantity":1}]}`, head: []string{"Idempotency-Key", "k"},
			want: []string{`product_id "pot"`, `version 1`, `components.0.product_id "pot-1l"`, `components.0.quantity 1`, `components.1.product_id "tea"`, `components.1.quantity 12`},
			says: []string{"Holdfast-Position", ""},
		},
		{name: "the same again is the same version", verb: "PUT", path: "/v1/kits/pot", body: `{"components":[{"product_id":"pot-1l","quantity":1},{"product_id":"tea","quantity":12}]}`, want: []string{`version 1`}},
		{name: "its products are known", path: "/v1/inventory/product/pot-1l", want: []string{`available_stock 0`}},
		{name: "a change is another version", verb: "PUT", path: "/v1/kits/pot", body: `{"components":[{"product_id":"tea","quantity":10}]}`, want: []string{`version 2`, `components.length 1`}},
		{name: "it is read with the scope read", as: "read", path: "/v1/kits/pot", want: []string{`version 2`, `components.0.quantity 10`}},
		{name: "writing needs admin", as: "internal", verb: "PUT", path: "/v1/kits/pot", body: `{"components":[{"product_id":"tea","quantity":1}]}`, status: 403},
		{name: "a kit may be a component", verb: "PUT", path: "/v1/kits/set", body: `{"components":[{"product_id":"pot","quantity":2}]}`},
		{
			name: "it has no stock of its own", path: "/inventory/restock", body: `{"product_id":"pot","quantity":1}`, status: 409, code: "INVALID_STATE",
			want: []string{`detail "product \"pot\" is a kit: it has no stock of its own, its components have"`},
		},
		{name: "nor is it counted", path: "/inventory/adjust", body: `{"product_id":"pot","set_to":4,"reason":"count"}`, status: 409, code: "INVALID_STATE"},
		{name: "opened with some", path: "/inventory", body: `{"product_id":"pot","location_id":"w","available_stock":4}`, status: 409, code: "INVALID_STATE"},
		{name: "or taken back", path: "/v1/inventory/return", body: `{"product_id":"pot","quantity":1}`, status: 409, code: "INVALID_STATE"},
		{name: "it is not switched off by itself", path: "/inventory/sale-status", body: `{"product_id":"pot","on_sale":false}`, status: 409, code: "INVALID_STATE"},
		{name: "has no threshold", verb: "PUT", path: "/inventory/pot/threshold", body: `{"low_stock_threshold":3}`, status: 409, code: "INVALID_STATE"},
		{name: "no quotas", verb: "PUT", path: "/v1/quotas/pot", body: `{"channels":[{"channel_id":"web","weight":2}]}`, status: 409, code: "INVALID_STATE"},
		{name: "is not sold ahead", verb: "PUT", path: "/v1/promises/pot", body: `{"presale":{"cap":5}}`, status: 409, code: "INVALID_STATE"},
		{name: "has no lots", verb: "PUT", path: "/v1/lots/pot/policy", body: `{"draw":"fifo"}`, status: 409, code: "INVALID_STATE"},
		{name: "no accounts", path: "/v1/inventory/move", body: `{"product_id":"pot","from":"pool/shared","to":"damaged","quantity":1}`, status: 409, code: "INVALID_STATE"},
		{name: "is not sent around", path: "/v1/transfers", body: `{"from_location_id":"default","to_location_id":"w","lines":[{"product_id":"tea","quantity":1},{"product_id":"pot","quantity":1}]}`, status: 409, code: "INVALID_STATE"},
		{
			name: "in a batch neither", path: "/v1/commands:batch", body: `{"commands":[{"restock":{"product_id":"pot","quantity":1}},{"restock":{"product_id":"cup","quantity":1}}]}`,
			want: []string{`results.0.error.code "INVALID_STATE"`},
		},
		{
			name: "but not of itself", verb: "PUT", path: "/v1/kits/pot", body: `{"components":[{"product_id":"set","quantity":1}]}`, status: 400, code: "INVALID_ARGUMENT",
			want: []string{`violations.0.field "components"`, `detail "components: components would make the kit contain itself: pot > set > pot"`},
		},
		{name: "what has stock does not become a kit", verb: "PUT", path: "/v1/kits/tea", body: `{"components":[{"product_id":"leaf","quantity":1}]}`, status: 409, code: "INVALID_STATE"},
		{name: "decimals are for units", verb: "PUT", path: "/v1/kits/box", body: `{"components":[{"product_id":"cup","quantity":"1.5"}]}`, status: 400, want: []string{`violations.0.field "components[0].quantity"`}},
		{name: "a component counts", verb: "PUT", path: "/v1/kits/box", body: `{"components":[{"product_id":"cup"}]}`, status: 400, want: []string{`violations.0.field "components[0].quantity"`}},
		{name: "once", verb: "PUT", path: "/v1/kits/box", body: `{"components":[{"product_id":"cup","quantity":1},{"product_id":"cup","quantity":2}]}`, status: 400, want: []string{`violations.0.field "components"`}},
		{name: "there must be some", verb: "PUT", path: "/v1/kits/box", body: `{}`, status: 400, want: []string{`violations.0.field "components"`}},
		{
			name: "of many all are set", verb: "PUT", path: "/v1/kits:batch", body: `{"items":[{"product_id":"b","components":[{"product_id":"tea","quantity":"0.001"}]},{"product_id":"a","components":[{"product_id":"b","quantity":3}]}]}`,
			want: []string{`items.0.product_id "b"`, `items.0.components.0.quantity 1`, `items.1.version 1`},
		},
		{name: "or none", verb: "PUT", path: "/v1/kits:batch", body: `{"items":[{"product_id":"c","components":[{"product_id":"tea","quantity":1}]},{"product_id":"b","components":[{"product_id":"a","quantity":3}]}]}`, status: 400, want: []string{`violations.0.field "items[1].components"`}},
		{name: "the list is by product", as: "read", path: "/v1/kits", want: []string{`items.length 4`, `items.0.product_id "a"`, `items.3.product_id "set"`}},
		{name: "another tenant has none", as: "other", path: "/v1/kits", want: []string{`items.length 0`}},
		{name: "a kit is deleted", verb: "DELETE", path: "/v1/kits/a", want: []string{`version 2`, `components.length 0`}},
		{name: "which may be repeated", verb: "DELETE", path: "/v1/kits/a", want: []string{`version 2`}},
		{name: "it is gone", as: "read", path: "/v1/kits/a", status: 404},
		{name: "its version goes on", verb: "PUT", path: "/v1/kits/a", body: `{"components":[{"product_id":"b","quantity":3}]}`, want: []string{`version 3`}},
		{name: "what never was one cannot be deleted", verb: "DELETE", path: "/v1/kits/tea", status: 404},
	})
}

func TestKitsOverGRPC(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx := h.with(t, "admin")
	set := &holdfastv1.SetKitRequest{ProductId: "box", Components: []*holdfastv1.KitComponentItem{{ProductId: "cup", Quantity: 2}}}
	if k, err := h.grpc.SetKit(ctx, set); err != nil || k.GetVersion() != 1 || k.GetUpdatedAt().AsTime().IsZero() {
		t.Errorf("%v, %v", k, err)
	}
	if _, err := h.grpc.DeleteKit(ctx, &holdfastv1.DeleteKitRequest{ProductId: "box"}); err != nil {
		t.Error(err)
	}
	if _, err := h.grpc.GetKit(ctx, &holdfastv1.GetKitRequest{ProductId: "box"}); status.Code(err) != codes.NotFound {
		t.Errorf("a kit that is gone: %v", err)
	}
}

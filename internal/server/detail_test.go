package server_test

import "testing"

func TestDetails(t *testing.T) {
	t.Parallel()

	start(t).tell(t, []step{
		{name: "none yet", as: "read", path: "/v1/products/mug/details", status: 404, code: "NOT_FOUND"},
		{
			name: "they are set with the scope internal", as: "internal", verb: "PUT", path: "/v1/products/mug/details",
			body: `{"title":"Blue <mug>","text":"two\nlines","seller_id":"s-1","attributes":{"brand":"acme"},"tags":["kitchen","blue"]}`,
			want: []string{`product_id "mug"`, `title "Blue <mug>"`, `text "two\nlines"`, `seller_id "s-1"`, `attributes.brand "acme"`, `tags.1 "blue"`, `version 1`},
			says: []string{"Holdfast-Position", ""},
		},
		{name: "not with read", as: "read", verb: "PUT", path: "/v1/products/mug/details", body: `{"title":"x"}`, status: 403},
		{name: "and read with read", as: "read", path: "/v1/products/mug/details", want: []string{`title "Blue <mug>"`, `version 1`}},
		{name: "the product is known", path: "/v1/inventory/product/mug", want: []string{`available_stock 0`}},
		{name: "a title must be given", verb: "PUT", path: "/v1/products/mug/details", body: `{"text":"x"}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "title"`}},
		{name: "control characters are refused", verb: "PUT", path: "/v1/products/mug/details", body: `{"title":"a\u0000b"}`, status: 400, want: []string{`violations.0.field "title"`}},
		{
			name: "many are set at once", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"cup","title":"Cup"},{"product_id":"mug","title":"Mug"}]}`,
			want: []string{`items.0.version 1`, `items.1.version 2`, `items.1.title "Mug"`},
		},
		{name: "or none", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"pot","title":"Pot"},{"product_id":"lid","title":"Lid","tags":["a","a"]}]}`, status: 400, want: []string{`violations.0.field "items[1].tags[1]"`}},
		{name: "none of a bad batch", path: "/v1/products/pot/details", status: 404},
		{name: "each product once", verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"pot","title":"Pot"},{"product_id":"pot","title":"Lid"}]}`, status: 400, want: []string{`violations.0.field "items[1].product_id"`}},
		{name: "a page", as: "read", path: "/v1/products/details?page_size=1", want: []string{`items.length 1`, `items.0.product_id "cup"`}},
		{name: "they are taken away", as: "internal", verb: "DELETE", path: "/v1/products/mug/details"},
		{name: "once more is no change", as: "internal", verb: "DELETE", path: "/v1/products/mug/details"},
		{name: "what never was is not", as: "internal", verb: "DELETE", path: "/v1/products/lid/details", status: 404},
		{name: "gone", path: "/v1/products/mug/details", status: 404, code: "NOT_FOUND"},
		{name: "set again the version goes on", verb: "PUT", path: "/v1/products/mug/details", body: `{"title":"Mug"}`, want: []string{`version 4`}},
	})
}

package server_test

import (
	"testing"
)

func TestCreateInventory(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{
			name: "everything left out has its default", path: "/inventory", body: `{"product_id":"p"}`,
			want: []string{
				`product_id "p"`, `location_id "default"`, `available_stock 0`, `reserved_stock 0`, `total_stock 0`, `on_hand 0`,
				`low_stock_threshold 0`, `tracked true`, `on_sale true`, `status "sold_out"`, `version 1`, `unit absent`,
			},
			says: []string{"Holdfast-Position", "*", "Idempotency-Replayed", ""},
		},
		{name: "a second time it exists", path: "/inventory", body: `{"product_id":"p"}`, status: 409, code: "ALREADY_EXISTS"},
		{
			name: "the other path is the same endpoint", path: "/v1/inventory",
			body: `{"product_id":"q","location_id":"w1","available_stock":7,"low_stock_threshold":7}`,
			want: []string{`location_id "w1"`, `available_stock 7`, `total_stock 7`, `on_hand 7`, `status "low_stock"`},
		},
		{
			name: "an untracked item has no figures", path: "/inventory", body: `{"product_id":"u","tracked":false}`,
			want: []string{`tracked false`, `available_stock 0`, `status "in_stock"`},
		},
		{name: "an untracked item cannot have a stock", path: "/inventory", body: `{"product_id":"u2","tracked":false,"available_stock":1}`, status: 400, want: []string{`violations.0.field "available_stock"`}},
		{name: "a refused create makes nothing known", as: "nobody", path: "/inventory/check/u2", status: 404, code: "NOT_FOUND"},
		{name: "the largest quantity fits", path: "/inventory", body: `{"product_id":"max","available_stock":9007199254740991}`, want: []string{`available_stock 9007199254740991`}},
		{name: "one more does not", path: "/inventory", body: `{"product_id":"max2","available_stock":9007199254740992}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "nor does what is over int64", path: "/inventory", body: `{"product_id":"max2","available_stock":99999999999999999999999}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "a negative stock is refused", path: "/inventory", body: `{"product_id":"m","available_stock":-1}`, status: 400},
		{name: "a figure may not leave its range later", path: "/inventory/restock", body: `{"product_id":"max","quantity":1}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "nothing has changed then", path: "/inventory/product/max", want: []string{`available_stock 9007199254740991`, `locations.0.version 1`}},
	})
}

func TestUnits(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{
			name: "the first call that names a unit fixes it", path: "/inventory",
			body: `{"product_id":"rice","unit":"kg","scale":3,"available_stock":"1.25","low_stock_threshold":"0.5"}`,
			want: []string{`available_stock 1250`, `low_stock_threshold 500`, `unit "kg"`, `scale 3`},
		},
		{name: "another unit is refused", path: "/inventory", body: `{"product_id":"rice","location_id":"w2","unit":"g","scale":3}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "another scale is refused", path: "/inventory", body: `{"product_id":"rice","location_id":"w2","unit":"kg","scale":2}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "the refused location is not known", as: "nobody", path: "/inventory/check/rice?location_id=w2", status: 404},
		{name: "the same again is fine", path: "/inventory", body: `{"product_id":"rice","location_id":"w2","unit":"kg","scale":3}`, want: []string{`unit "kg"`}},
		{name: "a scale over 6 is refused", path: "/inventory", body: `{"product_id":"x","unit":"kg","scale":7}`, status: 400, want: []string{`violations.0.field "scale"`}},
		{name: "a scale of 0 is refused", path: "/inventory", body: `{"product_id":"x","unit":"kg","scale":0}`, status: 400},
		{name: "a unit needs a scale", path: "/inventory", body: `{"product_id":"x","unit":"kg"}`, status: 400},
		{name: "a scale needs a unit", path: "/inventory", body: `{"product_id":"x","scale":2}`, status: 400},
		{name: "nothing of that became known", path: "/inventory/product/x", status: 404},
		{name: "a number is smallest units", path: "/inventory/restock", body: `{"product_id":"rice","quantity":1}`, want: []string{`available_stock 1251`}},
		{name: "a string is the declared unit", path: "/inventory/restock", body: `{"product_id":"rice","quantity":"2"}`, want: []string{`available_stock 3251`}},
		{name: "trailing zeros are the same number", path: "/inventory/restock", body: `{"product_id":"rice","quantity":"0.0490000"}`, want: []string{`available_stock 3300`}},
		{name: "more decimals than the scale are refused", path: "/inventory/restock", body: `{"product_id":"rice","quantity":"0.0001"}`, status: 400, want: []string{`violations.0.field "quantity"`}},
		{name: "an exponent is no decimal", path: "/inventory/restock", body: `{"product_id":"rice","quantity":"1e3"}`, status: 400},
		{name: "blanks are no decimal", path: "/inventory/restock", body: `{"product_id":"rice","quantity":" 1"}`, status: 400},
		{name: "an empty string is no decimal", path: "/inventory/restock", body: `{"product_id":"rice","quantity":""}`, status: 400},
		{name: "a decimal of nothing is out of range", path: "/inventory/restock", body: `{"product_id":"rice","quantity":"0.000"}`, status: 400},
		{name: "a decimal over the largest quantity is out of range", path: "/inventory/restock", body: `{"product_id":"rice","quantity":"9007199254740.992"}`, status: 400},
		{name: "a decimal over int64 is out of range", path: "/inventory/restock", body: `{"product_id":"rice","quantity":"99999999999999999999999"}`, status: 400},
		{name: "the sibling field is not part of JSON", path: "/inventory/restock", body: `{"product_id":"rice","quantity_decimal":"1"}`, status: 400, want: []string{`violations.0.field "quantity_decimal"`}},
		{name: "a product without a unit takes numbers only", path: "/inventory", body: `{"product_id":"nail","available_stock":5}`},
		{name: "so a string is refused there", path: "/inventory/restock", body: `{"product_id":"nail","quantity":"1"}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "an adjust takes a negative decimal", path: "/inventory/adjust", body: `{"product_id":"rice","delta":"-0.3","reason":"spilt"}`, want: []string{`available_stock 3000`}},
		{name: "and set_to a decimal", path: "/inventory/adjust", body: `{"product_id":"rice","set_to":"2.5","reason":"weighed"}`, want: []string{`available_stock 2500`}},
		{name: "a reserve takes a decimal", path: "/inventory/reserve", body: `{"order_id":"o","items":[{"product_id":"rice","quantity":"1.5"}]}`, want: []string{`reservations.0.quantity 1500`, `reservations.0.unit "kg"`, `reservations.0.scale 3`}},
		{name: "and so does a deduct", path: "/inventory/deduct", body: `{"order_id":"o","product_id":"rice","quantity":"1.5"}`, want: []string{`reservations.0.deducted 1500`}},
		{name: "a check in a query is smallest units", as: "nobody", path: "/inventory/check/rice?quantity=1000&location_id=default", want: []string{`available 1000`, `in_stock true`, `unit "kg"`}},
		{name: "a decimal in a query is refused", as: "nobody", path: "/inventory/check/rice?quantity=0.5", status: 400},
		{name: "a batch check takes decimals", as: "nobody", path: "/inventory/check/batch", body: `{"items":[{"product_id":"rice","quantity":"1.001"}]}`, want: []string{`items.0.requested 1001`, `items.0.in_stock false`}},
		{name: "a unit may be named after the product", path: "/inventory", body: `{"product_id":"nail","location_id":"w2","unit":"box","scale":2}`, want: []string{`unit "box"`}},
		{name: "and then shows everywhere", path: "/inventory/product/nail", want: []string{`unit "box"`, `scale 2`, `locations.0.unit "box"`}},
	})
}

func TestRestockAndAdjust(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "a product that nobody named is unknown", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, status: 404, code: "NOT_FOUND"},
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "a known product at an unknown location is unknown", path: "/inventory/restock", body: `{"product_id":"p","location_id":"w1","quantity":1}`, status: 404},
		{name: "make the location known", path: "/inventory", body: `{"product_id":"q","location_id":"w1"}`},
		{name: "then a restock opens the record", path: "/inventory/restock", body: `{"product_id":"p","location_id":"w1","quantity":4,"reason":"delivery","reference":"po/17"}`, want: []string{`available_stock 4`, `location_id "w1"`, `version 1`}},
		{name: "a restock adds", path: "/inventory/restock", body: `{"product_id":"p","quantity":5}`, want: []string{`available_stock 15`, `version 2`}},
		{name: "of at least one", path: "/inventory/restock", body: `{"product_id":"p","quantity":0}`, status: 400, want: []string{`violations.0.field "quantity"`}},
		{name: "not of less than nothing", path: "/inventory/restock", body: `{"product_id":"p","quantity":-1}`, status: 400},
		{name: "not without a quantity", path: "/inventory/restock", body: `{"product_id":"p"}`, status: 400},
		{name: "a delta changes what is available", path: "/inventory/adjust", body: `{"product_id":"p","delta":-3,"reason":"broken"}`, want: []string{`available_stock 12`, `version 3`}},
		{name: "a delta of nothing is refused", path: "/inventory/adjust", body: `{"product_id":"p","delta":0,"reason":"x"}`, status: 400},
		{name: "a reason must be given", path: "/inventory/adjust", body: `{"product_id":"p","delta":1}`, status: 400, want: []string{`violations.0.field "reason"`}},
		{name: "delta or set_to must be given", path: "/inventory/adjust", body: `{"product_id":"p","reason":"x"}`, status: 400},
		{name: "but not both", path: "/inventory/adjust", body: `{"product_id":"p","delta":1,"set_to":1,"reason":"x"}`, status: 400},
		{
			name: "below zero is not enough stock", path: "/inventory/adjust", body: `{"product_id":"p","delta":-13,"reason":"x"}`, status: 409, code: "INSUFFICIENT_STOCK",
			want: []string{`shortages.0.product_id "p"`, `shortages.0.location_id "default"`, `shortages.0.requested 13`, `shortages.0.available 12`},
		},
		{name: "reserve some", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":5}`},
		{name: "set_to is what is on the shelf, held included", path: "/inventory/adjust", body: `{"product_id":"p","set_to":20,"reason":"counted"}`, want: []string{`available_stock 15`, `reserved_stock 5`, `total_stock 20`, `on_hand 20`}},
		{name: "set_to below what is held is not enough stock", path: "/inventory/adjust", body: `{"product_id":"p","set_to":4,"reason":"counted"}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`detail "product \"p\" at location \"default\": set_to 4 is below the 5 units that are held or kept from sale there"`}},
		{name: "set_to what it is changes nothing", path: "/inventory/adjust", body: `{"product_id":"p","set_to":20,"reason":"counted"}`, want: []string{`version 5`}},
		{name: "set_to must not be negative", path: "/inventory/adjust", body: `{"product_id":"p","set_to":-1,"reason":"x"}`, status: 400},
		{name: "the current version may be expected", path: "/inventory/adjust", body: `{"product_id":"p","delta":1,"reason":"x","expected_version":5}`, want: []string{`version 6`}},
		{name: "another one conflicts", path: "/inventory/adjust", body: `{"product_id":"p","delta":1,"reason":"x","expected_version":5}`, status: 409, code: "VERSION_CONFLICT"},
		{name: "a version of 0 conflicts too", path: "/inventory/adjust", body: `{"product_id":"p","delta":1,"reason":"x","expected_version":0}`, status: 409, code: "VERSION_CONFLICT"},
		{name: "a positive adjust opens the record of a known pair, whose version is 0 before", path: "/inventory/adjust", body: `{"product_id":"q","delta":2,"reason":"x","expected_version":0}`, want: []string{`version 1`, `available_stock 2`}},
		{name: "a negative version is refused", path: "/inventory/adjust", body: `{"product_id":"p","delta":1,"reason":"x","expected_version":-1}`, status: 400},
		{name: "and any version will do when none is expected", path: "/inventory/adjust", body: `{"product_id":"q","delta":1,"reason":"found"}`, want: []string{`available_stock 3`, `location_id "default"`, `version 2`}},
	})
}

func TestThresholdAndSaleStatus(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "a threshold", verb: "PUT", path: "/inventory/p/threshold", body: `{"low_stock_threshold":10}`, want: []string{`low_stock_threshold 10`, `status "low_stock"`, `version 2`}},
		{name: "the same again changes nothing", verb: "PUT", path: "/v1/inventory/p/threshold", body: `{"low_stock_threshold":10}`, want: []string{`version 2`}},
		{name: "a negative one is refused", verb: "PUT", path: "/inventory/p/threshold", body: `{"low_stock_threshold":-1}`, status: 400},
		{name: "it must be given", verb: "PUT", path: "/inventory/p/threshold", body: `{}`, status: 400},
		{name: "the product comes from the path alone", verb: "PUT", path: "/inventory/p/threshold", body: `{"product_id":"p","low_stock_threshold":1}`, status: 400, want: []string{`violations.0.field "product_id"`}},
		{name: "an unknown product", verb: "PUT", path: "/inventory/nope/threshold", body: `{"low_stock_threshold":1}`, status: 404},
		{name: "off sale keeps the balance", as: "internal", path: "/inventory/sale-status", body: `{"product_id":"p","on_sale":false,"reason":"recall"}`, want: []string{`on_sale false`, `available_stock 10`, `status "sold_out"`, `version 3`}},
		{name: "check says nothing is available", as: "nobody", path: "/inventory/check/p", want: []string{`available 0`, `in_stock false`, `status "sold_out"`}},
		{
			name: "a reserve is refused as not on sale", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":1}`, status: 409, code: "INSUFFICIENT_STOCK",
			want: []string{`shortages.0.available 0`, `shortages.0.reason "not_on_sale"`, `shortages.0.requested 1`},
		},
		{name: "a restock does not turn it on", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, want: []string{`on_sale false`, `available_stock 11`}},
		{name: "the same switch changes nothing", path: "/inventory/sale-status", body: `{"product_id":"p","on_sale":false}`, want: []string{`version 4`}},
		{name: "on again", path: "/inventory/sale-status", body: `{"product_id":"p","on_sale":true}`, want: []string{`on_sale true`, `version 5`}},
		{name: "off on one channel", path: "/inventory/sale-status", body: `{"product_id":"p","channel_id":"web","on_sale":false}`, want: []string{`on_sale true`, `channels_off ["web"]`}},
		{name: "which the product shows too", path: "/inventory/product/p", want: []string{`locations.0.channels_off ["web"]`}},
		{name: "that channel has none", as: "nobody", path: "/inventory/check/p?channel_id=web", want: []string{`available 0`, `status "sold_out"`}},
		{name: "the others do", as: "nobody", path: "/inventory/check/p?channel_id=shop", want: []string{`available 11`}},
		{name: "on_sale must be given", path: "/inventory/sale-status", body: `{"product_id":"p"}`, status: 400, want: []string{`violations.0.field "on_sale"`}},
		{name: "low stock lists what is off sale or low", path: "/inventory/low-stock", want: []string{`items.length 0`}},
	})
}

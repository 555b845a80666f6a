package server_test

import "testing"

const why = "/v1/explain/cup"

func TestWhyUnitsAreAvailableOrNot(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"cup","available_stock":40,"low_stock_threshold":3}`},
		{name: "quotas", verb: "PUT", path: "/v1/quotas/cup", body: `{"channels":[{"channel_id":"web","quota":8},{"channel_id":"pos","quota":12}]}`},
		{name: "two are damaged", path: "/v1/inventory/move", body: `{"product_id":"cup","from":"pool/shared","to":"damaged","quantity":2}`},
		{name: "three are withheld", path: "/v1/inventory/move", body: `{"product_id":"cup","from":"pool/shared","to":"withheld","quantity":3}`},
		{name: "an order holds ten", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"cup","quantity":10}`},
		{name: "a check says", path: "/inventory/check/cup?channel_id=web&location_id=default&quantity=15", want: []string{`available 13`, `in_stock false`}},
		{
			name: "why", as: "read", path: why + "?channel_id=web&location_id=default&quantity=15",
			want: []string{
				`product_id "cup"`, `verdict "not_enough"`, `requested 15`, `obtains 13`, `available 13`, `items.length 1`,
				`items.0.location_id "default"`, `items.0.on_hand 40`, `items.0.available 13`, `items.0.tracked true`, `items.0.on_sale true`, `items.0.active true`,
				`items.0.oversold 0`, `items.0.low_stock_threshold 3`, `items.0.parts.length 6`,
				`items.0.parts.0.cause "open"`, `items.0.parts.0.quantity 8`, `items.0.parts.0.account "quota/web"`, `items.0.parts.0.channel_id "web"`,
				`items.0.parts.1.cause "open"`, `items.0.parts.1.quantity 5`, `items.0.parts.1.account "pool/shared"`,
				`items.0.parts.2.cause "held"`, `items.0.parts.2.quantity 10`,
				`items.0.parts.3.cause "other_quota"`, `items.0.parts.3.quantity 12`, `items.0.parts.3.channel_id "pos"`,
				`items.0.parts.4.cause "withheld"`, `items.0.parts.4.quantity 3`,
				`items.0.parts.5.cause "damaged"`, `items.0.parts.5.quantity 2`,
			},
		},
		{name: "enough is enough", path: why + "?channel_id=web&quantity=13", want: []string{`verdict "enough"`, `obtains 13`}},
		{name: "without a channel the pool alone", path: why, want: []string{`available 5`, `verdict "enough"`, `obtains 1`}},
		{name: "switched off on the web", path: "/inventory/sale-status", body: `{"product_id":"cup","on_sale":false,"channel_id":"web"}`},
		{
			name: "it says so", path: why + "?channel_id=web",
			want: []string{`verdict "channel_off"`, `available 0`, `obtains 0`, `items.0.parts.1.cause "channel_off"`, `items.0.on_hand 40`},
		},
		{name: "a closed location", path: "/v1/locations/default", verb: "PUT", body: `{"active":false}`},
		{name: "sells nothing", path: why, want: []string{`verdict "location_inactive"`, `items.0.active false`, `available 0`}},
		{name: "and a check says so", path: "/inventory/check/cup", want: []string{`in_stock false`}},
		{name: "a product that is nowhere", path: why + "?location_id=nowhere", status: 404},
		{name: "unknown", path: "/v1/explain/nothing", status: 404},
		{name: "no quantity", path: why + "?quantity=0", status: 400, want: []string{`violations.0.field "quantity"`}},
		{name: "nobody may know", as: "nobody", path: why, status: 401},
	})
}

func TestWhyACampaignRefuses(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"cup","available_stock":10}`},
		{
			name: "a campaign", path: "/v1/quotas/cup", verb: "PUT",
			body: `{"channels":[{"channel_id":"flash","quota":4,"rule":{"starts_at":"2031-01-01T00:00:00Z","ends_at":"2031-01-02T00:00:00Z","max_units_per_order":2}}]}`,
		},
		{
			name: "has not begun", path: why + "?channel_id=flash&location_id=default",
			want: []string{`verdict "campaign_not_begun"`, `items.0.max_units_per_order 2`, `items.0.parts.0.cause "campaign_not_begun"`, `items.0.parts.0.at "2031-01-01T00:00:00.000Z"`},
		},
	})
}

func TestWhyAKitIsAvailable(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "cups", path: "/inventory", body: `{"product_id":"c","available_stock":7}`},
		{name: "spoons", path: "/inventory", body: `{"product_id":"s","available_stock":2}`},
		{name: "a kit", path: "/v1/kits/cup", verb: "PUT", body: `{"components":[{"product_id":"c","quantity":2},{"product_id":"s","quantity":1}]}`},
		{
			name: "its spoons are short", path: why + "?quantity=3&location_id=default",
			want: []string{
				`verdict "not_enough"`, `obtains 2`, `available 2`, `items.length 0`, `components.length 2`,
				`components.0.product_id "c"`, `components.0.quantity 2`, `components.0.available 7`, `components.0.kits 3`, `components.1.kits 2`,
			},
		},
	})
}

func TestWhyWhatIsNotCountedIsAlwaysThere(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"cup","tracked":false}`},
		{name: "it is there", path: why + "?quantity=100", want: []string{`verdict "not_counted"`, `obtains 100`, `items.0.tracked false`, `items.0.parts.length 0`}},
	})
}

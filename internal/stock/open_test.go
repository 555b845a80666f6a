package stock

import "testing"

const full = MaxQty

func TestOpen(t *testing.T) {
	t.Parallel()
	runCases(t, []ruleCase{
		{
			name: "the first stock comes from the supplier",
			when: open("A", 10),
			want: []string{"A v1: 10 ext/supplier>pool/shared, 10 available, 0 held, 10 on hand"},
		},
		{
			name: "an item may be opened empty",
			when: open("A", 0),
			want: []string{"A v1: 0 available, 0 held, 0 on hand"},
		},
		{
			name:  "opening it again is refused",
			given: []Command{open("A", 10)},
			when:  open("A", 10),
			want:  []string{"refused ALREADY_EXISTS"},
		},
		{
			name:  "an item that a restock opened exists",
			given: []Command{restock("A", 1)},
			when:  open("A", 0),
			want:  []string{"refused ALREADY_EXISTS"},
		},
		{
			name:  "the same product opens at another location",
			given: []Command{open("A", 10)},
			when:  open("W/A", 1),
			want:  []string{"W/A v1: 1 ext/supplier>pool/shared, 1 available, 0 held, 1 on hand"},
		},
		{
			name: "an untracked item has no stock to open with",
			when: OpenItem{Item: item("A"), Qty: 1},
			want: []string{"refused INVALID_ARGUMENT available_stock"},
		},
		{
			name: "as much as a figure can be",
			when: open("A", full),
			want: []string{"A v1: 9007199254740991 ext/supplier>pool/shared, 9007199254740991 available, 0 held, 9007199254740991 on hand"},
		},
		{name: "a stock past 2^53-1 is refused", when: open("A", full+1), want: []string{"refused INVALID_ARGUMENT available_stock"}},
		{name: "a negative stock is refused", when: open("A", -1), want: []string{"refused INVALID_ARGUMENT available_stock"}},
		{name: "a negative threshold is refused", when: OpenItem{Item: item("A"), Threshold: -1, Tracked: true}, want: []string{"refused INVALID_ARGUMENT low_stock_threshold"}},
		{name: "six decimals are fine", when: OpenItem{Item: item("A"), Scale: 6, Tracked: true}, want: []string{"A v1: 0 available, 0 held, 0 on hand"}},
		{name: "seven decimals are refused", when: OpenItem{Item: item("A"), Scale: 7, Tracked: true}, want: []string{"refused INVALID_ARGUMENT scale"}},
		{name: "no product is refused", when: OpenItem{Item: ItemKey{Tenant: "t", Location: "shop"}, Tracked: true}, want: []string{"refused INVALID_ARGUMENT product_id"}},
		{name: "no location is refused", when: OpenItem{Item: ItemKey{Tenant: "t", Product: "A"}, Tracked: true}, want: []string{"refused INVALID_ARGUMENT location_id"}},
		{name: "no tenant is refused", when: OpenItem{Item: ItemKey{Location: "shop", Product: "A"}, Tracked: true}, want: []string{"refused INVALID_ARGUMENT tenant"}},
	})
}

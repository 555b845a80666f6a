package stock

import "testing"

func TestSaleStatus(t *testing.T) {
	t.Parallel()
	sale := func(channel string, on bool) SetSaleStatus {
		return SetSaleStatus{Item: item("A"), Channel: channel, OnSale: on, Open: &Opening{}}
	}
	runCases(t, []ruleCase{
		{
			name:  "off: the balances stay, the version grows",
			given: []Command{open("A", 5)},
			when:  sale("", false),
			want:  []string{"A v2: 5 available, 0 held, 5 on hand"},
		},
		{
			name:  "off again changes nothing",
			given: []Command{open("A", 5), sale("", false)},
			when:  sale("", false),
			want:  []string{"A v2: 5 available, 0 held, 5 on hand (as it was)"},
		},
		{
			name:  "on while it is on changes nothing",
			given: []Command{open("A", 5)},
			when:  sale("web", true),
			want:  []string{"A v1: 5 available, 0 held, 5 on hand (as it was)"},
		},
		{
			name:  "off on a channel again changes nothing",
			given: []Command{open("A", 5), sale("web", false)},
			when:  sale("web", false),
			want:  []string{"A v2: 5 available, 0 held, 5 on hand (as it was)"},
		},
		{
			name:  "on for all leaves a channel that is off as it is",
			given: []Command{open("A", 5), sale("web", false), sale("", false), sale("", true)},
			when:  place("o", want("A", 1)).on("web"),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1, not on sale"},
		},
		{
			name:  "on for a channel does not turn all on",
			given: []Command{open("A", 5), sale("web", false), sale("", false), sale("web", true)},
			when:  place("o", want("A", 1)).on("web"),
			want:  []string{"refused INSUFFICIENT_STOCK", "short A: 0 of 1, not on sale"},
		},
		{
			name:  "off and on again on a channel sells",
			given: []Command{open("A", 5), sale("web", false), sale("app", false), sale("web", true)},
			when:  place("o", want("A", 1)).on("web"),
			want:  []string{"A v5: 1 pool/shared>held, 4 available, 1 held, 5 on hand", "A: 1 of 1 held, active"},
		},
		{
			name: "a known product without a record is opened",
			when: sale("", true),
			want: []string{"A v1: 0 available, 0 held, 0 on hand"},
		},
		{name: "an unknown product is not found", when: SetSaleStatus{Item: item("A")}, want: []string{"refused NOT_FOUND item"}},
	})
}

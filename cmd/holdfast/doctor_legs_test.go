package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

func TestUndecidedLegsAreListed(t *testing.T) {
	t.Parallel()
	if f := undecidedLegs(nil); f.Verdict != good {
		t.Errorf("%+v", f)
	}
	var legs []ledger.Undecided
	for i := range 12 {
		legs = append(legs, ledger.Undecided{
			Slot: 3, Order: stock.OrderKey{Tenant: "shop", Order: fmt.Sprint("o-", i)}, Item: stock.ItemKey{Tenant: "shop", Location: "oslo", Product: "mug"}, For: 75 * time.Second,
		})
	}
	f := undecidedLegs(legs)
	for _, want := range []string{"12 lines", `order "o-0" of tenant "shop": product "mug" at location "oslo" in slot 3, for 1m15s`, "and 2 more"} {
		if f.Verdict != warning || !strings.Contains(f.Found, want) || f.Remedy == "" {
			t.Errorf("%+v lacks %q", f, want)
		}
	}
}

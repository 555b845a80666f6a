package ledger_test

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// Each command that is tried finds the books as those before it would have left them, and the books
// stay as they are.
func TestCommandsAreTriedOneAfterAnother(t *testing.T) {
	t.Parallel()
	l := open(t, memory.New())
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 7, Tracked: true})
	must(t, l, place("o", "p", 4))
	release := stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Item: item("p")}}
	before := *now(t, l, "p")
	for name, of := range map[string]struct {
		commands []stock.Command
		want     string
	}{
		"units that come free":     {[]stock.Command{place("a", "p", 5), release, place("b", "p", 5)}, "[INSUFFICIENT_STOCK  ]"},
		"units that are taken":     {[]stock.Command{place("a", "p", 2), place("b", "p", 2), place("b", "p", 1)}, "[ INSUFFICIENT_STOCK ]"},
		"what is not known":        {[]stock.Command{place("a", "nothing", 1), release}, "[NOT_FOUND ]"},
		"an order that just began": {[]stock.Command{place("a", "p", 3), stock.Confirm{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "a"}}}}, "[ ]"},
	} {
		refusals, err := l.TryAll(t.Context(), of.commands...)
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, refusal := range refusals {
			codes = append(codes, codeOf(refusal))
		}
		if got := fmt.Sprint(codes); got != of.want {
			t.Errorf("%s: %s, want %s", name, got, of.want)
		}
	}
	if after := now(t, l, "p"); after.Version != before.Version || after.Of(stock.Held) != 4 {
		t.Errorf("%+v", after)
	}
}

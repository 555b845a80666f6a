package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
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

// damaged has a row of an item whose accounts do not add up.
type damaged struct {
	engine.Engine
	item stock.ItemKey
}

func (d damaged) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	l, err := d.Engine.Load(ctx, w)
	if err != nil {
		return l, err
	}
	for i := range l.Items {
		if row := &l.Items[i]; row.Key == d.item {
			it, err := stock.DecodeItem(row.Key, row.Packed)
			if err != nil {
				return nil, err
			}
			it.Set(stock.Shared, it.Of(stock.Shared)+1)
			row.Packed = stock.AppendItem(nil, it)
		}
	}
	return l, nil
}

// An item whose books are wrong takes no writes, so a command about it that is tried would not be
// carried out.
func TestAFrozenItemIsFoundByATrial(t *testing.T) {
	t.Parallel()
	e := memory.New()
	right := open(t, e)
	for _, p := range []string{"p", "q"} {
		must(t, right, stock.OpenItem{Item: item(p), Bucket: bucket, Qty: 7, Tracked: true})
	}
	l := open(t, damaged{e, item("p")})
	if _, err := l.TryAll(t.Context(), place("o", "q", 1)); err != nil {
		t.Error(err)
	}
	if refusals, err := l.TryAll(t.Context(), place("o", "q", 1), place("o", "p", 1)); !errors.Is(err, ledger.ErrFrozen) {
		t.Errorf("%v %v", refusals, err)
	}
}

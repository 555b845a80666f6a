package stock

import (
	"errors"
	"testing"
)

func TestABalanceOutsideNeverWraps(t *testing.T) {
	t.Parallel()
	b := newShelf()
	it := b.EditItem(item("A"))
	it.Version, it.Tracked, it.OnSale = 1, true, true
	const near = Qty(1<<63-1) - 2
	it.Set(Customer, near)
	it.Set(Supplier, -near)
	before := b.clone()
	for _, cmd := range []Command{
		SoldElsewhere{Item: item("A"), Qty: 3},
		restock("A", 4),
	} {
		var r *Refusal
		if _, err := b.do(cmd, start); !errors.As(err, &r) || r.Code != Invalid || r.Field != "quantity" {
			t.Errorf("%T: %v, wanted INVALID_ARGUMENT of quantity", cmd, err)
		}
		if !same(before, b) {
			t.Errorf("%T was refused and changed the books", cmd)
		}
	}
	if _, err := b.do(SoldElsewhere{Item: item("A"), Qty: 2}, start); err != nil {
		t.Errorf("up to the bound: %v", err)
	}
}

func TestBrokenBooksAreNoRefusal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(*shelf)
	}{
		{"a line whose item is missing", func(b *shelf) { delete(b.items, item("A")) }},
		{"an open line that holds nothing", func(b *shelf) { b.holds[OrderKey{"t", "o"}][0].Lines[0].Drawn = nil }},
		{"less held than the line has drawn", func(b *shelf) { b.EditItem(item("A")).Set(Held, 1) }},
	} {
		for _, cmd := range []Command{
			Confirm{Target: whole("o")}, Release{Target: line("o", "A")}, at{start + minute, expire("o")},
		} {
			b := newShelf()
			for _, g := range held() {
				if _, err := b.do(g, start); err != nil {
					t.Fatal(err)
				}
			}
			c.spoil(b)
			cmd, now := when(cmd)
			if e, err := b.do(cmd, now); !errors.Is(err, ErrBroken) || e.Op != 0 {
				t.Errorf("%s, %T: %+v, %v; wanted ErrBroken and no event", c.name, cmd, e, err)
			}
		}
	}
}

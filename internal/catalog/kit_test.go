package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/stock"

	"pgregory.net/rapid"
)

func mustKit(t *testing.T, c *Catalog, product string, parts ...Component) Kit {
	t.Helper()
	k, err := c.SetKit(t.Context(), "demo", product, parts)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func kitNow(t *testing.T, c *Catalog, product string) Kit {
	t.Helper()
	all, err := c.Kits(t.Context(), "demo", []string{product})
	if err != nil {
		t.Fatal(err)
	}
	return all[product]
}

func TestAKitIsMadeChangedAndDropped(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		version := func(product string, want int64, parts string) {
			t.Helper()
			if k := kitNow(t, c, product); k.Version != want || fmt.Sprint(k.Components) != parts {
				t.Errorf("it is %+v, want version %d with %s", k, want, parts)
			}
		}
		mustKit(t, c, "box", Component{"tea", 2}, Component{"cup", 1})
		version("box", 1, "[{cup 1} {tea 2}]")
		head := mustHead(t, c)
		mustKit(t, c, "box", Component{"cup", 1}, Component{"tea", 2})
		if now := mustHead(t, c); now != head {
			t.Errorf("the same parts again were written: the log went from %d to %d", head, now)
		}
		mustKit(t, c, "box", Component{"cup", 1}, Component{"tea", 3})
		version("box", 2, "[{cup 1} {tea 3}]")
		for range 2 {
			if left, err := c.DropKit(t.Context(), "demo", "box"); err != nil || left.Version != 3 || len(left.Components) != 0 {
				t.Errorf("left %+v, %v", left, err)
			}
		}
		version("box", 0, "[]")
		mustKit(t, c, "box", Component{"tea", 1})
		version("box", 4, "[{tea 1}]")
		for _, product := range []string{"box", "tea", "cup"} {
			if _, err := c.Product(t.Context(), "demo", product); err != nil {
				t.Errorf("%s did not become known: %v", product, err)
			}
		}
		if _, err := c.DropKit(t.Context(), "demo", "tea"); !errors.Is(err, ErrUnknown) {
			t.Errorf("dropping what never was a kit: %v", err)
		}
		if kits, err := c.Kits(t.Context(), "nobody", []string{"box"}); err != nil || len(kits) != 0 {
			t.Errorf("another tenant has %v, %v", kits, err)
		}
		mustVerify(t, c)
	})
}

func TestKitsThatCannotBe(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		many := make([]Component, MaxComponents+1)
		for i := range many {
			many[i] = Component{fmt.Sprint(i), 1}
		}
		for _, tc := range []struct {
			name, product, field string
			parts                []Component
		}{
			{"no product", "", "product_id", []Component{{"a", 1}}},
			{"no parts", "box", "components", nil},
			{"too many parts", "box", "components", many},
			{"a part that is no id", "box", "components.product_id", []Component{{"a/b", 1}}},
			{"nothing of a part", "box", "components.quantity", []Component{{"a", 0}}},
			{"more than any quantity", "box", "components.quantity", []Component{{"a", 1 << 53}}},
			{"a part twice", "box", "components", []Component{{"a", 1}, {"b", 1}, {"a", 2}}},
		} {
			_, err := c.SetKit(t.Context(), "demo", tc.product, tc.parts)
			var bad *InvalidError
			if !errors.As(err, &bad) || bad.Field != tc.field {
				t.Errorf("%s: %v, want what is wrong with %s", tc.name, err, tc.field)
			}
		}
		if _, err := c.SetKit(t.Context(), "nobody", "box", []Component{{"a", 1}}); !errors.Is(err, ErrUnknown) {
			t.Errorf("an unknown tenant: %v", err)
		}
		if k := mustKit(t, c, "box", many[:MaxComponents]...); len(k.Components) != MaxComponents {
			t.Errorf("%d components of %d", len(k.Components), MaxComponents)
		}
		mustVerify(t, c)
	})
}

func TestAKitNeverContainsItself(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustKit(t, c, "a", Component{"b", 1})
		mustKit(t, c, "b", Component{"c", 1}, Component{"x", 1})
		for _, tc := range []struct{ product, part, path string }{
			{"a", "a", "a > a"}, {"b", "a", "b > a > b"}, {"c", "a", "c > a > b > c"},
		} {
			_, err := c.SetKit(t.Context(), "demo", tc.product, []Component{{tc.part, 1}, {"y", 1}})
			if !errors.Is(err, ErrCircular) || !errors.Is(err, ErrInvalid) || !strings.HasSuffix(err.Error(), ": "+tc.path) {
				t.Errorf("%s of %s: %v", tc.product, tc.part, err)
			}
		}
		// In one call too: each row meets those before it.
		_, err := c.SetKits(t.Context(), "demo", []Kit{{Product: "p", Components: []Component{{"q", 1}}}, {Product: "q", Components: []Component{{"p", 1}}}})
		var row *RowError
		if !errors.Is(err, ErrCircular) || !errors.As(err, &row) || row.Row != 1 {
			t.Errorf("two of one call: %v", err)
		}
		if kitNow(t, c, "p").Version != 0 {
			t.Error("half of a refused call was stored")
		}
		if _, err := c.DropKit(t.Context(), "demo", "b"); err != nil {
			t.Fatal(err)
		}
		mustKit(t, c, "c", Component{"a", 1}) // the way is open now
		mustVerify(t, c)
	})
}

func TestKitsAreNotTooDeep(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		id := func(n int) string { return fmt.Sprintf("k%02d", n) }
		for n := 8; n >= 1; n-- { // k01 > k02 > … > k08 > k09, which is none
			mustKit(t, c, id(n), Component{id(n + 1), 1}, Component{"bag", 1})
		}
		for _, tc := range []struct{ name, product, part, path string }{
			{"from below", "k09", "x", "k01 > k02 > k03 > k04 > k05 > k06 > k07 > k08 > k09"},
			{"from above", "k00", "k01", "k00 > k01 > k02 > k03 > k04 > k05 > k06 > k07 > k08"},
		} {
			_, err := c.SetKit(t.Context(), "demo", tc.product, []Component{{tc.part, 1}, {"bag", 1}})
			if !errors.Is(err, ErrTooDeep) || !errors.Is(err, ErrInvalid) || !strings.HasSuffix(err.Error(), ": "+tc.path) {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
		// A short way and a long way to the same kit: the long one counts.
		if _, err := c.SetKit(t.Context(), "demo", "k00", []Component{{"k08", 1}, {"k01", 1}}); !errors.Is(err, ErrTooDeep) {
			t.Errorf("two ways: %v", err)
		}
		mustKit(t, c, "k00", Component{"k02", 1}, Component{"k08", 1})
		mustVerify(t, c)
	})
}

// Whatever is set, the kits that are kept have no circle and are not too deep,
// and what is refused would have had one or been so.
func TestKitsThatAreKeptFit(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	const products = 12
	id := func(n int) string { return fmt.Sprint("p", n) }
	tenants := 0
	rapid.Check(t, func(rt *rapid.T) {
		tenants++
		tenant := fmt.Sprint("t", tenants)
		mustTenant(t, c, tenant)
		kept := map[string][]string{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			product := id(rapid.IntRange(0, products-1).Draw(rt, "product"))
			if rapid.IntRange(0, 9).Draw(rt, "drop") == 0 && kept[product] != nil {
				if _, err := c.DropKit(t.Context(), tenant, product); err != nil {
					rt.Fatal(err)
				}
				delete(kept, product)
				continue
			}
			var parts []Component
			var names []string
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, products-1), 1, 3, rapid.ID).Draw(rt, "parts") {
				parts, names = append(parts, Component{id(n), 1}), append(names, id(n))
			}
			before := kept[product]
			kept[product] = names
			_, err := c.SetKit(t.Context(), tenant, product, parts)
			deep := 0
			for p := range kept {
				deep = max(deep, depth(kept, p, 0))
			}
			if fits := deep <= MaxKitDepth; fits != (err == nil) {
				rt.Fatalf("%s of %v: %v, with kits %d deep: %v", product, names, err, deep, kept)
			}
			if err != nil {
				if kept[product] = before; before == nil {
					delete(kept, product)
				}
			}
		}
		all, err := c.AllKits(t.Context(), tenant)
		if err != nil || len(all) != len(kept) {
			rt.Fatalf("there are %d kits, want %d, %v", len(all), len(kept), err)
		}
		for _, k := range all {
			if len(k.Components) != len(kept[k.Product]) {
				rt.Fatalf("%+v, want %v", k, kept[k.Product])
			}
		}
	})
	mustVerify(t, c)
}

// depth is how many kits are inside each other from p down; a circle is deeper
// than all.
func depth(kits map[string][]string, p string, above int) int {
	if len(kits[p]) == 0 || above > MaxKitDepth {
		return 0
	}
	deepest := 0
	for _, part := range kits[p] {
		deepest = max(deepest, depth(kits, part, above+1))
	}
	return deepest + 1
}

// Of two calls at once that together would make a circle one is refused.
func TestTwoHalvesOfACircle(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		nodes := []*Catalog{open(t, dsn), open(t, dsn)}
		mustTenant(t, nodes[0], "demo")
		for i := range 5 {
			a, b := fmt.Sprint("a", i), fmt.Sprint("b", i)
			var errs [2]error
			var work sync.WaitGroup
			for n, halves := range [][2]string{{a, b}, {b, a}} {
				work.Go(func() { _, errs[n] = nodes[n].SetKit(t.Context(), "demo", halves[0], []Component{{halves[1], 1}}) })
			}
			work.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs[:]...), ErrCircular) {
				t.Errorf("both halves: %v, %v", errs[0], errs[1])
			}
		}
		mustVerify(t, nodes[1])
	})
}

func TestManyKitsAreListedByProduct(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		set := make([]Kit, 60)
		for i := range set {
			set[i] = Kit{Product: fmt.Sprintf("k%03d", 59-i), Components: []Component{{"cup", 1}, {fmt.Sprint("syrup", i%7), stock.Qty(i + 1)}}}
		}
		kept, err := c.SetKits(t.Context(), "demo", set)
		if err != nil || len(kept) != len(set) || kept[0].Product != "k059" || kept[0].Version != 1 {
			t.Fatalf("kept %d, %v", len(kept), err)
		}
		all, err := c.AllKits(t.Context(), "demo")
		if err != nil || len(all) != len(set) || !slices.IsSortedFunc(all, func(a, b Kit) int { return strings.Compare(a.Product, b.Product) }) {
			t.Errorf("%d kits in no order, %v", len(all), err)
		}
		mustVerify(t, c)
	})
}

package planning

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// breakfast is a kit in a kit, with eggs in both.
var breakfast = map[string][]Line{
	"omelette":  {{"egg", 3}, {"butter", 1}},
	"breakfast": {{"omelette", 1}, {"egg", 1}, {"coffee", 2}},
}

func TestAnOrderOfKitsIsTheSumOfItsComponents(t *testing.T) {
	t.Parallel()
	kits, err := NewKits(breakfast)
	if err != nil {
		t.Fatal(err)
	}
	got, err := kits.Expand([]Line{{"breakfast", 2}, {"egg", 5}, {"omelette", 1}, {"egg", 1}})
	want := []Line{{"butter", 3}, {"coffee", 4}, {"egg", 17}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}

func TestAKitIsThereAsOftenAsItsComponents(t *testing.T) {
	t.Parallel()
	kits, err := NewKits(breakfast)
	if err != nil {
		t.Fatal(err)
	}
	available := map[string]stock.Qty{"egg": 11, "butter": 9, "coffee": 5, "omelette": 7}
	for product, want := range map[string]stock.Qty{"breakfast": 2, "omelette": 3, "egg": 11, "tea": 0} {
		if got := kits.Buildable(product, available); got != want {
			t.Errorf("%d of %q can be had, want %d", got, product, want)
		}
	}
	if !kits.IsKit("omelette") || kits.IsKit("egg") {
		t.Error("an omelette is a kit, an egg is none")
	}
}

func TestKitsThatCannotBeBuiltAreRefused(t *testing.T) {
	t.Parallel()
	deep := map[string][]Line{}
	for i := range MaxKitDepth + 1 {
		deep[fmt.Sprint("k", i)] = []Line{{fmt.Sprint("k", i+1), 1}}
	}
	for _, c := range []struct {
		name string
		kits map[string][]Line
		says string
	}{
		{"a kit of itself", map[string][]Line{"a": {{"a", 1}}}, "a kit contains itself: a > a"},
		{"a kit that comes back to itself", map[string][]Line{"a": {{"b", 1}}, "b": {{"x", 1}, {"c", 2}}, "c": {{"a", 1}}}, "a kit contains itself: a > b > c > a"},
		{"a cycle below a kit that is not part of it", map[string][]Line{"a": {{"b", 1}}, "b": {{"c", 1}}, "c": {{"b", 1}}}, "a kit contains itself: b > c > b"},
		{"a kit of nothing", map[string][]Line{"a": {}}, `kit "a" has no components`},
		{"a component twice", map[string][]Line{"a": {{"x", 1}, {"x", 2}}}, `kit "a" lists "x" twice`},
		{"none of a component", map[string][]Line{"a": {{"x", 0}}}, `kit "a" needs 0 of "x"`},
		{"a component without a name", map[string][]Line{"a": {{"", 1}}}, `kit "a" needs 1 of ""`},
		{"too deep", deep, `kit "k0" is 9 kits deep, at most 8`},
		{"more than there can be", map[string][]Line{"a": {{"b", 1 << 30}}, "b": {{"x", 1 << 30}}}, `"a" needs more than`},
		{"more than there can be, in two ways", map[string][]Line{"a": {{"b", 1}, {"x", stock.MaxQty}}, "b": {{"x", 1}}}, `"a" needs more than`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewKits(c.kits)
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if cycle := (*CycleError)(nil); strings.Contains(c.says, "itself") != errors.As(err, &cycle) {
				t.Errorf("%v: a cycle is a CycleError, and nothing else is", err)
			}
		})
	}
}

func TestOrdersOfKitsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	kits, err := NewKits(breakfast)
	if err != nil {
		t.Fatal(err)
	}
	for _, lines := range [][]Line{{{"egg", 0}}, {{"breakfast", -1}}, {{"egg", stock.MaxQty + 1}}, {{"egg", stock.MaxQty}, {"omelette", 1}}, {{"breakfast", stock.MaxQty}}} {
		if got, err := kits.Expand(lines); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v is %v, %v", lines, got, err)
		}
	}
}

// take builds one of a product by hand: a kit out of its components, each in
// turn built the same way, anything else out of what is available.
func take(definitions map[string][]Line, product string, available map[string]stock.Qty) bool {
	components, kit := definitions[product]
	if !kit {
		available[product]--
		return available[product] >= 0
	}
	for _, c := range components {
		for range c.Qty {
			if !take(definitions, c.Product, available) {
				return false
			}
		}
	}
	return true
}

func TestKitsAreWhatBuildingThemOneByOneGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// Kit i may contain kits below it and the plain products p0 to p3.
		definitions := map[string][]Line{}
		for i := range rapid.IntRange(1, 4).Draw(t, "kits") {
			var lines []Line
			for j := range i {
				if qty := rapid.IntRange(0, 2).Draw(t, "of a kit"); qty > 0 {
					lines = append(lines, Line{fmt.Sprint("k", j), stock.Qty(qty)})
				}
			}
			for j := range 4 {
				if qty := rapid.IntRange(0, 3).Draw(t, "of a product"); qty > 0 || len(lines) == 0 && j == 3 {
					lines = append(lines, Line{fmt.Sprint("p", j), stock.Qty(max(qty, 1))})
				}
			}
			definitions[fmt.Sprint("k", i)] = lines
		}
		kits, err := NewKits(definitions)
		if err != nil {
			t.Fatal(err)
		}
		available := map[string]stock.Qty{}
		for j := range 4 {
			available[fmt.Sprint("p", j)] = stock.Qty(rapid.IntRange(0, 200).Draw(t, "available"))
		}
		for kit := range definitions {
			left, built := maps.Clone(available), stock.Qty(0)
			for take(definitions, kit, left) {
				built++
			}
			if got := kits.Buildable(kit, available); got != built {
				t.Fatalf("%d of %s can be built of %v, by hand %d: %v", got, kit, available, built, definitions)
			}
			needs, err := kits.Expand([]Line{{kit, 2}})
			if err != nil {
				t.Fatal(err)
			}
			byHand := map[string]stock.Qty{"p0": 1e6, "p1": 1e6, "p2": 1e6, "p3": 1e6}
			take(definitions, kit, byHand)
			take(definitions, kit, byHand)
			for _, n := range needs {
				byHand[n.Product] += n.Qty
			}
			if !slices.Equal(slices.Collect(maps.Values(byHand)), []stock.Qty{1e6, 1e6, 1e6, 1e6}) {
				t.Fatalf("two of %s need %v, by hand another sum: %v", kit, needs, definitions)
			}
		}
	})
}

package planning

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// MaxKitDepth is how deep kits may be nested: a kit of plain products has depth 1.
const MaxKitDepth = 8

// Kits knows what every kit is made of, down to products that are no kits. A kit has no
// stock of its own: there are exactly as many of it as its components allow, and a kit
// inside another is built like any other. It is not changed after NewKits, so any number of
// goroutines may use it.
type Kits struct {
	components map[string][]Line // kit → plain products, by product
}

// CycleError says that a kit contains itself.
type CycleError struct {
	Path []string // from the kit down to the same kit
}

func (e *CycleError) Error() string {
	return "a kit contains itself: " + strings.Join(e.Path, " > ")
}

// Unwrap makes it an ErrInvalid.
func (e *CycleError) Unwrap() error { return ErrInvalid }

// NewKits works out definitions: kit → its components, each a plain product or another kit.
// A component may be shared by many kits and may be reached in several ways; its needed
// quantities are added up.
//
// It returns a *CycleError for a kit that contains itself. It returns another
// ErrInvalid when a kit has no components, lists one twice, is deeper than
// MaxKitDepth, or needs more than stock.MaxQty of a product.
func NewKits(definitions map[string][]Line) (*Kits, error) {
	b := kitBuilder{
		definitions: definitions,
		components:  make(map[string][]Line, len(definitions)),
		depth:       make(map[string]int, len(definitions)),
		under:       make(map[string]struct{}),
	}
	for _, kit := range slices.Sorted(maps.Keys(definitions)) { // sorted: of several mistakes always the same is reported
		if err := b.build(kit); err != nil {
			return nil, err
		}
	}
	return &Kits{components: b.components}, nil
}

// IsKit says whether the product is made of others.
func (k *Kits) IsKit(product string) bool {
	_, is := k.components[product]
	return is
}

// Expand replaces the kits among the lines by their components and adds up equal products,
// so that each is judged once with its whole demand. A product that is no kit stays itself.
// The answer is sorted by product. It returns ErrInvalid for a quantity below 1 or a sum
// over stock.MaxQty.
func (k *Kits) Expand(lines []Line) ([]Line, error) {
	sum := make(map[string]stock.Qty, len(lines))
	for _, l := range lines {
		if l.Qty < 1 {
			return nil, invalid("%d of %q, want at least 1", l.Qty, l.Product)
		}
		parts, is := k.components[l.Product]
		if !is {
			parts = []Line{{Product: l.Product, Qty: 1}}
		}
		if err := addTimes(sum, parts, l.Qty, l.Product); err != nil {
			return nil, err
		}
	}
	return sorted(sum), nil
}

// Buildable is how many of the product can be had from what is available: for a kit as many
// as its components allow, for a plain product its own units.
func (k *Kits) Buildable(product string, available map[string]stock.Qty) stock.Qty {
	parts, is := k.components[product]
	if !is {
		return max(available[product], 0)
	}
	most := stock.MaxQty
	for _, p := range parts {
		most = min(most, max(available[p.Product], 0)/p.Qty)
	}
	return most
}

// kitBuilder works kits out from the bottom, each once.
type kitBuilder struct {
	definitions map[string][]Line
	components  map[string][]Line
	depth       map[string]int
	path        []string            // from the kit that was asked for to the current one
	under       map[string]struct{} // the same as a set
}

func (b *kitBuilder) build(kit string) error {
	if _, done := b.components[kit]; done {
		return nil
	}
	if _, again := b.under[kit]; again {
		return &CycleError{Path: append(slices.Clone(b.path[slices.Index(b.path, kit):]), kit)}
	}
	b.path = append(b.path, kit)
	b.under[kit] = struct{}{}
	defer func() {
		b.path = b.path[:len(b.path)-1]
		delete(b.under, kit)
	}()

	components := b.definitions[kit]
	if kit == "" || len(components) == 0 {
		return invalid("kit %q has no components, or no name", kit)
	}
	depth := 1
	sum := make(map[string]stock.Qty, len(components))
	seen := make(map[string]struct{}, len(components))
	for _, c := range components {
		if _, twice := seen[c.Product]; twice {
			return invalid("kit %q lists %q twice", kit, c.Product)
		}
		seen[c.Product] = struct{}{}
		if c.Product == "" || c.Qty < 1 || c.Qty > stock.MaxQty {
			return invalid("kit %q needs %d of %q, want 1 to %d of a product", kit, c.Qty, c.Product, stock.MaxQty)
		}
		parts := []Line{{Product: c.Product, Qty: 1}}
		if _, is := b.definitions[c.Product]; is {
			if err := b.build(c.Product); err != nil {
				return err
			}
			parts = b.components[c.Product]
			depth = max(depth, b.depth[c.Product]+1)
		}
		if err := addTimes(sum, parts, c.Qty, kit); err != nil {
			return err
		}
	}
	if depth > MaxKitDepth {
		return invalid("kit %q is %d kits deep, at most %d", kit, depth, MaxKitDepth)
	}
	b.components[kit], b.depth[kit] = sorted(sum), depth
	return nil
}

// addTimes adds each part n times to sum. whose names the kit in the error.
func addTimes(sum map[string]stock.Qty, parts []Line, n stock.Qty, whose string) error {
	for _, p := range parts {
		hi, lo := bits.Mul64(uint64(p.Qty), uint64(n))
		if hi > 0 || lo > uint64(stock.MaxQty) || sum[p.Product]+stock.Qty(lo) > stock.MaxQty {
			return invalid("%q needs more than %d of %q", whose, stock.MaxQty, p.Product)
		}
		sum[p.Product] += stock.Qty(lo)
	}
	return nil
}

// sorted is the sum as lines, by product.
func sorted(sum map[string]stock.Qty) []Line {
	lines := make([]Line, 0, len(sum))
	for product, qty := range sum {
		lines = append(lines, Line{Product: product, Qty: qty})
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(a.Product, b.Product) })
	return lines
}

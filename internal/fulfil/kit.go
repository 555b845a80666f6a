package fulfil

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// KitAmong returns the first of the products that is a kit now, "" when none is.
func (o *Orders) KitAmong(ctx context.Context, tenant string, products []string) (string, error) {
	kits, err := o.directory.Kits(ctx, tenant, products)
	if err != nil {
		return "", fmt.Errorf("look for kits: %w", err)
	}
	for _, product := range products {
		if _, isKit := kits[product]; isKit {
			return product, nil
		}
	}
	return "", nil
}

// HadKit reports whether one of the products is a kit or has been one: an order may have it
// as it was, and the call that reserved it may be repeated. Every reserve asks, and most
// answers come from memory.
func (o *Orders) HadKit(ctx context.Context, tenant string, products []string) (bool, error) {
	had, err := o.directory.HadKit(ctx, tenant, products)
	if err != nil {
		return false, fmt.Errorf("look for kits: %w", err)
	}
	return had, nil
}

// Parts is what one unit of the product is made of, by product; nil when it is
// no kit.
func (o *Orders) Parts(ctx context.Context, tenant, product string) ([]planning.Line, error) {
	kits, err := o.parts(ctx, tenant, []string{product})
	if err != nil || !kits.IsKit(product) {
		return nil, err
	}
	return partsOf(kits, product)
}

// parts works out what the kits among the products are made of, down to plain
// products.
func (o *Orders) parts(ctx context.Context, tenant string, products []string) (*planning.Kits, error) {
	definitions := map[string][]planning.Line{}
	for depth := 0; len(products) > 0 && depth <= planning.MaxKitDepth; depth++ {
		found, err := o.directory.Kits(ctx, tenant, products)
		if err != nil {
			return nil, fmt.Errorf("look for kits: %w", err)
		}
		products = products[:0:0]
		for product, kit := range found {
			lines := make([]planning.Line, len(kit.Components))
			for i, p := range kit.Components {
				lines[i] = planning.Line{Product: p.Product, Qty: p.Qty}
				if _, known := definitions[p.Product]; !known {
					products = append(products, p.Product)
				}
			}
			definitions[product] = lines
		}
	}
	kits, err := planning.NewKits(definitions)
	return kits, unfit(err)
}

func partsOf(kits *planning.Kits, product string) ([]planning.Line, error) {
	parts, err := kits.Expand([]planning.Line{{Product: product, Qty: 1}})
	return parts, unfit(err)
}

// unfit makes a refusal of an error of planning.
func unfit(err error) error {
	if errors.Is(err, planning.ErrInvalid) {
		return refuseInvalid("items", err.Error())
	}
	return err
}

// takeApart replaces the kits among the lines of one location, or of none, by
// what they are made of, and says which kits there were.
func takeApart(kits *planning.Kits, lines []Line) (needs []Line, found []Kit, err error) {
	for from := 0; from < len(lines); {
		to := from + 1
		for to < len(lines) && lines[to].Location == lines[from].Location {
			to++
		}
		plain := make([]planning.Line, 0, to-from)
		for _, l := range lines[from:to] {
			plain = append(plain, planning.Line{Product: l.Product, Qty: l.Qty})
			if !kits.IsKit(l.Product) {
				continue
			}
			parts, err := partsOf(kits, l.Product)
			if err != nil {
				return nil, nil, err
			}
			found = append(found, Kit{Line: l, Parts: parts})
		}
		expanded, err := kits.Expand(plain)
		if err != nil {
			return nil, nil, unfit(err)
		}
		for _, l := range expanded {
			needs = append(needs, Line{Product: l.Product, Location: lines[from].Location, Qty: l.Qty})
		}
		from = to
	}
	if len(needs) > stock.MaxLines {
		return nil, nil, refuseInvalid("items", fmt.Sprintf("come to %d components, %d are the most", len(needs), stock.MaxLines))
	}
	return needs, found, nil
}

// productsOf are the products of the lines, each once.
func productsOf(lines []Line) []string {
	all := make([]string, len(lines))
	for i, l := range lines {
		all[i] = l.Product
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func compareLines(a, b Line) int {
	return cmp.Or(cmp.Compare(a.Location, b.Location), cmp.Compare(a.Product, b.Product))
}

package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// Kit is a product that is put together from others and has no stock of its
// own. Its components may be kits again.
type Kit struct {
	Tenant     string      `json:"-"`
	Product    string      `json:"-"`
	Version    int64       `json:"version"`              // grows by one with each change, also over a time in which it was none
	Changed    Moment      `json:"changed"`              // when it became what it is
	Components []Component `json:"components,omitempty"` // sorted by product; none: the product is no longer a kit
}

// Component is how many units of a product one unit of a kit takes.
type Component struct {
	Product string    `json:"product_id"`
	Qty     stock.Qty `json:"quantity"` // 1 to 2^53-1, in the smallest units of the part
}

const (
	// MaxComponents is how many components a kit may have.
	MaxComponents = 200
	// MaxKitDepth is how many kits may be inside each other: 1 is a kit that
	// has no kit for a part.
	MaxKitDepth = 8
)

// check returns the kit as it is kept, or what may not be kept of it.
func (k Kit) check() (Kit, error) {
	if err := checkID("product_id", k.Product, maxProduct); err != nil {
		return k, err
	}
	if len(k.Components) < 1 || len(k.Components) > MaxComponents {
		return k, &InvalidError{Field: "components", Reason: fmt.Sprintf("must be 1 to %d", MaxComponents)}
	}
	k.Components = k.sorted()
	for i, p := range k.Components {
		if err := checkID("components.product_id", p.Product, maxProduct); err != nil {
			return k, err
		}
		switch {
		case p.Qty < 1 || p.Qty > maxCount:
			return k, &InvalidError{Field: "components.quantity", Reason: "must be 1 to 2^53-1"}
		case i > 0 && p.Product == k.Components[i-1].Product:
			return k, &InvalidError{Field: "components", Reason: fmt.Sprintf("has %q twice", p.Product)}
		}
	}
	return k, nil
}

// SameComponents reports that both kits have the same components, in whatever order.
func (k Kit) SameComponents(other Kit) bool { return slices.Equal(k.sorted(), other.sorted()) }

func (k Kit) sorted() []Component {
	return slices.SortedFunc(slices.Values(k.Components), func(a, b Component) int { return strings.Compare(a.Product, b.Product) })
}

// Kits returns those of the products that are kits; kits among their components
// are not taken apart. They come from memory as those of Places do.
func (c *facts) Kits(ctx context.Context, tenant string, products []string) (map[string]Kit, error) {
	known, err := c.kits.get(ctx, tenant)
	if err != nil || len(known.are) == 0 {
		return nil, err
	}
	var found map[string]Kit
	for _, product := range products {
		i, ok := findKit(known.are, product)
		if !ok {
			continue
		}
		if found == nil {
			found = make(map[string]Kit)
		}
		found[product] = known.are[i]
	}
	return found, nil
}

// AllKits returns the kits of a tenant, sorted by product, as Kits does.
func (c *facts) AllKits(ctx context.Context, tenant string) ([]Kit, error) {
	known, err := c.kits.get(ctx, tenant)
	return known.are, err
}

// HadKit reports whether one of the products is a kit or has been one, as Kits
// does. It is asked for every reserve.
func (c *facts) HadKit(ctx context.Context, tenant string, products []string) (bool, error) {
	known, err := c.kits.get(ctx, tenant)
	if err != nil || len(known.are)+len(known.were) == 0 {
		return false, err
	}
	return slices.ContainsFunc(products, func(product string) bool {
		_, is := findKit(known.are, product)
		_, was := slices.BinarySearch(known.were, product)
		return is || was
	}), nil
}

// findKit looks a kit up among kits that are sorted by product.
func findKit(kits []Kit, product string) (at int, found bool) {
	return slices.BinarySearchFunc(kits, product, func(k Kit, id string) int { return strings.Compare(k.Product, id) })
}

// kits are those of a tenant, sorted by product: those that are, and the products
// that have been kits.
type kits struct {
	are  []Kit
	were []string
}

func readKits(r *read, tenant string) (known kits, err error) {
	all, err := kitKind.ever(r, tenant)
	for _, k := range all {
		if len(k.Components) > 0 {
			known.are = append(known.are, k)
		} else {
			known.were = append(known.were, k.Product)
		}
	}
	return known, err
}

// SetKit makes a product a kit, or changes its components; see SetKits.
func (c *facts) SetKit(ctx context.Context, tenant, product string, components []Component) (Kit, error) {
	kept, err := c.SetKits(ctx, tenant, []Kit{{Product: product, Components: components}})
	if err != nil {
		return Kit{}, err
	}
	return kept[0], nil
}

// SetKits sets 1 to MaxSet kits, all or none of them, one after another, and
// returns them as they are kept; tenant and version of what is given are not
// looked at. Products that are not known become so. A kit that has these components
// already is not written again. A kit that would contain itself, or more than
// MaxKitDepth kits inside each other, is ErrInvalid.
func (c *facts) SetKits(ctx context.Context, tenant string, set []Kit) ([]Kit, error) {
	kept, err := c.setKits(ctx, tenant, set, nil)
	return result(kept, err, "set %d kits", len(set))
}

// errTried ends a transaction that was only to find out whether it would do.
var errTried = errors.New("only tried")

// TryKits returns the error that SetKits would, and sets nothing.
func (c *facts) TryKits(ctx context.Context, tenant string, set []Kit) error {
	_, err := c.setKits(ctx, tenant, set, errTried)
	if errors.Is(err, errTried) {
		return nil
	}
	return fmt.Errorf("try %d kits: %w", len(set), err)
}

// setKits sets the kits, unless end is an error.
func (c *facts) setKits(ctx context.Context, tenant string, set []Kit, end error) ([]Kit, error) {
	kept, err := checkRows("kits", set, func(k Kit) (Kit, string, error) {
		k, err := k.check()
		return k, k.Product, err
	}, &InvalidError{Field: "product_id", Reason: "is given twice"})
	if err != nil {
		return nil, err
	}
	err = c.store.write(ctx, c.now, func(w *write) error {
		if err := w.findTenant(tenant); err != nil {
			return err
		}
		tree := kitTree{read: &w.read, tenant: tenant}
		for i := range kept {
			k := &kept[i]
			k.Tenant = tenant
			if err := storeKit(w, &tree, k); err != nil {
				return rowError(i, err)
			}
		}
		return end
	})
	return kept, err
}

// DropKit makes a kit a plain product again, which keeps its id, and returns
// what is left of the kit. A product that is no longer a kit is no change; a
// product that never was one is ErrUnknown.
func (c *facts) DropKit(ctx context.Context, tenant, product string) (Kit, error) {
	var k Kit
	err := checkID("product_id", product, maxProduct)
	if err == nil {
		err = c.store.write(ctx, c.now, func(w *write) error {
			is, gone, err := kitKind.get(&w.read, tenant, product)
			switch {
			case err != nil:
				return err
			case is == nil:
				return kitKind.unknown(product)
			}
			if k = *is; gone {
				return nil
			}
			k.Version, k.Changed, k.Components = is.Version+1, Moment{w.time()}, nil
			return kitKind.drop(w, &k, is)
		})
	}
	return result(k, err, "drop the kit %q", product)
}

// storeKit stores a kit if it has other components, and fills in the rest of it.
func storeKit(w *write, tree *kitTree, k *Kit) error {
	is, _, err := kitKind.get(&w.read, k.Tenant, k.Product)
	if err != nil {
		return err
	}
	if is != nil && slices.Equal(is.Components, k.Components) {
		*k = *is
		return nil
	}
	if err := tree.fits(*k); err != nil {
		return err
	}
	if err := openComponents(w, k.Tenant, k.Product, k.Components); err != nil {
		return err
	}
	k.Version, k.Changed = 1, Moment{w.time()}
	if is != nil {
		k.Version = is.Version + 1
	}
	return kitKind.put(w, k, is)
}

// openComponents makes the product of a kit and its components known.
func openComponents(w *write, tenant, product string, components []Component) error {
	refs := []Ref{{Tenant: tenant, Product: product}}
	for _, p := range components {
		refs = append(refs, Ref{Tenant: tenant, Product: p.Product})
	}
	if err := w.loadProducts(refs); err != nil {
		return err
	}
	for _, ref := range refs {
		if err := w.open(ref); err != nil {
			return err
		}
	}
	return nil
}

// A kit is found by its components. One that was dropped has none.
var kitKind = documentKind[Kit]{
	name: "kit", title: "kit",
	pack:   func(k *Kit) document { return document{tenant: k.Tenant, id: k.Product} },
	unpack: func(d *document, k *Kit) { k.Tenant, k.Product = d.tenant, d.id },
	links: func(k *Kit) []string {
		var products []string
		for _, p := range k.Components {
			products = append(products, p.Product)
		}
		return products
	},
}

package catalog

import (
	"holdfast.dev/holdfast/internal/stock"
)

// kitBody is a kit in the log, and in its row.
type kitBody struct {
	Version    int64      `json:"version"`
	Changed    int64      `json:"changed"`
	Components []partBody `json:"components,omitempty"`
}

type partBody struct {
	Product  string `json:"product_id"`
	Quantity int64  `json:"quantity"`
}

// A kit is found by its parts. One that was dropped has none.
var kitKind = kind[Kit]{
	name: "kit", title: "kit",
	pack: func(k *Kit) (document, any) {
		b := kitBody{Version: k.Version, Changed: millis(k.Changed)}
		for _, p := range k.Parts {
			b.Components = append(b.Components, partBody{p.Product, int64(p.Qty)})
		}
		return document{tenant: k.Tenant, id: k.Product}, b
	},
	unpack: func(d *document, k *Kit) error {
		var b kitBody
		err := parse(d.body, &b)
		*k = Kit{Tenant: d.tenant, Product: d.id, Version: b.Version, Changed: fromMillis(b.Changed)}
		for _, p := range b.Components {
			k.Parts = append(k.Parts, Part{p.Product, stock.Qty(p.Quantity)})
		}
		return err
	},
	links: func(k *Kit) []string {
		var parts []string
		for _, p := range k.Parts {
			parts = append(parts, p.Product)
		}
		return parts
	},
}

// readKits returns the products of a tenant that are kits.
func readKits(r *read, tenant string) (*kits, error) {
	all, err := kitKind.all(r, tenant)
	if err != nil {
		return nil, err
	}
	book := &kits{all: all, byProduct: make(map[string]int, len(all))}
	for i, k := range all {
		book.byProduct[k.Product] = i
	}
	return book, nil
}

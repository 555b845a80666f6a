package catalog

import (
	"holdfast.dev/holdfast/internal/stock"
)

// kitBody is a kit in the log.
type kitBody struct {
	Version    int64      `json:"version"`
	Changed    int64      `json:"changed"`
	Components []partBody `json:"components,omitempty"`
}

type partBody struct {
	Product  string `json:"product_id"`
	Quantity int64  `json:"quantity"`
}

func (k Kit) body() any {
	b := kitBody{Version: k.Version, Changed: millis(k.Changed)}
	for _, p := range k.Parts {
		b.Components = append(b.Components, partBody{p.Product, int64(p.Qty)})
	}
	return b
}

// kitPart is a row of the table of parts.
type kitPart struct {
	kit string
	Part
}

func scanPart(scan func(...any) error, p *kitPart) error {
	var quantity int64
	err := scan(&p.kit, &p.Product, &quantity)
	p.Qty = stock.Qty(quantity)
	return err
}

// kit returns a product that is a kit, or was one: then it has no parts.
func (r *read) kit(tenant, product string) (Kit, bool, error) {
	k := Kit{Tenant: tenant, Product: product}
	if !storable(tenant) || !storable(product) {
		return k, false, nil
	}
	var changed int64
	found, err := r.one(`SELECT version, changed FROM {kit} WHERE tenant = ? AND id = ?`, []any{tenant, product}, &k.Version, &changed)
	if err != nil || !found {
		return k, found, err
	}
	k.Changed = fromMillis(changed)
	parts, err := list(r, scanPart, `SELECT kit, product, quantity FROM {kit_part} WHERE tenant = ? AND kit = ? ORDER BY product`, tenant, product)
	for _, p := range parts {
		k.Parts = append(k.Parts, p.Part)
	}
	return k, true, err
}

// kitsOf returns the products of a tenant that are kits.
func (r *read) kitsOf(tenant string) (*kits, error) {
	book := &kits{}
	if !storable(tenant) {
		return book, nil
	}
	rows, err := list(r, func(scan func(...any) error, k *Kit) error {
		var changed int64
		err := scan(&k.Product, &k.Version, &changed)
		k.Tenant, k.Changed = tenant, fromMillis(changed)
		return err
	}, `SELECT id, version, changed FROM {kit} WHERE tenant = ? ORDER BY id`, tenant)
	if err != nil {
		return nil, err
	}
	parts, err := list(r, scanPart, `SELECT kit, product, quantity FROM {kit_part} WHERE tenant = ? ORDER BY kit, product`, tenant)
	if err != nil {
		return nil, err
	}
	of := make(map[string][]Part, len(rows))
	for _, p := range parts {
		of[p.kit] = append(of[p.kit], p.Part)
	}
	book.byProduct = make(map[string]int, len(of))
	for _, k := range rows {
		if k.Parts = of[k.Product]; len(k.Parts) > 0 {
			book.byProduct[k.Product] = len(book.all)
			book.all = append(book.all, k)
		}
	}
	return book, nil
}

// putKit stores a kit and its parts.
func (w *write) putKit(k Kit, fresh bool) error {
	kind := KindKitSet
	if len(k.Parts) == 0 {
		kind = KindKitDropped
	}
	seq, err := w.log(k.Tenant, kind, k.Product, k.body())
	if err != nil {
		return err
	}
	if fresh {
		w.insert(`{kit} (tenant, id, version, changed, seq)`, k.Tenant, k.Product, k.Version, millis(k.Changed), seq)
	} else {
		err = w.exec(`UPDATE {kit} SET version = ?, changed = ?, seq = ? WHERE tenant = ? AND id = ?`,
			k.Version, millis(k.Changed), seq, k.Tenant, k.Product)
		if err == nil {
			err = w.exec(`DELETE FROM {kit_part} WHERE tenant = ? AND kit = ?`, k.Tenant, k.Product)
		}
	}
	for _, p := range k.Parts {
		w.insert(`{kit_part} (tenant, kit, product, quantity)`, k.Tenant, k.Product, p.Product, int64(p.Qty))
	}
	return err
}

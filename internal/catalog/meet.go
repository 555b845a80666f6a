package catalog

import "slices"

// knowledge reads what is known of ref.
func (r *read) knowledge(ref Ref) (Knowledge, error) {
	var k Knowledge
	if ref.Product != "" {
		key := rowKey{ref.Tenant, ref.Product}
		p, ok := r.products[key]
		if !ok {
			row, err := readProduct(r, ref.Tenant, ref.Product)
			if err != nil {
				return k, err
			}
			if row == nil {
				row = &Product{}
			}
			p = r.sawProduct(key, row.Unit, row.ID != "")
		}
		k.Product, k.Unit = p.found, p.row
	}
	if ref.Location != "" {
		key := rowKey{ref.Tenant, ref.Location}
		l, ok := r.places[key]
		if !ok {
			row, err := readLocation(r, ref.Tenant, ref.Location)
			if err != nil {
				return k, err
			}
			l = r.sawPlace(key, row != nil && row.Spread, row != nil)
		}
		k.Location, k.Spread = l.found, l.row
	}
	return k, nil
}

// meetAll reads all that is known of refs, before what is written about them: a
// question between two rows stores the first by itself.
func (r *read) meetAll(refs []Ref) error {
	err := r.loadProducts(refs)
	for i := 0; i < len(refs) && err == nil; i++ {
		_, err = r.knowledge(refs[i])
	}
	return err
}

// mustKnow refuses a ref that names what is not known.
func (r *read) mustKnow(ref Ref) error {
	k, err := r.knowledge(ref)
	switch {
	case err != nil:
		return err
	case ref.Product != "" && !k.Product:
		return &UnknownError{What: "product", ID: ref.Product}
	case ref.Location != "" && !k.Location:
		return &UnknownError{What: "location", ID: ref.Location}
	}
	return nil
}

func (r *read) sawProduct(key rowKey, unit Unit, found bool) foundRow[Unit] {
	if r.products == nil {
		r.products = map[rowKey]foundRow[Unit]{}
	}
	r.products[key] = foundRow[Unit]{unit, found}
	return r.products[key]
}

func (r *read) sawPlace(key rowKey, spread, found bool) foundRow[bool] {
	if r.places == nil {
		r.places = map[rowKey]foundRow[bool]{}
	}
	r.places[key] = foundRow[bool]{spread, found}
	return r.places[key]
}

// foresee takes it that ref is known so.
func (r *read) foresee(ref Ref, k Knowledge) {
	if ref.Product != "" {
		r.sawProduct(rowKey{ref.Tenant, ref.Product}, k.Unit, true)
	}
	if ref.Location != "" {
		r.sawPlace(rowKey{ref.Tenant, ref.Location}, k.Spread, true)
	}
}

// meetSteps are how many products one statement asks for; few sizes, so that
// few statements are compiled.
var meetSteps = [...]int{64, 8}

// loadProducts reads the products of many refs with few statements, for knowledge to
// find: over a network those are what a long list waits for. Locations are
// few; knowledge asks for each once.
func (r *read) loadProducts(refs []Ref) error {
	byTenant := map[string][]string{}
	for _, ref := range refs {
		if ref.Product != "" && storable(ref.Tenant) && storable(ref.Product) {
			byTenant[ref.Tenant] = append(byTenant[ref.Tenant], ref.Product)
		}
	}
	for tenant, ids := range byTenant {
		slices.Sort(ids)
		ids = slices.Compact(ids)
		for _, step := range meetSteps {
			for ; len(ids) >= step; ids = ids[step:] {
				if err := r.meetSome(tenant, ids[:step]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *read) meetSome(tenant string, ids []string) error {
	args := []any{tenant}
	for _, id := range ids {
		args = append(args, id)
		r.sawProduct(rowKey{tenant, id}, Unit{}, false)
	}
	_, err := list(r, func(scan func(...any) error, p *Product) error {
		err := scan(&p.ID, &p.Unit.Name, &p.Unit.Scale)
		if err == nil {
			r.sawProduct(rowKey{tenant, p.ID}, p.Unit, true)
		}
		return err
	}, `SELECT id, unit, scale FROM {product} WHERE tenant = ? AND id IN `+tuples(1, len(ids)), args...)
	return err
}

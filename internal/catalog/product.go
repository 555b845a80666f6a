package catalog

import (
	"context"
)

// Unit is what a product is counted in. The zero Unit is "not declared":
// quantities are whole pieces.
type Unit struct {
	Name  string `json:"unit,omitempty"`  // such as kg
	Scale int    `json:"scale,omitempty"` // decimals of Name that one counted unit is, 1 to 6
}

// Ref names a product at a location of a tenant. Where documented, Product or
// Location may be empty: then only the other one is meant.
type Ref struct{ Tenant, Product, Location string }

// Knowledge is what the catalog knows of a Ref.
type Knowledge struct {
	Product  bool // the product is known; false when the Ref names none
	Unit     Unit
	Location bool // the location is known; false when the Ref names none
	Spread   bool // the location's items are placed by product too
}

// Product is a product as the database has it.
type Product struct {
	Tenant  string `json:"-"`
	ID      string `json:"-"`
	Created Moment `json:"created"`
	Unit
}

// rowKey is the key of a product or a location within all tenants.
type rowKey struct{ tenant, id string }

// Product returns a product as the database has it now, or ErrUnknown. It
// never answers from memory: ask it where a unit declared a moment ago on
// another node matters.
func (c *Catalog) Product(ctx context.Context, tenant, id string) (Product, error) {
	return lookUp(ctx, c.store, "product", id, func(r *read) (*Product, error) { return readProduct(r, tenant, id) })
}

// Known says whether the product and the location of ref are known. Known
// ones are remembered, because neither becomes unknown again; for others the
// database is asked each time, so the answer holds every write acknowledged
// before the call. A declared Unit never changes; that none is declared may
// be up to 2 s old when another process declared it (Product is exact).
func (c *Catalog) Known(ctx context.Context, ref Ref) (Knowledge, error) {
	if k, complete := c.remembered(ref); complete && (k.Unit.Scale != 0 || c.recent()) {
		return k, nil
	}
	var one [1]Knowledge
	if err := c.readKnowledge(ctx, []Ref{ref}, one[:]); err != nil {
		return Knowledge{}, err
	}
	return one[0], nil
}

// KnownAll is Known for many: refs that are not in memory are read together, as
// of one moment. The answers are in the order of refs.
func (c *Catalog) KnownAll(ctx context.Context, refs []Ref) ([]Knowledge, error) {
	answers := make([]Knowledge, len(refs))
	return answers, c.readKnowledge(ctx, refs, answers)
}

func (c *Catalog) readKnowledge(ctx context.Context, refs []Ref, answers []Knowledge) error {
	if err := c.refresh(ctx); err != nil {
		return err
	}
	var missed []int
	for i, ref := range refs {
		var complete bool
		if answers[i], complete = c.remembered(ref); !complete {
			missed = append(missed, i)
		}
	}
	if len(missed) == 0 {
		return nil
	}
	products, locations := c.products.generation(), c.locations.generation()
	ask := c.store.read
	if len(missed) == 1 {
		ask = c.store.look // what is known stays so: two moments are as good
	}
	err := ask(ctx, func(r *read) error {
		asked := make([]Ref, len(missed))
		for j, i := range missed {
			asked[j] = refs[i]
		}
		if err := r.loadProducts(asked); err != nil {
			return err
		}
		for _, i := range missed {
			k, err := r.knowledge(refs[i])
			if err != nil {
				return err
			}
			answers[i] = k
			c.remember(refs[i], k, products, locations)
		}
		return nil
	})
	return during(err, "look up products and locations")
}

// remembered says what memory knows of ref, and whether that is all there is
// to know.
func (c *Catalog) remembered(ref Ref) (k Knowledge, complete bool) {
	complete = true
	if ref.Product != "" {
		k.Unit, k.Product = c.products.get(rowKey{ref.Tenant, ref.Product})
		complete = k.Product
	}
	if ref.Location != "" {
		k.Spread, k.Location = c.locations.get(rowKey{ref.Tenant, ref.Location})
		complete = complete && k.Location
	}
	return k, complete
}

// remember keeps in memory what was read, and Know answers from there. It does
// not keep rows that a failover may still lose.
func (c *Catalog) remember(ref Ref, k Knowledge, products, locations uint64) {
	if c.store.commits.isDoubtful() {
		return
	}
	if k.Product {
		c.products.put(rowKey{ref.Tenant, ref.Product}, k.Unit, products)
	}
	if k.Location {
		c.locations.put(rowKey{ref.Tenant, ref.Location}, k.Spread, locations)
	}
}

// readProduct returns a product, nil when there is none.
func readProduct(r *read, tenant, id string) (*Product, error) {
	if !storable(tenant) || !storable(id) {
		return nil, nil
	}
	return first(r, scanProduct, `SELECT `+productColumns+` FROM {product} WHERE tenant = ? AND id = ?`, tenant, id)
}

// readProducts returns products with ids behind after, by id.
func readProducts(r *read, tenant, after string, limit int) ([]Product, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return list(r, scanProduct, `SELECT `+productColumns+` FROM {product} WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?`, tenant, after, limit)
}

const productColumns = `tenant, id, unit, scale, created`

func scanProduct(scan func(...any) error, p *Product) error {
	var created int64
	err := scan(&p.Tenant, &p.ID, &p.Unit.Name, &p.Unit.Scale, &created)
	p.Created = Moment{fromMillis(created)}
	return err
}

// open stores a new product.
func (p *Product) open(w *write) error {
	seq, err := w.log(p.Tenant, KindProductCreated, p.ID, p)
	if err != nil {
		return err
	}
	w.insert(`{product} (tenant, id, unit, scale, created, seq)`,
		p.Tenant, p.ID, p.Unit.Name, p.Unit.Scale, millis(p.Created.Time), seq)
	w.sawProduct(rowKey{p.Tenant, p.ID}, p.Unit, true)
	return nil
}

// declareUnit stores the unit of a product that is there.
func declareUnit(w *write, tenant, id string, unit Unit) error {
	p, err := readProduct(&w.read, tenant, id)
	if err != nil {
		return err
	}
	p.Unit = unit
	seq, err := w.log(tenant, KindProductUnit, id, p)
	if err != nil {
		return err
	}
	w.sawProduct(rowKey{tenant, id}, unit, true)
	return w.exec(`UPDATE {product} SET unit = ?, scale = ?, seq = ? WHERE tenant = ? AND id = ?`,
		unit.Name, unit.Scale, seq, tenant, id)
}

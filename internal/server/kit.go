package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Kits is what the catalog keeps of kits.
type Kits interface {
	// Kits returns those of the products that are kits, AllKits all kits, by product.
	Kits(ctx context.Context, tenant string, products []string) (map[string]catalog.Kit, error)
	AllKits(ctx context.Context, tenant string) ([]catalog.Kit, error)
	SetKits(ctx context.Context, tenant string, set []catalog.Kit) ([]catalog.Kit, error)
	DropKit(ctx context.Context, tenant, product string) (catalog.Kit, error)
}

// kitChapter keeps kits.
type kitChapter struct {
	*core
	facts Kits
}

func (s *kitChapter) functions() map[string]method {
	return map[string]method{
		"SetKit":    unary(knowing(s.core, writeOnce(s.core, s.maySetKit, s.setKit))),
		"SetKits":   unary(knowing(s.core, writeOnce(s.core, s.maySetKits, s.setKits))),
		"GetKit":    unary(knowing(s.core, s.getKit)),
		"ListKits":  unary(knowing(s.core, s.listKits)),
		"DeleteKit": unary(knowing(s.core, writeOnce(s.core, nil, s.deleteKit))),
	}
}

// This file has the calls about kits. Like those about locations they only write to
// the catalog.

func checkKit(f *requestForm, r *holdfastv1.SetKitRequest) {
	f.id("product_id", r.GetProductId(), maxProduct)
	f.requireRange("components", int64(len(r.GetComponents())), 1, catalog.MaxComponents)
	for i, part := range r.GetComponents() {
		at := "components[" + itoa(i) + "]."
		f.id(at+"product_id", part.GetProductId(), maxProduct)
		f.quantity(at+"quantity", part.GetQuantity(), 1, part.GetQuantityDecimal())
	}
}

func renderKit(k catalog.Kit) *holdfastv1.Kit {
	return &holdfastv1.Kit{
		ProductId: k.Product, Version: k.Version, UpdatedAt: timestamppb.New(k.Changed.Time),
		Components: each(k.Components, func(p catalog.Component) *holdfastv1.KitComponent {
			return &holdfastv1.KitComponent{ProductId: p.Product, Quantity: int64(p.Qty)}
		}),
	}
}

// maySetKit refuses a wrong form, and a product that has units of its
// own.
func (s *kitChapter) maySetKit(ctx context.Context, c *call, r *holdfastv1.SetKitRequest) error {
	var f requestForm
	checkKit(&f, r)
	if err := f.err(); err != nil {
		return err
	}
	return s.withoutStock(ctx, c, []*holdfastv1.SetKitRequest{r})
}

func (s *kitChapter) maySetKits(ctx context.Context, c *call, r *holdfastv1.SetKitsRequest) error {
	if err := checkKits(r); err != nil {
		return err
	}
	return s.withoutStock(ctx, c, r.GetItems())
}

func checkKits(r *holdfastv1.SetKitsRequest) error {
	var f requestForm
	f.rows(len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.enter("items", i)
		checkKit(&f, item)
	}
	return f.err()
}

func (s *kitChapter) setKit(ctx context.Context, c *call, r *holdfastv1.SetKitRequest) (*holdfastv1.Kit, error) {
	kept, err := s.putKits(ctx, c, "", []*holdfastv1.SetKitRequest{r})
	if err != nil {
		return nil, err
	}
	return renderKit(kept[0]), nil
}

func (s *kitChapter) setKits(ctx context.Context, c *call, r *holdfastv1.SetKitsRequest) (*holdfastv1.SetKitsResponse, error) {
	kept, err := s.putKits(ctx, c, "items", r.GetItems())
	if err != nil {
		return nil, err
	}
	return &holdfastv1.SetKitsResponse{Items: each(kept, renderKit)}, nil
}

// putKits sets kits whose form is right. It reads quantities in the units of the
// components. items is the name of their list, "" for one alone.
func (s *kitChapter) putKits(ctx context.Context, c *call, items string, requests []*holdfastv1.SetKitRequest) ([]catalog.Kit, error) {
	units, err := s.unitsOfParts(ctx, c, requests)
	if err != nil {
		return nil, err
	}
	set := make([]catalog.Kit, len(requests))
	for i, r := range requests {
		list := ""
		if items != "" {
			list = items + "[" + itoa(i) + "]."
		}
		set[i] = catalog.Kit{Product: r.GetProductId(), Components: make([]catalog.Component, len(r.GetComponents()))}
		for j, part := range r.GetComponents() {
			field := list + "components[" + itoa(j) + "].quantity"
			qty, err := quantity{field, part.GetQuantity(), part.GetQuantityDecimal(), 1}.inUnit(units[part.GetProductId()])
			if err != nil {
				return nil, err
			}
			set[i].Components[j] = catalog.Component{Product: part.GetProductId(), Qty: qty}
		}
	}
	kept, err := s.facts.SetKits(ctx, c.tenant, set)
	if err != nil {
		return nil, factError(items, err)
	}
	return kept, nil
}

// unitsOfParts looks up the units of components whose quantities are decimals.
func (s *kitChapter) unitsOfParts(ctx context.Context, c *call, requests []*holdfastv1.SetKitRequest) (map[string]catalog.Unit, error) {
	var refs []catalog.Ref
	for _, r := range requests {
		for _, part := range r.GetComponents() {
			if part.GetQuantityDecimal() != "" {
				refs = append(refs, catalog.Ref{Tenant: c.tenant, Product: part.GetProductId()})
			}
		}
	}
	if len(refs) == 0 {
		return nil, nil
	}
	known, err := s.door.LookUpExactly(ctx, refs)
	if err != nil {
		return nil, err
	}
	units := make(map[string]catalog.Unit, len(refs))
	for i, ref := range refs {
		units[ref.Product] = known[i].Unit
	}
	return units, nil
}

// withoutStock refuses to make a kit of a product that has stock of its own,
// because that stock could no longer be sold. It does not see stock that is booked
// at the same moment.
func (s *kitChapter) withoutStock(ctx context.Context, c *call, set []*holdfastv1.SetKitRequest) error {
	products := make([]string, len(set))
	for i, r := range set {
		products[i] = r.GetProductId()
	}
	already, err := s.facts.Kits(ctx, c.tenant, products)
	if err != nil {
		return err
	}
	for _, product := range products {
		if _, kit := already[product]; kit {
			continue
		}
		levels, _, err := s.books.Product(ctx, engine.ProductKey{Tenant: c.tenant, Product: product})
		if err != nil {
			return err
		}
		for i := range levels {
			if it := levels[i].Item; it != nil && hasStock(it) {
				return refuse(codeState, "product %q has stock of its own at %q, so it cannot become a kit", product, it.Key.Location)
			}
		}
	}
	return nil
}

// hasStock reports that the item has units inside the house.
func hasStock(it *stock.Item) bool {
	f := it.Figures()
	return f.OnHand != 0 || f.Held != 0
}

func (s *kitChapter) getKit(ctx context.Context, c *call, r *holdfastv1.GetKitRequest) (*holdfastv1.Kit, error) {
	if err := checkID("product_id", r.GetProductId(), maxProduct); err != nil {
		return nil, err
	}
	if err := s.answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	kits, err := s.facts.Kits(ctx, c.tenant, []string{r.GetProductId()})
	if err != nil {
		return nil, err
	}
	k, found := kits[r.GetProductId()]
	if !found {
		return nil, refuse(codeNotFound, "product %q is no kit", r.GetProductId())
	}
	return renderKit(k), nil
}

func (s *kitChapter) listKits(ctx context.Context, c *call, r *holdfastv1.ListKitsRequest) (*holdfastv1.ListKitsResponse, error) {
	size, after, err := pageForm("kits", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if err := s.answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	all, err := s.facts.AllKits(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, "kits", after, size, func(k catalog.Kit) string { return k.Product })
	return &holdfastv1.ListKitsResponse{NextPageToken: next, Items: each(page, renderKit)}, nil
}

func (s *kitChapter) deleteKit(ctx context.Context, c *call, r *holdfastv1.DeleteKitRequest) (*holdfastv1.Kit, error) {
	if err := checkID("product_id", r.GetProductId(), maxProduct); err != nil {
		return nil, err
	}
	left, err := s.facts.DropKit(ctx, c.tenant, r.GetProductId())
	if err != nil {
		return nil, factError("", err)
	}
	return renderKit(left), nil
}

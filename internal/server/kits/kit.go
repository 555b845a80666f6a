// Package kits keeps products that are made of others.
package kits

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/server/kit"
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

// Chapter keeps kits.
type Chapter struct {
	core  *kit.Core
	facts Kits
}

// New returns the chapter.
func New(core *kit.Core, facts Kits) *Chapter {
	return &Chapter{core, facts}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetKit":    kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, s.maySetKit, s.setKit))),
		"SetKits":   kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, s.maySetKits, s.setKits))),
		"GetKit":    kit.Unary(kit.Knowing(s.core, s.getKit)),
		"ListKits":  kit.Unary(kit.Knowing(s.core, s.listKits)),
		"DeleteKit": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteKit))),
	}
}

// This file has the calls about kits. Like those about locations they only write to
// the catalog.

func checkKit(f *kit.Form, r *holdfastv1.SetKitRequest) {
	f.ID("product_id", r.GetProductId(), kit.MaxProduct)
	f.RequireRange("components", int64(len(r.GetComponents())), 1, catalog.MaxComponents)
	for i, part := range r.GetComponents() {
		at := "components[" + kit.Itoa(i) + "]."
		f.ID(at+"product_id", part.GetProductId(), kit.MaxProduct)
		f.Quantity(at+"quantity", part.GetQuantity(), 1, part.GetQuantityDecimal())
	}
}

func renderKit(k catalog.Kit) *holdfastv1.Kit {
	return &holdfastv1.Kit{
		ProductId: k.Product, Version: k.Version, UpdatedAt: timestamppb.New(k.Changed.Time),
		Components: kit.Each(k.Components, func(p catalog.Component) *holdfastv1.KitComponent {
			return &holdfastv1.KitComponent{ProductId: p.Product, Quantity: int64(p.Qty)}
		}),
	}
}

// maySetKit refuses a wrong form, and a product that has units of its
// own.
func (s *Chapter) maySetKit(ctx context.Context, c *kit.Call, r *holdfastv1.SetKitRequest) error {
	var f kit.Form
	checkKit(&f, r)
	if err := f.Err(); err != nil {
		return err
	}
	return s.withoutStock(ctx, c, []*holdfastv1.SetKitRequest{r})
}

func (s *Chapter) maySetKits(ctx context.Context, c *kit.Call, r *holdfastv1.SetKitsRequest) error {
	if err := checkKits(r); err != nil {
		return err
	}
	return s.withoutStock(ctx, c, r.GetItems())
}

func checkKits(r *holdfastv1.SetKitsRequest) error {
	var f kit.Form
	f.Rows(len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.Enter("items", i)
		checkKit(&f, item)
	}
	return f.Err()
}

func (s *Chapter) setKit(ctx context.Context, c *kit.Call, r *holdfastv1.SetKitRequest) (*holdfastv1.Kit, error) {
	kept, err := s.putKits(ctx, c, "", []*holdfastv1.SetKitRequest{r})
	if err != nil {
		return nil, err
	}
	return renderKit(kept[0]), nil
}

func (s *Chapter) setKits(ctx context.Context, c *kit.Call, r *holdfastv1.SetKitsRequest) (*holdfastv1.SetKitsResponse, error) {
	kept, err := s.putKits(ctx, c, "items", r.GetItems())
	if err != nil {
		return nil, err
	}
	return &holdfastv1.SetKitsResponse{Items: kit.Each(kept, renderKit)}, nil
}

// putKits sets kits whose form is right. It reads quantities in the units of the
// components. items is the name of their list, "" for one alone.
func (s *Chapter) putKits(ctx context.Context, c *kit.Call, items string, requests []*holdfastv1.SetKitRequest) ([]catalog.Kit, error) {
	units, err := s.unitsOfParts(ctx, c, requests)
	if err != nil {
		return nil, err
	}
	set := make([]catalog.Kit, len(requests))
	for i, r := range requests {
		list := ""
		if items != "" {
			list = items + "[" + kit.Itoa(i) + "]."
		}
		set[i] = catalog.Kit{Product: r.GetProductId(), Components: make([]catalog.Component, len(r.GetComponents()))}
		for j, part := range r.GetComponents() {
			field := list + "components[" + kit.Itoa(j) + "].quantity"
			qty, err := kit.Quantity{Field: field, Number: part.GetQuantity(), Decimal: part.GetQuantityDecimal(), Least: 1}.InUnit(units[part.GetProductId()])
			if err != nil {
				return nil, err
			}
			set[i].Components[j] = catalog.Component{Product: part.GetProductId(), Qty: qty}
		}
	}
	kept, err := s.facts.SetKits(ctx, c.Tenant, set)
	if err != nil {
		return nil, kit.FactError(items, err)
	}
	return kept, nil
}

// unitsOfParts looks up the units of components whose quantities are decimals.
func (s *Chapter) unitsOfParts(ctx context.Context, c *kit.Call, requests []*holdfastv1.SetKitRequest) (map[string]catalog.Unit, error) {
	var refs []catalog.Ref
	for _, r := range requests {
		for _, part := range r.GetComponents() {
			if part.GetQuantityDecimal() != "" {
				refs = append(refs, catalog.Ref{Tenant: c.Tenant, Product: part.GetProductId()})
			}
		}
	}
	if len(refs) == 0 {
		return nil, nil
	}
	known, err := s.core.Door.LookUpExactly(ctx, refs)
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
func (s *Chapter) withoutStock(ctx context.Context, c *kit.Call, set []*holdfastv1.SetKitRequest) error {
	products := make([]string, len(set))
	for i, r := range set {
		products[i] = r.GetProductId()
	}
	already, err := s.facts.Kits(ctx, c.Tenant, products)
	if err != nil {
		return err
	}
	for _, product := range products {
		if _, kit := already[product]; kit {
			continue
		}
		levels, _, err := s.core.Books.Product(ctx, engine.ProductKey{Tenant: c.Tenant, Product: product})
		if err != nil {
			return err
		}
		for i := range levels {
			if it := levels[i].Item; it != nil && hasStock(it) {
				return kit.Refuse(kit.CodeState, "product %q has stock of its own at %q, so it cannot become a kit", product, it.Key.Location)
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

func (s *Chapter) getKit(ctx context.Context, c *kit.Call, r *holdfastv1.GetKitRequest) (*holdfastv1.Kit, error) {
	if err := kit.CheckID("product_id", r.GetProductId(), kit.MaxProduct); err != nil {
		return nil, err
	}
	if err := s.core.Answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	kits, err := s.facts.Kits(ctx, c.Tenant, []string{r.GetProductId()})
	if err != nil {
		return nil, err
	}
	k, found := kits[r.GetProductId()]
	if !found {
		return nil, kit.Refuse(kit.CodeNotFound, "product %q is no kit", r.GetProductId())
	}
	return renderKit(k), nil
}

func (s *Chapter) listKits(ctx context.Context, c *kit.Call, r *holdfastv1.ListKitsRequest) (*holdfastv1.ListKitsResponse, error) {
	size, after, err := kit.PageForm("kits", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if err := s.core.Answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	all, err := s.facts.AllKits(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "kits", after, size, func(k catalog.Kit) string { return k.Product })
	return &holdfastv1.ListKitsResponse{NextPageToken: next, Items: kit.Each(page, renderKit)}, nil
}

func (s *Chapter) deleteKit(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteKitRequest) (*holdfastv1.Kit, error) {
	if err := kit.CheckID("product_id", r.GetProductId(), kit.MaxProduct); err != nil {
		return nil, err
	}
	left, err := s.facts.DropKit(ctx, c.Tenant, r.GetProductId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderKit(left), nil
}

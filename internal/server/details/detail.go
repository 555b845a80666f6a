// Package details keeps what shoppers see of a product.
package details

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// ProductDetails keeps the details of products (catalog.ProductDetails).
type ProductDetails interface {
	Get(ctx context.Context, tenant, product string) (catalog.Details, error)
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Details, error)
	Set(ctx context.Context, tenant string, set []catalog.Details) ([]catalog.Details, error)
	Drop(ctx context.Context, tenant, product string) error
}

// Chapter keeps the details of products that shoppers see.
type Chapter struct {
	core    *kit.Core
	details ProductDetails
}

// New returns the chapter.
func New(core *kit.Core, details ProductDetails) *Chapter {
	return &Chapter{core, details}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetDetails":     kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setDetails))),
		"SetManyDetails": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setManyDetails))),
		"GetDetails":     kit.Unary(kit.Knowing(s.core, s.getDetails)),
		"ListDetails":    kit.Unary(kit.Knowing(s.core, s.listDetails)),
		"DeleteDetails":  kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteDetails))),
	}
}

// checkDetails checks the ids. The catalog checks the rest.
func checkDetails(f *kit.Form, r *holdfastv1.SetDetailsRequest) {
	f.ID("product_id", r.GetProductId(), kit.MaxProduct)
	f.OptionalID("seller_id", r.GetSellerId(), catalog.MaxSeller)
}

func detailsOf(r *holdfastv1.SetDetailsRequest) catalog.Details {
	return catalog.Details{
		Product: r.GetProductId(), Title: r.GetTitle(), Text: r.GetText(), Seller: r.GetSellerId(), Attributes: r.GetAttributes(), Tags: r.GetTags(),
	}
}

func renderDetails(d catalog.Details) *holdfastv1.ProductDetails {
	return &holdfastv1.ProductDetails{
		ProductId: d.Product, Title: d.Title, Text: d.Text, SellerId: d.Seller, Attributes: d.Attributes, Tags: d.Tags,
		Version: d.Version, UpdatedAt: timestamppb.New(d.Changed.Time),
	}
}

func (s *Chapter) setDetails(ctx context.Context, c *kit.Call, r *holdfastv1.SetDetailsRequest) (*holdfastv1.ProductDetails, error) {
	var f kit.Form
	checkDetails(&f, r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.details.Set(ctx, c.Tenant, []catalog.Details{detailsOf(r)})
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderDetails(kept[0]), nil
}

func (s *Chapter) setManyDetails(ctx context.Context, c *kit.Call, r *holdfastv1.SetManyDetailsRequest) (*holdfastv1.SetManyDetailsResponse, error) {
	var f kit.Form
	f.Rows(len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.Enter("items", i)
		checkDetails(&f, item)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.details.Set(ctx, c.Tenant, kit.Each(r.GetItems(), detailsOf))
	if err != nil {
		return nil, kit.FactError("items", err)
	}
	return &holdfastv1.SetManyDetailsResponse{Items: kit.Each(kept, renderDetails)}, nil
}

func (s *Chapter) getDetails(ctx context.Context, c *kit.Call, r *holdfastv1.GetDetailsRequest) (*holdfastv1.ProductDetails, error) {
	if err := kit.CheckID("product_id", r.GetProductId(), kit.MaxProduct); err != nil {
		return nil, err
	}
	d, err := s.details.Get(ctx, c.Tenant, r.GetProductId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderDetails(d), nil
}

func (s *Chapter) listDetails(ctx context.Context, c *kit.Call, r *holdfastv1.ListDetailsRequest) (*holdfastv1.ListDetailsResponse, error) {
	size, after, err := kit.PageForm("details", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	page, err := s.details.List(ctx, c.Tenant, after, size+1)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	var next *string
	if len(page) > size {
		page = page[:size]
		next = new(kit.PageToken("details", page[size-1].Product))
	}
	return &holdfastv1.ListDetailsResponse{NextPageToken: next, Items: kit.Each(page, renderDetails)}, nil
}

func (s *Chapter) deleteDetails(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteDetailsRequest) (*holdfastv1.DeleteDetailsResponse, error) {
	if err := kit.CheckID("product_id", r.GetProductId(), kit.MaxProduct); err != nil {
		return nil, err
	}
	if err := s.details.Drop(ctx, c.Tenant, r.GetProductId()); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteDetailsResponse{}, nil
}

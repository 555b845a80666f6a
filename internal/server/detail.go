package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// ProductDetails keeps the details of products (catalog.ProductDetails).
type ProductDetails interface {
	Get(ctx context.Context, tenant, product string) (catalog.Details, error)
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Details, error)
	Set(ctx context.Context, tenant string, set []catalog.Details) ([]catalog.Details, error)
	Drop(ctx context.Context, tenant, product string) error
}

// detailChapter keeps the details of products that shoppers see.
type detailChapter struct {
	*core
	details ProductDetails
}

func (s *detailChapter) functions() map[string]method {
	return map[string]method{
		"SetDetails":     unary(knowing(s.core, writeOnce(s.core, nil, s.setDetails))),
		"SetManyDetails": unary(knowing(s.core, writeOnce(s.core, nil, s.setManyDetails))),
		"GetDetails":     unary(knowing(s.core, s.getDetails)),
		"ListDetails":    unary(knowing(s.core, s.listDetails)),
		"DeleteDetails":  unary(knowing(s.core, writeOnce(s.core, nil, s.deleteDetails))),
	}
}

// checkDetails checks the ids. The catalog checks the rest.
func checkDetails(f *requestForm, r *holdfastv1.SetDetailsRequest) {
	f.id("product_id", r.GetProductId(), maxProduct)
	f.optionalID("seller_id", r.GetSellerId(), catalog.MaxSeller)
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

func (s *detailChapter) setDetails(ctx context.Context, c *call, r *holdfastv1.SetDetailsRequest) (*holdfastv1.ProductDetails, error) {
	var f requestForm
	checkDetails(&f, r)
	if err := f.err(); err != nil {
		return nil, err
	}
	kept, err := s.details.Set(ctx, c.tenant, []catalog.Details{detailsOf(r)})
	if err != nil {
		return nil, factError("", err)
	}
	return renderDetails(kept[0]), nil
}

func (s *detailChapter) setManyDetails(ctx context.Context, c *call, r *holdfastv1.SetManyDetailsRequest) (*holdfastv1.SetManyDetailsResponse, error) {
	var f requestForm
	f.rows(len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.enter("items", i)
		checkDetails(&f, item)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	kept, err := s.details.Set(ctx, c.tenant, each(r.GetItems(), detailsOf))
	if err != nil {
		return nil, factError("items", err)
	}
	return &holdfastv1.SetManyDetailsResponse{Items: each(kept, renderDetails)}, nil
}

func (s *detailChapter) getDetails(ctx context.Context, c *call, r *holdfastv1.GetDetailsRequest) (*holdfastv1.ProductDetails, error) {
	if err := checkID("product_id", r.GetProductId(), maxProduct); err != nil {
		return nil, err
	}
	d, err := s.details.Get(ctx, c.tenant, r.GetProductId())
	if err != nil {
		return nil, factError("", err)
	}
	return renderDetails(d), nil
}

func (s *detailChapter) listDetails(ctx context.Context, c *call, r *holdfastv1.ListDetailsRequest) (*holdfastv1.ListDetailsResponse, error) {
	size, after, err := pageForm("details", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	page, err := s.details.List(ctx, c.tenant, after, size+1)
	if err != nil {
		return nil, factError("", err)
	}
	var next *string
	if len(page) > size {
		page = page[:size]
		next = new(pageToken("details", page[size-1].Product))
	}
	return &holdfastv1.ListDetailsResponse{NextPageToken: next, Items: each(page, renderDetails)}, nil
}

func (s *detailChapter) deleteDetails(ctx context.Context, c *call, r *holdfastv1.DeleteDetailsRequest) (*holdfastv1.DeleteDetailsResponse, error) {
	if err := checkID("product_id", r.GetProductId(), maxProduct); err != nil {
		return nil, err
	}
	if err := s.details.Drop(ctx, c.tenant, r.GetProductId()); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteDetailsResponse{}, nil
}

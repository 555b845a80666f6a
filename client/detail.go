package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// DetailService keeps the details of products that shoppers see and search.
type DetailService struct {
	c    *caller
	stub holdfastv1.DetailServiceClient
}

// Details are what shoppers see of a product.
type Details struct {
	ProductID string
	Title     string // one line
	Text      string // may have several lines
	SellerID  string
	// Attributes are properties such as brand or category.
	Attributes map[string]string
	Tags       []string
	// Version grows by one with each change. Set ignores Version and UpdatedAt.
	Version   int64
	UpdatedAt time.Time
}

// Set sets all details of 1 to 1,000 products, all or none of them. To set the same
// again changes nothing. An unknown product becomes known.
func (s *DetailService) Set(ctx context.Context, details ...Details) ([]Details, error) {
	items := each(details, func(d Details) *holdfastv1.SetDetailsRequest {
		return &holdfastv1.SetDetailsRequest{
			ProductId: d.ProductID, Title: d.Title, Text: d.Text, SellerId: d.SellerID, Attributes: d.Attributes, Tags: d.Tags,
		}
	})
	m, _, err := ask(ctx, s.c, "set_details", s.stub.SetManyDetails, &holdfastv1.SetManyDetailsRequest{Items: items})
	if err != nil {
		return nil, err
	}
	return each(m.GetItems(), detailsOf), nil
}

// Get shows the details of a product.
func (s *DetailService) Get(ctx context.Context, productID string) (*Details, error) {
	return askOne(ctx, s.c, "details", s.stub.GetDetails, &holdfastv1.GetDetailsRequest{ProductId: productID}, detailsOf)
}

// List reads a page of the details of all products, ordered by product. It uses only the
// page fields of List.
func (s *DetailService) List(ctx context.Context, r List) (*Page[Details], error) {
	return askPage(ctx, s.c, "list_details", s.stub.ListDetails, &holdfastv1.ListDetailsRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, detailsOf)
}

// Drop deletes the details of a product; the product stays known. To delete them again
// changes nothing.
func (s *DetailService) Drop(ctx context.Context, productID string) error {
	_, _, err := ask(ctx, s.c, "drop_details", s.stub.DeleteDetails, &holdfastv1.DeleteDetailsRequest{ProductId: productID})
	return err
}

func detailsOf(m *holdfastv1.ProductDetails) Details {
	return Details{
		ProductID: m.GetProductId(), Title: m.GetTitle(), Text: m.GetText(), SellerID: m.GetSellerId(), Attributes: m.GetAttributes(), Tags: m.GetTags(),
		Version: m.GetVersion(), UpdatedAt: timeOf(m.GetUpdatedAt()),
	}
}

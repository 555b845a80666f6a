package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// DetailService keeps what shoppers are shown of products, and find them by.
type DetailService struct {
	c    *caller
	stub holdfastv1.DetailServiceClient
}

// Details are what shoppers are shown of a product.
type Details struct {
	ProductID string
	Title     string // one line
	Text      string // may have several lines
	SellerID  string
	// Attributes are like brand or category.
	Attributes map[string]string
	Tags       []string
	// Version grows by one with each change; of details that are set it does not
	// count, and UpdatedAt neither.
	Version   int64
	UpdatedAt time.Time
}

// Set sets all details of 1 to 1,000 products, all or none of them. To set the same
// again changes nothing. Products that are not known become so.
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

// List reads a page of the details of all products, ordered by product. Of List only the
// page counts.
func (s *DetailService) List(ctx context.Context, r List) (*Page[Details], error) {
	return askPage(ctx, s.c, "list_details", s.stub.ListDetails, &holdfastv1.ListDetailsRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, detailsOf)
}

// Drop takes the details of a product away; the product stays known. Details that were
// taken away already are no change.
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

package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// SearchService finds products by their details and by where they are in stock.
type SearchService struct {
	c    *caller
	stub holdfastv1.SearchServiceClient
}

// Search selects products: those that match every field.
type Search struct {
	// Text is words that a product must have; the last one may be the beginning of a word.
	Text     string
	SellerID string
	// LocationID selects products kept there; stock counts that location only.
	LocationID string
	// ChannelID is the channel that stock is counted for, "": for orders that name none.
	ChannelID string
	// InStock selects products that are in stock, or that are not; nil: both.
	InStock *bool
	// Attributes are the attributes that a product must have.
	Attributes map[string]string
	Tags       []string
	// Facets are attributes whose values are counted; seller_id counts sellers.
	Facets []string

	PageSize  int // 1 to 100, 0 is 20
	PageToken string
}

// Found is a page of products.
type Found struct {
	Items []FoundProduct
	// Total is how many products were found on all pages.
	Total  int64
	Facets []Facet
	// NextPageToken is "" on the last page.
	NextPageToken string
	// AsOf is the time up to which all changes are shown; zero: unknown.
	AsOf time.Time
}

// FoundProduct is a product that was found.
type FoundProduct struct {
	ProductID  string
	Title      string
	SellerID   string
	Attributes map[string]string
	Tags       []string
	InStock    bool
	// AvailableTotal is in smallest units, over all locations or at the named
	// one.
	AvailableTotal int64
	// InStockAt are locations where it is in stock, at most 20.
	InStockAt []string
}

// Facet is the values of an attribute, the most frequent first.
type Facet struct {
	Name   string
	Values []FacetValue
}

// FacetValue is a value, and how many of the products that were found have it.
type FacetValue struct {
	Value string
	Count int64
}

// SearchIndex is the state of the index of a tenant.
type SearchIndex struct {
	Ready, Building bool
	// Built is how many products the new index has so far, ToBuild how many it will have
	// at least.
	Built, ToBuild int64
	AsOf           time.Time
}

// Products finds products that have details.
func (s *SearchService) Products(ctx context.Context, r Search) (*Found, error) {
	return askOne(ctx, s.c, "search", s.stub.SearchProducts, &holdfastv1.SearchProductsRequest{
		Q: r.Text, SellerId: r.SellerID, LocationId: r.LocationID, ChannelId: r.ChannelID, InStock: r.InStock,
		Attributes: r.Attributes, Tags: r.Tags, Facets: r.Facets, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, foundOf)
}

// Rebuild builds a new index while the present one answers, and replaces that one when the
// new one is complete. During a rebuild the call changes nothing.
func (s *SearchService) Rebuild(ctx context.Context) (*SearchIndex, error) {
	return askOne(ctx, s.c, "rebuild_search", s.stub.RebuildSearch, &holdfastv1.RebuildSearchRequest{}, searchIndexOf)
}

// Index shows the state of the index.
func (s *SearchService) Index(ctx context.Context) (*SearchIndex, error) {
	return askOne(ctx, s.c, "search_index", s.stub.GetSearchIndex, &holdfastv1.GetSearchIndexRequest{}, searchIndexOf)
}

func foundOf(m *holdfastv1.SearchProductsResponse) Found {
	return Found{
		Items: each(m.GetItems(), func(m *holdfastv1.FoundProduct) FoundProduct {
			return FoundProduct{
				ProductID: m.GetProductId(), Title: m.GetTitle(), SellerID: m.GetSellerId(), Attributes: m.GetAttributes(), Tags: m.GetTags(),
				InStock: m.GetInStock(), AvailableTotal: m.GetAvailableTotal(), InStockAt: m.GetInStockAt(),
			}
		}),
		Total: m.GetTotal(),
		Facets: each(m.GetFacets(), func(m *holdfastv1.Facet) Facet {
			return Facet{m.GetName(), each(m.GetValues(), func(m *holdfastv1.FacetValue) FacetValue { return FacetValue{m.GetValue(), m.GetCount()} })}
		}),
		NextPageToken: m.GetNextPageToken(), AsOf: timeOf(m.GetAsOf()),
	}
}

func searchIndexOf(m *holdfastv1.SearchIndex) SearchIndex {
	return SearchIndex{Ready: m.GetReady(), Building: m.GetBuilding(), Built: m.GetBuilt(), ToBuild: m.GetToBuild(), AsOf: timeOf(m.GetAsOf())}
}

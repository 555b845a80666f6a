// Package search finds products.
package search

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/server/kit"
)

// Search finds products (search.Index).
type Search interface {
	Search(ctx context.Context, q search.Query) (*search.Result, error)
	Rebuild(ctx context.Context, tenant string) error
	State(ctx context.Context, tenant string) (search.IndexState, error)
}

// Chapter finds products.
type Chapter struct {
	core  *kit.Core
	index Search // nil: nothing is found
}

// New returns the chapter.
func New(core *kit.Core, index Search) *Chapter {
	return &Chapter{core, index}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SearchProducts": kit.Unary(s.searchProducts),
		"RebuildSearch":  kit.Unary(kit.WriteOnce(s.core, nil, s.rebuildSearch)),
		"GetSearchIndex": kit.Unary(s.getSearchIndex),
	}
}

const (
	maxSought  = 20 // attributes, tags
	maxFacets  = 10
	maxFound   = 100
	usualFound = 20
	noSearch   = "this server keeps no search index"
)

func (s *Chapter) searchProducts(ctx context.Context, c *kit.Call, r *holdfastv1.SearchProductsRequest) (*holdfastv1.SearchProductsResponse, error) {
	q, list, err := searchForm(r)
	switch {
	case err != nil:
		return nil, err
	case s.index == nil:
		return nil, kit.Unavailable(noSearch, nil)
	}
	q.Tenant = c.Tenant
	found, err := s.index.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &holdfastv1.SearchProductsResponse{
		Total: int64(found.Total), AsOf: kit.KnownTime(found.AsOf),
		Items: kit.Each(found.Items, func(it search.Item) *holdfastv1.FoundProduct {
			return &holdfastv1.FoundProduct{
				ProductId: it.Product, Title: it.Title, SellerId: it.Seller, Attributes: it.Attributes, Tags: it.Tags,
				InStock: it.InStock, AvailableTotal: it.Available, InStockAt: it.At,
			}
		}),
		Facets: kit.Each(found.Facets, func(f search.Facet) *holdfastv1.Facet {
			return &holdfastv1.Facet{Name: f.Name, Values: kit.Each(f.Values, func(v search.Value) *holdfastv1.FacetValue {
				return &holdfastv1.FacetValue{Value: v.Value, Count: int64(v.Count)}
			})}
		}),
	}
	if found.Next != "" {
		a.NextPageToken = new(kit.PageToken(list, found.Next))
	}
	return a, nil
}

// searchForm reads a search, and the name of the list for its page tokens.
func searchForm(r *holdfastv1.SearchProductsRequest) (q search.Query, list string, err error) {
	var f kit.Form
	kit.CheckSought(&f, "q", r.GetQ())
	f.OptionalID("seller_id", r.GetSellerId(), catalog.MaxSeller)
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	f.OptionalID("channel_id", r.GetChannelId(), kit.MaxChannel)
	if len(r.GetAttributes()) > maxSought {
		f.Refuse("attributes", "must be at most "+kit.Itoa(maxSought))
	}
	for name, value := range r.GetAttributes() {
		f.ID("attributes", name, catalog.MaxAttributeName)
		checkText(&f, "attributes."+name, value, catalog.MaxAttributeValue)
	}
	checkTexts(&f, "tags", r.GetTags(), maxSought, catalog.MaxTag)
	checkTexts(&f, "facets", r.GetFacets(), maxFacets, catalog.MaxAttributeName)
	size := usualFound
	if r.PageSize != nil {
		f.RequireRange("page_size", int64(r.GetPageSize()), 1, maxFound)
		size = int(r.GetPageSize())
	}
	if list, err = kit.ListName("search", r); err != nil {
		return q, "", err
	}
	after := f.ReadPageToken(list, r.GetPageToken())
	return search.Query{
		Text: r.GetQ(), Seller: r.GetSellerId(), Location: r.GetLocationId(), Channel: r.GetChannelId(), InStock: r.InStock,
		Attributes: r.GetAttributes(), Tags: r.GetTags(), Facets: r.GetFacets(), Size: size, After: after,
	}, list, f.Err()
}

// checkTexts accepts at most that many texts of at most that many bytes.
func checkTexts(f *kit.Form, field string, all []string, most, bytes int) {
	if len(all) > most {
		f.Refuse(field, "must be at most "+kit.Itoa(most))
	}
	for i, text := range all {
		checkText(f, field+"["+kit.Itoa(i)+"]", text, bytes)
	}
}

// checkText accepts a text of at most that many bytes.
func checkText(f *kit.Form, field, text string, bytes int) {
	if text == "" || len(text) > bytes || kit.IsBadText(text) {
		f.Refuse(field, "must be text of 1 to "+kit.Itoa(bytes)+" bytes without control characters")
	}
}

// rebuildSearch answers with the state once its write is stored.
func (s *Chapter) rebuildSearch(ctx context.Context, c *kit.Call, _ *holdfastv1.RebuildSearchRequest) (*holdfastv1.SearchIndex, error) {
	if s.index == nil {
		return nil, kit.Unavailable(noSearch, nil)
	}
	if err := s.index.Rebuild(ctx, c.Tenant); err != nil {
		return nil, kit.FactError("", err)
	}
	a, err := s.renderIndex(ctx, c)
	if err == nil {
		a.Building = true
	}
	return a, err
}

func (s *Chapter) getSearchIndex(ctx context.Context, c *kit.Call, _ *holdfastv1.GetSearchIndexRequest) (*holdfastv1.SearchIndex, error) {
	if s.index == nil {
		return nil, kit.Unavailable(noSearch, nil)
	}
	return s.renderIndex(ctx, c)
}

func (s *Chapter) renderIndex(ctx context.Context, c *kit.Call) (*holdfastv1.SearchIndex, error) {
	is, err := s.index.State(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.SearchIndex{Ready: is.Ready, Building: is.Building, Built: is.Built, ToBuild: is.Last, AsOf: kit.KnownTime(is.AsOf)}, nil
}

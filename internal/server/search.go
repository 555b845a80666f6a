package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/search"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Search finds products (search.Index).
type Search interface {
	Search(ctx context.Context, q search.Query) (*search.Result, error)
	Rebuild(ctx context.Context, tenant string) error
	State(ctx context.Context, tenant string) (search.IndexState, error)
}

// searchChapter finds products.
type searchChapter struct {
	*core
	index Search // nil: nothing is found
}

func (s *searchChapter) functions() map[string]method {
	return map[string]method{
		"SearchProducts": unary(s.searchProducts),
		"RebuildSearch":  unary(writeOnce(s.core, nil, s.rebuildSearch)),
		"GetSearchIndex": unary(s.getSearchIndex),
	}
}

const (
	maxQuery   = 256
	maxSought  = 20 // attributes, tags
	maxFacets  = 10
	maxFound   = 100
	usualFound = 20
	noSearch   = "this server keeps no search index"
)

func (s *searchChapter) searchProducts(ctx context.Context, c *call, r *holdfastv1.SearchProductsRequest) (*holdfastv1.SearchProductsResponse, error) {
	q, list, err := searchForm(r)
	switch {
	case err != nil:
		return nil, err
	case s.index == nil:
		return nil, unavailable(noSearch, nil)
	}
	q.Tenant = c.tenant
	found, err := s.index.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &holdfastv1.SearchProductsResponse{
		Total: int64(found.Total), AsOf: knownTime(found.AsOf),
		Items: each(found.Items, func(it search.Item) *holdfastv1.FoundProduct {
			return &holdfastv1.FoundProduct{
				ProductId: it.Product, Title: it.Title, SellerId: it.Seller, Attributes: it.Attributes, Tags: it.Tags,
				InStock: it.InStock, AvailableTotal: it.Available, InStockAt: it.At,
			}
		}),
		Facets: each(found.Facets, func(f search.Facet) *holdfastv1.Facet {
			return &holdfastv1.Facet{Name: f.Name, Values: each(f.Values, func(v search.Value) *holdfastv1.FacetValue {
				return &holdfastv1.FacetValue{Value: v.Value, Count: int64(v.Count)}
			})}
		}),
	}
	if found.Next != "" {
		a.NextPageToken = new(pageToken(list, found.Next))
	}
	return a, nil
}

// searchForm reads a search, and the name of the list for its page tokens.
func searchForm(r *holdfastv1.SearchProductsRequest) (q search.Query, list string, err error) {
	var f requestForm
	checkSought(&f, "q", r.GetQ())
	f.optionalID("seller_id", r.GetSellerId(), catalog.MaxSeller)
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	f.optionalID("channel_id", r.GetChannelId(), maxChannel)
	if len(r.GetAttributes()) > maxSought {
		f.refuse("attributes", "must be at most "+itoa(maxSought))
	}
	for name, value := range r.GetAttributes() {
		f.id("attributes", name, catalog.MaxAttributeName)
		checkText(&f, "attributes."+name, value, catalog.MaxAttributeValue)
	}
	checkTexts(&f, "tags", r.GetTags(), maxSought, catalog.MaxTag)
	checkTexts(&f, "facets", r.GetFacets(), maxFacets, catalog.MaxAttributeName)
	size := usualFound
	if r.PageSize != nil {
		f.requireRange("page_size", int64(r.GetPageSize()), 1, maxFound)
		size = int(r.GetPageSize())
	}
	if list, err = listName("search", r); err != nil {
		return q, "", err
	}
	after := f.readPageToken(list, r.GetPageToken())
	return search.Query{
		Text: r.GetQ(), Seller: r.GetSellerId(), Location: r.GetLocationId(), Channel: r.GetChannelId(), InStock: r.InStock,
		Attributes: r.GetAttributes(), Tags: r.GetTags(), Facets: r.GetFacets(), Size: size, After: after,
	}, list, f.err()
}

// listName names the list that a request asks for a page of. Requests that differ only in
// the page have the same name.
func listName(kind string, r proto.Message) (string, error) {
	same := proto.Clone(r)
	m := same.ProtoReflect()
	for _, name := range []protoreflect.Name{"page_size", "page_token"} {
		m.Clear(m.Descriptor().Fields().ByName(name))
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(same)
	if err != nil {
		return "", fmt.Errorf("write a request down: %w", err)
	}
	digest := sha256.Sum256(text)
	return kind + "/" + hex.EncodeToString(digest[:8]), nil
}

// checkTexts accepts at most that many texts of at most that many bytes.
func checkTexts(f *requestForm, field string, all []string, most, bytes int) {
	if len(all) > most {
		f.refuse(field, "must be at most "+itoa(most))
	}
	for i, text := range all {
		checkText(f, field+"["+itoa(i)+"]", text, bytes)
	}
}

// checkText accepts a text of at most that many bytes.
func checkText(f *requestForm, field, text string, bytes int) {
	if text == "" || len(text) > bytes || isBadText(text) {
		f.refuse(field, "must be text of 1 to "+itoa(bytes)+" bytes without control characters")
	}
}

// rebuildSearch answers with the state once its write is stored.
func (s *searchChapter) rebuildSearch(ctx context.Context, c *call, _ *holdfastv1.RebuildSearchRequest) (*holdfastv1.SearchIndex, error) {
	if s.index == nil {
		return nil, unavailable(noSearch, nil)
	}
	if err := s.index.Rebuild(ctx, c.tenant); err != nil {
		return nil, factError("", err)
	}
	a, err := s.renderIndex(ctx, c)
	if err == nil {
		a.Building = true
	}
	return a, err
}

func (s *searchChapter) getSearchIndex(ctx context.Context, c *call, _ *holdfastv1.GetSearchIndexRequest) (*holdfastv1.SearchIndex, error) {
	if s.index == nil {
		return nil, unavailable(noSearch, nil)
	}
	return s.renderIndex(ctx, c)
}

func (s *searchChapter) renderIndex(ctx context.Context, c *call) (*holdfastv1.SearchIndex, error) {
	is, err := s.index.State(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.SearchIndex{Ready: is.Ready, Building: is.Building, Built: is.Built, ToBuild: is.Last, AsOf: knownTime(is.AsOf)}, nil
}

// knownTime is nil for an unknown time.
func knownTime(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}

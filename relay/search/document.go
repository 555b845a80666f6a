package search

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// document is the stock of a product in an index: its state, not a change of it.
type document struct {
	id   string
	body []byte // JSON
}

// mostID is how many bytes the id of a document may have with Meilisearch.
const mostID = 511

// encoded begins ids that are encoded.
const encoded = "hf_"

// idOf is the id of the document of a product. Meilisearch and Typesense allow few characters. Other ids
// are encoded, and also ids that look encoded, so that no two products have one
// document.
func (p *indexAddress) idOf(product string) string {
	if p.engine == algolia {
		return product
	}
	plain := len(product) <= mostID && (len(product) < len(encoded) || product[:len(encoded)] != encoded)
	for i := 0; plain && i < len(product); i++ {
		c := product[i]
		plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
	}
	if plain {
		return product
	}
	return encoded + base64.RawURLEncoding.EncodeToString([]byte(product))
}

// documentOf is the document of a product with its stock at the locations of the
// sink.
func (p *indexAddress) documentOf(product string, at []client.Inventory, only []string) (document, error) {
	locations := []string{}
	var available, version int64
	inStock := false
	for i := range at {
		if len(only) > 0 && !slices.Contains(only, at[i].LocationID) {
			continue
		}
		available += at[i].AvailableStock
		version += at[i].Version
		if at[i].Status == client.InStock || at[i].Status == client.LowStock {
			inStock = true
			locations = append(locations, at[i].LocationID)
		}
	}
	fields := map[string]any{p.key: p.idOf(product), "in_stock": inStock, "available_total": available, "hf_ver": version}
	if !p.lean {
		fields["locations_in_stock"] = locations
	}
	if p.create {
		fields["product_id"] = product
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return document{}, fmt.Errorf("write the document of %s: %w", product, err)
	}
	return document{id: p.idOf(product), body: body}, nil
}

// testProduct is the product of a sink's test: no document has its id.
const testProduct = "holdfast-test"

// productOf is the product that a message is about.
func productOf(m *relay.Message) (string, error) {
	var data struct {
		Test      bool   `json:"test"`
		ProductID string `json:"product_id"`
	}
	switch err := json.Unmarshal(m.Data, &data); {
	case err != nil:
		return "", relay.Rejected("the event is no JSON: %v", err)
	case data.Test:
		return testProduct, nil
	case data.ProductID == "":
		return "", relay.Rejected("the event names no product")
	}
	return data.ProductID, nil
}

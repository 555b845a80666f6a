package transport

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// people replaces keys and catalog: every caller is admitted, everything is
// known.
type people struct{}

// Authenticate admits every caller.
func (people) Authenticate(context.Context, string) (catalog.Credential, error) {
	return catalog.Credential{Tenant: catalog.DefaultTenant, KeyName: "bench", Scopes: catalog.ScopeAdmin}, nil
}

// AccessChanged is never closed.
func (people) AccessChanged() <-chan struct{} { return nil }

// Settings returns the default settings.
func (people) Settings(context.Context, string) (catalog.Settings, error) {
	return catalog.DefaultSettings(), nil
}

// Places returns none: nobody has described a location.
func (people) Places(context.Context, string) ([]catalog.Place, error) { return nil, nil }

// RecallsAt are none.
func (people) RecallsAt(context.Context, string, string, string) ([]stock.RecallRule, error) {
	return nil, nil
}

// KnownAll knows everything.
func (people) KnownAll(_ context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error) {
	known := make([]catalog.Knowledge, len(refs))
	for i := range known {
		known[i] = catalog.Knowledge{Product: true, Location: true}
	}
	return known, nil
}

// KnowAll reports that everything was known already.
func (people) KnowAll(_ context.Context, ins []catalog.Introduction) []catalog.Answer {
	return make([]catalog.Answer, len(ins))
}

// Product returns a known product.
func (people) Product(_ context.Context, tenant, id string) (catalog.Product, error) {
	return catalog.Product{Tenant: tenant, ID: id}, nil
}

package main

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/stock"
)

// serverKeys are the keys of the tenant whose key is used to ask a server.
type serverKeys struct{ tenant *client.TenantService }

func (s serverKeys) create(ctx context.Context, name string, scopes catalog.Scopes, bounds client.KeyBounds) (*client.APIKey, error) {
	return s.tenant.CreateBoundKey(ctx, name, bounds, scopesOf(scopes)...)
}

func (s serverKeys) list(ctx context.Context) (all []client.APIKey, err error) {
	for r := (client.List{PageSize: pageSize}); ; {
		page, err := s.tenant.Keys(ctx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if r.PageToken = page.NextPageToken; r.PageToken == "" {
			return all, nil
		}
	}
}

func (s serverKeys) rotate(ctx context.Context, name string) (*client.APIKey, error) {
	all, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range all {
		if !all[i].RevokedAt.IsZero() {
			continue
		}
		if all[i].Name == name {
			return s.tenant.RotateKey(ctx, all[i].ID)
		}
		names = append(names, all[i].Name)
	}
	return nil, fmt.Errorf("no valid key is called %q%s", name, nearest.Hint(name, names))
}

func (s serverKeys) revoke(ctx context.Context, id string) (*client.APIKey, error) {
	return s.tenant.RevokeKey(ctx, id)
}

// catalogKeys are the keys of a tenant in a main database.
type catalogKeys struct{ db, tenant string }

func (k catalogKeys) create(ctx context.Context, name string, scopes catalog.Scopes, bounds client.KeyBounds) (made *client.APIKey, err error) {
	err = withCatalog(ctx, k.db, func(c *catalog.Catalog) error {
		if _, err := c.CreateTenant(ctx, k.tenant); err != nil {
			return err
		}
		key, printed, err := c.CreateKey(ctx, catalog.KeySpec{
			Tenant: k.tenant, Name: name, Scopes: scopes, Role: catalog.Role(bounds.Role), Bounds: &stock.Bounds{Locations: bounds.Locations, Channels: bounds.Channels},
		})
		made = keyOf(key, printed)
		return err
	})
	return made, err
}

func (k catalogKeys) list(ctx context.Context) (all []client.APIKey, err error) {
	err = withCatalog(ctx, k.db, func(c *catalog.Catalog) error {
		if _, err := c.Tenant(ctx, k.tenant); err != nil {
			return err
		}
		keys, err := c.Keys(ctx, k.tenant)
		for _, key := range keys {
			all = append(all, *keyOf(key, ""))
		}
		return err
	}, catalog.WithExisting())
	return all, err
}

func (k catalogKeys) rotate(ctx context.Context, name string) (made *client.APIKey, err error) {
	err = withCatalog(ctx, k.db, func(c *catalog.Catalog) error {
		key, printed, err := c.RotateKey(ctx, k.tenant, name)
		made = keyOf(key, printed)
		return err
	}, catalog.WithExisting())
	return made, err
}

func (k catalogKeys) revoke(ctx context.Context, id string) (gone *client.APIKey, err error) {
	err = withCatalog(ctx, k.db, func(c *catalog.Catalog) error {
		key, err := c.RevokeKey(ctx, k.tenant, id)
		gone = keyOf(key, "")
		return err
	}, catalog.WithExisting())
	return gone, err
}

// keyOf is a key of the catalog as the client has it.
func keyOf(k catalog.Key, printed string) *client.APIKey {
	made := &client.APIKey{
		ID: k.ID, Name: k.Name, Scopes: scopesOf(k.Scopes), CreatedAt: k.Created, RotatedAt: k.Rotated, RevokedAt: k.Revoked, Key: printed, TillID: k.Till,
	}
	made.Bounds.Role = client.Role(k.Role)
	if k.Bounds != nil {
		made.Bounds.Locations, made.Bounds.Channels = k.Bounds.Locations, k.Bounds.Channels
	}
	return made
}

func scopesOf(s catalog.Scopes) []client.Scope {
	var all []client.Scope
	for _, word := range commaList(s.String()) {
		all = append(all, client.Scope(word))
	}
	return all
}

// withCatalog runs do on the catalog of the database that dsn names.
func withCatalog(ctx context.Context, dsn string, do func(*catalog.Catalog) error, opts ...catalog.Option) error {
	err := checkDSN(dsn)
	if err != nil {
		return &usageError{err: err, path: "holdfast keys"}
	}
	c, err := catalog.Open(ctx, dsn, opts...)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}

package catalog_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

// Examining counts tenants and valid keys and leaves no trace, whether the
// catalog is in use or not.
func TestExamineCountsKeysAndChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	if _, err := catalog.Examine(t.Context(), path); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("no file: %v", err)
	}
	c, err := catalog.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateTenant(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	for name, scopes := range map[string]catalog.Scopes{"a": catalog.ScopeAdmin, "b": catalog.ScopeRead, "c": catalog.ScopeAdmin} {
		k, _, err := c.CreateKey(t.Context(), catalog.KeySpec{Tenant: "shop", Name: name, Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		if name == "c" {
			if _, err := c.RevokeKey(t.Context(), "shop", k.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, open := range []bool{true, false} {
		if !open {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		before := names(t, dir)
		x, err := catalog.Examine(t.Context(), path)
		if err != nil || !x.Schema.Current() || x.Tenants != 1 || x.Keys != 2 || x.Admins != 1 {
			t.Errorf("in use %v: %+v, %v", open, x, err)
		}
		if after := names(t, dir); before != after {
			t.Errorf("in use %v: %s before, %s after", open, before, after)
		}
	}
}

func names(t *testing.T, dir string) (all string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all += e.Name() + " "
	}
	return all
}

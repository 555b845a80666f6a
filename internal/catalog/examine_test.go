package catalog

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Examining counts tenants and valid keys and leaves no trace, whether the
// catalog is in use or not.
func TestExamineCountsKeysAndChangesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dir := t.TempDir()
		path := filepath.Join(dir, "db")
		if _, err := Examine(t.Context(), path); !errors.Is(err, ErrUnavailable) {
			t.Errorf("no file: %v", err)
		}
		c, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.CreateTenant(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		for name, scopes := range map[string]Scopes{"a": ScopeAdmin, "b": ScopeRead, "c": ScopeAdmin} {
			k, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: "shop", Name: name, Scopes: scopes})
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
			x, err := Examine(t.Context(), path)
			if err != nil || !x.Schema.Current() || x.Tenants != 1 || x.Keys != 2 || x.Admins != 1 {
				t.Errorf("in use %v: %+v, %v", open, x, err)
			}
			if after := names(t, dir); before != after {
				t.Errorf("in use %v: %s before, %s after", open, before, after)
			}
		}
	})
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

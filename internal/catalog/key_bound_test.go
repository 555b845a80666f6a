package catalog

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

func TestABoundKeyStaysBound(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		c := open(t, path)
		mustTenant(t, c, "demo")
		bounds := &stock.Bounds{Locations: []string{"berlin", "Berlin "}, Channels: []string{"web"}}
		k, printed, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Name: "shop", Scopes: ScopeInternal, Bounds: bounds})
		if err != nil {
			t.Fatal(err)
		}
		free, freePrinted := mustKey(t, c, "free", ScopeRead)
		next, nextPrinted, err := c.RotateKey(t.Context(), "demo", "shop")
		if err != nil {
			t.Fatal(err)
		}
		if free.Bounds != nil || mustOpen(t, c, freePrinted).Bounds != nil {
			t.Error("a key that was bound to nothing is bound")
		}
		for name, c := range map[string]*Catalog{"here": c, "elsewhere": open(t, path)} {
			for _, bearer := range []string{printed, nextPrinted} {
				if got := mustOpen(t, c, bearer); !reflect.DeepEqual(got.Bounds, bounds) || got.Scopes != ScopeInternal {
					t.Errorf("%s the key stands for %+v, %+v", name, got, got.Bounds)
				}
			}
			all, err := c.Keys(t.Context(), "demo")
			if err != nil {
				t.Fatal(err)
			}
			for _, listed := range all {
				if (listed.ID == k.ID || listed.ID == next.ID) != reflect.DeepEqual(listed.Bounds, bounds) {
					t.Errorf("%s listed: %+v, bound to %+v", name, listed, listed.Bounds)
				}
			}
		}
		gone, err := c.RevokeKey(t.Context(), "demo", k.ID)
		if err != nil || !reflect.DeepEqual(gone.Bounds, bounds) {
			t.Errorf("revoked: %+v, %v", gone, err)
		}
		mustVerify(t, c)
	})
}

func TestWhatAKeyCannotBeBoundTo(t *testing.T) {
	t.Parallel()
	c := open(t, newFile(t))
	mustTenant(t, c, "demo")
	for name, b := range map[string]stock.Bounds{
		"no id":               {Locations: []string{"a/b"}},
		"nothing":             {Channels: []string{""}},
		"the same twice":      {Locations: []string{"a", "a"}},
		"too many":            {Channels: strings.Split(strings.Repeat("x,", 100)+"x", ",")},
		"a channel too long":  {Channels: []string{strings.Repeat("x", 65)}},
		"a location too long": {Locations: []string{strings.Repeat("x", 65)}},
	} {
		if _, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Scopes: ScopeRead, Bounds: &b}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// A lost binding never gives a key more rights.
func TestAKeyWhoseBindingIsLostOpensNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		c := open(t, path)
		mustTenant(t, c, "demo")
		_, printed, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Scopes: ScopeAdmin, Bounds: &stock.Bounds{Locations: []string{"a"}}})
		if err != nil {
			t.Fatal(err)
		}
		do(t, c, `DELETE FROM {document} WHERE kind = 'key_bound'`)
		if got := mustOpen(t, open(t, path), printed); got.Scopes.Allow(ScopeRead) {
			t.Errorf("it opens %s", got.Scopes)
		}
		if v, err := c.VerifyLog(t.Context()); err != nil || v.OK() {
			t.Errorf("verify sees nothing: %v, %v", v, err)
		}
	})
}

// A role is stored with the bounds of a key, or alone. Losing it gives nobody more rights
// either.
func TestAKeyKeepsItsRole(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		c := open(t, path)
		mustTenant(t, c, "demo")
		here := &stock.Bounds{Locations: []string{"here"}}
		for name, spec := range map[string]KeySpec{
			"role":  {Tenant: "demo", Name: "role", Scopes: ScopeAdmin, Role: RoleClerk, Bounds: &stock.Bounds{}},
			"both":  {Tenant: "demo", Name: "both", Scopes: ScopeAdmin, Role: RoleManager, Bounds: here},
			"bound": {Tenant: "demo", Name: "bound", Scopes: ScopeAdmin, Bounds: here},
		} {
			_, printed, err := c.CreateKey(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			_, again, err := c.RotateKey(t.Context(), "demo", name)
			if err != nil {
				t.Fatal(err)
			}
			var bounds *stock.Bounds
			if name != "role" {
				bounds = here
			}
			for _, c := range []*Catalog{c, open(t, path)} {
				for _, bearer := range []string{printed, again} {
					if got := mustOpen(t, c, bearer); got.Role != spec.Role || !reflect.DeepEqual(got.Bounds, bounds) || got.Scopes != ScopeAdmin {
						t.Errorf("%s stands for %+v", name, got)
					}
				}
			}
		}
		if _, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Scopes: ScopeRead, Role: "boss"}); !errors.Is(err, ErrInvalid) {
			t.Errorf("no role: %v", err)
		}
		mustVerify(t, c)
		_, printed, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Scopes: ScopeAdmin, Role: RoleViewer})
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{`{}`, `{"role":"boss"}`, `not even JSON`} {
			do(t, c, `UPDATE {document} SET body = '`+body+`' WHERE kind = 'key_bound'`)
			if got := mustOpen(t, open(t, path), printed); got.Scopes.Allow(ScopeRead) {
				t.Errorf("%s: it opens %s as %q", body, got.Scopes, got.Role)
			}
		}
	})
}

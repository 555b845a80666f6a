package catalog

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestCreatingATenantTwiceChangesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		first, err := c.Tenant(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		if first.Settings != DefaultSettings() || !first.Created.Equal(at.Now()) {
			t.Errorf("a new tenant is %+v", first)
		}
		at.advance(time.Hour)
		if again := mustTenant(t, c, "demo"); again != first {
			t.Errorf("the second time it is %+v, not %+v", again, first)
		}
		if head := mustHead(t, c); head != 1 {
			t.Errorf("the log has %d entries, want 1", head)
		}
		if _, err := c.CreateTenant(t.Context(), "a/b"); !errors.Is(err, ErrInvalid) {
			t.Errorf("a bad name: %v", err)
		}
		if _, err := c.Tenant(t.Context(), "nobody"); !errors.Is(err, ErrUnknown) {
			t.Errorf("an unknown tenant: %v", err)
		}
	})
}

// A tenant is made a sandbox or is none, whatever is asked for later.
func TestASandboxIsMadeAsOne(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		for range 2 {
			if made, err := c.CreateTenant(t.Context(), "try", AsSandbox); err != nil || !made.Settings.Sandbox {
				t.Fatalf("a sandbox: %+v, %v", made, err)
			}
		}
		if again, err := c.CreateTenant(t.Context(), "try"); err != nil || !again.Settings.Sandbox {
			t.Errorf("created as any other, it is %+v, %v", again, err)
		}
		mustTenant(t, c, "shop")
		if _, err := c.CreateTenant(t.Context(), "shop", AsSandbox); !errors.Is(err, ErrInvalid) {
			t.Errorf("a tenant that was there: %v", err)
		}
		for tenant, sandbox := range map[string]bool{"try": true, "shop": false} {
			if _, err := c.ChangeSettings(t.Context(), tenant, func(s *Settings) { s.Sandbox = !sandbox }); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s is changed: %v", tenant, err)
			}
			changed, err := c.ChangeSettings(t.Context(), tenant, func(s *Settings) { s.PublicReads = false })
			if err != nil || changed.Settings.Sandbox != sandbox {
				t.Errorf("%s after a change of something else: %+v, %v", tenant, changed, err)
			}
		}
	})
}

func TestSettings(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		at := newClock()
		path := in.open(t)
		a, b := open(t, path, WithClock(at.Now)), open(t, path, WithClock(at.Now))
		mustTenant(t, a, "demo")
		for _, c := range []*Catalog{a, b} {
			if s, err := c.Settings(t.Context(), "demo"); err != nil || s != DefaultSettings() {
				t.Fatalf("at first: %+v, %v", s, err)
			}
		}
		want := Settings{DefaultLocation: "main", PublicReads: false, MaxTTL: 2 * day}
		changed, err := a.ChangeSettings(t.Context(), "demo", func(s *Settings) { *s = want })
		if err != nil || changed.Settings != want {
			t.Fatalf("change: %+v, %v", changed, err)
		}
		if s, err := a.Settings(t.Context(), "demo"); err != nil || s != want {
			t.Errorf("here: %+v, %v", s, err)
		}
		at.advance(2 * time.Second)
		if s, err := b.Settings(t.Context(), "demo"); err != nil || s != want {
			t.Errorf("in another process after 2 s: %+v, %v", s, err)
		}
		if _, err := a.ChangeSettings(t.Context(), "demo", func(*Settings) {}); err != nil {
			t.Error(err)
		}
		if v := mustVerify(t, a); v.Head != 2 {
			t.Errorf("the log has %d entries, want 2", v.Head)
		}
		if _, err := a.ChangeSettings(t.Context(), "nobody", func(*Settings) {}); !errors.Is(err, ErrUnknown) {
			t.Errorf("an unknown tenant: %v", err)
		}
		if _, err := a.Settings(t.Context(), "nobody"); !errors.Is(err, ErrUnknown) {
			t.Errorf("an unknown tenant: %v", err)
		}
		if tenant := mustTenant(t, a, "demo"); tenant.Settings != want {
			t.Errorf("creating the tenant again gave %+v", tenant.Settings)
		}
	})
}

func TestSettingsThatCannotBe(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		for _, tc := range []struct {
			name   string
			change func(*Settings)
		}{
			{"a default location that is no id", func(s *Settings) { s.DefaultLocation = "a/b" }},
			{"no default location", func(s *Settings) { s.DefaultLocation = "" }},
			{"holds that end too early", func(s *Settings) { s.MaxTTL = minTTL - Period(time.Second) }},
			{"holds that never end", func(s *Settings) { s.MaxTTL = maxTTL + Period(time.Second) }},
			{"less than a second", func(s *Settings) { s.MaxTTL = minTTL + 1 }},
		} {
			t.Run(tc.name, func(t *testing.T) {
				if _, err := c.ChangeSettings(t.Context(), "demo", tc.change); !errors.Is(err, ErrInvalid) {
					t.Errorf("got %v, want ErrInvalid", err)
				}
				if s, err := c.Settings(t.Context(), "demo"); err != nil || s != DefaultSettings() {
					t.Errorf("settings are now %+v, %v", s, err)
				}
			})
		}
	})
}

// Tenants had how long holds and the log are kept among their settings.
func TestSettingsThatThereAreNoMore(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		const settings = `{"default_location":"shop","public_reads":false,"hold_retention_ms":7776000000,"log_retention_ms":34560000000}`
		err := c.store.write(t.Context(), c.now, func(w *write) error {
			body := json.RawMessage(`{"created":1795161600000,"settings":` + settings + `}`)
			seq, err := w.log("old", KindTenantCreated, "old", body)
			if err == nil {
				w.insert(`{tenant} (id, created, settings, seq)`, "old", 1795161600000, settings, seq)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := Settings{DefaultLocation: "shop"}
		if s, err := c.Settings(t.Context(), "old"); err != nil || s != want {
			t.Errorf("they are read as %+v, %v, want %+v", s, err, want)
		}
		if v := mustVerify(t, c); v.Head != 2 {
			t.Errorf("the log has %d entries, want 2", v.Head)
		}
		do(t, c, `UPDATE {tenant} SET settings = replace(settings, 'shop', 'ship') WHERE id = 'old'`)
		if v, err := c.VerifyLog(t.Context()); err != nil || v.OK() {
			t.Errorf("another location in the row: %+v, %v, want a violation", v, err)
		}
		do(t, c, `UPDATE {tenant} SET settings = replace(settings, 'ship', 'shop') WHERE id = 'old'`)
		want.PublicReads = true
		changed, err := c.ChangeSettings(t.Context(), "old", func(s *Settings) { s.PublicReads = true })
		if err != nil || changed.Settings != want {
			t.Errorf("changed: %+v, %v, want %+v", changed.Settings, err, want)
		}
		mustVerify(t, c)
	})
}

func TestTenantsAreListedWithTheirValidKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		for _, id := range []string{"b", "a", "c"} {
			if _, err := c.CreateTenant(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		k, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: "a", Scopes: ScopeRead})
		if err == nil {
			_, _, err = c.CreateKey(t.Context(), KeySpec{Tenant: "a", Scopes: ScopeRead})
		}
		if err == nil {
			_, err = c.RevokeKey(t.Context(), "a", k.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		page, err := c.Tenants(t.Context(), "", 2)
		if err != nil || len(page) != 2 || page[0].ID != "a" || page[0].ValidKeys != 1 || page[0].Created.IsZero() || page[1].ID != "b" || page[1].ValidKeys != 0 {
			t.Fatalf("first page: %+v, %v", page, err)
		}
		if page, err = c.Tenants(t.Context(), "b", 2); err != nil || len(page) < 1 || page[0].ID != "c" {
			t.Errorf("second page: %+v, %v", page, err)
		}
	})
}

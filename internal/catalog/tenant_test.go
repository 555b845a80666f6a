package catalog

import (
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
		want := Settings{DefaultLocation: "main", PublicReads: false, HoldRetention: 100 * day, LogRetention: 800 * day}
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
			{"holds that are forgotten too early", func(s *Settings) { s.HoldRetention = 89 * day }},
			{"holds that are kept for ever", func(s *Settings) { s.HoldRetention = maxRetention + day }},
			{"a log shorter than the holds", func(s *Settings) { s.HoldRetention = 500 * day }},
			{"less than a millisecond", func(s *Settings) { s.LogRetention++ }},
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

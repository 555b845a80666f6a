package catalog

import (
	"context"
	"fmt"
	"time"
)

// DefaultTenant is the tenant of calls that name none, and of the bootstrap
// key.
const DefaultTenant = "default"

// Tenant is one customer of the installation; nothing is shared between two.
type Tenant struct {
	ID       string
	Created  time.Time
	Settings Settings
}

// Settings is what a tenant may choose.
type Settings struct {
	// DefaultLocation is where writes go that name no location. The default
	// is "default".
	DefaultLocation string
	// PublicReads lets callers without a key ask what is in stock. The
	// default is true.
	PublicReads bool
	// HoldRetention is how long an ended hold keeps its order id. The default
	// and the least is 90 days.
	HoldRetention time.Duration
	// LogRetention is how long the stock log is kept at hand. The default is
	// 400 days; the least is HoldRetention.
	LogRetention time.Duration
}

const (
	day              = 24 * time.Hour
	minHoldRetention = 90 * day
	maxRetention     = 100 * 365 * day
)

// DefaultSettings is what a new tenant has.
func DefaultSettings() Settings {
	return Settings{
		DefaultLocation: "default",
		PublicReads:     true,
		HoldRetention:   minHoldRetention,
		LogRetention:    400 * day,
	}
}

func (s Settings) check() error {
	if err := checkID("default_location", s.DefaultLocation, maxLocation); err != nil {
		return err
	}
	if s.HoldRetention < minHoldRetention || s.HoldRetention > maxRetention {
		return &InvalidError{Field: "hold_retention", Reason: "must be 90 days to 100 years"}
	}
	if s.LogRetention < s.HoldRetention || s.LogRetention > maxRetention {
		return &InvalidError{Field: "log_retention", Reason: "must be between hold_retention and 100 years"}
	}
	if s.HoldRetention%time.Millisecond != 0 || s.LogRetention%time.Millisecond != 0 {
		return &InvalidError{Field: "retention", Reason: "must be whole milliseconds"}
	}
	return nil
}

// tenants keeps tenants and their settings.
type tenants struct {
	*core
	settings *cache[string, Settings]
}

// CreateTenant opens a tenant with DefaultSettings. One that exists is
// returned as it is.
func (c *tenants) CreateTenant(ctx context.Context, id string) (Tenant, error) {
	if err := checkID("tenant", id, maxTenant); err != nil {
		return Tenant{}, err
	}
	t, found, err := c.store.tenant(ctx, id)
	if err == nil && found {
		err = c.store.prove(ctx, func(r *read) (err error) {
			t, found, err = r.tenant(id)
			return err
		})
	}
	if err == nil && !found {
		err = c.store.write(ctx, c.now, func(w *write) error {
			t, err = w.openTenant(id)
			return err
		})
	}
	if err != nil {
		return Tenant{}, fmt.Errorf("create tenant %q: %w", id, err)
	}
	return t, nil
}

// openTenant returns the tenant, which it creates when it is new.
func (w *write) openTenant(id string) (Tenant, error) {
	t, found, err := w.tenant(id)
	if err != nil || found {
		return t, err
	}
	t = Tenant{ID: id, Created: w.at(), Settings: DefaultSettings()}
	return t, w.putTenant(t, KindTenantCreated)
}

// Tenant returns a tenant as the database has it now, or ErrUnknown.
func (c *tenants) Tenant(ctx context.Context, id string) (Tenant, error) {
	t, found, err := c.store.tenant(ctx, id)
	if err != nil {
		return Tenant{}, fmt.Errorf("read tenant %q: %w", id, err)
	}
	if !found {
		return Tenant{}, &UnknownError{What: "tenant", ID: id}
	}
	return t, nil
}

// Settings returns a tenant's settings, or ErrUnknown. They come from memory
// where possible: what another process set is seen within 2 s.
func (c *tenants) Settings(ctx context.Context, tenant string) (Settings, error) {
	if err := c.fresh(ctx); err != nil {
		return Settings{}, err
	}
	if s, ok := c.settings.get(tenant); ok {
		return s, nil
	}
	generation := c.settings.generation()
	t, err := c.Tenant(ctx, tenant)
	if err != nil {
		return Settings{}, err
	}
	c.settings.put(tenant, t.Settings, generation)
	return t.Settings, nil
}

// ChangeSettings sets what change makes of a tenant's settings. When change
// changes nothing, nothing is written. It may be called more than once.
func (c *tenants) ChangeSettings(ctx context.Context, tenant string, change func(*Settings)) (Tenant, error) {
	var t Tenant
	err := c.store.write(ctx, c.now, func(w *write) error {
		var found bool
		var err error
		t, found, err = w.tenant(tenant)
		if err != nil {
			return err
		}
		if !found {
			return &UnknownError{What: "tenant", ID: tenant}
		}
		before := t.Settings
		change(&t.Settings)
		if t.Settings == before {
			return nil
		}
		if err := t.Settings.check(); err != nil {
			return err
		}
		return w.putTenant(t, KindTenantSettings)
	})
	if err != nil {
		return Tenant{}, fmt.Errorf("change settings of tenant %q: %w", tenant, err)
	}
	c.settings.drop(tenant)
	return t, nil
}

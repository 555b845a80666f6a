package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// DefaultTenant is the tenant of calls that name none, and of the bootstrap
// key.
const DefaultTenant = "default"

// Tenant is one customer of the installation; nothing is shared between two.
type Tenant struct {
	ID       string   `json:"-"`
	Created  Moment   `json:"created"`
	Settings Settings `json:"settings"`
}

// Settings is what a tenant may choose.
type Settings struct {
	// DefaultLocation is where writes go that name no location. The default
	// is "default".
	DefaultLocation string `json:"default_location"`
	// PublicReads lets callers without a key ask what is in stock. The
	// default is true.
	PublicReads bool `json:"public_reads"`
	// ReasonsRequired refuses what people do to stock by hand without a reason code. It is
	// left out of the log where it is not set, as it was before there were any.
	ReasonsRequired bool `json:"reasons_required,omitempty"`
	// MaxTTL is the longest that a hold may be asked for at once; 0: as long as the
	// contract says.
	MaxTTL Period `json:"max_ttl_ms,omitempty"`
	// ReturnsUnchecked books returns of more than has left with the order, with a case,
	// instead of refusing them.
	ReturnsUnchecked bool `json:"returns_unchecked,omitempty"`
	// TimeZone is where days begin, by its name in the IANA database; "": UTC.
	TimeZone string `json:"time_zone,omitempty"`
	// Sandbox is a tenant for tests, where deadlines can be moved. It is set when the tenant is
	// made, and never changes.
	Sandbox bool `json:"sandbox,omitempty"`
}

// Zone is where days of the tenant begin.
func (s Settings) Zone() *time.Location {
	if zone, err := ParseZone(s.TimeZone); err == nil {
		return zone
	}
	return time.UTC
}

// ParseZone reads the name of a time zone of the IANA database; "": UTC.
func ParseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || len(name) > maxTimeZone {
		return nil, &InvalidError{Field: "time_zone", Reason: "must be a name of the IANA time zone database, such as Asia/Shanghai"}
	}
	return zone, nil
}

const (
	day = Period(24 * time.Hour)
	// A hold asked for without a time has half an hour.
	minTTL = Period(30 * time.Minute)
	maxTTL = 30 * day
)

// DefaultSettings is what a new tenant has.
func DefaultSettings() Settings {
	return Settings{
		DefaultLocation: "default",
		PublicReads:     true,
	}
}

func (s Settings) check() error {
	if err := checkID("default_location", s.DefaultLocation, maxLocation); err != nil {
		return err
	}
	if s.MaxTTL != 0 && (s.MaxTTL < minTTL || s.MaxTTL > maxTTL || s.MaxTTL%Period(time.Second) != 0) {
		return &InvalidError{Field: "max_ttl_seconds", Reason: "must be 1800 to 2592000"}
	}
	_, err := ParseZone(s.TimeZone)
	return err
}

// tenants keeps tenants and their settings.
type tenants struct {
	*core
	settings *cache[string, Settings]
}

// TenantOption is what a tenant is made with.
type TenantOption func(*Settings)

// AsSandbox makes a tenant for tests.
func AsSandbox(s *Settings) { s.Sandbox = true }

// CreateTenant opens a tenant with DefaultSettings and the options. One that exists is
// returned as it is; to want a sandbox of one that is none is an InvalidError.
func (c *tenants) CreateTenant(ctx context.Context, id string, opts ...TenantOption) (Tenant, error) {
	settings := DefaultSettings()
	for _, opt := range opts {
		opt(&settings)
	}
	if err := checkID("tenant", id, maxTenant); err != nil {
		return Tenant{}, err
	}
	ask := func(r *read) (*Tenant, error) { return readTenant(r, id) }
	t, err := look(ctx, c.store, ask)
	if err == nil && t != nil {
		err = c.store.prove(ctx, func(r *read) (err error) {
			t, err = ask(r)
			return err
		})
	}
	if err == nil && t == nil {
		err = c.store.write(ctx, c.now, func(w *write) (err error) {
			t, err = openTenant(w, id, settings)
			return err
		})
	}
	if err == nil && settings.Sandbox && !t.Settings.Sandbox {
		err = &InvalidError{Field: "tenant", Reason: "is there already, and only a new one can be made a sandbox"}
	}
	if err != nil {
		return Tenant{}, fmt.Errorf("create tenant %q: %w", id, err)
	}
	return *t, nil
}

// openTenant returns the tenant, which it creates when it is new.
func openTenant(w *write, id string, settings Settings) (*Tenant, error) {
	t, err := readTenant(&w.read, id)
	if err != nil || t != nil {
		return t, err
	}
	t = &Tenant{ID: id, Created: Moment{w.time()}, Settings: settings}
	return t, t.put(w, KindTenantCreated)
}

// Tenant returns a tenant as the database has it now, or ErrUnknown.
func (c *tenants) Tenant(ctx context.Context, id string) (Tenant, error) {
	return lookUp(ctx, c.store, "tenant", id, func(r *read) (*Tenant, error) { return readTenant(r, id) })
}

// Settings returns a tenant's settings, or ErrUnknown. They come from memory
// where possible: what another process set is seen within 2 s.
func (c *tenants) Settings(ctx context.Context, tenant string) (Settings, error) {
	if err := c.refresh(ctx); err != nil {
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
	var t *Tenant
	err := c.store.write(ctx, c.now, func(w *write) (err error) {
		if t, err = findTenant(&w.read, tenant); err != nil {
			return err
		}
		before := t.Settings
		change(&t.Settings)
		if t.Settings == before {
			return nil
		}
		if err := t.Settings.check(); err != nil {
			return err
		}
		if t.Settings.Sandbox != before.Sandbox {
			return &InvalidError{Field: "sandbox", Reason: "is decided when a tenant is made"}
		}
		return t.put(w, KindTenantSettings)
	})
	if err != nil {
		return Tenant{}, fmt.Errorf("change settings of tenant %q: %w", tenant, err)
	}
	c.settings.drop(tenant)
	c.access.ring()
	return *t, nil
}

// readTenant returns a tenant, nil when there is none.
func readTenant(r *read, id string) (*Tenant, error) {
	if !storable(id) {
		return nil, nil
	}
	var created int64
	var packed []byte
	found, err := r.readRow(`SELECT created, settings FROM {tenant} WHERE id = ?`, []any{id}, &created, &packed)
	if err != nil || !found {
		return nil, err
	}
	settings := DefaultSettings() // a setting newer than the row has its default
	if err := json.Unmarshal(packed, &settings); err != nil {
		return nil, fmt.Errorf("unpack settings of tenant %q: %w", id, err)
	}
	return &Tenant{ID: id, Created: Moment{fromMillis(created)}, Settings: settings}, nil
}

// findTenant returns a tenant that is there, or an UnknownError.
func findTenant(r *read, id string) (*Tenant, error) {
	t, err := readTenant(r, id)
	if err == nil && t == nil {
		err = &UnknownError{What: "tenant", ID: id}
	}
	return t, err
}

// findTenant refuses a tenant that is not there. It is read once in a row: thousands of
// products come with one.
func (w *write) findTenant(id string) error {
	if id == w.found {
		return nil
	}
	_, err := findTenant(&w.read, id)
	if err == nil {
		w.found = id
	}
	return err
}

// put stores a tenant; kind says whether it is new.
func (t *Tenant) put(w *write, kind string) error {
	seq, err := w.log(t.ID, kind, t.ID, t)
	if err != nil {
		return err
	}
	packed, err := json.Marshal(t.Settings)
	if err != nil {
		return fmt.Errorf("pack settings: %w", err)
	}
	if kind == KindTenantCreated {
		w.insert(`{tenant} (id, created, settings, seq)`, t.ID, millis(t.Created.Time), string(packed), seq)
		return nil
	}
	return w.exec(`UPDATE {tenant} SET settings = ?, seq = ? WHERE id = ?`, string(packed), seq, t.ID)
}

package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The bodies are what the log carries: the row after the write. Their bytes
// are for ever and verify compares them, so fields are only added, with
// omitempty.
type (
	settingsBody struct {
		DefaultLocation string `json:"default_location"`
		PublicReads     bool   `json:"public_reads"`
		HoldRetention   int64  `json:"hold_retention_ms"`
		LogRetention    int64  `json:"log_retention_ms"`
	}
	tenantBody struct {
		Created  int64        `json:"created"`
		Settings settingsBody `json:"settings"`
	}
	productBody struct {
		Created int64  `json:"created"`
		Unit    string `json:"unit,omitempty"`
		Scale   int    `json:"scale,omitempty"`
	}
	locationBody struct {
		Created int64 `json:"created"`
		Spread  bool  `json:"spread,omitempty"`
	}
	keyBody struct {
		Created int64  `json:"created"`
		Name    string `json:"name"`
		Scopes  string `json:"scopes"`
		Rotated int64  `json:"rotated,omitempty"`
		Revoked int64  `json:"revoked,omitempty"`
		Seal    string `json:"seal"`
	}
)

func (s Settings) body() settingsBody {
	return settingsBody{
		DefaultLocation: s.DefaultLocation,
		PublicReads:     s.PublicReads,
		HoldRetention:   s.HoldRetention.Milliseconds(),
		LogRetention:    s.LogRetention.Milliseconds(),
	}
}

func (b settingsBody) settings() Settings {
	return Settings{
		DefaultLocation: b.DefaultLocation,
		PublicReads:     b.PublicReads,
		HoldRetention:   time.Duration(b.HoldRetention) * time.Millisecond,
		LogRetention:    time.Duration(b.LogRetention) * time.Millisecond,
	}
}

func (t Tenant) body() any { return tenantBody{millis(t.Created), t.Settings.body()} }

func (p Product) body() any { return productBody{millis(p.Created), p.Unit.Name, p.Unit.Scale} }

func (l Location) body() any { return locationBody{millis(l.Created), l.Spread} }

func (k Key) body() any {
	return keyBody{millis(k.Created), k.Name, k.Scopes.String(), millis(k.Rotated), millis(k.Revoked), k.seal()}
}

func (s *store) tenant(ctx context.Context, id string) (t Tenant, found bool, err error) {
	err = s.read(ctx, func(r *read) error {
		t, found, err = r.tenant(id)
		return err
	})
	return t, found, err
}

func (r *read) tenant(id string) (Tenant, bool, error) {
	t := Tenant{ID: id}
	var created int64
	var packed []byte
	found, err := r.one(`SELECT created, settings FROM tenant WHERE id = ?`, []any{id}, &created, &packed)
	if err != nil || !found {
		return t, found, err
	}
	body := DefaultSettings().body() // a setting newer than the row has its default
	if err := json.Unmarshal(packed, &body); err != nil {
		return t, false, fmt.Errorf("unpack settings of tenant %q: %w", id, err)
	}
	t.Created, t.Settings = fromMillis(created), body.settings()
	return t, true, nil
}

func (w *write) putTenant(t Tenant, kind string) error {
	seq, err := w.log(t.ID, kind, t.ID, t.body())
	if err != nil {
		return err
	}
	packed, err := json.Marshal(t.Settings.body())
	if err != nil {
		return fmt.Errorf("pack settings: %w", err)
	}
	return w.exec(`INSERT INTO tenant (id, created, settings, seq) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, seq = excluded.seq`,
		t.ID, millis(t.Created), string(packed), seq)
}

func (s *store) product(ctx context.Context, tenant, id string) (p Product, found bool, err error) {
	err = s.read(ctx, func(r *read) error {
		p, found, err = r.product(tenant, id)
		return err
	})
	return p, found, err
}

func (r *read) product(tenant, id string) (Product, bool, error) {
	p := Product{Tenant: tenant, ID: id}
	var created int64
	found, err := r.one(`SELECT unit, scale, created FROM product WHERE tenant = ? AND id = ?`,
		[]any{tenant, id}, &p.Unit.Name, &p.Unit.Scale, &created)
	p.Created = fromMillis(created)
	return p, found, err
}

func (w *write) openProduct(p Product) error {
	seq, err := w.log(p.Tenant, KindProductCreated, p.ID, p.body())
	if err != nil {
		return err
	}
	return w.exec(`INSERT INTO product (tenant, id, unit, scale, created, seq) VALUES (?, ?, ?, ?, ?, ?)`,
		p.Tenant, p.ID, p.Unit.Name, p.Unit.Scale, millis(p.Created), seq)
}

func (w *write) declareUnit(tenant, id string, unit Unit) error {
	p, _, err := w.product(tenant, id)
	if err != nil {
		return err
	}
	p.Unit = unit
	seq, err := w.log(tenant, KindProductUnit, id, p.body())
	if err != nil {
		return err
	}
	return w.exec(`UPDATE product SET unit = ?, scale = ?, seq = ? WHERE tenant = ? AND id = ?`,
		unit.Name, unit.Scale, seq, tenant, id)
}

func (s *store) location(ctx context.Context, tenant, id string) (l Location, found bool, err error) {
	err = s.read(ctx, func(r *read) error {
		l, found, err = r.location(tenant, id)
		return err
	})
	return l, found, err
}

func (r *read) location(tenant, id string) (Location, bool, error) {
	l := Location{Tenant: tenant, ID: id}
	var created int64
	found, err := r.one(`SELECT spread, created FROM location WHERE tenant = ? AND id = ?`,
		[]any{tenant, id}, &l.Spread, &created)
	l.Created = fromMillis(created)
	return l, found, err
}

func (w *write) openLocation(l Location) error {
	seq, err := w.log(l.Tenant, KindLocationCreated, l.ID, l.body())
	if err != nil {
		return err
	}
	return w.exec(`INSERT INTO location (tenant, id, spread, created, seq) VALUES (?, ?, ?, ?, ?)`,
		l.Tenant, l.ID, l.Spread, millis(l.Created), seq)
}

const keyColumns = `id, tenant, name, scopes, hash, salt, created, rotated, revoked`

func scanKey(scan func(...any) error, k *Key) error {
	var scopes string
	var hash, salt []byte
	var created, rotated, revoked int64
	err := scan(&k.ID, &k.Tenant, &k.Name, &scopes, &hash, &salt, &created, &rotated, &revoked)
	if err != nil {
		return err
	}
	copy(k.hash[:], hash)
	copy(k.salt[:], salt)
	k.Created, k.Rotated, k.Revoked = fromMillis(created), fromMillis(rotated), fromMillis(revoked)
	if k.Scopes, err = ParseScopes(scopes); err != nil {
		k.Scopes = 0 // a damaged key opens nothing; verify names it
	}
	return nil
}

func (s *store) keys(ctx context.Context, tenant string) (keys []Key, err error) {
	err = s.read(ctx, func(r *read) error {
		keys, err = r.keys(tenant)
		return err
	})
	return keys, err
}

// keys returns the keys of a tenant, or of all for "".
func (r *read) keys(tenant string) ([]Key, error) {
	rows, err := r.tx.QueryContext(r.ctx, `SELECT `+keyColumns+` FROM api_key
		WHERE ?1 = '' OR tenant = ?1 ORDER BY created, id`, tenant)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(k *Key) error { return scanKey(rows.Scan, k) })
}

// validKeys returns the valid keys of a name, newest last, and how many valid
// keys the tenant has.
func (r *read) validKeys(tenant, name string) (named []Key, all int, err error) {
	if _, err = r.one(`SELECT count(*) FROM api_key WHERE tenant = ? AND revoked = 0`, []any{tenant}, &all); err != nil {
		return nil, 0, err
	}
	rows, err := r.tx.QueryContext(r.ctx, `SELECT `+keyColumns+` FROM api_key
		WHERE tenant = ? AND name = ? AND revoked = 0 ORDER BY created, seq`, tenant, name)
	if err != nil {
		return nil, 0, err
	}
	named, err = collect(rows, func(k *Key) error { return scanKey(rows.Scan, k) })
	return named, all, err
}

func (r *read) key(id string) (k Key, found bool, err error) {
	row := r.tx.QueryRowContext(r.ctx, `SELECT `+keyColumns+` FROM api_key WHERE id = ?`, id)
	err = scanKey(row.Scan, &k)
	if errors.Is(err, sql.ErrNoRows) {
		return k, false, nil
	}
	return k, err == nil, err
}

func (w *write) putKey(k Key, kind string) error {
	seq, err := w.log(k.Tenant, kind, k.ID, k.body())
	if err != nil {
		return err
	}
	return w.exec(`INSERT INTO api_key (`+keyColumns+`, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET rotated = excluded.rotated, revoked = excluded.revoked, seq = excluded.seq`,
		k.ID, k.Tenant, k.Name, k.Scopes.String(), k.hash[:], k.salt[:],
		millis(k.Created), millis(k.Rotated), millis(k.Revoked), seq)
}

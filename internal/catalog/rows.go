package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// storable reports whether s can be in a column at all: what cannot is not
// asked for, because PostgreSQL answers it with an error.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func (s *store) tenant(ctx context.Context, id string) (t Tenant, found bool, err error) {
	err = s.look(ctx, func(r *read) error {
		t, found, err = r.tenant(id)
		return err
	})
	return t, found, err
}

func (r *read) tenant(id string) (Tenant, bool, error) {
	t := Tenant{ID: id}
	if !storable(id) {
		return t, false, nil
	}
	var created int64
	var packed []byte
	found, err := r.one(`SELECT created, settings FROM {tenant} WHERE id = ?`, []any{id}, &created, &packed)
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

// putTenant stores a tenant; kind says whether it is new.
func (w *write) putTenant(t Tenant, kind string) error {
	seq, err := w.log(t.ID, kind, t.ID, t.body())
	if err != nil {
		return err
	}
	packed, err := json.Marshal(t.Settings.body())
	if err != nil {
		return fmt.Errorf("pack settings: %w", err)
	}
	if kind == KindTenantCreated {
		w.insert(`{tenant} (id, created, settings, seq)`, t.ID, millis(t.Created), string(packed), seq)
		return nil
	}
	return w.exec(`UPDATE {tenant} SET settings = ?, seq = ? WHERE id = ?`, string(packed), seq, t.ID)
}

func (r *read) product(tenant, id string) (Product, bool, error) {
	p := Product{Tenant: tenant, ID: id}
	if !storable(tenant) || !storable(id) {
		return p, false, nil
	}
	var created int64
	found, err := r.one(`SELECT unit, scale, created FROM {product} WHERE tenant = ? AND id = ?`,
		[]any{tenant, id}, &p.Unit.Name, &p.Unit.Scale, &created)
	p.Created = fromMillis(created)
	return p, found, err
}

func (w *write) openProduct(p Product) error {
	seq, err := w.log(p.Tenant, KindProductCreated, p.ID, p.body())
	if err != nil {
		return err
	}
	w.insert(`{product} (tenant, id, unit, scale, created, seq)`,
		p.Tenant, p.ID, p.Unit.Name, p.Unit.Scale, millis(p.Created), seq)
	w.sawProduct(rowKey{p.Tenant, p.ID}, p.Unit, true)
	return nil
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
	w.sawProduct(rowKey{tenant, id}, unit, true)
	return w.exec(`UPDATE {product} SET unit = ?, scale = ?, seq = ? WHERE tenant = ? AND id = ?`,
		unit.Name, unit.Scale, seq, tenant, id)
}

func (r *read) location(tenant, id string) (Location, bool, error) {
	l := Location{Tenant: tenant, ID: id}
	if !storable(tenant) || !storable(id) {
		return l, false, nil
	}
	var created int64
	found, err := r.one(`SELECT spread, created FROM {location} WHERE tenant = ? AND id = ?`,
		[]any{tenant, id}, &l.Spread, &created)
	l.Created = fromMillis(created)
	return l, found, err
}

func (w *write) openLocation(l Location) error {
	seq, err := w.log(l.Tenant, KindLocationCreated, l.ID, l.body())
	if err != nil {
		return err
	}
	w.insert(`{location} (tenant, id, spread, created, seq)`, l.Tenant, l.ID, l.Spread, millis(l.Created), seq)
	w.sawPlace(rowKey{l.Tenant, l.ID}, l.Spread, true)
	return nil
}

func (w *write) spreadLocation(l Location) error {
	seq, err := w.log(l.Tenant, KindLocationSpread, l.ID, l.body())
	if err != nil {
		return err
	}
	w.sawPlace(rowKey{l.Tenant, l.ID}, l.Spread, true)
	return w.exec(`UPDATE {location} SET spread = ?, seq = ? WHERE tenant = ? AND id = ?`, l.Spread, seq, l.Tenant, l.ID)
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

// keys returns the keys of a tenant.
func (r *read) keys(tenant string) ([]Key, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return list(r, scanKey, `SELECT `+keyColumns+` FROM {api_key} WHERE tenant = ? ORDER BY created, id`, tenant)
}

// allKeys returns the keys of all tenants.
func (r *read) allKeys() ([]Key, error) {
	return list(r, scanKey, `SELECT `+keyColumns+` FROM {api_key} ORDER BY created, id`)
}

// validKeys returns the valid keys of a name, newest last, and how many valid
// keys the tenant has.
func (r *read) validKeys(tenant, name string) (named []Key, all int, err error) {
	if !storable(tenant) || !storable(name) {
		return nil, 0, nil
	}
	if _, err = r.one(`SELECT count(*) FROM {api_key} WHERE tenant = ? AND revoked = 0`, []any{tenant}, &all); err != nil {
		return nil, 0, err
	}
	named, err = list(r, scanKey, `SELECT `+keyColumns+` FROM {api_key}
		WHERE tenant = ? AND name = ? AND revoked = 0 ORDER BY created, seq`, tenant, name)
	return named, all, err
}

func (r *read) key(id string) (k Key, found bool, err error) {
	if !storable(id) {
		return k, false, nil
	}
	keys, err := list(r, scanKey, `SELECT `+keyColumns+` FROM {api_key} WHERE id = ?`, id)
	if err != nil || len(keys) == 0 {
		return k, false, err
	}
	return keys[0], true, nil
}

// putKey stores a key; kind says whether it is new.
func (w *write) putKey(k Key, kind string) error {
	seq, err := w.log(k.Tenant, kind, k.ID, k.body())
	if err != nil {
		return err
	}
	if kind == KindKeyCreated {
		w.insert(`{api_key} (`+keyColumns+`, seq)`,
			k.ID, k.Tenant, k.Name, k.Scopes.String(), k.hash[:], k.salt[:],
			millis(k.Created), millis(k.Rotated), millis(k.Revoked), seq)
		return nil
	}
	return w.exec(`UPDATE {api_key} SET rotated = ?, revoked = ?, seq = ? WHERE id = ?`,
		millis(k.Rotated), millis(k.Revoked), seq, k.ID)
}

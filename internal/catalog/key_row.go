package catalog

// keyBody is a key in the log: the row after the write, with the seal in place of
// the hash and the salt.
type keyBody struct {
	Created Moment `json:"created"`
	Name    string `json:"name"`
	Scopes  string `json:"scopes"`
	Rotated Moment `json:"rotated,omitzero"`
	Revoked Moment `json:"revoked,omitzero"`
	Seal    string `json:"seal"`
}

func (k *Key) body() keyBody {
	return keyBody{Moment{k.Created}, k.Name, k.storedScopes(), Moment{k.Rotated}, Moment{k.Revoked}, k.seal()}
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
	k.readScopes(scopes)
	return nil
}

// readKeys returns the keys of a tenant.
func readKeys(r *read, tenant string) ([]Key, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return bound(r)(list(r, scanKey, `SELECT `+keyColumns+` FROM {api_key} WHERE tenant = ? ORDER BY created, id`, tenant))
}

// readAllKeys returns the keys of all tenants.
func readAllKeys(r *read) ([]Key, error) {
	return bound(r)(list(r, scanKey, `SELECT `+keyColumns+` FROM {api_key} ORDER BY created, id`))
}

// readValidKeys returns the valid keys of a name, newest last, and how many valid
// keys the tenant has that are no till's.
func readValidKeys(r *read, tenant, name string) (named []Key, all int, err error) {
	if !storable(tenant) || !storable(name) {
		return nil, 0, nil
	}
	of := Key{Scopes: ScopeTill, bound: true}
	if _, err = r.readRow(`SELECT count(*) FROM {api_key} WHERE tenant = ? AND revoked = 0 AND scopes <> ?`, []any{tenant, of.storedScopes()}, &all); err != nil {
		return nil, 0, err
	}
	named, err = bound(r)(list(r, scanKey, `SELECT `+keyColumns+` FROM {api_key}
		WHERE tenant = ? AND name = ? AND revoked = 0 ORDER BY created, seq`, tenant, name))
	return named, all, err
}

// readKey returns a key, nil when there is none.
func readKey(r *read, id string) (*Key, error) {
	if !storable(id) {
		return nil, nil
	}
	k, err := first(r, scanKey, `SELECT `+keyColumns+` FROM {api_key} WHERE id = ?`, id)
	if err == nil {
		err = k.bind(r)
	}
	return k, err
}

// put stores a key; kind says whether it is new.
func (k *Key) put(w *write, kind string) error {
	seq, err := w.log(k.Tenant, kind, k.ID, k.body())
	if err != nil {
		return err
	}
	if kind == KindKeyCreated {
		if k.bound {
			if err := keyBoundsKind.put(w, boundsOf(k), nil); err != nil {
				return err
			}
		}
		w.insert(`{api_key} (`+keyColumns+`, seq)`,
			k.ID, k.Tenant, k.Name, k.storedScopes(), k.hash[:], k.salt[:],
			millis(k.Created), millis(k.Rotated), millis(k.Revoked), seq)
		return nil
	}
	return w.exec(`UPDATE {api_key} SET rotated = ?, revoked = ?, seq = ? WHERE id = ?`,
		millis(k.Rotated), millis(k.Revoked), seq, k.ID)
}

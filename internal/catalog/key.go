package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Key is what is stored of an API key: never the key itself.
type Key struct {
	ID      string // the part of the printed key that may be shown
	Tenant  string
	Name    string
	Scopes  Scopes
	Created time.Time
	Rotated time.Time // when a successor was made; zero: none was
	Revoked time.Time // zero: the key is valid
	// Bounds are the locations and channels that it is bound to; nil: to nothing.
	Bounds *stock.Bounds
	Role   Role // "": none, the scopes alone say what it may do
	// Till is the only till that it may speak for; "": the key is no till's.
	Till string
	// Page is the only page of a store that its device shows; "": the key is no device's.
	Page string

	hash [32]byte // of the printed key
	salt [16]byte // of the seal in the log
	// bound says that Bounds and Role are in a document of their own.
	bound bool
}

// Valid reports whether the key opens anything.
func (k Key) Valid() bool { return k.Revoked.IsZero() }

// KeySpec is what a new key shall be.
type KeySpec struct {
	Tenant string
	Name   string // left out: one of its own, made from the key's id
	Scopes Scopes
	// Bounds are what the key is bound to; nil: to nothing.
	Bounds *stock.Bounds
	Role   Role // "": none
	// Till is the till that it is for, which a key of ScopeTill has and no other; "": none.
	Till string
}

// maxKeys bounds the valid keys of a tenant, those of tills apart: all keys are held in
// memory.
const maxKeys = 1000

// maxBearer is how many bytes a bearer may have. Longer ones are not looked at.
const maxBearer = 255

// keyText spells ids and secrets: lower case, so that a double click takes
// all of a key and nothing has to be escaped anywhere.
var keyText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// keys keeps API keys.
type keys struct {
	*core
	ring keyring
}

// CreateKey makes a key and returns it with its printed form, which is not
// stored and cannot be shown again. The tenant must exist (ErrUnknown), and no
// valid key may have the name (ErrKeyName).
func (c *keys) CreateKey(ctx context.Context, spec KeySpec) (Key, string, error) {
	k, printed, err := c.mint(spec)
	if err != nil {
		return Key{}, "", fmt.Errorf("create key: %w", err)
	}
	err = c.writeKeys(ctx, func(w *write) error { return c.add(w, &k) })
	if err != nil {
		return Key{}, "", fmt.Errorf("create key %q of tenant %q: %w", k.Name, k.Tenant, err)
	}
	return k, printed, nil
}

// add stores a new key, whose name no valid one may have.
func (c *keys) add(w *write, k *Key) error {
	if err := w.findTenant(k.Tenant); err != nil {
		return err
	}
	named, all, err := readValidKeys(&w.read, k.Tenant, k.Name)
	switch {
	case err != nil:
		return err
	case len(named) > 0:
		return ErrKeyName
	case all >= maxKeys && k.Till == "":
		return ErrTooManyKeys
	}
	k.Created = w.time()
	return k.put(w, KindKeyCreated)
}

// RotateKey makes a second valid key with the name, the scopes, the bounds and the role of a
// valid one, and returns it with its printed form. Both are valid until the older
// one is revoked; before that the name is not rotated again (ErrTwoValid).
func (c *keys) RotateKey(ctx context.Context, tenant, name string) (Key, string, error) {
	var printed string
	var k Key
	err := c.writeKeys(ctx, func(w *write) error {
		named, _, err := readValidKeys(&w.read, tenant, name)
		switch {
		case err != nil:
			return err
		case len(named) == 0:
			return &UnknownError{What: "key", ID: name}
		case len(named) > 1:
			return ErrTwoValid
		case named[0].Page != "":
			return ErrDeviceKey
		}
		old := named[0]
		k, printed, err = c.mint(KeySpec{Tenant: tenant, Name: name, Scopes: old.Scopes, Bounds: old.Bounds, Role: old.Role, Till: old.Till})
		if err != nil {
			return err
		}
		k.Created = w.time()
		if err := k.put(w, KindKeyCreated); err != nil {
			return err
		}
		old.Rotated = w.time()
		return old.put(w, KindKeyRotated)
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("rotate key %q of tenant %q: %w", name, tenant, err)
	}
	return k, printed, nil
}

// RevokeKey ends a key permanently: in this process at once, in others within 2
// s. Revoking twice changes nothing. A key of another tenant is ErrUnknown.
func (c *keys) RevokeKey(ctx context.Context, tenant, id string) (Key, error) {
	var k *Key
	err := c.writeKeys(ctx, func(w *write) (err error) {
		if k, err = readKey(&w.read, id); err != nil {
			return err
		}
		if k == nil || k.Tenant != tenant {
			return &UnknownError{What: "key", ID: id}
		}
		if !k.Valid() {
			return nil
		}
		k.Revoked = w.time()
		return k.put(w, KindKeyRevoked)
	})
	if err != nil {
		return Key{}, fmt.Errorf("revoke key %q: %w", id, err)
	}
	return *k, nil
}

// RevokeTill ends all valid keys of a till, as RevokeKey does. If it fails, some may have ended; a
// repeat ends the rest.
func (c *keys) RevokeTill(ctx context.Context, tenant, till string) error {
	valid, err := look(ctx, c.store, func(r *read) ([]Key, error) {
		valid, _, err := readValidKeys(r, tenant, tillKeyName(till))
		return valid, err
	})
	for i := 0; i < len(valid) && err == nil; i++ {
		if valid[i].Till == till && till != "" {
			_, err = c.RevokeKey(ctx, tenant, valid[i].ID)
		}
	}
	return during(err, "revoke the keys of till %q", till)
}

// Keys returns a tenant's keys, revoked ones too, oldest first. A tenant that
// is unknown has none.
func (c *keys) Keys(ctx context.Context, tenant string) ([]Key, error) {
	keys, err := look(ctx, c.store, func(r *read) ([]Key, error) { return readKeys(r, tenant) })
	return result(keys, err, "list keys of tenant %q", tenant)
}

// Bootstrap makes plaintext an admin key of DefaultTenant, which it creates,
// if nothing but tenants was ever written to this catalog, and reports whether
// it did. On any other it does nothing. The plaintext has 1 to 255 visible ASCII
// characters: the contract sets no least length, so a short one is for the
// caller to warn of.
func (c *keys) Bootstrap(ctx context.Context, plaintext string) (bool, error) {
	empty, err := look(ctx, c.store, isEmpty)
	if err != nil || !empty {
		return false, err
	}
	if !visible(plaintext) {
		return false, &InvalidError{Field: "bootstrap key", Reason: "must be 1 to 255 visible ASCII characters"}
	}
	k, _, err := c.mint(KeySpec{Tenant: DefaultTenant, Name: "bootstrap", Scopes: ScopeAdmin})
	if err != nil {
		return false, fmt.Errorf("bootstrap: %w", err)
	}
	k.hash = sha256.Sum256([]byte(plaintext))
	made := false
	err = c.writeKeys(ctx, func(w *write) error {
		made = false
		if empty, err := isEmpty(&w.read); err != nil || !empty {
			return err // another process was first
		}
		if _, err := openTenant(w, DefaultTenant, DefaultSettings()); err != nil {
			return err
		}
		made = true
		k.Created = w.time()
		return k.put(w, KindKeyCreated)
	})
	return result(made, err, "bootstrap")
}

// isEmpty reports whether the log has no content yet. A layout, where the slots' databases
// come from, and tenants made before the first server are none.
func isEmpty(r *read) (bool, error) {
	var entries int64
	_, err := r.readRow(`SELECT count(*) FROM {catalog_log} WHERE seq <= 1000 AND kind NOT IN (?, ?, ?, ?, ?)`,
		[]any{KindLayoutCreated, KindLayoutSlots, KindLayoutMoved, KindEpochOrigin, KindTenantCreated}, &entries)
	return entries == 0, err
}

// writeKeys is a write after which this process uses the keys that it stored.
func (c *keys) writeKeys(ctx context.Context, change func(*write) error) error {
	if err := c.store.write(ctx, c.now, change); err != nil {
		return err
	}
	c.followOwn(ctx, "own key") // or else the next Authenticate within staleAfter
	return nil
}

// mint draws a key that nobody has.
func (c *keys) mint(spec KeySpec) (Key, string, error) {
	if err := checkID("tenant", spec.Tenant, maxTenant); err != nil {
		return Key{}, "", err
	}
	if spec.Scopes == 0 || spec.Scopes > allScopes {
		return Key{}, "", &InvalidError{Field: "scopes", Reason: "must be some of admin, internal, read, relay"}
	}
	bounds, err := checkBounds(spec.Bounds)
	if err != nil {
		return Key{}, "", err
	}
	if err := checkRole(spec.Role); err != nil {
		return Key{}, "", err
	}
	if spec.Till != "" && spec.Name != tillKeyName(spec.Till) {
		return Key{}, "", &InvalidError{Field: "name", Reason: "must be " + tillKeyName(spec.Till) + " for a key of that till"}
	}
	if err := checkKeyTill(spec.Till, spec.Scopes, bounds); err != nil {
		return Key{}, "", err
	}
	var drawn struct {
		id     [5]byte
		secret [32]byte
		salt   [16]byte
	}
	c.drawing.Lock()
	defer c.drawing.Unlock()
	for _, part := range [][]byte{drawn.id[:], drawn.secret[:], drawn.salt[:]} {
		if _, err := io.ReadFull(c.random, part); err != nil {
			return Key{}, "", fmt.Errorf("draw random bytes: %w", err)
		}
	}
	k := Key{ID: keyText.EncodeToString(drawn.id[:]), Tenant: spec.Tenant, Name: spec.Name, Scopes: spec.Scopes, Bounds: bounds, Role: spec.Role, Till: spec.Till, salt: drawn.salt}
	k.bound = bounds != nil || k.Role != ""
	if k.Name == "" {
		k.Name = "key-" + k.ID
	}
	if err := checkID("name", k.Name, maxKeyName); err != nil {
		return Key{}, "", err
	}
	printed := "hf_" + k.ID + "_" + keyText.EncodeToString(drawn.secret[:])
	k.hash = sha256.Sum256([]byte(printed))
	return k, printed, nil
}

// seal ties the hash to the log without revealing it: only somebody who has the
// salt can check a guess.
func (k Key) seal() string {
	sum := sha256.Sum256(append(k.salt[:], k.hash[:]...))
	return hex.EncodeToString(sum[:])
}

// visible reports whether s can be a bearer.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxBearer
}

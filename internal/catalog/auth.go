package catalog

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Credential is the identity and the rights that a valid key gives.
type Credential struct {
	Tenant  string
	KeyName string
	KeyID   string
	Scopes  Scopes
	// Bounds are what the key is bound to; nil: to nothing.
	Bounds *stock.Bounds
	// Role is what the key may do within its scopes; "": all of that.
	Role Role
	// Till is the only till that the key may speak for; "": it is no till's.
	Till string
	// Page is the only page of a store that the key's device shows; "": it is no device's.
	Page string
}

// missAfter is how old the keyring may be when it refuses a bearer. No client that was
// handed a new key starts that fast. And a flood of bad bearers costs no more than 200
// reads of the head a second.
const missAfter = 5 * time.Millisecond

// Authenticate returns the credential of bearer (the header without "Bearer "),
// or ErrBadKey. It answers from memory: keys created or revoked by another
// process count within 2 s, new ones mostly at once. ErrUnavailable means that
// the keys in memory are older than that and the database does not answer.
func (c *keys) Authenticate(ctx context.Context, bearer string) (Credential, error) {
	if bearer == "" || len(bearer) > maxBearer {
		return Credential{}, ErrBadKey
	}
	if err := c.refresh(ctx); err != nil {
		return Credential{}, err
	}
	var text [maxBearer]byte // a conversion would allocate
	hash := sha256.Sum256(text[:copy(text[:], bearer)])
	holder, ok := c.ring.find(hash)
	if !ok {
		if err := c.follow(ctx, missAfter); err != nil {
			return Credential{}, fmt.Errorf("look for a new key: %w", err)
		}
		if holder, ok = c.ring.find(hash); !ok {
			return Credential{}, ErrBadKey
		}
	}
	if holder.revoked {
		return Credential{}, ErrRevoked
	}
	return holder.Credential, nil
}

// keyring holds all keys by the hash of their printed form.
type keyring struct {
	mu     sync.RWMutex
	byHash map[[32]byte]keyHolder
	byID   map[string][32]byte
}

type keyHolder struct {
	Credential
	hash    [32]byte
	revoked bool
	rotated int64 // when a successor was made, in milliseconds; 0: none was
}

// find looks a bearer up. The time of the look-up could only reveal something
// about its SHA-256, which nobody can choose.
func (r *keyring) find(hash [32]byte) (keyHolder, bool) {
	r.mu.RLock()
	h, ok := r.byHash[hash]
	r.mu.RUnlock()
	return h, ok && subtle.ConstantTimeCompare(h.hash[:], hash[:]) == 1
}

// holder looks a key up by its id.
func (r *keyring) holder(id string) (keyHolder, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	hash, ok := r.byID[id]
	return r.byHash[hash], ok
}

// drop forgets the keys of a tenant.
func (r *keyring) drop(tenant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for hash, k := range r.byHash {
		if k.Tenant == tenant {
			delete(r.byHash, hash)
			delete(r.byID, k.KeyID)
		}
	}
}

// put stores keys as they are in the database; all says that there are no
// others.
func (r *keyring) put(keys []Key, all bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if all || r.byHash == nil {
		r.byHash = make(map[[32]byte]keyHolder, len(keys))
		r.byID = make(map[string][32]byte, len(keys))
	}
	for _, k := range keys {
		delete(r.byHash, r.byID[k.ID])
		r.byID[k.ID] = k.hash
		r.byHash[k.hash] = keyHolder{
			Credential: Credential{Tenant: k.Tenant, KeyName: k.Name, KeyID: k.ID, Scopes: k.Scopes, Bounds: k.Bounds, Role: k.Role, Till: k.Till, Page: k.Page},
			hash:       k.hash,
			revoked:    !k.Valid(),
			rotated:    millis(k.Rotated),
		}
	}
}

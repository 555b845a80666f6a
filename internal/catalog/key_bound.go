package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// maxBound is to how many locations, and channels, a key may be bound.
const maxBound = 100

// keyBounds is the document about the bounds of a key: its locations and channels, its role, and the
// till or the page that it belongs to. It is written with the key and never changes.
type keyBounds struct {
	Tenant string `json:"-"`
	Key    string `json:"-"`
	stock.Bounds
	Role     Role   `json:"role,omitempty"`
	Till     string `json:"till,omitempty"`
	Page     string `json:"page,omitempty"`
	revision int64
}

var keyBoundsKind = documentKind[keyBounds]{
	name: "key_bound", title: "binding of key",
	pack: func(b *keyBounds) document { return document{tenant: b.Tenant, id: b.Key, seq: b.revision} },
	unpack: func(d *document, b *keyBounds) {
		b.Tenant, b.Key, b.revision = d.tenant, d.id, d.seq
	},
}

// boundMark ends the scopes of a key that is bound or has a role, as they are stored. Without its
// document such a key opens nothing, nor does it for a program that does not know
// the mark.
const boundMark = ",bound"

// storedScopes are the scopes as they are stored.
func (k *Key) storedScopes() string {
	if !k.bound {
		return k.Scopes.String()
	}
	return k.Scopes.String() + boundMark
}

// readScopes takes over the scopes as they are stored.
func (k *Key) readScopes(stored string) {
	var err error
	scopes, bound := strings.CutSuffix(stored, boundMark)
	if k.bound = bound; bound {
		k.Bounds = &stock.Bounds{}
	}
	if k.Scopes, err = ParseScopes(scopes); err != nil {
		k.Scopes = 0 // a damaged key opens nothing; verify names it
	}
}

// bind reads what the key is bound to and its role. One whose document cannot be read opens
// nothing.
func (k *Key) bind(r *read) error {
	if k == nil || !k.bound {
		return nil
	}
	b, _, err := keyBoundsKind.get(r, k.Tenant, k.ID)
	switch {
	case errors.Is(err, ErrUnavailable) || err != nil && r.ctx.Err() != nil:
		return err
	case err != nil || b == nil || b.empty() || checkRole(b.Role) != nil || checkKeyTill(b.Till, k.Scopes, &b.Bounds) != nil:
		k.Scopes = 0
	case len(b.Locations)+len(b.Channels) == 0:
		k.Bounds, k.Role, k.Page = nil, b.Role, b.Page
	default:
		k.Bounds, k.Role, k.Till, k.Page = &b.Bounds, b.Role, b.Till, b.Page
	}
	return nil
}

// empty says that the document binds the key to nothing.
func (b *keyBounds) empty() bool { return b.Role == "" && len(b.Locations)+len(b.Channels) == 0 }

// boundsOf is the document of a key.
func boundsOf(k *Key) *keyBounds {
	b := &keyBounds{Tenant: k.Tenant, Key: k.ID, Role: k.Role, Till: k.Till, Page: k.Page}
	if k.Bounds != nil {
		b.Bounds = *k.Bounds
	}
	return b
}

// bound reads what keys that were listed are bound to.
func bound(r *read) func([]Key, error) ([]Key, error) {
	return func(keys []Key, err error) ([]Key, error) {
		for i := 0; i < len(keys) && err == nil; i++ {
			err = keys[i].bind(r)
		}
		return keys, err
	}
}

// checkBounds returns bounds as they are kept, nil for none.
func checkBounds(b *stock.Bounds) (*stock.Bounds, error) {
	if b == nil || len(b.Locations)+len(b.Channels) == 0 {
		return nil, nil
	}
	for _, list := range []struct {
		field string
		ids   []string
		most  int
	}{{"locations", b.Locations, maxLocation}, {"channels", b.Channels, maxChannel}} {
		if len(list.ids) > maxBound {
			return nil, &InvalidError{Field: list.field, Reason: fmt.Sprintf("must be at most %d", maxBound)}
		}
		for i, id := range list.ids {
			if err := checkID(fmt.Sprintf("%s[%d]", list.field, i), id, list.most); err != nil {
				return nil, err
			}
			if slices.Contains(list.ids[:i], id) {
				return nil, &InvalidError{Field: fmt.Sprintf("%s[%d]", list.field, i), Reason: "is there twice"}
			}
		}
	}
	return &stock.Bounds{Locations: slices.Clone(b.Locations), Channels: slices.Clone(b.Channels)}, nil
}

// tillKeyName is what the keys of a till are called: they are found by it.
func tillKeyName(till string) string { return "till:" + till }

// checkKeyTill refuses a key of scope till that names no till, or is not bound to the till's location
// alone. It refuses a till in a key of other scopes.
func checkKeyTill(till string, scopes Scopes, bounds *stock.Bounds) error {
	switch {
	case till == "" && scopes&ScopeTill == 0:
		return nil
	case till == "":
		return &InvalidError{Field: "scopes", Reason: "may have till only in a key that a till is given when it is paired"}
	case scopes != ScopeTill || bounds == nil || len(bounds.Locations) != 1 || len(bounds.Channels) > 0:
		return &InvalidError{Field: "till", Reason: "needs a key of the scope till alone, bound to one location"}
	}
	return checkTillID(till)
}

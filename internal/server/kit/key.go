package kit

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// MaxCode bounds a code as it is typed.
const MaxCode = 32

// HolderOf says whose a session is.
func HolderOf(keyID, subject string) string {
	if keyID != "" {
		return "key:" + keyID
	}
	return "oidc:" + subject
}

// RoleNames are the names of all roles.
func RoleNames() []string {
	return Each(catalog.Roles, func(r catalog.Role) string { return string(r) })
}

// MaxKeyName bounds the name of a key.
const MaxKeyName = 64

// MaxKeyID bounds the id of a key.
const MaxKeyID = 64

// ReloadKeys makes this server use the keys and settings that were just stored. Without it
// they would take effect within 2 s, as they do on other servers.
func ReloadKeys(ctx context.Context, s *Core) {
	if err := s.Answers.CatchUp(ctx); err != nil {
		s.Log.WarnContext(ctx, "changes of the tenant are not applied yet", "err", err)
	}
}

// Heeded is a write after which this server uses what it stored.
func Heeded[Q, R any](s *Core, f func(context.Context, *Call, Q) (R, error)) func(context.Context, *Call, Q) (R, error) {
	return func(ctx context.Context, c *Call, q Q) (R, error) {
		answer, err := f(ctx, c, q)
		if err == nil {
			ReloadKeys(ctx, s)
		}
		return answer, err
	}
}

// KeyError turns an error of the catalog about keys into the caller's.
func KeyError(err error) error {
	for _, known := range []struct {
		err  error
		code *Code
	}{{catalog.ErrKeyName, codeExists}, {catalog.ErrTwoValid, CodeState}, {catalog.ErrDeviceKey, CodeState}, {catalog.ErrTooManyKeys, CodeState}} {
		if errors.Is(err, known.err) {
			return Refuse(known.code, "%s", known.err.Error())
		}
	}
	return FactError("", err)
}

// LongestTTL is the longest time of a hold of the tenant, in seconds.
func LongestTTL(s catalog.Settings) int64 {
	if s.MaxTTL == 0 {
		return MaxTTL
	}
	return int64(time.Duration(s.MaxTTL) / time.Second)
}

// BoundTTL refuses a time that is longer than the tenant allows.
func (c *Call) BoundTTL(seconds int64) error {
	if most := LongestTTL(c.Settings); seconds > most {
		return Invalid("ttl_seconds", "%s, as the tenant's settings say", RangeText(1, most))
	}
	return nil
}

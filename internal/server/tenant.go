package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Tenants is the part of the catalog about a tenant itself.
type Tenants interface {
	// CreateKey and RotateKey also return the key as printed, once.
	CreateKey(ctx context.Context, spec catalog.KeySpec) (catalog.Key, string, error)
	RotateKey(ctx context.Context, tenant, name string) (catalog.Key, string, error)
	RevokeKey(ctx context.Context, tenant, id string) (catalog.Key, error)
	// Keys are all keys, revoked ones too, by when they were made and their id.
	Keys(ctx context.Context, tenant string) ([]catalog.Key, error)
	Tenant(ctx context.Context, id string) (catalog.Tenant, error)
	ChangeSettings(ctx context.Context, tenant string, change func(*catalog.Settings)) (catalog.Tenant, error)
}

// tenantChapter keeps the keys and the settings of the caller's tenant.
type tenantChapter struct {
	*core
	facts Tenants
	lists catalog.ReasonLists
}

func (s *tenantChapter) functions() map[string]method {
	revoke, update, reasons := writeOnce(s.core, nil, s.revokeKey), writeOnce(s.core, nil, s.updateSettings), writeOnce(s.core, nil, s.setReasons)
	return map[string]method{
		"CreateKey":      unary(knowing(s.core, s.createKey)),
		"ListKeys":       unary(knowing(s.core, s.listKeys)),
		"RotateKey":      unary(knowing(s.core, s.rotateKey)),
		"RevokeKey":      unary(knowing(s.core, heeded(s.core, revoke))),
		"GetSettings":    unary(knowing(s.core, s.getSettings)),
		"UpdateSettings": unary(knowing(s.core, heeded(s.core, update))),
		"GetReasons":     unary(knowing(s.core, s.getReasons)),
		"SetReasons":     unary(knowing(s.core, heeded(s.core, reasons))),
	}
}

const (
	maxKeyName = 64
	maxKeyID   = 64
)

func renderKey(k catalog.Key) *holdfastv1.ApiKey {
	shown := &holdfastv1.ApiKey{
		Id: k.ID, Name: k.Name, Role: string(k.Role), Scopes: strings.Split(k.Scopes.String(), ","),
		TillId: k.Till, CreatedAt: timestamppb.New(k.Created), RotatedAt: optionalTime(k.Rotated), RevokedAt: optionalTime(k.Revoked),
	}
	if k.Bounds != nil {
		shown.Locations, shown.Channels = k.Bounds.Locations, k.Bounds.Channels
	}
	return shown
}

// optionalTime is a moment that may be missing.
func optionalTime(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// handOver carries out a call that makes a key, once under the Idempotency-Key of the
// call. The key itself is in the first answer only, not in the answer kept for repeats:
// that shows which key was made, not the key.
func handOver[Q proto.Message](ctx context.Context, s *core, c *call, r Q, f func(context.Context) (catalog.Key, string, error)) (*holdfastv1.ApiKey, error) {
	var printed string
	answer, err := writeOnce(s, nil, func(ctx context.Context, _ *call, _ Q) (*holdfastv1.ApiKey, error) {
		k, text, err := f(ctx)
		if err != nil {
			return nil, keyError(err)
		}
		printed = text
		return renderKey(k), nil
	})(ctx, c, r)
	if err == nil && !c.replayed {
		answer.Key = printed
		s.reloadKeys(ctx)
	}
	return answer, err
}

// reloadKeys makes this server use the keys and settings that were just stored. Without it
// they would take effect within 2 s, as they do on other servers.
func (s *core) reloadKeys(ctx context.Context) {
	if err := s.answers.CatchUp(ctx); err != nil {
		s.log.WarnContext(ctx, "changes of the tenant are not applied yet", "err", err)
	}
}

// heeded is a write after which this server uses what it stored.
func heeded[Q, R any](s *core, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return func(ctx context.Context, c *call, q Q) (R, error) {
		answer, err := f(ctx, c, q)
		if err == nil {
			s.reloadKeys(ctx)
		}
		return answer, err
	}
}

// keyError turns an error of the catalog about keys into the caller's.
func keyError(err error) error {
	for _, known := range []struct {
		err  error
		code *code
	}{{catalog.ErrKeyName, codeExists}, {catalog.ErrTwoValid, codeState}, {catalog.ErrDeviceKey, codeState}, {catalog.ErrTooManyKeys, codeState}} {
		if errors.Is(err, known.err) {
			return refuse(known.code, "%s", known.err.Error())
		}
	}
	return factError("", err)
}

func (s *tenantChapter) createKey(ctx context.Context, c *call, r *holdfastv1.CreateKeyRequest) (*holdfastv1.ApiKey, error) {
	var f requestForm
	f.optionalID("name", r.GetName(), maxKeyName)
	f.requireRange("scopes", int64(len(r.GetScopes())), 1, 4)
	for i, scope := range r.GetScopes() {
		f.oneOf("scopes["+itoa(i)+"]", scope, "admin", "internal", "read", "relay")
		if scope == "" {
			f.refuse("scopes["+itoa(i)+"]", "must not be empty")
		}
	}
	f.oneOf("role", r.GetRole(), roleNames()...)
	if err := f.err(); err != nil {
		return nil, err
	}
	scopes, err := catalog.ParseScopes(strings.Join(r.GetScopes(), ","))
	if err != nil {
		return nil, err
	}
	return handOver(ctx, s.core, c, r, func(ctx context.Context) (catalog.Key, string, error) {
		return s.facts.CreateKey(ctx, catalog.KeySpec{Tenant: c.tenant, Name: r.GetName(), Scopes: scopes, Role: catalog.Role(r.GetRole()), Bounds: &stock.Bounds{Locations: r.GetLocations(), Channels: r.GetChannels()}})
	})
}

func (s *tenantChapter) rotateKey(ctx context.Context, c *call, r *holdfastv1.RotateKeyRequest) (*holdfastv1.ApiKey, error) {
	var f requestForm
	f.id("id", r.GetId(), maxKeyID)
	if err := f.err(); err != nil {
		return nil, err
	}
	return handOver(ctx, s.core, c, r, func(ctx context.Context) (catalog.Key, string, error) {
		all, err := s.facts.Keys(ctx, c.tenant)
		if err != nil {
			return catalog.Key{}, "", err
		}
		at := slices.IndexFunc(all, func(k catalog.Key) bool { return k.ID == r.GetId() })
		switch {
		case at < 0:
			return catalog.Key{}, "", &catalog.UnknownError{What: "key", ID: r.GetId()}
		case !all[at].Valid():
			return catalog.Key{}, "", refuse(codeState, "the key is revoked: make a new one")
		}
		return s.facts.RotateKey(ctx, c.tenant, all[at].Name)
	})
}

func (s *tenantChapter) revokeKey(ctx context.Context, c *call, r *holdfastv1.RevokeKeyRequest) (*holdfastv1.ApiKey, error) {
	var f requestForm
	f.id("id", r.GetId(), maxKeyID)
	if err := f.err(); err != nil {
		return nil, err
	}
	if r.GetId() == c.keyID {
		return nil, refuse(codeState, "this call was made with that key: revoke it with another admin key")
	}
	k, err := s.facts.RevokeKey(ctx, c.tenant, r.GetId())
	if err != nil {
		return nil, keyError(err)
	}
	return renderKey(k), nil
}

func (s *tenantChapter) listKeys(ctx context.Context, c *call, r *holdfastv1.ListKeysRequest) (*holdfastv1.ListKeysResponse, error) {
	var f requestForm
	size, list := f.page(r.PageSize), "keys"
	after := f.readPageToken(list, r.GetPageToken())
	if err := f.err(); err != nil {
		return nil, err
	}
	all, err := s.facts.Keys(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, list, after, size, func(k catalog.Key) string { return fmt.Sprintf("%015d %s", k.Created.UnixMilli(), k.ID) })
	return &holdfastv1.ListKeysResponse{Items: each(page, renderKey), NextPageToken: next}, nil
}

func renderSettings(t catalog.Tenant) *holdfastv1.Settings {
	return &holdfastv1.Settings{
		DefaultLocation: t.Settings.DefaultLocation, PublicReads: t.Settings.PublicReads, ReasonsRequired: t.Settings.ReasonsRequired,
		MaxTtlSeconds: longestTTL(t.Settings), ReturnsUnchecked: t.Settings.ReturnsUnchecked,
		TimeZone: t.Settings.Zone().String(),
	}
}

// longestTTL is the longest time of a hold of the tenant, in seconds.
func longestTTL(s catalog.Settings) int64 {
	if s.MaxTTL == 0 {
		return maxTTL
	}
	return int64(time.Duration(s.MaxTTL) / time.Second)
}

// boundTTL refuses a time that is longer than the tenant allows.
func (c *call) boundTTL(seconds int64) error {
	if most := longestTTL(c.settings); seconds > most {
		return invalid("ttl_seconds", "%s, as the tenant's settings say", rangeText(1, most))
	}
	return nil
}

func (s *tenantChapter) getSettings(ctx context.Context, c *call, _ *holdfastv1.GetSettingsRequest) (*holdfastv1.Settings, error) {
	t, err := s.facts.Tenant(ctx, c.tenant)
	if err != nil {
		return nil, factError("", err)
	}
	return renderSettings(t), nil
}

func (s *tenantChapter) updateSettings(ctx context.Context, c *call, r *holdfastv1.UpdateSettingsRequest) (*holdfastv1.Settings, error) {
	var f requestForm
	if r.DefaultLocation != nil {
		f.id("default_location", r.GetDefaultLocation(), maxLocation)
	}
	if r.MaxTtlSeconds != nil {
		f.requireRange("max_ttl_seconds", r.GetMaxTtlSeconds(), usualTTL, maxTTL)
	}
	if _, err := catalog.ParseZone(r.GetTimeZone()); err != nil {
		f.refuse("time_zone", mustBeZone)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	t, err := s.facts.ChangeSettings(ctx, c.tenant, func(set *catalog.Settings) {
		if r.DefaultLocation != nil {
			set.DefaultLocation = r.GetDefaultLocation()
		}
		if r.PublicReads != nil {
			set.PublicReads = r.GetPublicReads()
		}
		if r.ReasonsRequired != nil {
			set.ReasonsRequired = r.GetReasonsRequired()
		}
		if r.ReturnsUnchecked != nil {
			set.ReturnsUnchecked = r.GetReturnsUnchecked()
		}
		if r.TimeZone != nil {
			set.TimeZone = r.GetTimeZone()
		}
		if r.MaxTtlSeconds != nil {
			set.MaxTTL = catalog.Period(time.Duration(r.GetMaxTtlSeconds()) * time.Second)
		}
	})
	if err != nil {
		return nil, factError("", err)
	}
	return renderSettings(t), nil
}

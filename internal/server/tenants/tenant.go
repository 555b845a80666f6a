// Package tenants keeps the keys, the settings and the reasons of a tenant.
package tenants

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
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

// Chapter keeps the keys and the settings of the caller's tenant.
type Chapter struct {
	core  *kit.Core
	facts Tenants
	lists catalog.ReasonLists
}

// New returns the chapter.
func New(core *kit.Core, facts Tenants, lists catalog.ReasonLists) *Chapter {
	return &Chapter{core, facts, lists}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	revoke, update, reasons := kit.WriteOnce(s.core, nil, s.revokeKey), kit.WriteOnce(s.core, nil, s.updateSettings), kit.WriteOnce(s.core, nil, s.setReasons)
	return map[string]kit.Method{
		"CreateKey":      kit.Unary(kit.Knowing(s.core, s.createKey)),
		"ListKeys":       kit.Unary(kit.Knowing(s.core, s.listKeys)),
		"RotateKey":      kit.Unary(kit.Knowing(s.core, s.rotateKey)),
		"RevokeKey":      kit.Unary(kit.Knowing(s.core, kit.Heeded(s.core, revoke))),
		"GetSettings":    kit.Unary(kit.Knowing(s.core, s.getSettings)),
		"UpdateSettings": kit.Unary(kit.Knowing(s.core, kit.Heeded(s.core, update))),
		"GetReasons":     kit.Unary(kit.Knowing(s.core, s.getReasons)),
		"SetReasons":     kit.Unary(kit.Knowing(s.core, kit.Heeded(s.core, reasons))),
	}
}

func renderKey(k catalog.Key) *holdfastv1.ApiKey {
	shown := &holdfastv1.ApiKey{
		Id: k.ID, Name: k.Name, Role: string(k.Role), Scopes: strings.Split(k.Scopes.String(), ","),
		TillId: k.Till, CreatedAt: timestamppb.New(k.Created), RotatedAt: kit.OptionalTime(k.Rotated), RevokedAt: kit.OptionalTime(k.Revoked),
	}
	if k.Bounds != nil {
		shown.Locations, shown.Channels = k.Bounds.Locations, k.Bounds.Channels
	}
	return shown
}

// handOver carries out a call that makes a key, once under the Idempotency-Key of the
// call. The key itself is in the first answer only, not in the answer kept for repeats:
// that shows which key was made, not the key.
func handOver[Q proto.Message](ctx context.Context, s *kit.Core, c *kit.Call, r Q, f func(context.Context) (catalog.Key, string, error)) (*holdfastv1.ApiKey, error) {
	var printed string
	answer, err := kit.WriteOnce(s, nil, func(ctx context.Context, _ *kit.Call, _ Q) (*holdfastv1.ApiKey, error) {
		k, text, err := f(ctx)
		if err != nil {
			return nil, kit.KeyError(err)
		}
		printed = text
		return renderKey(k), nil
	})(ctx, c, r)
	if err == nil && !c.Replayed {
		answer.Key = printed
		kit.ReloadKeys(ctx, s)
	}
	return answer, err
}

func (s *Chapter) createKey(ctx context.Context, c *kit.Call, r *holdfastv1.CreateKeyRequest) (*holdfastv1.ApiKey, error) {
	var f kit.Form
	f.OptionalID("name", r.GetName(), kit.MaxKeyName)
	f.RequireRange("scopes", int64(len(r.GetScopes())), 1, 4)
	for i, scope := range r.GetScopes() {
		f.OneOf("scopes["+kit.Itoa(i)+"]", scope, "admin", "internal", "read", "relay")
		if scope == "" {
			f.Refuse("scopes["+kit.Itoa(i)+"]", "must not be empty")
		}
	}
	f.OneOf("role", r.GetRole(), kit.RoleNames()...)
	if err := f.Err(); err != nil {
		return nil, err
	}
	scopes, err := catalog.ParseScopes(strings.Join(r.GetScopes(), ","))
	if err != nil {
		return nil, err
	}
	return handOver(ctx, s.core, c, r, func(ctx context.Context) (catalog.Key, string, error) {
		return s.facts.CreateKey(ctx, catalog.KeySpec{Tenant: c.Tenant, Name: r.GetName(), Scopes: scopes, Role: catalog.Role(r.GetRole()), Bounds: &stock.Bounds{Locations: r.GetLocations(), Channels: r.GetChannels()}})
	})
}

func (s *Chapter) rotateKey(ctx context.Context, c *kit.Call, r *holdfastv1.RotateKeyRequest) (*holdfastv1.ApiKey, error) {
	var f kit.Form
	f.ID("id", r.GetId(), kit.MaxKeyID)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return handOver(ctx, s.core, c, r, func(ctx context.Context) (catalog.Key, string, error) {
		all, err := s.facts.Keys(ctx, c.Tenant)
		if err != nil {
			return catalog.Key{}, "", err
		}
		at := slices.IndexFunc(all, func(k catalog.Key) bool { return k.ID == r.GetId() })
		switch {
		case at < 0:
			return catalog.Key{}, "", &catalog.UnknownError{What: "key", ID: r.GetId()}
		case !all[at].Valid():
			return catalog.Key{}, "", kit.Refuse(kit.CodeState, "the key is revoked: make a new one")
		}
		return s.facts.RotateKey(ctx, c.Tenant, all[at].Name)
	})
}

func (s *Chapter) revokeKey(ctx context.Context, c *kit.Call, r *holdfastv1.RevokeKeyRequest) (*holdfastv1.ApiKey, error) {
	var f kit.Form
	f.ID("id", r.GetId(), kit.MaxKeyID)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if r.GetId() == c.KeyID {
		return nil, kit.Refuse(kit.CodeState, "this call was made with that key: revoke it with another admin key")
	}
	k, err := s.facts.RevokeKey(ctx, c.Tenant, r.GetId())
	if err != nil {
		return nil, kit.KeyError(err)
	}
	return renderKey(k), nil
}

func (s *Chapter) listKeys(ctx context.Context, c *kit.Call, r *holdfastv1.ListKeysRequest) (*holdfastv1.ListKeysResponse, error) {
	var f kit.Form
	size, list := f.Page(r.PageSize), "keys"
	after := f.ReadPageToken(list, r.GetPageToken())
	if err := f.Err(); err != nil {
		return nil, err
	}
	all, err := s.facts.Keys(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(k catalog.Key) string { return fmt.Sprintf("%015d %s", k.Created.UnixMilli(), k.ID) })
	return &holdfastv1.ListKeysResponse{Items: kit.Each(page, renderKey), NextPageToken: next}, nil
}

func renderSettings(t catalog.Tenant) *holdfastv1.Settings {
	return &holdfastv1.Settings{
		DefaultLocation: t.Settings.DefaultLocation, PublicReads: t.Settings.PublicReads, ReasonsRequired: t.Settings.ReasonsRequired,
		MaxTtlSeconds: kit.LongestTTL(t.Settings), ReturnsUnchecked: t.Settings.ReturnsUnchecked,
		TimeZone: t.Settings.Zone().String(), Sandbox: t.Settings.Sandbox,
	}
}

func (s *Chapter) getSettings(ctx context.Context, c *kit.Call, _ *holdfastv1.GetSettingsRequest) (*holdfastv1.Settings, error) {
	t, err := s.facts.Tenant(ctx, c.Tenant)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderSettings(t), nil
}

func (s *Chapter) updateSettings(ctx context.Context, c *kit.Call, r *holdfastv1.UpdateSettingsRequest) (*holdfastv1.Settings, error) {
	var f kit.Form
	if r.DefaultLocation != nil {
		f.ID("default_location", r.GetDefaultLocation(), kit.MaxLocation)
	}
	if r.MaxTtlSeconds != nil {
		f.RequireRange("max_ttl_seconds", r.GetMaxTtlSeconds(), kit.UsualTTL, kit.MaxTTL)
	}
	if _, err := catalog.ParseZone(r.GetTimeZone()); err != nil {
		f.Refuse("time_zone", kit.MustBeZone)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	t, err := s.facts.ChangeSettings(ctx, c.Tenant, func(set *catalog.Settings) {
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
		return nil, kit.FactError("", err)
	}
	return renderSettings(t), nil
}

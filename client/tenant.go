package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// TenantService keeps the keys and the settings of the tenant that the client's
// key, one with the scope admin, belongs to.
type TenantService struct {
	c    *caller
	stub holdfastv1.TenantServiceClient
}

// Scope is what a key may do: Admin implies all but TillScope; Internal, RelayScope and TillScope imply Read.
type Scope string

// What a Scope can be.
const (
	Admin    Scope = "admin"
	Internal Scope = "internal"
	Read     Scope = "read"
	// RelayScope is for programs that deliver changes to sinks: it shows their secrets.
	RelayScope Scope = "relay"
	// TillScope is that of the key that a till is given when it is paired; no other has it.
	TillScope Scope = "till"
)

// APIKey is what is kept of a key.
type APIKey struct {
	ID        string // the part of the key that may be shown
	Name      string // recorded with what is written with the key
	Scopes    []Scope
	CreatedAt time.Time
	RotatedAt time.Time // when a second key of this name was made; zero: never
	RevokedAt time.Time // zero: it is valid
	// Bounds are the locations, the channels and the role that it is bound to.
	Bounds KeyBounds
	TillID string // the till that it is for; empty: none
	// Key is the key itself, in the answer that made it and never again. It is
	// empty when the connection broke and the call had to be repeated: rotate
	// the key then, by its id.
	Key string
}

// KeyBounds are the locations that a key may see and act at, and the channels that it
// may act for; an empty list is all of them. With a Role it may do what both that and its
// scopes allow.
type KeyBounds struct {
	Locations, Channels []string
	Role                Role
}

// Role is what the holder of a key does; "" is none.
type Role string

// What a Role can be. A Manager may what an Agent and a Clerk may, an Administrator all.
const (
	Viewer        Role = "viewer"
	Agent         Role = "agent"
	Clerk         Role = "clerk"
	Manager       Role = "manager"
	Administrator Role = "admin"
	Display       Role = "display"
	Kiosk         Role = "kiosk"
)

// CreateBoundKey makes a key as CreateKey does, which is bound.
func (s *TenantService) CreateBoundKey(ctx context.Context, name string, bounds KeyBounds, scopes ...Scope) (*APIKey, error) {
	return askOne(ctx, s.c, "create_key", s.stub.CreateKey, &holdfastv1.CreateKeyRequest{
		Name: name, Scopes: each(scopes, func(s Scope) string { return string(s) }), Locations: bounds.Locations, Channels: bounds.Channels, Role: string(bounds.Role),
	}, keyOf)
}

// CreateKey makes a key. No other valid key may have the name; an empty one is
// made of the key's id.
func (s *TenantService) CreateKey(ctx context.Context, name string, scopes ...Scope) (*APIKey, error) {
	return askOne(ctx, s.c, "create_key", s.stub.CreateKey, &holdfastv1.CreateKeyRequest{
		Name: name, Scopes: each(scopes, func(s Scope) string { return string(s) }),
	}, keyOf)
}

// RotateKey makes a second key with the name, the scopes, the bounds and the role of a valid one.
// Both are valid until one is revoked; a third is refused.
func (s *TenantService) RotateKey(ctx context.Context, id string) (*APIKey, error) {
	return askOne(ctx, s.c, "rotate_key", s.stub.RotateKey, &holdfastv1.RotateKeyRequest{Id: id}, keyOf)
}

// RevokeKey ends a key for good; to do so twice is no change. The client's own
// key is refused.
func (s *TenantService) RevokeKey(ctx context.Context, id string) (*APIKey, error) {
	return askOne(ctx, s.c, "revoke_key", s.stub.RevokeKey, &holdfastv1.RevokeKeyRequest{Id: id}, keyOf)
}

// Keys reads a page of the keys, revoked ones too, oldest first. Of List only
// the page counts.
func (s *TenantService) Keys(ctx context.Context, r List) (*Page[APIKey], error) {
	return askPage(ctx, s.c, "keys", s.stub.ListKeys, &holdfastv1.ListKeysRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, keyOf)
}

// Session is who the client is to the server, and what it may do.
type Session struct {
	Tenant   string
	Operator string // recorded with writes that name no other
	Role     Role   // that of the key, or the one that its scopes come to
	Scopes   []Scope
	Actions  []string // the operations of the API that it may call, sorted
	// Locations and Channels are those that the key is bound to; empty: to none.
	Locations, Channels []string
	Page                StorePage // the only one that the device shows which calls; empty: it is none
}

// Session shows who the client is and what it may do.
func (s *TenantService) Session(ctx context.Context) (*Session, error) {
	return askOne(ctx, s.c, "session", s.stub.GetSession, &holdfastv1.GetSessionRequest{}, func(m *holdfastv1.Session) Session {
		return Session{
			Tenant: m.GetTenant(), Operator: m.GetOperator(), Role: Role(m.GetRole()), Scopes: each(m.GetScopes(), func(s string) Scope { return Scope(s) }),
			Actions: m.GetActions(), Locations: m.GetLocations(), Channels: m.GetChannels(), Page: StorePage(m.GetPage()),
		}
	})
}

// Settings is what a tenant has chosen.
type Settings struct {
	DefaultLocation string // where writes go that name no location
	PublicReads     bool   // callers without a key may ask what is in stock
	ReasonsRequired bool   // whoever changes stock by hand must give a ReasonCode
	// MaxTTL is the longest that a hold may be asked for, or be extended, at once, from
	// half an hour to 30 days; 0 leaves it as it is.
	MaxTTL time.Duration
}

// Settings shows what the tenant has chosen.
func (s *TenantService) Settings(ctx context.Context) (*Settings, error) {
	return askOne(ctx, s.c, "settings", s.stub.GetSettings, &holdfastv1.GetSettingsRequest{}, settingsOf)
}

// SetSettings sets all settings.
func (s *TenantService) SetSettings(ctx context.Context, set Settings) (*Settings, error) {
	var ttl *int64
	if set.MaxTTL != 0 {
		ttl = new(int64(set.MaxTTL / time.Second))
	}
	return askOne(ctx, s.c, "set_settings", s.stub.UpdateSettings, &holdfastv1.UpdateSettingsRequest{
		DefaultLocation: &set.DefaultLocation, PublicReads: &set.PublicReads, ReasonsRequired: &set.ReasonsRequired, MaxTtlSeconds: ttl,
	}, settingsOf)
}

// SettingsChange is what of the settings is to change; what is nil stays.
type SettingsChange struct {
	DefaultLocation              *string
	PublicReads, ReasonsRequired *bool
	MaxTTL                       *time.Duration
}

// ChangeSettings changes some settings.
func (s *TenantService) ChangeSettings(ctx context.Context, r SettingsChange) (*Settings, error) {
	m := &holdfastv1.UpdateSettingsRequest{DefaultLocation: r.DefaultLocation, PublicReads: r.PublicReads, ReasonsRequired: r.ReasonsRequired}
	if r.MaxTTL != nil {
		m.MaxTtlSeconds = new(int64(*r.MaxTTL / time.Second))
	}
	return askOne(ctx, s.c, "change_settings", s.stub.UpdateSettings, m, settingsOf)
}

func settingsOf(m *holdfastv1.Settings) Settings {
	return Settings{DefaultLocation: m.GetDefaultLocation(), PublicReads: m.GetPublicReads(), ReasonsRequired: m.GetReasonsRequired(), MaxTTL: time.Duration(m.GetMaxTtlSeconds()) * time.Second}
}

func keyOf(m *holdfastv1.ApiKey) APIKey {
	return APIKey{
		ID: m.GetId(), Name: m.GetName(), Scopes: each(m.GetScopes(), func(s string) Scope { return Scope(s) }),
		CreatedAt: m.GetCreatedAt().AsTime(), RotatedAt: timeOf(m.GetRotatedAt()), RevokedAt: timeOf(m.GetRevokedAt()), Key: m.GetKey(), TillID: m.GetTillId(),
		Bounds: KeyBounds{Locations: m.GetLocations(), Channels: m.GetChannels(), Role: Role(m.GetRole())},
	}
}

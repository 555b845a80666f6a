package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// TenantService keeps the keys and the settings of the tenant of the client's
// key. That key needs the scope admin.
type TenantService struct {
	c    *caller
	stub holdfastv1.TenantServiceClient
}

// Scope is what a key may do. Admin implies all but TillScope. Internal, RelayScope and TillScope imply Read.
type Scope string

// The scopes.
const (
	Admin    Scope = "admin"
	Internal Scope = "internal"
	Read     Scope = "read"
	// RelayScope is for programs that deliver changes to sinks: it shows their secrets.
	RelayScope Scope = "relay"
	// TillScope is the scope of the key that a till gets when it is paired; no other key has it.
	TillScope Scope = "till"
)

// APIKey is what the server stores of a key.
type APIKey struct {
	ID        string // the part of the key that may be shown
	Name      string // recorded with what is written with the key
	Scopes    []Scope
	CreatedAt time.Time
	RotatedAt time.Time // when a second key of this name was made; zero: never
	RevokedAt time.Time // zero: it is valid
	// Bounds are the locations, the channels and the role that the key is bound to.
	Bounds KeyBounds
	TillID string // the till that it is for; empty: none
	// Key is the key itself. Only the answer to the call that made it has it. It is empty
	// when the connection broke and the call had to be repeated: rotate the key then, by its
	// id.
	Key string
}

// KeyBounds are the locations where a key may read and write, and the channels that it
// may act for; an empty list means all. With a Role the key may do only what both the role
// and its scopes allow.
type KeyBounds struct {
	Locations, Channels []string
	Role                Role
}

// Role is the job of the holder of a key; "" is none.
type Role string

// The roles. A Manager may do what an Agent and a Clerk may do, an Administrator everything.
const (
	Viewer        Role = "viewer"
	Agent         Role = "agent"
	Clerk         Role = "clerk"
	Manager       Role = "manager"
	Administrator Role = "admin"
	Display       Role = "display"
	Kiosk         Role = "kiosk"
)

// CreateBoundKey makes a key as CreateKey does, with bounds.
func (s *TenantService) CreateBoundKey(ctx context.Context, name string, bounds KeyBounds, scopes ...Scope) (*APIKey, error) {
	return askOne(ctx, s.c, "create_key", s.stub.CreateKey, &holdfastv1.CreateKeyRequest{
		Name: name, Scopes: each(scopes, func(s Scope) string { return string(s) }), Locations: bounds.Locations, Channels: bounds.Channels, Role: string(bounds.Role),
	}, keyOf)
}

// CreateKey makes a key. No other valid key may have the name. An empty name is replaced by
// one made from the key's id.
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

// RevokeKey ends a key for good; to repeat the call changes nothing. The client's own
// key is refused.
func (s *TenantService) RevokeKey(ctx context.Context, id string) (*APIKey, error) {
	return askOne(ctx, s.c, "revoke_key", s.stub.RevokeKey, &holdfastv1.RevokeKeyRequest{Id: id}, keyOf)
}

// Keys reads a page of the keys, revoked ones included, oldest first. It uses only the page
// fields of List.
func (s *TenantService) Keys(ctx context.Context, r List) (*Page[APIKey], error) {
	return askPage(ctx, s.c, "keys", s.stub.ListKeys, &holdfastv1.ListKeysRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, keyOf)
}

// Session shows who the client is to the server, and what it may do.
type Session struct {
	Tenant   string
	Operator string // recorded with writes that name no other
	Role     Role   // of the key, or the one that its scopes amount to
	Scopes   []Scope
	Actions  []string // the operations of the API that it may call, sorted
	// Locations and Channels are those that the key is bound to; empty: none.
	Locations, Channels []string
	Page                StorePage // the only page that the calling device shows; empty: not a device
	TimeZone            string    // where days of the tenant begin
}

// Session shows who the client is and what it may do.
func (s *TenantService) Session(ctx context.Context) (*Session, error) {
	return askOne(ctx, s.c, "session", s.stub.GetSession, &holdfastv1.GetSessionRequest{}, func(m *holdfastv1.Session) Session {
		return Session{
			Tenant: m.GetTenant(), Operator: m.GetOperator(), Role: Role(m.GetRole()), Scopes: each(m.GetScopes(), func(s string) Scope { return Scope(s) }),
			Actions: m.GetActions(), Locations: m.GetLocations(), Channels: m.GetChannels(), Page: StorePage(m.GetPage()), TimeZone: m.GetTimeZone(),
		}
	})
}

// Settings are the choices of a tenant.
type Settings struct {
	DefaultLocation string // for writes that name no location
	PublicReads     bool   // callers without a key may ask what is in stock
	// ReturnsUnchecked books returns of more than has left with the order, with a case, instead
	// of refusing them.
	ReturnsUnchecked bool
	// TimeZone is where days begin (Asia/Shanghai); SetSettings leaves it as it is when empty.
	TimeZone        string
	ReasonsRequired bool // a manual change of stock must give a ReasonCode
	// MaxTTL is the longest time that one call may ask for when it holds units or extends a hold,
	// from half an hour to 30 days; 0 leaves it as it is.
	MaxTTL time.Duration
	// Sandbox is a tenant that was made for tests, where orders expire on demand. SetSettings
	// does not change it.
	Sandbox bool
}

// Settings shows the choices of the tenant.
func (s *TenantService) Settings(ctx context.Context) (*Settings, error) {
	return askOne(ctx, s.c, "settings", s.stub.GetSettings, &holdfastv1.GetSettingsRequest{}, settingsOf)
}

// SetSettings sets all settings.
func (s *TenantService) SetSettings(ctx context.Context, set Settings) (*Settings, error) {
	var ttl *int64
	if set.MaxTTL != 0 {
		ttl = new(int64(set.MaxTTL / time.Second))
	}
	var zone *string
	if set.TimeZone != "" {
		zone = &set.TimeZone
	}
	return askOne(ctx, s.c, "set_settings", s.stub.UpdateSettings, &holdfastv1.UpdateSettingsRequest{
		DefaultLocation: &set.DefaultLocation, PublicReads: &set.PublicReads, ReasonsRequired: &set.ReasonsRequired, MaxTtlSeconds: ttl,
		ReturnsUnchecked: &set.ReturnsUnchecked, TimeZone: zone,
	}, settingsOf)
}

// SettingsChange changes settings; a nil field stays as it is.
type SettingsChange struct {
	DefaultLocation, TimeZone                      *string
	PublicReads, ReasonsRequired, ReturnsUnchecked *bool
	MaxTTL                                         *time.Duration
}

// ChangeSettings changes some settings.
func (s *TenantService) ChangeSettings(ctx context.Context, r SettingsChange) (*Settings, error) {
	m := &holdfastv1.UpdateSettingsRequest{DefaultLocation: r.DefaultLocation, PublicReads: r.PublicReads, ReasonsRequired: r.ReasonsRequired, ReturnsUnchecked: r.ReturnsUnchecked, TimeZone: r.TimeZone}
	if r.MaxTTL != nil {
		m.MaxTtlSeconds = new(int64(*r.MaxTTL / time.Second))
	}
	return askOne(ctx, s.c, "change_settings", s.stub.UpdateSettings, m, settingsOf)
}

func settingsOf(m *holdfastv1.Settings) Settings {
	return Settings{DefaultLocation: m.GetDefaultLocation(), PublicReads: m.GetPublicReads(), ReasonsRequired: m.GetReasonsRequired(), ReturnsUnchecked: m.GetReturnsUnchecked(), TimeZone: m.GetTimeZone(), MaxTTL: time.Duration(m.GetMaxTtlSeconds()) * time.Second, Sandbox: m.GetSandbox()}
}

func keyOf(m *holdfastv1.ApiKey) APIKey {
	return APIKey{
		ID: m.GetId(), Name: m.GetName(), Scopes: each(m.GetScopes(), func(s string) Scope { return Scope(s) }),
		CreatedAt: m.GetCreatedAt().AsTime(), RotatedAt: timeOf(m.GetRotatedAt()), RevokedAt: timeOf(m.GetRevokedAt()), Key: m.GetKey(), TillID: m.GetTillId(),
		Bounds: KeyBounds{Locations: m.GetLocations(), Channels: m.GetChannels(), Role: Role(m.GetRole())},
	}
}

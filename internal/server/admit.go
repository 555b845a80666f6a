package server

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
)

// Keys identifies bearers and has the settings of the tenants.
type Keys interface {
	// Authenticate returns the credential of the bearer. It returns catalog.ErrBadKey
	// when there is none, catalog.ErrUnavailable when the catalog cannot answer.
	Authenticate(ctx context.Context, bearer string) (catalog.Credential, error)
	// Settings returns the tenant's settings, or catalog.ErrUnknown.
	Settings(ctx context.Context, tenant string) (catalog.Settings, error)
	// AccessChanged is closed when a key, a session or the settings of a tenant change or end next, as far as
	// this process hears of it: sessions that others end are read again (Sessions).
	AccessChanged() <-chan struct{}
}

// value is a header that may be absent. A header that appears twice is refused.
type value struct {
	text  string
	there bool
	twice bool
}

// envelope is what a transport read around a request.
type envelope struct {
	authorization, tenant, key, operator, after, requestID value

	browser browser // what REST calls may have in place of authorization

	// address is the caller's. It is computed only when it is needed.
	address func() string

	again bool // a caller who was let in is looked at again: it spends no rate
}

// admit lets a call in, or returns why not. It checks role and scope first, then rate, then
// the form of the headers. It is the only way to a method. Callers that stay are let in by stays too.
func (s *Server) admit(ctx context.Context, m *method, e *envelope, c *call) error {
	if err := s.allow(ctx, m, e, c); err != nil {
		return err
	}
	if err := c.headers(e); err != nil {
		return err
	}
	return s.histories.Check(ctx, c.after)
}

// allow finds out who calls, and returns why that caller may not call the method.
func (s *Server) allow(ctx context.Context, m *method, e *envelope, c *call) error {
	c.method = m
	if err := s.identify(ctx, e, c); err != nil {
		return err
	}
	if err := c.mayAs(m); err != nil {
		return err
	}
	if m.rule.GetScope() == holdfastv1.Scope_SCOPE_PUBLIC {
		if !e.authorization.there && !c.signedIn && !c.settings.PublicReads {
			return refuse(codeUnauthenticated, "this tenant answers only callers with a key")
		}
	} else if !c.scoped(m) {
		need, _ := m.need()
		return refuse(codeDenied, "the key needs the scope %s, it has %s", need, c.scopes)
	}
	return nil
}

// scoped reports whether the caller's scopes allow a method.
func (c *call) scoped(m *method) bool {
	switch m.rule.GetScope() {
	case holdfastv1.Scope_SCOPE_PUBLIC, holdfastv1.Scope_SCOPE_CODE:
		return true
	}
	need, known := m.need()
	return known && c.scopes.Allow(need)
}

// identify finds out the caller and its tenant.
func (s *Server) identify(ctx context.Context, e *envelope, c *call) error {
	if c.method.rule.GetScope() == holdfastv1.Scope_SCOPE_CODE {
		return s.knock(e)
	}
	if e.authorization.twice {
		return refuse(codeUnauthenticated, "Authorization is there twice")
	}
	if !e.authorization.there && e.browser.token != "" {
		return s.signing.signedIn(ctx, e, c)
	}
	if !e.authorization.there {
		if c.method.rule.GetScope() != holdfastv1.Scope_SCOPE_PUBLIC {
			return refuse(codeUnauthenticated, "this call needs Authorization: Bearer <key>")
		}
		return s.visitor(ctx, e, c)
	}
	scheme, bearer, _ := strings.Cut(e.authorization.text, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return refuse(codeUnauthenticated, "Authorization must be Bearer <key>")
	}
	who, err := s.keys.Authenticate(ctx, strings.TrimLeft(bearer, " "))
	if errors.Is(err, catalog.ErrBadKey) {
		return refuse(codeUnauthenticated, "the key is not valid")
	}
	if err != nil {
		return err
	}
	c.is(who)
	return s.settle(ctx, c)
}

// settle reads the settings of the caller's tenant. The tenant of a credential is there until it is deleted.
func (s *Server) settle(ctx context.Context, c *call) (err error) {
	c.settings, err = s.keys.Settings(ctx, c.tenant)
	if errors.Is(err, catalog.ErrUnknown) {
		return refuse(codeUnauthenticated, "the %s is not valid: its tenant was deleted", c.credential())
	}
	return err
}

// knock admits a caller whose request has a code in place of a credential. It bounds how often,
// so that codes cannot be guessed.
func (s *Server) knock(e *envelope) error {
	if !s.codes.allow(e.address()) {
		return &problem{code: codeRate, detail: "too many codes from this address", retryAfter: wait}
	}
	return nil
}

// is takes over the rights of a credential.
func (c *call) is(who catalog.Credential) {
	c.tenant, c.scopes, c.operator, c.keyID = who.Tenant, who.Scopes, who.KeyName, who.KeyID
	c.bounds, c.role, c.till, c.page = who.Bounds, who.Role, who.Till, who.Page
}

// visitor admits a caller without a credential to a public call.
func (s *Server) visitor(ctx context.Context, e *envelope, c *call) error {
	if !e.again && !s.visitors.allow(e.address()) {
		return &problem{code: codeRate, detail: "too many calls without a key from this address", retryAfter: wait}
	}
	c.tenant = catalog.DefaultTenant
	if e.tenant.twice {
		return invalid("X-Holdfast-Tenant", "is there twice")
	}
	if e.tenant.text != "" {
		if why := badID(e.tenant.text, maxTenant, false); why != "" {
			return invalid("X-Holdfast-Tenant", "%s", why)
		}
		c.tenant = e.tenant.text
	}
	settings, err := s.keys.Settings(ctx, c.tenant)
	if errors.Is(err, catalog.ErrUnknown) {
		// An unknown tenant has nothing: its products are unknown like any other.
		settings, err = catalog.DefaultSettings(), nil
	}
	c.settings = settings
	return err
}

// Bounds of headers, in bytes.
const (
	maxTenant    = 64
	maxOperator  = 64
	maxKey       = 255
	maxRequestID = 128
)

// headers takes over what the caller sent in headers.
func (c *call) headers(e *envelope) error {
	if e.after.twice {
		return invalid("Holdfast-After", "is there twice")
	}
	if e.after.there {
		after, err := feed.ParseCursors(e.after.text)
		if err != nil || len(after) == 1 && !after[0].Whole() {
			return invalid("Holdfast-After", "is not a position that this server gave")
		}
		c.after = after
	}
	if !c.method.rule.GetWrite() {
		return nil
	}
	if c.method.ownKeys {
		e.key = value{}
	}
	if c.signedIn {
		e.operator = value{} // it is whoever has signed in
	}
	switch {
	case e.key.twice:
		return invalid("Idempotency-Key", "is there twice")
	case e.key.there && isBadKey(e.key.text):
		return invalid("Idempotency-Key", "must be 1 to %d visible ASCII characters", maxKey)
	case e.operator.twice:
		return invalid("X-Holdfast-Operator", "is there twice")
	case len(e.operator.text) > maxOperator:
		return invalid("X-Holdfast-Operator", "must have at most %d bytes", maxOperator)
	case isBadText(e.operator.text):
		return invalid("X-Holdfast-Operator", "must be UTF-8 without control characters")
	}
	c.key = e.key.text
	if e.operator.text != "" {
		c.operator = e.operator.text
	}
	return nil
}

// isBadKey reports that k is not an idempotency key: 1 to 255 visible ASCII.
func isBadKey(k string) bool { return !visible(k, maxKey) }

// visible reports that s is 1 to most characters of visible ASCII.
func visible(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return true
}

// isBadText reports that s is not text: not UTF-8, or with control characters.
func isBadText(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return true
		}
	}
	return !utf8.ValidString(s)
}

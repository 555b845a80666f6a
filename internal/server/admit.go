package server

import (
	"context"
	"errors"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
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
	authorization, tenant, key, operator, after, requestID, dryRun value

	query    string // of a REST call, without dry_run
	misnamed bool   // something else is there that may be meant as dry_run

	browser browser // what REST calls may have in place of authorization

	// address is the caller's. It is computed only when it is needed.
	address func() string

	again bool // a caller who was let in is looked at again: it spends no rate
}

// admit lets a call in, or returns why not. It checks role and scope first, then rate, then
// the form of the headers. It is the only way to a method. Callers that stay are let in by stays too.
func (s *Server) admit(ctx context.Context, m *kit.Method, e *envelope, c *kit.Call) error {
	if err := s.allow(ctx, m, e, c); err != nil {
		return err
	}
	if err := headers(c, e); err != nil {
		return err
	}
	return s.core.Histories.Check(ctx, c.After)
}

// allow finds out who calls, and returns why that caller may not call the method.
func (s *Server) allow(ctx context.Context, m *kit.Method, e *envelope, c *kit.Call) error {
	c.Method = m
	if err := s.identify(ctx, e, c); err != nil {
		return err
	}
	if err := mayAs(c, m); err != nil {
		return err
	}
	if m.Rule.GetScope() == holdfastv1.Scope_SCOPE_PUBLIC {
		if !e.authorization.there && !c.SignedIn && !c.Settings.PublicReads {
			return kit.Refuse(kit.CodeUnauthenticated, "no tenant of this name answers callers without a key: send Authorization: Bearer <key>")
		}
	} else if !scoped(c, m) {
		need, _ := m.Need()
		return kit.Refuse(kit.CodeDenied, "the key needs the scope %s, it has %s", need, c.Scopes)
	}
	return nil
}

// scoped reports whether the caller's scopes allow a method.
func scoped(c *kit.Call, m *kit.Method) bool {
	switch m.Rule.GetScope() {
	case holdfastv1.Scope_SCOPE_PUBLIC, holdfastv1.Scope_SCOPE_CODE:
		return true
	}
	need, known := m.Need()
	return known && c.Scopes.Allow(need)
}

// identify finds out the caller and its tenant.
func (s *Server) identify(ctx context.Context, e *envelope, c *kit.Call) error {
	if c.Method.Rule.GetScope() == holdfastv1.Scope_SCOPE_CODE {
		return s.knock(e)
	}
	if e.authorization.twice {
		return kit.Refuse(kit.CodeUnauthenticated, "Authorization is there twice")
	}
	if !e.authorization.there && e.browser.token != "" {
		return s.signing.signedIn(ctx, e, c)
	}
	if !e.authorization.there {
		if c.Method.Rule.GetScope() != holdfastv1.Scope_SCOPE_PUBLIC {
			return kit.Refuse(kit.CodeUnauthenticated, "this call needs Authorization: Bearer <key>")
		}
		return s.visitor(ctx, e, c)
	}
	scheme, bearer, _ := strings.Cut(e.authorization.text, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return kit.Refuse(kit.CodeUnauthenticated, "Authorization must be Bearer <key>")
	}
	who, err := s.keys.Authenticate(ctx, strings.TrimLeft(bearer, " "))
	if errors.Is(err, catalog.ErrBadKey) {
		return kit.Refuse(kit.CodeUnauthenticated, "the key is not valid")
	}
	if err != nil {
		return err
	}
	c.Take(who)
	return s.settle(ctx, c)
}

// settle reads the settings of the caller's tenant. The tenant of a credential is there until it is deleted.
func (s *Server) settle(ctx context.Context, c *kit.Call) (err error) {
	c.Settings, err = s.keys.Settings(ctx, c.Tenant)
	if errors.Is(err, catalog.ErrUnknown) {
		return kit.Refuse(kit.CodeUnauthenticated, "the %s is not valid: its tenant was deleted", credential(c))
	}
	return err
}

// knock admits a caller whose request has a code in place of a credential. It bounds how often,
// so that codes cannot be guessed.
func (s *Server) knock(e *envelope) error {
	if !s.codes.allow(e.address()) {
		return &kit.Problem{Code: kit.CodeRate, Detail: "too many codes from this address", RetryAfter: kit.Wait}
	}
	return nil
}

// visitor admits a caller without a credential to a public call.
func (s *Server) visitor(ctx context.Context, e *envelope, c *kit.Call) error {
	if !e.again && !s.visitors.allow(e.address()) {
		return &kit.Problem{Code: kit.CodeRate, Detail: "too many calls without a key from this address", RetryAfter: kit.Wait}
	}
	c.Weigh = func(lines int) bool { return s.visitors.allowLines(e.address(), lines) }
	c.Tenant = catalog.DefaultTenant
	if e.tenant.twice {
		return kit.Invalid("X-Holdfast-Tenant", "is there twice")
	}
	if e.tenant.text != "" {
		if why := kit.BadID(e.tenant.text, maxTenant, false); why != "" {
			return kit.Invalid("X-Holdfast-Tenant", "%s", why)
		}
		c.Tenant = e.tenant.text
	}
	settings, err := s.keys.Settings(ctx, c.Tenant)
	if errors.Is(err, catalog.ErrUnknown) {
		// An unknown tenant is like one that answers only callers with a key: nobody finds out which
		// tenants there are.
		settings, err = catalog.Settings{}, nil
	}
	c.Settings = settings
	return err
}

// Bounds of headers, in bytes.
const (
	maxTenant    = 64
	maxKey       = 255
	maxRequestID = 128
)

// headers takes over what the caller sent in headers.
func headers(c *kit.Call, e *envelope) error {
	if e.after.twice {
		return kit.Invalid("Holdfast-After", "is there twice")
	}
	if e.after.there {
		after, err := feed.ParseCursors(e.after.text)
		if err != nil || len(after) == 1 && !after[0].Whole() {
			return kit.Invalid("Holdfast-After", "is not a position that this server gave")
		}
		c.After = after
	}
	if err := dryRun(c, e.dryRun, e.misnamed); err != nil {
		return err
	}
	if !c.Method.Rule.GetWrite() {
		return nil
	}
	if c.Method.OwnKeys {
		e.key = value{}
	}
	if c.SignedIn {
		e.operator = value{} // it is whoever has signed in
	}
	switch {
	case e.key.twice:
		return kit.Invalid("Idempotency-Key", "is there twice")
	case e.key.there && isBadKey(e.key.text):
		return kit.Invalid("Idempotency-Key", "must be 1 to %d visible ASCII characters", maxKey)
	case e.operator.twice:
		return kit.Invalid("X-Holdfast-Operator", "is there twice")
	case len(e.operator.text) > kit.MaxOperator:
		return kit.Invalid("X-Holdfast-Operator", "must have at most %d bytes", kit.MaxOperator)
	case kit.IsBadText(e.operator.text):
		return kit.Invalid("X-Holdfast-Operator", "must be UTF-8 without control characters")
	}
	c.Key = e.key.text
	if e.operator.text != "" {
		c.Operator = e.operator.text
	}
	return nil
}

// isBadKey reports that k is not an idempotency key: 1 to 255 visible ASCII.
func isBadKey(k string) bool { return !kit.Visible(k, maxKey) }

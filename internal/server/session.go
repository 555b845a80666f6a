package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// Sessions keeps who has signed in to the console (catalog.Catalog).
type Sessions interface {
	Displays
	Devices
	// SignIn begins a session with a valid key, or catalog.ErrBadKey. It returns what
	// the browser shows from then on.
	SignIn(ctx context.Context, keyID string) (string, catalog.Session, error)
	// SignInPerson begins one of a person, or catalog.ErrUnknown when the tenant is.
	SignInPerson(ctx context.Context, p catalog.Person) (string, catalog.Session, error)
	// Session returns what a browser shows stands for, or catalog.ErrNoSession. using
	// says that it is not idle.
	Session(ctx context.Context, token string, using bool) (catalog.Session, error)
	// Remembers reports whether Session asks nobody.
	Remembers(token string) bool
	EndSession(ctx context.Context, token string) error
	// Sessions are those of a tenant, by when they began and their id.
	Sessions(ctx context.Context, tenant string) ([]catalog.SignedIn, error)
	// EndSessionOf ends a session of the tenant, or catalog.ErrUnknown.
	EndSessionOf(ctx context.Context, tenant, id string) (catalog.SignedIn, error)
}

// cookieName is where a browser keeps what it shows. It has it from the server alone,
// and no script reads it.
const cookieName = "holdfast_session"

// browser is what a browser showed in place of a key.
type browser struct {
	token   string // "": nothing
	csrf    value
	writes  bool // the verb is one that changes something
	foreign bool // a page of another origin asks
	still   bool // it is asked again while somebody watches: nobody does anything
}

// browserOf reads what a browser showed.
func (p *paths) browserOf(r *http.Request) browser {
	if r.Header["Cookie"] == nil {
		return browser{}
	}
	shown, err := r.Cookie(cookieName)
	if err != nil || shown.Value == "" {
		return browser{}
	}
	return browser{
		token: shown.Value, csrf: header(r, "X-Holdfast-Csrf"), foreign: !p.ownOrigin(r),
		writes: r.Method != http.MethodGet && r.Method != http.MethodHead,
	}
}

// signedIn finds out who has signed in. The page proves with each write that it knows
// what signing in answered, which no other page can read.
func (g *signing) signedIn(ctx context.Context, e *envelope, c *call) error {
	b := &e.browser
	if b.foreign {
		return refuse(codeDenied, "a page of another origin may not use the session")
	}
	who, err := g.find(ctx, e)
	if err != nil {
		return err
	}
	if b.writes && (b.csrf.twice || !hmac.Equal([]byte(b.csrf.text), []byte(csrfOf(b.token)))) {
		return refuse(codeDenied, "X-Holdfast-CSRF must be what signing in answered")
	}
	c.signedIn = true
	c.is(who.Credential)
	if c.role == "" {
		c.role = c.scopes.Role()
	}
	c.settings, err = g.server.keys.Settings(ctx, c.tenant)
	return err
}

// find returns the session that the browser shows. Those that this server does not remember
// are looked for as often as the address may call without a key.
func (g *signing) find(ctx context.Context, e *envelope) (catalog.Session, error) {
	s := g.server
	if s.sessions == nil {
		return catalog.Session{}, refuse(codeUnauthenticated, "this server has no sessions")
	}
	if !s.sessions.Remembers(e.browser.token) && !s.visitors.allow(e.address()) {
		return catalog.Session{}, unavailable("too many sessions of this address are looked for", nil)
	}
	who, err := s.sessions.Session(ctx, e.browser.token, !e.browser.still)
	if errors.Is(err, catalog.ErrNoSession) {
		return who, refuse(codeUnauthenticated, "the session has ended: sign in again")
	}
	return who, err
}

// csrfOf is what a page that has signed in shows with each write.
func csrfOf(token string) string {
	sum := hmac.New(sha256.New, []byte(token))
	_, _ = sum.Write([]byte("holdfast console csrf")) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// ownOrigin reports whether the page that asks is of this server, as far as the browser
// says where it is from.
func (p *paths) ownOrigin(r *http.Request) bool {
	said := r.Header["Origin"]
	if len(said) == 0 {
		return true
	}
	scheme, host, ok := strings.Cut(said[0], "://")
	if len(said) > 1 || !ok || scheme != "https" && (scheme != "http" || p.secure(r)) {
		return false
	}
	return strings.EqualFold(host, r.Host) || strings.EqualFold(host, p.forwarded(r, "X-Forwarded-Host"))
}

// secure reports whether the browser's connection is encrypted, as far as is known.
func (p *paths) secure(r *http.Request) bool {
	return r.TLS != nil || p.forwarded(r, "X-Forwarded-Proto") == "https"
}

// forwarded is what a trusted proxy says in a header, "" when none does.
func (p *paths) forwarded(r *http.Request, name string) string {
	if said := r.Header[name]; len(said) == 1 && p.trusted(r) {
		return said[0]
	}
	return ""
}

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

// Sessions keeps the sessions of the console (catalog.Catalog).
type Sessions interface {
	Displays
	Devices
	// SignIn begins a session with a valid key, or returns catalog.ErrBadKey. It returns the
	// token that the browser sends from then on.
	SignIn(ctx context.Context, keyID string) (string, catalog.Session, error)
	// SignInPerson begins a session of a person, or returns catalog.ErrUnknown for an unknown tenant.
	SignInPerson(ctx context.Context, p catalog.Person) (string, catalog.Session, error)
	// Session returns the session of a browser's token, or catalog.ErrNoSession. using marks
	// the session as not idle.
	Session(ctx context.Context, token string, using bool) (catalog.Session, error)
	// Remembers reports whether Session answers from memory.
	Remembers(token string) bool
	EndSession(ctx context.Context, token string) error
	// RereadSessions makes Session know which of the sessions have ended elsewhere.
	RereadSessions(ctx context.Context, tokens []string) error
	// Sessions are those of a tenant, by when they began and their id.
	Sessions(ctx context.Context, tenant string) ([]catalog.SignedIn, error)
	// EndSessionOf ends a session of the tenant, or catalog.ErrUnknown.
	EndSessionOf(ctx context.Context, tenant, id string) (catalog.SignedIn, error)
}

// cookieName is the cookie with the browser's token. Only the server sets it,
// and no script can read it.
const cookieName = "holdfast_session"

// browser is what a browser sent in place of a key.
type browser struct {
	token   string // "": nothing
	csrf    value
	writes  bool // the verb is one that changes something
	foreign bool // a page of another origin asks
	still   bool // a repeated check during a watch, which is no activity
}

// browserOf reads what a browser sent.
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

// signedIn finds out who has signed in. With each write the page proves that it knows the
// answer to the sign-in, which no other page can read.
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
	return g.server.settle(ctx, c)
}

// find returns the session of the browser's token. Sessions that this server does not have
// in memory are looked up at most as often as the address may call without a key.
func (g *signing) find(ctx context.Context, e *envelope) (catalog.Session, error) {
	s := g.server
	if s.sessions == nil {
		return catalog.Session{}, refuse(codeUnauthenticated, "this server has no sessions")
	}
	if !e.again && !s.sessions.Remembers(e.browser.token) && !s.visitors.allow(e.address()) {
		return catalog.Session{}, unavailable("too many sessions of this address are looked for", nil)
	}
	who, err := s.sessions.Session(ctx, e.browser.token, !e.browser.still)
	if errors.Is(err, catalog.ErrNoSession) {
		return who, refuse(codeUnauthenticated, "the session has ended: sign in again")
	}
	return who, err
}

// csrfOf is the token that a signed-in page sends with each write.
func csrfOf(token string) string {
	sum := hmac.New(sha256.New, []byte(token))
	_, _ = sum.Write([]byte("holdfast console csrf")) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// ownOrigin reports whether the calling page belongs to this server, as far as the browser
// reveals its origin.
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

// forwarded is the value of a header from a trusted proxy, "" when there is none.
func (p *paths) forwarded(r *http.Request, name string) string {
	if said := r.Header[name]; len(said) == 1 && p.trusted(r) {
		return said[0]
	}
	return ""
}

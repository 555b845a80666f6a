package server

import (
	"context"
	"crypto/hmac"
	"errors"
	"net"
	"net/http"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/signin"
)

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
	token := signin.Token(r, p.secure(r), p.prefixOf(r))
	if token == "" {
		return browser{}
	}
	return browser{
		token: token, csrf: header(r, "X-Holdfast-Csrf"), foreign: !p.ownOrigin(r),
		writes: r.Method != http.MethodGet && r.Method != http.MethodHead,
	}
}

// signedIn finds out who has signed in. With each write the page proves that it knows the
// answer to the sign-in, which no other page can read.
func (g *signing) signedIn(ctx context.Context, e *envelope, c *kit.Call) error {
	b := &e.browser
	if b.foreign {
		return kit.Refuse(kit.CodeDenied, "a page of another origin may not use the session")
	}
	who, err := g.find(ctx, e)
	if err != nil {
		return err
	}
	if b.writes && (b.csrf.twice || !hmac.Equal([]byte(b.csrf.text), []byte(signin.CSRF(b.token)))) {
		return kit.Refuse(kit.CodeDenied, "X-Holdfast-CSRF must be what signing in answered")
	}
	c.SignedIn = true
	c.Take(who.Credential)
	if c.Role == "" {
		c.Role = c.Scopes.Role()
	}
	return g.server.settle(ctx, c)
}

// find returns the session of the browser's token. Sessions that this server does not have
// in memory are looked up at most as often as the address may call without a key.
func (g *signing) find(ctx context.Context, e *envelope) (catalog.Session, error) {
	s := g.server
	if s.sessions == nil {
		return catalog.Session{}, kit.Refuse(kit.CodeUnauthenticated, "this server has no sessions")
	}
	if !e.again && !s.sessions.Remembers(e.browser.token) && !s.visitors.allow(e.address()) {
		return catalog.Session{}, kit.Unavailable("too many sessions of this address are looked for", nil)
	}
	who, err := s.sessions.Session(ctx, e.browser.token, !e.browser.still)
	if errors.Is(err, catalog.ErrNoSession) {
		return who, kit.Refuse(kit.CodeUnauthenticated, "the session has ended: sign in again")
	}
	return who, err
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

// knows reports whether a foreign page cannot have made the browser name this host: a trusted proxy took the call
// for it, or it is an address or this machine, which no other name leads to.
func (p *paths) knows(r *http.Request) bool {
	host := strings.Trim(r.Host, "[]")
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		host = name
	}
	return p.trusted(r) || host == "localhost" || net.ParseIP(host) != nil
}

// forwarded is the value of a header from a trusted proxy, "" when there is none.
func (p *paths) forwarded(r *http.Request, name string) string {
	if said := r.Header[name]; len(said) == 1 && p.trusted(r) {
		return said[0]
	}
	return ""
}

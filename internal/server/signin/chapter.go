// Package signin lets people in and out. It is plain HTTP next to the API: a session is a
// browser's.
package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
)

// SignOn is the identity provider where people sign in (signon.Provider).
type SignOn interface {
	// Begin returns the provider's page, and what the browser keeps until it comes back.
	Begin(ctx context.Context, callback, back string) (page, sealed string, err error)
	// Finish returns who has signed in, and where the person wanted to go.
	Finish(ctx context.Context, sealed string, answer url.Values) (catalog.Person, string, error)
	// SignOut is the provider's page for signing out, "" where there is none.
	SignOut(ctx context.Context, back string) string
	// Callback is the address to which people come back, "" when it follows from the request.
	Callback() string
	Button() string
}

// Keys identifies bearers.
type Keys interface {
	// Authenticate returns the credential of the bearer, or catalog.ErrBadKey.
	Authenticate(ctx context.Context, bearer string) (catalog.Credential, error)
}

// Chapter begins and ends sessions.
type Chapter struct {
	core          *kit.Core
	keys          Keys
	sessions      kit.Sessions              // nil: there are none
	people        SignOn                    // nil: all sign in with keys
	tries         func(address string) bool // whether the address may try again
	in, show, out *kit.Method
	begin, end    *kit.Method // of a sign-in at the provider
	pairing       *kit.Method // of a screen
}

// New returns the chapter.
func New(core *kit.Core, keys Keys, sessions kit.Sessions, people SignOn, tries func(address string) bool) *Chapter {
	named := func(name string) *kit.Method { return &kit.Method{Name: name, Rule: &holdfastv1.MethodRule{}} }
	return &Chapter{
		core: core, keys: keys, sessions: sessions, people: people, tries: tries,
		in: named("SignIn"), show: named("ShowSignIn"), out: named("SignOut"),
		begin: named("BeginOIDC"), end: named("FinishOIDC"), pairing: named("PairDisplay"),
	}
}

// Rate is how often a second an address may try to sign in, with bursts of
// twice that.
const Rate = 10

// Browser is what a browser showed, and how it reaches the server.
type Browser struct {
	Token   string        // of its session; "": it has none
	Prefix  string        // of the server's paths
	Host    string        // of the server
	Secure  bool          // the connection is encrypted, as far as is known
	Known   bool          // the host is one that no foreign page can name
	Address func() string // of the caller
	// Session looks for the session of the token, as often as the address may.
	Session func(context.Context) (catalog.Session, error)
}

// CookieName is the cookie with the browser's token. Only the server sets it,
// and no script can read it.
const CookieName = "holdfast_session"

// hostCookieName is its name where the browser reaches the server over TLS and without a prefix. The browser takes a
// cookie of such a name from this host only: no neighbour under the same domain can set it, and no page without TLS.
const hostCookieName = "__Host-" + CookieName

// Token is the token that a browser shows, "" for none. One that only this host can have set comes first, so that
// nobody replaces a session by another.
func Token(r *http.Request, secure bool, prefix string) string {
	for _, name := range []string{hostCookieName, CookieName} {
		if name == hostCookieName && (!secure || prefix != "") {
			continue
		}
		if shown, err := r.Cookie(name); err == nil && shown.Value != "" {
			return shown.Value
		}
	}
	return ""
}

// setSession gives the browser its new token; age -1 deletes it.
func (g *Chapter) setSession(w http.ResponseWriter, r *http.Request, b *Browser, token string, age int) {
	name := CookieName
	if b.Secure && b.Prefix == "" {
		name = hostCookieName
		if _, err := r.Cookie(CookieName); err == nil { // it would count again once the other is deleted
			g.setCookie(w, r, b, &http.Cookie{Name: CookieName, Path: "/", MaxAge: -1})
		}
	}
	g.setCookie(w, r, b, &http.Cookie{Name: name, Value: token, Path: b.Prefix + "/", MaxAge: age})
}

// setCookie sets a cookie that no script reads and that pages of others do not send.
func (g *Chapter) setCookie(w http.ResponseWriter, r *http.Request, b *Browser, c *http.Cookie) {
	c.HttpOnly, c.SameSite = true, http.SameSiteLaxMode
	// A page that came over TLS shows it in Origin, whatever is in front of the server.
	c.Secure = b.Secure || strings.HasPrefix(r.Header.Get("Origin"), "https://") ||
		g.people != nil && strings.HasPrefix(g.people.Callback(), "https://")
	http.SetCookie(w, c)
}

// CSRF is the token that a signed-in page sends with each write.
func CSRF(token string) string {
	sum := hmac.New(sha256.New, []byte(token))
	_, _ = sum.Write([]byte("holdfast console csrf")) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

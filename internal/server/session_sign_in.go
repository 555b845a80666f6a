package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/signon"
)

const (
	sessionPath = "/console/session"
	optionsPath = "/console/options"
	// signInRate is how often a second an address may try to sign in, with bursts of
	// twice that; the public rate where that is less.
	signInRate = 10
	// maxSignIn bounds the body with the key.
	maxSignIn = 4 << 10
)

// signing lets people in and out. It is plain HTTP next to the API: a session is a
// browser's.
type signing struct {
	server        *Server
	people        SignOn // nil: all sign in with keys
	in, show, out *method
	begin, end    *method // of a sign-in at the provider
	pairing       *method // of a screen
	tries         *visitors
}

func newSigning(s *Server, people SignOn, publicRate float64) *signing {
	rate := float64(signInRate)
	if publicRate > 0 {
		rate = min(rate, publicRate)
	}
	named := func(name string) *method { return &method{name: name, rule: &holdfastv1.MethodRule{}} }
	return &signing{
		server: s, people: people, in: named("SignIn"), show: named("ShowSignIn"), out: named("SignOut"),
		begin: named("BeginOIDC"), end: named("FinishOIDC"), pairing: named("PairDisplay"), tries: newVisitors(rate, maxVisitors),
	}
}

// methods are the calls that are counted and timed.
func (g *signing) methods() []*method {
	return []*method{g.in, g.show, g.out, g.begin, g.end, g.pairing}
}

// findHandler returns the handler for a path, nil when there is none, and its verbs.
func (g *signing) findHandler(path string) (http.HandlerFunc, []string) {
	switch {
	case path == sessionPath:
		return g.session, []string{http.MethodGet, http.MethodPost, http.MethodDelete}
	case path == optionsPath:
		return g.options, readingVerbs
	case path == displayPath:
		return g.display, []string{http.MethodPost}
	case g.people == nil || g.server.sessions == nil:
		return nil, nil
	case path == oidcPath:
		return g.navigate(g.begin, g.beginOIDC), []string{http.MethodGet}
	case path == signon.CallbackPath:
		return g.navigate(g.end, g.finishOIDC), []string{http.MethodGet}
	}
	return nil, nil
}

// options lists the ways to sign in other than with a key.
func (g *signing) options(w http.ResponseWriter, r *http.Request) {
	if !reading(w, r) {
		return
	}
	var known struct {
		OIDC   bool   `json:"oidc"`
		Button string `json:"oidc_button,omitempty"`
	}
	if g.people != nil {
		known.OIDC, known.Button = true, g.people.Button()
	}
	g.answer(w, requestID(header(r, "X-Request-Id")), known)
}

// session answers calls about a session.
func (g *signing) session(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		g.handle(w, r, g.in, g.signIn)
	case http.MethodGet:
		g.handle(w, r, g.show, g.showSession)
	case http.MethodDelete:
		g.handle(w, r, g.out, g.signOut)
	default:
		g.server.handler.refuseUnknown(w, r, sessionPath, []string{http.MethodGet, http.MethodPost, http.MethodDelete}, new([]byte))
	}
}

// signCall answers a call about a session: with the value that it returns, with 204 when that is
// nil, or with an error.
type signCall func(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, c *call) (any, error)

// signedInAs is what a page learns of its session.
type signedInAs struct {
	CSRF        string    `json:"csrf"`
	ExpiresAt   time.Time `json:"expires_at"`
	IdleSeconds int64     `json:"idle_seconds"`
}

func renderSession(token string, s *catalog.Session) *signedInAs {
	idle := catalog.SessionIdle
	if s.Display {
		idle = catalog.DisplayMost
	}
	return &signedInAs{CSRF: csrfOf(token), ExpiresAt: s.Expires.UTC(), IdleSeconds: int64(idle.Seconds())}
}

// handle wraps every call about a session.
func (g *signing) handle(w http.ResponseWriter, r *http.Request, m *method, do signCall) {
	s := g.server
	e := s.restEnvelope(r)
	c := call{method: m, requestID: requestID(e.requestID)}
	ending := ending{transport: "rest", stats: &m.rest, began: time.Now(), address: e.address}
	s.inFlight.Inc()
	answer, err := g.call(w, r, &e, &c, do)
	s.inFlight.Dec()
	if err != nil {
		p := problemOf(err)
		s.handler.problem(w, &c, p, new([]byte))
		s.finish(r.Context(), &ending, &c, p)
		return
	}
	if answer == nil {
		w.Header()["X-Request-Id"] = []string{c.requestID}
		w.WriteHeader(http.StatusNoContent)
	} else {
		g.answer(w, c.requestID, answer)
	}
	s.finish(r.Context(), &ending, &c, nil)
}

func (g *signing) call(w http.ResponseWriter, r *http.Request, e *envelope, c *call, do signCall) (answer any, err error) {
	defer func() {
		if v := recover(); v != nil {
			answer, err = nil, g.server.panicked(r.Context(), v)
		}
	}()
	ctx, cancel := context.WithTimeout(r.Context(), g.server.deadline)
	defer cancel()
	if g.server.sessions == nil {
		return nil, unavailable("this server has no sessions", nil)
	}
	if !g.server.paths.ownOrigin(r) {
		return nil, refuse(codeDenied, "a page of another origin may not use the session")
	}
	return do(ctx, w, r, e, c)
}

// signIn begins a session with a key. Only the code that verifies the key sees it.
func (g *signing) signIn(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, c *call) (any, error) {
	if !g.tries.allow(e.address()) {
		return nil, &problem{code: codeRate, detail: "too many tries to sign in from this address", retryAfter: wait}
	}
	key, err := readKey(r)
	if err != nil {
		return nil, err
	}
	who, err := g.server.keys.Authenticate(ctx, key)
	if errors.Is(err, catalog.ErrBadKey) {
		return nil, refuse(codeUnauthenticated, "the key is not valid")
	}
	if err != nil {
		return nil, err
	}
	c.is(who)
	if who.Scopes&^(catalog.ScopeRelay|catalog.ScopeTill) == 0 || who.KeyID == "" {
		return nil, refuse(codeDenied, "a key for relays or tills alone does not sign in")
	}
	token, session, err := g.server.sessions.SignIn(ctx, who.KeyID)
	if errors.Is(err, catalog.ErrBadKey) {
		return nil, refuse(codeUnauthenticated, "the key is not valid")
	}
	if err != nil {
		return nil, err
	}
	age := 0
	if session.Display {
		age = int(catalog.DisplayMost.Seconds())
	}
	g.setSession(w, r, token, age)
	g.server.log.InfoContext(ctx, "signed in", "audit", true, "tenant", c.tenant, "operator", c.operator, "address", e.address(), "request_id", c.requestID)
	return renderSession(token, &session), nil
}

// readKey reads the key of {"key": "…"}.
func readKey(r *http.Request) (string, error) {
	if err := isJSON(r); err != nil {
		return "", err
	}
	if err := isPlain(r); err != nil {
		return "", err
	}
	body, err := readBody(r, maxSignIn, new([]byte))
	if err != nil {
		return "", err
	}
	var said struct {
		Key string `json:"key"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&said); err != nil {
		return "", invalid("", `the body must be {"key": "…"}`)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", invalid("", "there is something behind the body")
	}
	if said.Key = strings.TrimSpace(said.Key); said.Key == "" {
		return "", invalid("key", "must not be empty")
	}
	return said.Key, nil
}

func (g *signing) showSession(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, c *call) (any, error) {
	if e.browser.token == "" {
		return nil, refuse(codeUnauthenticated, "nobody has signed in")
	}
	who, err := g.find(ctx, e)
	if err != nil {
		return nil, err
	}
	c.is(who.Credential)
	if who.Display { // browsers keep nothing for ever
		g.setSession(w, r, e.browser.token, int(catalog.DisplayMost.Seconds()))
	}
	return renderSession(e.browser.token, &who), nil
}

// signedOut names the other page where the person must sign out, for the calling page.
type signedOut struct {
	Provider string `json:"sign_out_url"`
}

// signOut ends the session; without one there is nothing to do. Pages of other origins
// cannot call it: no browser lets them send DELETE.
func (g *signing) signOut(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, _ *call) (any, error) {
	if e.browser.token == "" {
		g.setSession(w, r, "", -1)
		return nil, nil
	}
	who, err := g.server.sessions.Session(ctx, e.browser.token, false)
	if err != nil && !errors.Is(err, catalog.ErrNoSession) {
		return nil, err
	}
	if err := g.server.sessions.EndSession(ctx, e.browser.token); err != nil {
		return nil, err
	}
	g.setSession(w, r, "", -1)
	if page := g.leaveProvider(ctx, r, &who); page != "" {
		return signedOut{page}, nil
	}
	return nil, nil
}

// setSession gives the browser its new token; age -1 deletes it.
func (g *signing) setSession(w http.ResponseWriter, r *http.Request, token string, age int) {
	g.setCookie(w, r, &http.Cookie{Name: cookieName, Value: token, Path: g.server.paths.prefixOf(r) + "/", MaxAge: age})
}

// setCookie sets a cookie that no script reads and that pages of others do not send.
func (g *signing) setCookie(w http.ResponseWriter, r *http.Request, c *http.Cookie) {
	c.HttpOnly, c.SameSite = true, http.SameSiteLaxMode
	// A page that came over TLS shows it in Origin, whatever is in front of the server.
	c.Secure = g.server.paths.secure(r) || strings.HasPrefix(r.Header.Get("Origin"), "https://") ||
		g.people != nil && strings.HasPrefix(g.people.Callback(), "https://")
	http.SetCookie(w, c)
}

func (g *signing) answer(w http.ResponseWriter, id string, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // they are texts and numbers
	}
	w.Header()["Content-Type"] = typeJSON
	g.server.handler.write(w, &call{requestID: id}, http.StatusOK, body)
}

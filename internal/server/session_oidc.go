package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/console"
	"holdfast.dev/holdfast/internal/signon"
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

// WithSignOn sets where people can sign in to the console without a key. The default is nowhere.
func WithSignOn(p SignOn) Option { return func(o *options) { o.signOn = p } }

const (
	oidcPath = "/console/oidc"
	// attemptName is the cookie of a sign-in under way. The browser sends it to oidcPath only.
	attemptName = "holdfast_oidc"
	// maxBack bounds the address that a person wanted to see. With it the cookie stays small
	// enough for browsers.
	maxBack = 1500
)

// pageCall answers a navigation of a browser. It returns the next address, or an error and
// then the address that the person wanted to see.
type pageCall func(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, c *call) (to, back string, err error)

// navigate wraps every navigation for a sign-in.
func (g *signing) navigate(m *method, do pageCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := g.server
		if r.Method != http.MethodGet {
			s.handler.refuseUnknown(w, r, r.URL.Path, []string{http.MethodGet}, new([]byte))
			return
		}
		e := s.restEnvelope(r)
		c := call{method: m, requestID: requestID(e.requestID)}
		ending := ending{transport: "rest", stats: &m.rest, began: time.Now(), address: e.address}
		s.inFlight.Inc()
		to, back, err := g.lead(w, r, &e, &c, do)
		s.inFlight.Dec()
		w.Header()["Referrer-Policy"] = noReferrer // the address has a code
		w.Header()["X-Request-Id"] = []string{c.requestID}
		if err == nil {
			http.Redirect(w, r, to, http.StatusFound)
			s.finish(r.Context(), &ending, &c, nil)
			return
		}
		fault := faultOf(err)
		p := &problem{code: fault.code, detail: err.Error(), cause: err}
		g.showFault(w, r, &c, fault, back)
		if fault.code != codeDenied { // of which finish tells
			s.audit.noteRefusal(r.Context(), &ending, &c, p)
		}
		s.finish(r.Context(), &ending, &c, p)
	}
}

func (g *signing) lead(w http.ResponseWriter, r *http.Request, e *envelope, c *call, do pageCall) (to, back string, err error) {
	defer func() {
		if v := recover(); v != nil {
			to, back, err = "", "", g.server.panicked(r.Context(), v)
		}
	}()
	ctx, cancel := context.WithTimeout(r.Context(), g.server.deadline)
	defer cancel()
	if !g.tries.allow(e.address()) {
		return "", "", errTooMany
	}
	return do(ctx, w, r, e, c)
}

// beginOIDC sends a browser to the provider.
func (g *signing) beginOIDC(ctx context.Context, w http.ResponseWriter, r *http.Request, _ *envelope, _ *call) (to, back string, err error) {
	prefix := g.server.paths.prefixOf(r)
	back = returnAddress(prefix, r.URL.Query().Get("return"))
	page, sealed, err := g.people.Begin(ctx, g.callback(r), back)
	if err != nil {
		return "", back, err
	}
	g.setCookie(w, r, &http.Cookie{Name: attemptName, Value: sealed, Path: prefix + oidcPath, MaxAge: int(signon.AttemptMost.Seconds())})
	return page, back, nil
}

// finishOIDC begins a session of a person who comes back from the provider.
func (g *signing) finishOIDC(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, c *call) (to, back string, err error) {
	prefix := g.server.paths.prefixOf(r)
	sealed := ""
	if kept, err := r.Cookie(attemptName); err == nil {
		sealed = kept.Value
	}
	g.setCookie(w, r, &http.Cookie{Name: attemptName, Path: prefix + oidcPath, MaxAge: -1}) // it is good for one answer
	who, back, err := g.people.Finish(ctx, sealed, r.URL.Query())
	back = returnAddress(prefix, back)
	if err != nil {
		return "", back, err
	}
	c.tenant, c.operator = who.Tenant, who.Operator
	token, _, err := g.server.sessions.SignInPerson(ctx, who)
	if errors.Is(err, catalog.ErrUnknown) || errors.Is(err, catalog.ErrInvalid) {
		err = errors.Join(signon.ErrSetup, err)
	}
	if err != nil {
		return "", back, err
	}
	g.setSession(w, r, token, 0)
	g.server.log.InfoContext(ctx, "signed in", "audit", true, "tenant", who.Tenant, "operator", who.Operator, "holder", holderOf("", who.Subject), "issuer", who.Issuer,
		"role", who.Role, "address", e.address(), "request_id", c.requestID)
	return back, back, nil
}

// leaveProvider is the provider's page that signs a person out too, "" for others.
func (g *signing) leaveProvider(ctx context.Context, r *http.Request, s *catalog.Session) string {
	if g.people == nil || s.Issuer == "" {
		return ""
	}
	return g.people.SignOut(ctx, g.consoleAddress(r))
}

// callback is the address to which the provider sends people back.
func (g *signing) callback(r *http.Request) string {
	if set := g.people.Callback(); set != "" {
		return set
	}
	scheme, host := "http://", g.server.paths.forwarded(r, "X-Forwarded-Host")
	if g.server.paths.secure(r) {
		scheme = "https://"
	}
	if host == "" {
		host = r.Host
	}
	return scheme + host + g.server.paths.prefixOf(r) + signon.CallbackPath
}

// consoleAddress is the address of the console as the browser has it.
func (g *signing) consoleAddress(r *http.Request) string {
	return strings.TrimSuffix(g.callback(r), signon.CallbackPath) + console.Root
}

// returnAddress is an address of the console, below the prefix: the one that was asked for, or the
// first page if that is not one.
func returnAddress(prefix, asked string) string {
	first := prefix + console.Root
	u, err := url.Parse(asked)
	switch {
	case err != nil, len(asked) > maxBack, !strings.HasPrefix(asked, first), isBadText(asked), strings.Contains(asked, `\`):
		return first
	case slices.Contains(strings.Split(u.Path, "/"), ".."), strings.HasPrefix(u.Path, prefix+oidcPath):
		return first
	}
	return asked
}

// holderOf says whose a session is.
func holderOf(keyID, subject string) string {
	if keyID != "" {
		return "key:" + keyID
	}
	return "oidc:" + subject
}

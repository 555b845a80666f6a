package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/console"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/signon"
)

const (
	oidcPath = "/console/oidc"
	// attemptName is the cookie of a sign-in under way. The browser sends it to oidcPath only.
	attemptName = "holdfast_oidc"
	// maxBack bounds the address that a person wanted to see. With it the cookie stays small
	// enough for browsers.
	maxBack = 1500
)

// beginOIDC sends a browser to the provider.
func (g *Chapter) beginOIDC(ctx context.Context, w http.ResponseWriter, r *http.Request, b *Browser, _ *kit.Call) (to, back string, err error) {
	if !g.tries(b.Address()) {
		return "", "", errTooMany
	}
	prefix := b.Prefix
	back = returnAddress(prefix, r.URL.Query().Get("return"))
	if g.people.Callback() == "" && !b.Known {
		return "", back, fmt.Errorf("%w: the browser named the host %q: set --oidc-callback, or let a proxy of --trusted-proxies take the calls", signon.ErrSetup, b.Host)
	}
	page, sealed, err := g.people.Begin(ctx, g.callback(b), back)
	if err != nil {
		return "", back, err
	}
	g.setCookie(w, r, b, &http.Cookie{Name: attemptName, Value: sealed, Path: prefix + oidcPath, MaxAge: int(signon.AttemptMost.Seconds())})
	return page, back, nil
}

// finishOIDC begins a session of a person who comes back from the provider.
func (g *Chapter) finishOIDC(ctx context.Context, w http.ResponseWriter, r *http.Request, b *Browser, c *kit.Call) (to, back string, err error) {
	if !g.tries(b.Address()) {
		return "", "", errTooMany
	}
	prefix := b.Prefix
	sealed := ""
	if kept, err := r.Cookie(attemptName); err == nil {
		sealed = kept.Value
	}
	g.setCookie(w, r, b, &http.Cookie{Name: attemptName, Path: prefix + oidcPath, MaxAge: -1}) // it is good for one answer
	who, back, err := g.people.Finish(ctx, sealed, r.URL.Query())
	back = returnAddress(prefix, back)
	if err != nil {
		return "", back, err
	}
	c.Tenant, c.Operator = who.Tenant, who.Operator
	token, _, err := g.sessions.SignInPerson(ctx, who)
	if errors.Is(err, catalog.ErrUnknown) || errors.Is(err, catalog.ErrInvalid) {
		err = errors.Join(signon.ErrSetup, err)
	}
	if err != nil {
		return "", back, err
	}
	g.setSession(w, r, b, token, 0)
	g.core.Log.InfoContext(ctx, "signed in", "audit", true, "tenant", who.Tenant, "operator", who.Operator, "holder", kit.HolderOf("", who.Subject), "issuer", who.Issuer,
		"role", who.Role, "address", b.Address(), "request_id", c.RequestID)
	return back, back, nil
}

// leaveProvider is the provider's page that signs a person out too, "" for others.
func (g *Chapter) leaveProvider(ctx context.Context, b *Browser, s *catalog.Session) string {
	if g.people == nil || s.Issuer == "" {
		return ""
	}
	return g.people.SignOut(ctx, g.consoleAddress(b))
}

// callback is the address to which the provider sends people back.
func (g *Chapter) callback(b *Browser) string {
	if set := g.people.Callback(); set != "" {
		return set
	}
	scheme := "http://"
	if b.Secure {
		scheme = "https://"
	}
	return scheme + b.Host + b.Prefix + signon.CallbackPath
}

// errTooMany says that an address tries to sign in too often.
var errTooMany = errors.New("too many tries to sign in from this address")

// consoleAddress is the address of the console as the browser has it.
func (g *Chapter) consoleAddress(b *Browser) string {
	return strings.TrimSuffix(g.callback(b), signon.CallbackPath) + console.Root
}

// returnAddress is an address of the console, below the prefix: the one that was asked for, or the
// first page if that is not one.
func returnAddress(prefix, asked string) string {
	first := prefix + console.Root
	u, err := url.Parse(asked)
	switch {
	case err != nil, len(asked) > maxBack, !strings.HasPrefix(asked, first), kit.IsBadText(asked), strings.Contains(asked, `\`):
		return first
	case slices.Contains(strings.Split(u.Path, "/"), ".."), strings.HasPrefix(u.Path, prefix+oidcPath):
		return first
	}
	return asked
}

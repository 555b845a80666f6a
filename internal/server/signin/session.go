package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
)

// maxSignIn bounds the body with the key.
const maxSignIn = 4 << 10

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
	return &signedInAs{CSRF: CSRF(token), ExpiresAt: s.Expires.UTC(), IdleSeconds: int64(idle.Seconds())}
}

// signIn begins a session with a key. Only the code that verifies the key sees it.
func (g *Chapter) signIn(ctx context.Context, w http.ResponseWriter, r *http.Request, b *Browser, c *kit.Call) (any, error) {
	if !g.tries(b.Address()) {
		return nil, &kit.Problem{Code: kit.CodeRate, Detail: "too many tries to sign in from this address", RetryAfter: kit.Wait}
	}
	key, err := readKey(r)
	if err != nil {
		return nil, err
	}
	who, err := g.keys.Authenticate(ctx, key)
	if errors.Is(err, catalog.ErrBadKey) {
		return nil, kit.Refuse(kit.CodeUnauthenticated, "the key is not valid")
	}
	if err != nil {
		return nil, err
	}
	c.Take(who)
	if who.Scopes&^(catalog.ScopeRelay|catalog.ScopeTill) == 0 || who.KeyID == "" {
		return nil, kit.Refuse(kit.CodeDenied, "a key for relays or tills alone does not sign in")
	}
	token, session, err := g.sessions.SignIn(ctx, who.KeyID)
	if errors.Is(err, catalog.ErrBadKey) {
		return nil, kit.Refuse(kit.CodeUnauthenticated, "the key is not valid")
	}
	if err != nil {
		return nil, err
	}
	age := 0
	if session.Display {
		age = int(catalog.DisplayMost.Seconds())
	}
	g.setSession(w, r, b, token, age)
	g.core.Log.InfoContext(ctx, "signed in", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "address", b.Address(), "request_id", c.RequestID)
	return renderSession(token, &session), nil
}

// readKey reads the key of {"key": "…"}.
func readKey(r *http.Request) (string, error) {
	if err := kit.IsJSON(r); err != nil {
		return "", err
	}
	if err := kit.IsPlain(r); err != nil {
		return "", err
	}
	body, err := kit.ReadBody(r, maxSignIn, new([]byte))
	if err != nil {
		return "", err
	}
	var said struct {
		Key string `json:"key"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&said); err != nil {
		return "", kit.Invalid("", `the body must be {"key": "…"}`)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", kit.Invalid("", "there is something behind the body")
	}
	if said.Key = strings.TrimSpace(said.Key); said.Key == "" {
		return "", kit.Invalid("key", "must not be empty")
	}
	return said.Key, nil
}

func (g *Chapter) showSession(ctx context.Context, w http.ResponseWriter, r *http.Request, b *Browser, c *kit.Call) (any, error) {
	if b.Token == "" {
		return nil, kit.Refuse(kit.CodeUnauthenticated, "nobody has signed in")
	}
	who, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	c.Take(who.Credential)
	if who.Display { // browsers keep nothing for ever
		g.setSession(w, r, b, b.Token, int(catalog.DisplayMost.Seconds()))
	}
	return renderSession(b.Token, &who), nil
}

// signedOut names the other page where the person must sign out, for the calling page.
type signedOut struct {
	Provider string `json:"sign_out_url"`
}

// signOut ends the session; without one there is nothing to do. Pages of other origins
// cannot call it: no browser lets them send DELETE.
func (g *Chapter) signOut(ctx context.Context, w http.ResponseWriter, r *http.Request, b *Browser, _ *kit.Call) (any, error) {
	if b.Token == "" {
		g.setSession(w, r, b, "", -1)
		return nil, nil
	}
	who, err := g.sessions.Session(ctx, b.Token, false)
	if err != nil && !errors.Is(err, catalog.ErrNoSession) {
		return nil, err
	}
	if err := g.sessions.EndSession(ctx, b.Token); err != nil {
		return nil, err
	}
	g.setSession(w, r, b, "", -1)
	if page := g.leaveProvider(ctx, b, &who); page != "" {
		return signedOut{page}, nil
	}
	return nil, nil
}

package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

const (
	displayPath = "/console/display"
	// pairingName is the cookie that a screen's code is bound to. The browser sends it to displayPath only.
	pairingName = "holdfast_display"
)

// pairingShown is the state of its pairing that a screen gets.
type pairingShown struct {
	Confirmed bool       `json:"confirmed"`
	Code      string     `json:"code,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// pairings handles the screens of one kind.
type pairings struct {
	path   string // where a screen asks
	cookie string // what its code is bound to; sent to the path only
	pair   func(ctx context.Context, secret string) (catalog.Pairing, error)
}

// display answers a screen that wants to show the wall.
func (g *signing) display(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		g.server.handler.refuseUnknown(w, r, displayPath, []string{http.MethodPost}, new([]byte))
		return
	}
	g.handle(w, r, g.pairing, func(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, _ *call) (any, error) {
		return g.pair(ctx, w, r, e, pairings{displayPath, pairingName, g.server.sessions.Pair})
	})
}

// pair shows a screen its code, and gives it a session once somebody has confirmed the code.
// The screen asks repeatedly, so a lost answer comes again.
func (g *signing) pair(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, of pairings) (any, error) {
	if !g.tries.allow(e.address()) {
		return nil, &problem{code: codeRate, detail: "too many tries to get a code from this address", retryAfter: wait}
	}
	secret := ""
	if kept, err := r.Cookie(of.cookie); err == nil {
		secret = kept.Value
	}
	p, err := of.pair(ctx, secret)
	if errors.Is(err, catalog.ErrTooManyPairings) {
		return nil, &problem{code: codeRate, detail: catalog.ErrTooManyPairings.Error(), retryAfter: wait}
	}
	if err != nil {
		return nil, err
	}
	if p.Code == "" {
		g.setSession(w, r, p.Secret, int(catalog.DisplayMost.Seconds()))
		return pairingShown{Confirmed: true}, nil
	}
	if p.Secret != secret {
		g.setCookie(w, r, &http.Cookie{Name: of.cookie, Value: p.Secret, Path: g.server.paths.prefixOf(r) + of.path, MaxAge: int(catalog.PairingMost.Seconds())})
	}
	return pairingShown{Code: p.Code[:len(p.Code)/2] + "-" + p.Code[len(p.Code)/2:], ExpiresAt: new(p.Expires.UTC())}, nil
}

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
	// pairingName is where a screen keeps what its code is bound to. Only displayPath is shown it.
	pairingName = "holdfast_display"
)

// pairingShown is what a screen is told of its pairing.
type pairingShown struct {
	Confirmed bool       `json:"confirmed"`
	Code      string     `json:"code,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// display answers a screen that wants to show the wall.
func (g *signing) display(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		g.server.handler.lost(w, r, displayPath, []string{http.MethodPost}, new([]byte))
		return
	}
	g.handle(w, r, g.pairing, g.pair)
}

// pair shows a screen its code, and gives it a session once an admin has confirmed that. It
// is asked again and again: an answer that was lost comes once more.
func (g *signing) pair(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, _ *call) (any, error) {
	if !g.tries.allow(e.address()) {
		return nil, &problem{code: codeRate, detail: "too many tries to show the wall from this address", retryAfter: wait}
	}
	secret := ""
	if kept, err := r.Cookie(pairingName); err == nil {
		secret = kept.Value
	}
	p, err := g.server.sessions.Pair(ctx, secret)
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
		g.setCookie(w, r, &http.Cookie{Name: pairingName, Value: p.Secret, Path: g.server.paths.prefixOf(r) + displayPath, MaxAge: int(catalog.PairingMost.Seconds())})
	}
	return pairingShown{Code: p.Code[:len(p.Code)/2] + "-" + p.Code[len(p.Code)/2:], ExpiresAt: new(p.Expires.UTC())}, nil
}

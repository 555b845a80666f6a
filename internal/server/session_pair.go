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

// pairingShown is the state of its pairing that a screen gets.
type pairingShown struct {
	Confirmed bool       `json:"confirmed"`
	Code      string     `json:"code,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// pairings are those of screens of one kind.
type pairings struct {
	path   string // where a screen asks
	cookie string // what its code is bound to; only the path is shown it
	pair   func(ctx context.Context, secret string) (catalog.Pairing, error)
}

// display answers a screen that wants to show the wall.
func (g *signing) display(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		g.server.handler.lost(w, r, displayPath, []string{http.MethodPost}, new([]byte))
		return
	}
	g.handle(w, r, g.pairing, func(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, _ *call) (any, error) {
		return g.pair(ctx, w, r, e, pairings{displayPath, pairingName, g.server.sessions.Pair})
	})
}

// pair shows a screen its code, and gives it a session once somebody has confirmed that. It
// is asked again and again: an answer that was lost comes once more.
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

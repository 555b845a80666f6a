package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
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

// Pairings handles the screens of one kind.
type Pairings struct {
	Path   string // where a screen asks
	Cookie string // what its code is bound to; sent to the path only
	Pair   func(ctx context.Context, secret string) (catalog.Pairing, error)
}

// pairDisplay answers a screen that wants to show the wall.
func (g *Chapter) pairDisplay(ctx context.Context, w http.ResponseWriter, r *http.Request, b *Browser, _ *kit.Call) (any, error) {
	return g.Pair(ctx, w, r, b, Pairings{displayPath, pairingName, g.sessions.Pair})
}

// Pair shows a screen its code, and gives it a session once somebody has confirmed the code.
// The screen asks repeatedly, so a lost answer comes again.
func (g *Chapter) Pair(ctx context.Context, w http.ResponseWriter, r *http.Request, b *Browser, of Pairings) (any, error) {
	if !g.tries(b.Address()) {
		return nil, &kit.Problem{Code: kit.CodeRate, Detail: "too many tries to get a code from this address", RetryAfter: kit.Wait}
	}
	secret := ""
	if kept, err := r.Cookie(of.Cookie); err == nil {
		secret = kept.Value
	}
	p, err := of.Pair(ctx, secret)
	if errors.Is(err, catalog.ErrTooManyPairings) {
		return nil, &kit.Problem{Code: kit.CodeRate, Detail: catalog.ErrTooManyPairings.Error(), RetryAfter: kit.Wait}
	}
	if err != nil {
		return nil, err
	}
	if p.Code == "" {
		g.setSession(w, r, b, p.Secret, int(catalog.DisplayMost.Seconds()))
		return pairingShown{Confirmed: true}, nil
	}
	if p.Secret != secret {
		g.setCookie(w, r, b, &http.Cookie{Name: of.Cookie, Value: p.Secret, Path: b.Prefix + of.Path, MaxAge: int(catalog.PairingMost.Seconds())})
	}
	return pairingShown{Code: p.Code[:len(p.Code)/2] + "-" + p.Code[len(p.Code)/2:], ExpiresAt: new(p.Expires.UTC())}, nil
}

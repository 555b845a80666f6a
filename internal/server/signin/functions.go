package signin

import (
	"context"
	"net/http"

	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/signon"
)

// Call is a call of a browser.
type Call struct {
	Verb   string
	Method *kit.Method
	// Do returns what is answered as JSON; nil: nothing is.
	Do func(context.Context, http.ResponseWriter, *http.Request, *Browser, *kit.Call) (any, error)
	// Lead is set in place of Do where the browser is led to another address. With an error it returns the
	// address that the person wanted to see.
	Lead func(context.Context, http.ResponseWriter, *http.Request, *Browser, *kit.Call) (to, back string, err error)
}

// Methods are the calls that are counted and timed.
func (g *Chapter) Methods() []*kit.Method {
	return []*kit.Method{g.in, g.show, g.out, g.begin, g.end, g.pairing}
}

// Find returns the calls at a path.
func (g *Chapter) Find(path string) []Call {
	switch {
	case path == "/console/session":
		return []Call{{Verb: http.MethodGet, Method: g.show, Do: g.showSession}, {Verb: http.MethodPost, Method: g.in, Do: g.signIn}, {Verb: http.MethodDelete, Method: g.out, Do: g.signOut}}
	case path == displayPath:
		return []Call{{Verb: http.MethodPost, Method: g.pairing, Do: g.pairDisplay}}
	case g.people == nil || g.sessions == nil:
		return nil
	case path == oidcPath:
		return []Call{{Verb: http.MethodGet, Method: g.begin, Lead: g.beginOIDC}}
	case path == signon.CallbackPath:
		return []Call{{Verb: http.MethodGet, Method: g.end, Lead: g.finishOIDC}}
	}
	return nil
}

// OptionsPath is where a page asks for Options.
const OptionsPath = "/console/options"

// Options lists the ways to sign in other than with a key.
func (g *Chapter) Options() any {
	var known struct {
		OIDC   bool   `json:"oidc"`
		Button string `json:"oidc_button,omitempty"`
	}
	if g.people != nil {
		known.OIDC, known.Button = true, g.people.Button()
	}
	return known
}

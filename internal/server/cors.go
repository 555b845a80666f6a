package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// cors decides which web pages may call from a browser. Without it nothing is sent, and
// browsers then reject pages of other origins by themselves.
type cors struct {
	any     bool
	origins []string
}

// newCORS reads a list of origins, scheme://host[:port]; "*" is every page.
func newCORS(origins []string) (*cors, error) {
	if len(origins) == 0 {
		return nil, nil
	}
	c := &cors{}
	for _, o := range origins {
		if o == "*" {
			c.any = true
			continue
		}
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != o {
			return nil, fmt.Errorf("%q is no origin: write scheme://host[:port] without a path, as a browser sends it", o)
		}
		c.origins = append(c.origins, strings.ToLower(o))
	}
	return c, nil
}

// The headers that pages may send and read. Keys travel in Authorization, never in a
// cookie, so pages get no credentials of the browser.
var (
	corsHeaders = []string{"Authorization, Content-Type, Idempotency-Key, Holdfast-After, Last-Event-ID, " +
		"X-Holdfast-Operator, X-Holdfast-Tenant, X-Request-Id, Traceparent, Tracestate"}
	corsExposed = []string{"Holdfast-Position, Holdfast-Stale, Idempotency-Replayed, Retry-After, X-Request-Id"}
	corsMaxAge  = []string{"600"}
	everyOrigin = []string{"*"}
	byOrigin    = []string{"Origin"}
	byPreflight = []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
)

// admit tells the browser whether the page may see the answer.
func (c *cors) admit(head, asked http.Header) bool {
	if !c.any {
		head["Vary"] = byOrigin
	}
	origin := asked["Origin"]
	switch {
	case len(origin) != 1:
		return false
	case c.any:
		head["Access-Control-Allow-Origin"] = everyOrigin
	case slices.Contains(c.origins, strings.ToLower(origin[0])):
		head["Access-Control-Allow-Origin"] = origin
	default:
		return false
	}
	head["Access-Control-Expose-Headers"] = corsExposed
	return true
}

// preflight reports whether r only asks what a page may do.
func preflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header["Origin"] != nil && r.Header["Access-Control-Request-Method"] != nil
}

// answer answers a preflight for a path with these methods.
func (c *cors) answer(w http.ResponseWriter, allowed bool, methods []string) {
	head := w.Header()
	head["Vary"] = byPreflight
	delete(head, "Access-Control-Expose-Headers")
	if allowed {
		head["Access-Control-Allow-Methods"] = []string{strings.Join(methods, ", ")}
		head["Access-Control-Allow-Headers"] = corsHeaders
		head["Access-Control-Max-Age"] = corsMaxAge
	}
	w.WriteHeader(http.StatusNoContent)
}

// CheckOrigins returns what is wrong with the origins of WithOrigins, nil when
// nothing is.
func CheckOrigins(origins ...string) error {
	_, err := newCORS(origins)
	return err
}

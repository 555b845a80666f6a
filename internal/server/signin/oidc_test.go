package signin

import (
	"strings"
	"testing"
)

func TestWhereASignInLeads(t *testing.T) {
	t.Parallel()
	const first = "/stock/console/"
	for asked, want := range map[string]string{
		first:                                 first,
		"/stock/console/items/a%2Fb?q=x%20y":  "/stock/console/items/a%2Fb?q=x%20y",
		"":                                    first,
		"/console/items":                      first,
		"/stock/v1/inventory":                 first,
		"https://evil.example/stock/console/": first,
		"//evil.example/stock/console/":       first,
		"/stock/console/../../evil":           first,
		"/stock/console/%2e%2e/v1":            first,
		`/stock/console/\evil`:                first,
		"/stock/console/oidc":                 first,
		"/stock/console/oidc/callback?x":      first,
		"/stock/console/\r\nSet-Cookie: a=b":  first,
		"/stock/console/%zz":                  first,
		first + strings.Repeat("x", maxBack):  first,
	} {
		if got := returnAddress("/stock", asked); got != want {
			t.Errorf("%q leads to %q, want %q", asked, got, want)
		}
	}
}

package test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/signon/signontest"
)

// signInAt opens an address of the console and signs in at the provider.
func (b *tab) signInAt(path, name string) {
	b.t.Helper()
	b.open(path)
	b.see("Sign in to Holdfast")
	b.click("Sign in with Acme")
	b.see("Identity provider")
	b.click("Continue as " + name)
}

func TestPeopleSignInToTheConsoleAtTheirProvider(t *testing.T) {
	t.Parallel()
	at := signontest.New(t, signontest.Person{Subject: "a-1", Name: "Ann Lee", Email: "ann@example.com", Groups: []string{"staff", "stock managers"}})
	s := offServer(t, filepath.Join(t.TempDir(), "holdfast.db"))
	s.under = []string{
		"env", "HOLDFAST_TRUSTED_PROXIES=127.0.0.0/8", "HOLDFAST_OIDC_ISSUER=" + at.URL, "HOLDFAST_OIDC_CLIENT=" + at.ClientID, "HOLDFAST_OIDC_SECRET=" + at.Secret,
		"HOLDFAST_OIDC_ROLES=stock managers=manager,staff=viewer", "HOLDFAST_OIDC_BUTTON=Sign in with Acme",
	}
	s.start()
	c := shopFor(t, s)
	target, err := url.Parse(s.url(""))
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
		r.Out.Header.Set("X-Forwarded-Prefix", "/stock")
	}}
	front := httptest.NewServer(http.StripPrefix("/stock", forward))
	t.Cleanup(front.Close)

	for name, base := range map[string]string{"Ann Lee": s.url(""), "Bo Chen": front.URL + "/stock"} {
		at.Does(func(b *signontest.Behaviour) { b.Person.Name = name })
		b := openTab(t, base, 1280)
		b.expect("/console/session")
		b.expect(at.URL)

		// The way back leads to the page that was asked for.
		b.signInAt("/items/mug?loc=berlin", name)
		b.see("mug", "on hand 40", name)
		b.until("the address is the one that was asked for", `location.pathname.endsWith('/console/items/mug') && location.search.includes('loc=berlin')`)

		b.click("Adjust")
		b.fill("Units", "-2")
		b.fill("Reason in words", "broke")
		b.confirm("on hand 40 38 −2")
		var journal struct{ Items []object }
		c.must(t, "GET", s.url("/v1/logs?product_id=mug&operation=adjust"), "", nil, &journal)
		wants(t, journal.Items[0], "operator", name)
		c.must(t, "POST", s.url("/v1/inventory/restock"), "", object{"product_id": "mug", "location_id": "berlin", "quantity": 2}, nil)

		// Signing out ends it at the provider too, and leads back.
		b.click("Signed in as " + name)
		b.click("Sign out")
		b.see("Signed out at the provider")
		b.click("Back")
		b.see("Sign in to Holdfast")

		// A person who cancels at the provider sees that, and may try again.
		b.expect("403")
		b.click("Sign in with Acme")
		b.click("Cancel")
		b.see("You are not signed in", "Sign in again")
		b.accessible("the page of somebody who is not signed in")
		b.click("Sign in again")
		b.click("Continue as " + name)
		b.see("Items", "lamp")
		b.clean()
	}
}

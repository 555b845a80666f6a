package server_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/signon"
	"holdfast.dev/holdfast/internal/signon/signontest"
)

// company is a house whose people sign in at an identity provider.
type company struct {
	*house
	at  *signontest.Provider
	log *bytes.Buffer
}

// startCompany opens a house where clerks and planners sign in at a provider.
func startCompany(t *testing.T, change func(*signon.Config), opts ...server.Option) *company {
	t.Helper()
	at := signontest.New(t, signontest.Person{Subject: "a-1", Name: "Ann Lee", Email: "ann@example.com", Groups: []string{"warehouse"}})
	config := signon.Config{
		Issuer: at.URL, ClientID: at.ClientID, Secret: at.Secret, NameClaim: "name", GroupsClaim: "groups",
		Grants: []signon.Grant{{Group: "planners", Role: catalog.RoleManager, Tenant: catalog.DefaultTenant}, {Group: "warehouse", Role: catalog.RoleClerk, Tenant: catalog.DefaultTenant}, {Group: "lost", Role: catalog.RoleViewer, Tenant: "nowhere"}},
	}
	change(&config)
	people, err := signon.New(config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := &company{at: at, log: new(bytes.Buffer)}
	c.house = start(t, append(opts, server.WithSignOn(people), server.WithLog(slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))))...)
	return c
}

func asItIs(*signon.Config) {}

// cookieOf is a cookie that an answer sets.
func cookieOf(t *testing.T, a answer, name string) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.head}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no cookie %s in %v", name, a.head)
	return nil
}

// begin leads a browser to the provider and has the person agree. It returns what the
// browser keeps and the path that it comes back to.
func (c *company) begin(t *testing.T, back string, head ...string) (kept *http.Cookie, path string) {
	t.Helper()
	a := c.fetch(t, "GET", "/console/oidc?return="+url.QueryEscape(back), head...)
	if a.status != 302 {
		t.Fatalf("to the provider: %d %s", a.status, a.raw)
	}
	return cookieOf(t, a, "holdfast_oidc"), c.at.Answer(t, a.head.Get("Location"), true).RequestURI()
}

// comeBack is what the browser is answered when it is back from the provider.
func (c *company) comeBack(t *testing.T, kept *http.Cookie, path string, head ...string) answer {
	t.Helper()
	return c.fetch(t, "GET", path, append(head, "Cookie", kept.Name+"="+kept.Value)...)
}

// signInPerson signs somebody in at the provider.
func (c *company) signInPerson(t *testing.T) *person {
	t.Helper()
	kept, path := c.begin(t, "/console/items")
	a := c.comeBack(t, kept, path)
	if a.status != 302 {
		t.Fatalf("back from the provider: %d %s", a.status, a.raw)
	}
	p := &person{h: c.house, cookie: cookieOf(t, a, "holdfast_session")}
	shown := p.does(t, "GET", "/console/session", "")
	if p.csrf = strings.Trim(shown.at("csrf"), `"`); shown.status != 200 || p.csrf == "" {
		t.Fatalf("the session: %d %s", shown.status, shown.raw)
	}
	return p
}

func TestAPersonSignsInAtTheProvider(t *testing.T) {
	t.Parallel()
	c := startCompany(t, func(c *signon.Config) { c.Button = "Sign in with Acme" })
	if a := c.call(t, "", "GET", "/console/options", ""); a.at("oidc") != "true" || a.at("oidc_button") != `"Sign in with Acme"` {
		t.Errorf("how to sign in: %s", a.raw)
	}
	kept, path := c.begin(t, "/console/items?q=mug")
	if !kept.HttpOnly || kept.SameSite != http.SameSiteLaxMode || kept.Path != "/console/oidc" || kept.MaxAge != 600 || kept.Secure {
		t.Errorf("the browser keeps %+v", kept)
	}
	at, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	a := c.comeBack(t, kept, path)
	session := cookieOf(t, a, "holdfast_session")
	if a.status != 302 || a.head.Get("Location") != "/console/items?q=mug" || a.head.Get("Referrer-Policy") != "no-referrer" || a.head.Get("Cache-Control") != "no-store" {
		t.Errorf("back: %d %v", a.status, a.head)
	}
	if gone := cookieOf(t, a, "holdfast_oidc"); gone.MaxAge != -1 || gone.Path != "/console/oidc" {
		t.Errorf("it keeps %+v", gone)
	}
	if !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Path != "/" || len(session.Value) != 43 {
		t.Errorf("the session's cookie is %+v", session)
	}

	// An action of the person is recorded as the person's, and the role limits it.
	c.play(t, step{path: "/inventory", body: stockOfMug})
	p := c.signInPerson(t)
	p.expect(t, "a count", p.does(t, "POST", "/v1/inventory/observe", `{"product_id":"mug","seen":9,"reason":"count"}`, "X-Holdfast-Operator", "Mallory"), 200, "")
	if entry := c.call(t, "admin", "GET", "/v1/inventory/logs/mug", ""); entry.at("items.0.operator") != `"Ann Lee"` {
		t.Errorf("the journal: %s", entry.raw)
	}
	refused := p.does(t, "PATCH", "/v1/settings", `{"public_reads":false}`)
	p.expect(t, "more than the role may", refused, 403, "PERMISSION_DENIED")
	if !strings.Contains(string(refused.raw), "needs the role admin; the session has clerk") {
		t.Errorf("why not: %s", refused.raw)
	}
	who := p.does(t, "GET", "/v1/session", "")
	if who.at("operator") != `"Ann Lee"` || who.at("role") != `"clerk"` || who.at("tenant") != `"default"` {
		t.Errorf("who it is: %s", who.raw)
	}

	// Signing out ends the session here, and says where it ends at the provider.
	out := p.does(t, "DELETE", "/console/session", "")
	page, err := url.Parse(strings.Trim(out.at("sign_out_url"), `"`))
	if err != nil || out.status != 200 || page.Path != "/logout" || page.Query().Get("post_logout_redirect_uri") != c.url+"/console/" {
		t.Errorf("signed out: %d %s", out.status, out.raw)
	}
	p.expect(t, "signed out", p.does(t, "GET", "/v1/inventory", ""), 401, "UNAUTHENTICATED")
	key := c.signIn(t, "read")
	key.expect(t, "a key's session ends here alone", key.does(t, "DELETE", "/console/session", ""), 204, "")

	if err := c.stop(); err != nil {
		t.Fatal(err)
	}
	said := c.log.String()
	for _, secret := range []string{session.Value, kept.Value, c.at.Secret, "access-of-", "eyJ", at.Query().Get("code"), at.Query().Get("state")} {
		if strings.Contains(said, secret) {
			t.Errorf("the log has %s", secret)
		}
	}
	if !strings.Contains(said, "holder=oidc:a-1") || !strings.Contains(said, "method=FinishOIDC") {
		t.Errorf("the log: %s", said)
	}
}

// Each way to fail is a page that says what to do, and leaves nothing behind.
func TestWhoIsNotSignedIn(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		name   string
		does   func(*signontest.Behaviour)
		status int
		says   string
	}{
		{"the keys of the provider are away", func(b *signontest.Behaviour) { b.KeysDown = true }, 503, "does not answer now"},
		{"a token of another issuer", func(b *signontest.Behaviour) { b.TokenIssuer = "https://evil.example" }, 503, "is not valid"},
		{"clocks that differ", func(b *signontest.Behaviour) { b.Ahead = time.Hour }, 503, "clocks"},
		{"a code that is too old", func(b *signontest.Behaviour) { b.Forgets = true }, 400, "too old"},
		{"nobody of ours", func(b *signontest.Behaviour) { b.Person.Groups = []string{"guests"} }, 403, "none of your groups has a role here"},
		{"a tenant that is not there", func(b *signontest.Behaviour) { b.Person.Groups = []string{"lost"} }, 503, "do not fit together"},
	} {
		c := startCompany(t, asItIs)
		c.at.Does(k.does)
		kept, path := c.begin(t, "/console/orders/o-1")
		a := c.comeBack(t, kept, path, "Accept", browser)
		page := string(a.raw)
		if a.status != k.status || a.head.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, k.says) || !strings.Contains(page, a.head.Get("X-Request-Id")) {
			t.Errorf("%s: %d %v %s", k.name, a.status, a.head, page)
		}
		if !strings.Contains(a.head.Get("Content-Security-Policy"), "default-src 'none'") || !strings.Contains(page, `href="/console/orders/o-1"`) {
			t.Errorf("%s: %v %s", k.name, a.head, page)
		}
		for _, cookie := range a.head["Set-Cookie"] {
			if strings.HasPrefix(cookie, "holdfast_session") {
				t.Errorf("%s: a session: %s", k.name, cookie)
			}
		}
		if all, err := c.catalog.Sessions.Sessions(t.Context(), catalog.DefaultTenant); err != nil || len(all) != 0 {
			t.Errorf("%s: %v %v", k.name, all, err)
		}
		chinese := c.comeBack(t, kept, path, "Accept-Language", "zh-CN,zh;q=0.9")
		if !strings.Contains(string(chinese.raw), `<html lang="zh-CN">`) || !strings.Contains(string(chinese.raw), "未登录") {
			t.Errorf("%s, in Chinese: %s", k.name, chinese.raw)
		}
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		if said := c.log.String(); !strings.Contains(said, "access refused") || strings.Contains(said, kept.Value) || strings.Contains(said, "eyJ") {
			t.Errorf("%s: the log: %s", k.name, said)
		}
	}
}

func TestAnAnswerOfTheProviderCountsOnceAndInOneBrowser(t *testing.T) {
	t.Parallel()
	c := startCompany(t, asItIs)
	kept, path := c.begin(t, "/console/")
	if a := c.fetch(t, "GET", path); a.status != 400 || !strings.Contains(string(a.raw), "began in another browser") {
		t.Errorf("in another browser: %d %s", a.status, a.raw)
	}
	other, _ := c.begin(t, "/console/")
	if a := c.comeBack(t, other, path); a.status != 400 {
		t.Errorf("with what another sign-in keeps: %d %s", a.status, a.raw)
	}
	if a := c.comeBack(t, kept, path); a.status != 302 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a := c.comeBack(t, kept, path); a.status != 400 || !strings.Contains(string(a.raw), "used already") {
		t.Errorf("once more: %d %s", a.status, a.raw)
	}
	kept, path = c.begin(t, "/console/")
	refused, _, _ := strings.Cut(path, "?")
	state, _ := url.Parse(path)
	q := url.Values{"error": {"access_denied"}, "error_description": {"<script>alert(1)</script>"}, "state": state.Query()["state"], "iss": state.Query()["iss"]}
	if a := c.comeBack(t, kept, refused+"?"+q.Encode()); a.status != 403 || !strings.Contains(string(a.raw), "did not sign in") || strings.Contains(string(a.raw), "script") {
		t.Errorf("a refusal: %d %s", a.status, a.raw)
	}
	if a := c.fetch(t, "POST", "/console/oidc"); a.status != 405 || a.head.Get("Allow") != "GET" {
		t.Errorf("another verb: %d %v", a.status, a.head)
	}
	if a := c.fetch(t, "HEAD", path); a.status != 405 {
		t.Errorf("only the head of an answer: %d", a.status)
	}
}

// A server starts without its provider, says so to those who sign in, and lets in those
// who have a key.
func TestTheProviderIsAway(t *testing.T) {
	t.Parallel()
	c := startCompany(t, asItIs)
	c.at.Does(func(b *signontest.Behaviour) { b.Down = true })
	a := c.fetch(t, "GET", "/console/oidc?return=/console/items")
	if a.status != 503 || !strings.Contains(string(a.raw), "does not answer now") || !strings.Contains(string(a.raw), `href="/console/oidc?return=%2Fconsole%2Fitems"`) {
		t.Errorf("%d %s", a.status, a.raw)
	}
	c.signIn(t, "read")
}

func TestAReturnLeadsIntoTheConsole(t *testing.T) {
	t.Parallel()
	c := startCompany(t, asItIs, server.WithPathPrefix("/stock"), server.WithTrustedProxies(netip.MustParsePrefix("127.0.0.0/8")))
	for asked, want := range map[string]string{
		"/stock/console/items/a%2Fb?q=x": "/stock/console/items/a%2Fb?q=x",
		"//evil.example/stock/console/":  "/stock/console/",
	} {
		kept, path := c.begin(t, asked, "X-Forwarded-Proto", "https", "X-Forwarded-Host", "stock.example")
		if kept.Path != "/stock/console/oidc" || !kept.Secure {
			t.Errorf("%q: the browser keeps %+v", asked, kept)
		}
		if !strings.HasPrefix(path, "/stock/console/oidc/callback?") {
			t.Fatalf("%q: it comes back to %s", asked, path)
		}
		a := c.comeBack(t, kept, path, "X-Forwarded-Proto", "https", "X-Forwarded-Host", "stock.example")
		if a.status != 302 || a.head.Get("Location") != want {
			t.Errorf("%q leads to %d %v", asked, a.status, a.head)
		}
		if s := cookieOf(t, a, "holdfast_session"); s.Path != "/stock/" || !s.Secure {
			t.Errorf("%q: the session's cookie is %+v", asked, s)
		}
	}
}

func TestTheAddressToComeBackTo(t *testing.T) {
	t.Parallel()
	own := server.WithTrustedProxies(netip.MustParsePrefix("127.0.0.0/8"))
	where := func(c *company, head ...string) string {
		a := c.fetch(t, "GET", "/console/oidc", head...)
		page, err := url.Parse(a.head.Get("Location"))
		if err != nil || a.status != 302 {
			t.Fatalf("%d %v", a.status, a.head)
		}
		return page.Query().Get("redirect_uri")
	}
	c := startCompany(t, asItIs, own)
	if got := where(c); got != c.url+"/console/oidc/callback" {
		t.Errorf("without a proxy: %s", got)
	}
	if got := where(c, "X-Forwarded-Proto", "https", "X-Forwarded-Host", "a.example", "X-Forwarded-Prefix", "/x"); got != "https://a.example/x/console/oidc/callback" {
		t.Errorf("behind one: %s", got)
	}
	const set = "https://stock.example/console/oidc/callback"
	if got := where(startCompany(t, func(c *signon.Config) { c.Callback = set }, own), "X-Forwarded-Host", "a.example"); got != set {
		t.Errorf("where it is set: %s", got)
	}
}

func TestSignInsAtTheProviderAreLimited(t *testing.T) {
	t.Parallel()
	c := startCompany(t, asItIs, server.WithPublicRate(0.001))
	if a := c.fetch(t, "GET", "/console/oidc"); a.status != 302 {
		t.Errorf("the first: %d", a.status)
	}
	if a := c.fetch(t, "GET", "/console/oidc"); a.status != 429 || a.head.Get("Retry-After") != "1" {
		t.Errorf("another: %d %s", a.status, a.raw)
	}
}

// An admin sees who has signed in, and ends a session.
func TestSessionsOfPeople(t *testing.T) {
	t.Parallel()
	c := startCompany(t, asItIs)
	p := c.signInPerson(t)
	c.clock.forward(time.Second)
	key := c.signIn(t, "read")
	all := c.call(t, "admin", "GET", "/v1/sessions", "")
	if all.status != 200 || all.at("items.0.operator") != `"Ann Lee"` || all.at("items.0.holder") != `"oidc:a-1"` || all.at("items.0.issuer") != `"`+c.at.URL+`"` ||
		all.at("items.0.role") != `"clerk"` || all.at("items.1.operator") != `"read-key"` || all.at("items.1.issuer") != "absent" || all.at("items.1.role") != `"viewer"` {
		t.Errorf("%d %s", all.status, all.raw)
	}
	for _, secret := range []string{p.cookie.Value, key.cookie.Value, p.csrf} {
		if strings.Contains(string(all.raw), secret) {
			t.Errorf("it shows %s", secret)
		}
	}
	first := c.call(t, "admin", "GET", "/v1/sessions?page_size=1", "")
	second := c.call(t, "admin", "GET", "/v1/sessions?page_size=1&page_token="+strings.Trim(first.at("next_page_token"), `"`), "")
	if first.at("items.0.id") != all.at("items.0.id") || second.at("items.0.id") != all.at("items.1.id") || second.at("next_page_token") != "absent" {
		t.Errorf("by pages: %s %s", first.raw, second.raw)
	}
	id := strings.Trim(all.at("items.0.id"), `"`)
	c.tell(t, []step{
		{name: "a clerk sees no sessions", as: "internal", verb: "GET", path: "/v1/sessions", status: 403},
		{name: "nor ends one", as: "internal", verb: "DELETE", path: "/v1/sessions/" + id, status: 403},
		{name: "another tenant has none of it", as: "other", verb: "DELETE", path: "/v1/sessions/" + id, status: 404},
		{name: "an admin does", verb: "DELETE", path: "/v1/sessions/" + id, head: []string{"Idempotency-Key", "end"}},
		{name: "the same call again", verb: "DELETE", path: "/v1/sessions/" + id, head: []string{"Idempotency-Key", "end"}},
		{name: "there is none any more", verb: "DELETE", path: "/v1/sessions/" + id, status: 404},
	})
	p.expect(t, "the person", p.does(t, "GET", "/v1/inventory", ""), 401, "UNAUTHENTICATED")
	key.expect(t, "somebody else", key.does(t, "GET", "/v1/inventory", ""), 200, "")
}

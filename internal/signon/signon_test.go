package signon_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/signon"
	"holdfast.dev/holdfast/internal/signon/signontest"
)

const callback = "https://stock.example/console/oidc/callback"

// clock is the time of a test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now().Truncate(time.Second)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func ann() signontest.Person {
	return signontest.Person{Subject: "a-1", Name: "Ann Lee", Email: "ann@example.com", Groups: []string{"staff", "warehouse"}}
}

// configOf has a node sign people in at the provider.
func configOf(at *signontest.Provider) signon.Config {
	return signon.Config{
		Issuer: at.URL, ClientID: at.ClientID, Secret: at.Secret, Scopes: []string{"profile", "email"}, NameClaim: "name", GroupsClaim: "groups",
		Grants: []signon.Grant{{Group: "warehouse", Role: catalog.RoleClerk, Tenant: "default"}, {Group: "staff", Role: catalog.RoleViewer, Tenant: "default"}},
	}
}

func node(t *testing.T, c signon.Config, opts ...signon.Option) *signon.Provider {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	p, err := signon.New(c, slog.New(slog.DiscardHandler), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// begin begins a sign-in, and has the person agree.
func begin(t *testing.T, at *signontest.Provider, p *signon.Provider) (sealed string, answer url.Values) {
	t.Helper()
	page, sealed, err := p.Begin(t.Context(), callback, "/console/items")
	if err != nil {
		t.Fatal(err)
	}
	return sealed, at.Answer(t, page, true).Query()
}

func TestAPersonSignsIn(t *testing.T) {
	t.Parallel()
	for name, does := range map[string]func(*signontest.Behaviour){
		"as usual":                      func(*signontest.Behaviour) {},
		"with the secret in the body":   func(b *signontest.Behaviour) { b.Post = true },
		"with claims of userinfo":       func(b *signontest.Behaviour) { b.Thin = true },
		"with a clock that is ahead":    func(b *signontest.Behaviour) { b.Ahead = 50 * time.Second },
		"with a clock that is behind":   func(b *signontest.Behaviour) { b.Ahead = -5*time.Minute - 50*time.Second },
		"at one without a way to leave": func(b *signontest.Behaviour) { b.NoSignOut = true },
	} {
		at := signontest.New(t, ann())
		at.Does(does)
		// Any node finishes what another began.
		here, there := node(t, configOf(at)), node(t, configOf(at))
		page, sealed, err := here.Begin(t.Context(), callback, "/console/items?q=mug")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		asked, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		q := asked.Query()
		if q.Get("redirect_uri") != callback || q.Get("scope") != "openid profile email" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" {
			t.Errorf("%s: it asks for %v", name, q)
		}
		if strings.Contains(page, "verifier") || strings.Contains(sealed, q.Get("state")) {
			t.Errorf("%s: what is secret shows: %s %s", name, page, sealed)
		}
		who, back, err := there.Finish(t.Context(), sealed, at.Answer(t, page, true).Query())
		want := catalog.Person{Issuer: at.URL, Subject: "a-1", Operator: "Ann Lee", Tenant: "default", Role: catalog.RoleClerk}
		if err != nil || who != want || back != "/console/items?q=mug" {
			t.Errorf("%s: %+v %q %v", name, who, back, err)
		}
	}
}

func TestWhyASignInComesToNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does func(*signontest.Behaviour)
		want error
	}{
		"the keys cannot be read":            {func(b *signontest.Behaviour) { b.KeysDown = true }, signon.ErrAway},
		"a token of another issuer":          {func(b *signontest.Behaviour) { b.TokenIssuer = "https://evil.example" }, signon.ErrToken},
		"a token for another client":         {func(b *signontest.Behaviour) { b.Audience = "another" }, signon.ErrToken},
		"a token of another sign-in":         {func(b *signontest.Behaviour) { b.Nonce = "another" }, signon.ErrToken},
		"a forged token":                     {func(b *signontest.Behaviour) { b.Forged = true }, signon.ErrToken},
		"a token that is not signed":         {func(b *signontest.Behaviour) { b.Unsigned = true }, signon.ErrToken},
		"userinfo about somebody else":       {func(b *signontest.Behaviour) { b.Thin, b.Liar = true, true }, signon.ErrToken},
		"a clock that is far ahead":          {func(b *signontest.Behaviour) { b.Ahead = 2 * time.Minute }, signon.ErrClock},
		"a clock that is far behind":         {func(b *signontest.Behaviour) { b.Ahead = -7 * time.Minute }, signon.ErrClock},
		"a code that is too old":             {func(b *signontest.Behaviour) { b.Forgets = true }, signon.ErrCode},
		"somebody whose groups have no role": {func(b *signontest.Behaviour) { b.Person.Groups = []string{"guests"} }, signon.ErrNobody},
		"somebody without groups":            {func(b *signontest.Behaviour) { b.Person.Groups = nil }, signon.ErrNobody},
		"another domain":                     {func(b *signontest.Behaviour) { b.Person.Email = "ann@example.com.evil.example" }, signon.ErrNobody},
		"an address that nobody verified":    {func(b *signontest.Behaviour) { b.Person.Unverified = true }, signon.ErrNobody},
	} {
		at := signontest.New(t, ann())
		at.Does(c.does)
		config := configOf(at)
		config.Domains = []string{"EXAMPLE.com"}
		p := node(t, config)
		sealed, answer := begin(t, at, p)
		who, back, err := p.Finish(t.Context(), sealed, answer)
		if !errors.Is(err, c.want) || who != (catalog.Person{}) || back != "/console/items" {
			t.Errorf("%s: %+v %q %v, want %v", name, who, back, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), answer.Get("code")) || strings.Contains(err.Error(), "eyJ") || strings.Contains(err.Error(), at.Secret)) {
			t.Errorf("%s: a secret is in %v", name, err)
		}
	}
}

func TestAnAnswerIsOfOneBrowserAndOnce(t *testing.T) {
	t.Parallel()
	at, now := signontest.New(t, ann()), newClock()
	at.Does(func(b *signontest.Behaviour) { b.Now = now.Now })
	p := node(t, configOf(at), signon.WithClock(now.Now))
	sealed, answer := begin(t, at, p)
	another, _ := begin(t, at, p)
	otherConfig := configOf(at)
	otherConfig.Secret = "another"
	other := node(t, otherConfig)
	foreign, _, err := other.Begin(t.Context(), callback, "/")
	if err != nil {
		t.Fatal(err)
	}
	for name, kept := range map[string]string{"nothing": "", "what another sign-in has": another, "what another installation has": foreign, "what was changed": sealed[:len(sealed)-2] + "AA", "what is no base64": "%"} {
		if _, _, err := p.Finish(t.Context(), kept, answer); !errors.Is(err, signon.ErrStale) {
			t.Errorf("a browser that keeps %s: %v", name, err)
		}
	}
	with := func(name, value string) url.Values {
		changed := url.Values{"code": answer["code"], "state": answer["state"], "iss": answer["iss"]}
		changed.Set(name, value)
		return changed
	}
	for name, c := range map[string]struct {
		answer url.Values
		want   error
	}{
		"no state":                {with("state", ""), signon.ErrStale},
		"another issuer":          {with("iss", "https://evil.example"), signon.ErrToken},
		"no issuer":               {with("iss", ""), signon.ErrToken},
		"a refusal":               {with("error", "access_denied"), signon.ErrRefused},
		"trouble of the provider": {with("error", "server_error"), signon.ErrAway},
		"a wrong request":         {with("error", "invalid_scope"), signon.ErrSetup},
	} {
		if _, _, err := p.Finish(t.Context(), sealed, c.answer); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if at.Asked("/token") != 0 {
		t.Error("the code was shown to somebody for an answer that does not count")
	}
	now.forward(signon.AttemptMost)
	if _, _, err := p.Finish(t.Context(), sealed, answer); err != nil {
		t.Errorf("after ten minutes: %v", err)
	}
	if _, _, err := p.Finish(t.Context(), sealed, answer); !errors.Is(err, signon.ErrCode) {
		t.Errorf("once more: %v", err)
	}
	now.forward(time.Second)
	if _, _, err := p.Finish(t.Context(), sealed, answer); !errors.Is(err, signon.ErrStale) {
		t.Errorf("later: %v", err)
	}
}

// A code that somebody else has caught is worth nothing without the verifier.
func TestACodeIsWorthNothingInAnotherBrowser(t *testing.T) {
	t.Parallel()
	at := signontest.New(t, ann())
	p := node(t, configOf(at))
	_, caught := begin(t, at, p)
	thief, own := begin(t, at, p)
	own.Set("code", caught.Get("code"))
	if _, _, err := p.Finish(t.Context(), thief, own); !errors.Is(err, signon.ErrCode) {
		t.Errorf("%v", err)
	}
}

func TestAProviderChangesItsKeys(t *testing.T) {
	t.Parallel()
	at := signontest.New(t, ann())
	p := node(t, configOf(at))
	for range 3 {
		sealed, answer := begin(t, at, p)
		if _, _, err := p.Finish(t.Context(), sealed, answer); err != nil {
			t.Fatal(err)
		}
		at.Rotate()
	}
	if n := at.Asked("/keys"); n != 3 {
		t.Errorf("the keys were read %d times", n)
	}
	if n := at.Asked("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("the document was read %d times", n)
	}
}

// A provider that is away at the start is asked again, and not by every click.
func TestAProviderThatIsAway(t *testing.T) {
	t.Parallel()
	at, now := signontest.New(t, ann()), newClock()
	at.Does(func(b *signontest.Behaviour) { b.Down, b.Now = true, now.Now })
	var said bytes.Buffer
	p, err := signon.New(configOf(at), slog.New(slog.NewTextHandler(&said, nil)), signon.WithClock(now.Now))
	if err != nil {
		t.Fatal(err)
	}
	p.LookUp(t.Context())
	if !strings.Contains(said.String(), "people cannot sign in") || !strings.Contains(said.String(), at.URL) {
		t.Errorf("the log: %s", said.String())
	}
	for range 5 {
		if _, _, err := p.Begin(t.Context(), callback, "/"); !errors.Is(err, signon.ErrAway) {
			t.Errorf("%v", err)
		}
	}
	if n := at.Asked("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	if page := p.SignOut(t.Context(), "https://stock.example/console/"); page != "" {
		t.Errorf("one signs out at %s", page)
	}
	at.Does(func(b *signontest.Behaviour) { b.Down = false })
	now.forward(2 * time.Second)
	sealed, answer := begin(t, at, p)
	if _, _, err := p.Finish(t.Context(), sealed, answer); err != nil {
		t.Error(err)
	}
	// The configuration that was read before stays in use while the provider is
	// away again.
	at.Does(func(b *signontest.Behaviour) { b.Down = true })
	now.forward(time.Hour)
	if _, _, err := p.Begin(t.Context(), callback, "/"); err != nil {
		t.Error(err)
	}
	left, cancel := context.WithCancel(t.Context())
	cancel()
	fresh := node(t, configOf(at))
	if _, _, err := fresh.Begin(left, callback, "/"); !errors.Is(err, signon.ErrAway) {
		t.Errorf("a browser that has left: %v", err)
	}
	at.Does(func(b *signontest.Behaviour) { b.Down = false })
	if _, _, err := fresh.Begin(t.Context(), callback, "/"); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestAProviderThatIsSomebodyElse(t *testing.T) {
	t.Parallel()
	at := signontest.New(t, ann())
	at.Does(func(b *signontest.Behaviour) { b.Issuer = "https://evil.example" })
	if _, _, err := node(t, configOf(at)).Begin(t.Context(), callback, "/"); !errors.Is(err, signon.ErrSetup) {
		t.Errorf("%v", err)
	}
	at = signontest.New(t, ann())
	wrong := configOf(at)
	wrong.Secret = "not that of the client"
	p := node(t, wrong)
	sealed, answer := begin(t, at, p)
	if _, _, err := p.Finish(t.Context(), sealed, answer); !errors.Is(err, signon.ErrSetup) {
		t.Errorf("a wrong secret: %v", err)
	}
}

func TestSigningOutAtTheProvider(t *testing.T) {
	t.Parallel()
	at := signontest.New(t, ann())
	page, err := url.Parse(node(t, configOf(at)).SignOut(t.Context(), "https://stock.example/console/"))
	if err != nil || page.Path != "/logout" || page.Query().Get("client_id") != at.ClientID || page.Query().Get("post_logout_redirect_uri") != "https://stock.example/console/" {
		t.Errorf("%v %v", page, err)
	}
	at.Does(func(b *signontest.Behaviour) { b.NoSignOut = true })
	if page := node(t, configOf(at)).SignOut(t.Context(), "https://stock.example/console/"); page != "" {
		t.Errorf("one signs out at %s", page)
	}
}

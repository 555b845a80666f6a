// Package signontest is a small identity provider for tests, over real HTTP: discovery,
// RS256 keys that may be changed, the code flow with PKCE, userinfo and signing out.
package signontest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Person is who signs in.
type Person struct {
	Subject, Name, Email string
	Unverified           bool // of the e-mail address
	Groups               []string
}

// Behaviour is how the provider behaves. Its zero value is correct behaviour.
type Behaviour struct {
	Person Person
	// Issuer is what its documents and tokens call it, "": its own address.
	Issuer string
	// TokenIssuer is what its tokens alone call it.
	TokenIssuer string
	// Down makes each answer 503, KeysDown those of the keys.
	Down, KeysDown bool
	// Ahead is how much its clock is ahead.
	Ahead time.Duration
	// Now is its clock, nil: the machine's.
	Now func() time.Time
	// Audience and Nonce are put into tokens in place of what belongs there.
	Audience, Nonce string
	// Forged signs tokens with a key that is not its own; Unsigned not at all.
	Forged, Unsigned bool
	// Thin leaves all claims but the subject to userinfo, Liar makes userinfo describe
	// somebody else.
	Thin, Liar bool
	// Post takes the secret in the body alone.
	Post bool
	// Forgets makes it forget codes before they are redeemed.
	Forgets bool
	// NoSignOut leaves out the page that signs out.
	NoSignOut bool
}

// Provider is an identity provider with one client.
type Provider struct {
	URL, ClientID, Secret string

	mu    sync.Mutex
	does  Behaviour
	key   *rsa.PrivateKey
	keyID int
	codes map[string]grant
	seen  []string // requests, by path
}

// grant is what a code stands for.
type grant struct{ redirect, nonce, challenge string }

// New starts a provider that ends with the test.
func New(t testing.TB, who Person) *Provider {
	t.Helper()
	p := &Provider{ClientID: "holdfast", Secret: "s3cret/+ of the client", codes: map[string]grant{}}
	p.does.Person = who
	p.key = first()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("GET /agree", p.agree)
	mux.HandleFunc("GET /refuse", p.refuse)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	mux.HandleFunc("GET /logout", p.logout)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.URL.Path)
		down := p.does.Down || p.does.KeysDown && r.URL.Path == "/keys"
		p.mu.Unlock()
		if down {
			http.Error(w, "down for maintenance", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// Does changes how the provider does things.
func (p *Provider) Does(change func(*Behaviour)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.does)
}

// first is the key that every provider begins with, forged one that none has: to draw
// a key takes long.
var first, forged = sync.OnceValue(drawKey), sync.OnceValue(drawKey)

func drawKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// Rotate gives the provider a new key to sign with; the old one is no longer
// valid.
func (p *Provider) Rotate() {
	key := drawKey()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.keyID = key, p.keyID+1
}

// Asked is how often the path was asked for.
func (p *Provider) Asked(path string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, seen := range p.seen {
		if seen == path {
			n++
		}
	}
	return n
}

// Answer follows a page of Begin as a person does who agrees, or refuses, and returns the
// address that the provider leads back to.
func (p *Provider) Answer(t testing.TB, page string, agrees bool) *url.URL {
	t.Helper()
	at, err := url.Parse(page)
	if err != nil || at.Path != "/authorize" {
		t.Fatalf("%q is no page of the provider: %v", page, err)
	}
	at.Path = "/refuse"
	if agrees {
		at.Path = "/agree"
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatalf("the provider answers %d: %v", res.StatusCode, err)
	}
	return back
}

// behaviour is how things are done now.
func (p *Provider) behaviour() Behaviour {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.does
	if b.Issuer == "" {
		b.Issuer = p.URL
	}
	if b.Now == nil {
		b.Now = time.Now
	}
	return b
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	b := p.behaviour()
	method := "client_secret_basic"
	if b.Post {
		method = "client_secret_post"
	}
	says := map[string]any{
		"issuer": b.Issuer, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo", "response_types_supported": []string{"code"},
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{method}, "authorization_response_iss_parameter_supported": true,
	}
	if !b.NoSignOut {
		says["end_session_endpoint"] = p.URL + "/logout"
	}
	answer(w, http.StatusOK, says)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	public, id := p.key.PublicKey, p.keyID
	p.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": strconv.Itoa(id),
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
	}}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

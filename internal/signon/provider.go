package signon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// keptFor is how long the discovery document counts before it is read again.
	keptFor = time.Hour
	// missFor is how long a provider that did not answer is left alone.
	missFor = 2 * time.Second
)

// Provider is the identity provider that people sign in at. It is safe for concurrent use.
type Provider struct {
	config Config
	seal   *sealer
	client *http.Client
	now    func() time.Time
	log    *slog.Logger

	asking sync.Mutex // one at a time reads the document
	known  *providerInfo
	missed error
	asked  time.Time // when the document was last read, or could not be
}

// providerInfo is the provider's description of itself.
type providerInfo struct {
	*oidc.Provider
	oauth      oauth2.Config
	keys       *oidc.RemoteKeySet
	algorithms []string // that tokens may be signed with
	endSession string
	saysIssuer bool // its answers name it
}

// Option changes how a Provider works.
type Option func(*Provider)

// WithClock sets the clock. The default is the machine's.
func WithClock(now func() time.Time) Option { return func(p *Provider) { p.now = now } }

// WithTransport sets how the provider is reached. The default is http.DefaultTransport.
func WithTransport(t http.RoundTripper) Option { return func(p *Provider) { p.client = newClient(t) } }

// New returns the provider of the settings, which Check has found nothing wrong with. It
// asks nobody: a provider that is away is asked again with each sign-in.
func New(c Config, log *slog.Logger, opts ...Option) (*Provider, error) {
	seal, err := newSealer(&c)
	if err != nil {
		return nil, fmt.Errorf("make the key of sign-ins: %w", err)
	}
	p := &Provider{config: c, seal: seal, client: newClient(nil), now: time.Now, log: log}
	for _, set := range opts {
		set(p)
	}
	return p, nil
}

// Button is the text of the button, "" for the console's own.
func (p *Provider) Button() string { return p.config.Button }

// Callback is where people come back, "" when it is made of the request.
func (p *Provider) Callback() string { return p.config.Callback }

// LookUp reads the provider's description of itself, and logs when it is not
// available. It is called at the start, so that a mistake in the settings shows before
// somebody signs in.
func (p *Provider) LookUp(ctx context.Context) {
	if _, err := p.discover(ctx); err != nil && ctx.Err() == nil {
		p.log.WarnContext(ctx, "people cannot sign in at the identity provider yet", "issuer", p.config.Issuer, "err", err)
	}
}

// discover returns the provider's description of itself, read an hour ago at most.
// While the provider is away, the description that was read before stays in use.
func (p *Provider) discover(ctx context.Context) (*providerInfo, error) {
	p.asking.Lock()
	defer p.asking.Unlock()
	now := p.now()
	age := now.Sub(p.asked)
	switch {
	case p.known != nil && age >= 0 && age < keptFor:
		return p.known, nil
	case p.missed != nil && age >= 0 && age < missFor:
		return nil, p.missed
	}
	found, err := p.read(oidc.ClientContext(ctx, p.client))
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", ErrAway, ctx.Err())
	}
	p.asked = now
	if err != nil && p.known != nil {
		p.asked = now.Add(missFor - keptFor) // soon again
		p.log.WarnContext(ctx, "the document of the identity provider could not be read again, the old one stays in use", "issuer", p.config.Issuer, "err", err)
		return p.known, nil
	}
	p.missed = err
	if err == nil {
		p.known = found
	}
	return found, err
}

// read reads the discovery document.
func (p *Provider) read(ctx context.Context) (*providerInfo, error) {
	found, err := oidc.NewProvider(ctx, p.config.Issuer)
	if err != nil {
		if _, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
			return nil, fmt.Errorf("%w: %w", ErrSetup, err)
		}
		return nil, fmt.Errorf("%w: %s", ErrAway, clip(err))
	}
	var more struct {
		JWKS       string   `json:"jwks_uri"`
		EndSession string   `json:"end_session_endpoint"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
		Methods    []string `json:"token_endpoint_auth_methods_supported"`
		SaysIssuer bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSetup, err)
	}
	at := found.Endpoint()
	for _, address := range []string{at.AuthURL, at.TokenURL, more.JWKS} {
		if err := checkAddress(address); err != nil {
			return nil, fmt.Errorf("%w: endpoint %w", ErrSetup, err)
		}
	}
	for _, address := range []string{more.EndSession, found.UserInfoEndpoint()} {
		if err := checkAddress(address); address != "" && err != nil {
			return nil, fmt.Errorf("%w: endpoint %w", ErrSetup, err)
		}
	}
	switch {
	case len(more.Methods) == 0 || slices.Contains(more.Methods, "client_secret_basic"):
		at.AuthStyle = oauth2.AuthStyleInHeader
	case slices.Contains(more.Methods, "client_secret_post"):
		at.AuthStyle = oauth2.AuthStyleInParams
	default:
		return nil, fmt.Errorf("%w: it takes no client secret", ErrSetup)
	}
	return &providerInfo{
		Provider:   found,
		oauth:      oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.config.Secret, Endpoint: at, Scopes: p.config.scopes()},
		algorithms: signatures(more.Algorithms),
		keys:       oidc.NewRemoteKeySet(ctx, more.JWKS),
		endSession: more.EndSession, saysIssuer: more.SaysIssuer,
	}, nil
}

// SignOut is the provider's page that ends a person's session there and leads to back,
// "" when it has none or cannot be asked.
func (p *Provider) SignOut(ctx context.Context, back string) string {
	k, err := p.discover(ctx)
	if err != nil || k.endSession == "" {
		return ""
	}
	u, err := url.Parse(k.endSession)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.config.ClientID)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String()
}

// clip shortens foreign text for the log.
func clip(err error) string {
	const most = 200
	text := err.Error()
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}

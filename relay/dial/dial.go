// Package dial connects to receivers that tenants name, and protects all other addresses:
// it resolves a name once, and refuses private addresses unless the operator allows
// them. Its errors do not tell what is inside.
package dial

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Allowed are private ranges that may be reached, also by plain
// http.
type Allowed []netip.Prefix

// Parse reads ranges such as "10.1.0.0/16" or "127.0.0.1/32".
func Parse(texts []string) (Allowed, error) {
	var all Allowed
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no range of addresses, write one as 10.1.0.0/16: %w", text, err)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// ErrRefused says that an address may not be reached.
var ErrRefused = errors.New("the address is private: only the operator can allow it (--webhook-allow)")

// reserved are ranges without public receivers, in addition to those that netip knows: this
// network, shared addresses of carriers, protocol assignments, documentation, benchmarks,
// reserved ranges, and addresses that stand for those of
// IPv4.
var reserved = func() (all []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}()

// Check returns ErrRefused for an address that may not be reached.
func (a Allowed) Check(at netip.Addr) error {
	if at.Is4In6() {
		at = at.Unmap()
	}
	if a.names(at) {
		return nil
	}
	private := !at.IsGlobalUnicast() || at.IsPrivate() || at.Zone() != ""
	for _, p := range reserved {
		private = private || p.Contains(at)
	}
	if private {
		return fmt.Errorf("%s: %w", at, ErrRefused)
	}
	return nil
}

func (a Allowed) names(at netip.Addr) bool {
	for _, p := range a {
		if p.Contains(at.WithZone("")) {
			return true
		}
	}
	return false
}

// control checks the address that is about to be connected to: after the name was resolved,
// and before anything is sent.
func (a Allowed) control(plain bool) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%q: %w", address, ErrRefused)
		}
		if err := a.Check(at.Addr()); err != nil {
			return err
		}
		if plain && !a.names(at.Addr().Unmap()) {
			return fmt.Errorf("%s: without TLS only addresses that the operator allows are reached (--webhook-allow)", at.Addr())
		}
		return nil
	}
}

// Client returns an HTTP client for receivers. It follows no redirect and uses no proxy from
// the environment. trust sets the details of TLS; nil is the default.
func (a Allowed) Client(timeout time.Duration, trust *tls.Config) *http.Client {
	secure := &http.Transport{
		DialContext: a.Dialer(false).DialContext, TLSClientConfig: trust, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 16, MaxConnsPerHost: 32, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
	plain := secure.Clone()
	plain.DialContext = a.Dialer(true).DialContext
	return &http.Client{
		Timeout: timeout, Transport: schemes{plain: plain, secure: secure},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// schemes uses separate transports for plain and secure calls: whether plain http is allowed
// depends on the address.
type schemes struct{ plain, secure *http.Transport }

// RoundTrip sends a call.
func (s schemes) RoundTrip(r *http.Request) (*http.Response, error) {
	var res *http.Response
	var err error
	switch r.URL.Scheme {
	case "https":
		res, err = s.secure.RoundTrip(r)
	case "http":
		res, err = s.plain.RoundTrip(r)
	default:
		return nil, fmt.Errorf("%s: a receiver is reached by https", r.URL.Scheme)
	}
	return res, withoutNames(err)
}

// CloseIdleConnections closes unused connections.
func (s schemes) CloseIdleConnections() {
	s.plain.CloseIdleConnections()
	s.secure.CloseIdleConnections()
}

// CheckURL reports whether text is an address that a client of this package accepts.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("target: %w", err)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return fmt.Errorf("target %q: write an address such as https://shop.example/events", u.Redacted())
	case u.User != nil:
		return errors.New("target: a user or a password does not belong in the address, set the secret")
	}
	return nil
}

package dial

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// ErrTarget says that a target is never reached, as far as its text shows.
var ErrTarget = errors.New("is an address that may not be reached: private ones, and those without TLS, need --webhook-allow")

// CheckTarget returns ErrTarget for a target that is never reached: one with a private address in it, or one without
// TLS where only private addresses could be meant and none is allowed. It looks up no names: those are checked
// whenever they are dialled.
func (a Allowed) CheckTarget(target string) error {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return nil // the form of a target is for others to check
	}
	plain := isPlain(u.Scheme)
	for _, host := range append(strings.Split(u.Host, ","), u.Query()["addr"]...) {
		if !a.mayBe(hostOf(host), plain) {
			return ErrTarget
		}
	}
	return nil
}

// isPlain reports whether connections of a scheme are not encrypted.
func isPlain(scheme string) bool {
	return slices.Contains([]string{"http", "kafka", "nats", "amqp", "redis", "rocketmq"}, scheme) || strings.HasSuffix(scheme, "+http")
}

// hostOf is a host without its port.
func hostOf(text string) string {
	if host, _, err := net.SplitHostPort(text); err == nil {
		return host
	}
	return strings.Trim(text, "[]")
}

// mayBe reports whether a host may be one that is reached.
func (a Allowed) mayBe(host string, plain bool) bool {
	var all []netip.Addr
	if at, err := netip.ParseAddr(host); err == nil {
		all = []netip.Addr{at}
	} else if name := strings.ToLower(strings.TrimSuffix(host, ".")); name == "localhost" || strings.HasSuffix(name, ".localhost") {
		all = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	if len(all) == 0 { // a name
		return !plain || len(a) > 0
	}
	return slices.ContainsFunc(all, func(at netip.Addr) bool {
		return a.Check(at) == nil && (!plain || a.names(at.Unmap()))
	})
}

package server

import (
	"net/netip"
	"strings"
)

// proxies are the networks of the proxies in front of the server. Only what they report
// about the origin of a call counts.
type proxies []netip.Prefix

func (p proxies) trust(a netip.Addr) bool {
	for _, network := range p {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// client is the address that a call counts for: the peer's, or, if the peer is a trusted
// proxy, the one that the proxy names in X-Forwarded-For. An untrusted peer may write
// anything into that header. The result is an address with a port. The port has no
// meaning when the address was forwarded.
func (p proxies) client(peer string, forwarded []string) string {
	if len(p) == 0 || len(forwarded) == 0 {
		return peer
	}
	at, err := netip.ParseAddrPort(peer)
	if err != nil || !p.trust(at.Addr().Unmap()) {
		return peer
	}
	// Each proxy appends the address of its caller.
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	seen := at.Addr().Unmap()
	for i := len(hops) - 1; i >= 0 && p.trust(seen); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break // no proxy of ours wrote the part before it
		}
		seen = hop
	}
	return netip.AddrPortFrom(seen, 0).String()
}

// parseHop reads an address in the forms that proxies write: alone, in brackets, with a
// port or without.
func parseHop(s string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap(), err == nil
}

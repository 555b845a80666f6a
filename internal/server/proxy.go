package server

import (
	"net/netip"
	"strings"
)

// proxies are the networks of the proxies in front of the server: only their
// word about where a call comes from counts.
type proxies []netip.Prefix

func (p proxies) trust(a netip.Addr) bool {
	for _, network := range p {
		if network.Contains(a) {
			return true
		}
	}
	return false
}

// client is the address that a call counts for: the peer's, or, while that is
// a trusted proxy's, the one that proxy names in X-Forwarded-For. Who is not
// trusted may write into that header what he likes. The result is an address
// with a port, whose port says nothing when it was forwarded.
func (p proxies) client(peer string, forwarded []string) string {
	if len(p) == 0 || len(forwarded) == 0 {
		return peer
	}
	at, err := netip.ParseAddrPort(peer)
	if err != nil || !p.trust(at.Addr().Unmap()) {
		return peer
	}
	// Each proxy adds the address it was called from at the end.
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	seen := at.Addr().Unmap()
	for i := len(hops) - 1; i >= 0 && p.trust(seen); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break // what stands before it was not written by a proxy of ours
		}
		seen = hop
	}
	return netip.AddrPortFrom(seen, 0).String()
}

// parseHop reads an address as proxies write it: alone, in brackets, with a
// port or without.
func parseHop(s string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap(), err == nil
}

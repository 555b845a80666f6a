package server_test

import (
	"net/netip"
	"testing"

	"holdfast.dev/holdfast/internal/server"
)

// Behind a trusted proxy the public limit counts by the callers' addresses;
// whoever is no proxy does not get around it by the header.
func TestThePublicLimitCountsTheCallersOfATrustedProxy(t *testing.T) {
	t.Parallel()
	from := func(address string) []string { return []string{"X-Forwarded-For", address} }
	trusted := start(t, server.WithPublicRate(0.001), server.WithTrustedProxies(netip.MustParsePrefix("127.0.0.0/8")))
	alone := start(t, server.WithPublicRate(0.001))
	for _, h := range []*house{trusted, alone} {
		h.play(t, step{path: "/inventory", body: `{"product_id":"p"}`})
	}
	trusted.tell(t, []step{
		{name: "one caller", as: "nobody", path: "/inventory/check/p", head: from("192.0.2.1")},
		{name: "another one", as: "nobody", path: "/inventory/check/p", head: from("192.0.2.2")},
		{name: "the first again", as: "nobody", path: "/inventory/check/p", head: from("192.0.2.1"), status: 429},
		{name: "who writes another address before his own", as: "nobody", path: "/inventory/check/p", head: from("198.51.100.1, 192.0.2.1"), status: 429},
	})
	alone.tell(t, []step{
		{name: "without a trusted proxy", as: "nobody", path: "/inventory/check/p", head: from("192.0.2.1")},
		{name: "the header says nothing", as: "nobody", path: "/inventory/check/p", head: from("192.0.2.2"), status: 429},
	})
}

package server

import (
	"net/netip"
	"testing"
)

func TestOnlyTrustedProxiesSayWhereACallComesFrom(t *testing.T) {
	t.Parallel()
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		name      string
		proxies   proxies
		peer      string
		forwarded []string
		want      string
	}{
		{"without trusted proxies the header says nothing", nil, "10.0.0.1:80", []string{"192.0.2.1"}, "10.0.0.1:80"},
		{"a caller who is no proxy may not speak for others", trusted, "192.0.2.9:80", []string{"192.0.2.1"}, "192.0.2.9:80"},
		{"a proxy that says nothing counts itself", trusted, "10.0.0.1:80", nil, "10.0.0.1:80"},
		{"a proxy names its caller", trusted, "10.0.0.1:80", []string{"192.0.2.1"}, "192.0.2.1:0"},
		{"what a caller wrote before the proxy added his address is not believed", trusted, "10.0.0.1:80", []string{"198.51.100.7, 192.0.2.1"}, "192.0.2.1:0"},
		{"a chain of trusted proxies is followed", trusted, "10.0.0.1:80", []string{"192.0.2.1, 10.0.0.3", "10.0.0.2"}, "192.0.2.1:0"},
		{"a chain of trusted proxies only ends at the first", trusted, "10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3:0"},
		{"an address with a port", trusted, "10.0.0.1:80", []string{"192.0.2.1:4711"}, "192.0.2.1:0"},
		{"an IPv6 address", trusted, "[fd00::1]:80", []string{"2001:db8::5"}, "[2001:db8::5]:0"},
		{"an IPv6 address in brackets", trusted, "[fd00::1]:80", []string{"[2001:db8::5]"}, "[2001:db8::5]:0"},
		{"an IPv6 address in brackets with a port", trusted, "[fd00::1]:80", []string{"[2001:db8::5]:99"}, "[2001:db8::5]:0"},
		{"a proxy that comes as IPv4 in IPv6", trusted, "[::ffff:10.0.0.1]:80", []string{"192.0.2.1"}, "192.0.2.1:0"},
		{"what is no address ends the chain", trusted, "10.0.0.1:80", []string{"192.0.2.1, unknown"}, "10.0.0.1:0"},
		{"an empty header", trusted, "10.0.0.1:80", []string{""}, "10.0.0.1:0"},
		{"a peer that is no address", trusted, "@", []string{"192.0.2.1"}, "@"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.proxies.client(c.peer, c.forwarded); got != c.want {
				t.Errorf("peer %s, X-Forwarded-For %q: %s, want %s", c.peer, c.forwarded, got, c.want)
			}
		})
	}
}

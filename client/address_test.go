package client

import (
	"crypto/tls"
	"testing"
)

func TestAnAddressMayBeAURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address, target string
		tls             bool
	}{
		{"stock.example:8081", "stock.example:8081", false},
		{"dns:///stock.example:8081", "dns:///stock.example:8081", false},
		{"http://127.0.0.1:8080", "127.0.0.1:8080", false},
		{"http://127.0.0.1:8080/", "127.0.0.1:8080", false},
		{"https://stock.example", "stock.example:443", true},
		{"http://[::1]", "[::1]:80", false},
		{"HTTPS://stock.example:8443", "stock.example:8443", true},
	} {
		o := options{}
		if got, err := o.target(c.address); err != nil || got != c.target || (o.tls != nil) != c.tls {
			t.Errorf("%s: %q, TLS %t, %v", c.address, got, o.tls != nil, err)
		}
	}
	for _, address := range []string{"http://", "http://stock.example/api", "https://stock.example?x=1", "http://u:p@stock.example"} {
		if _, err := New(address); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
	if _, err := New("http://stock.example", WithTLS(&tls.Config{MinVersion: tls.VersionTLS12})); err == nil {
		t.Error("TLS over http is taken")
	}
}

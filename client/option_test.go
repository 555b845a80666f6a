package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/credentials"

	"holdfast.dev/holdfast/client"
)

// With TLS the client requires a certificate that it trusts, and reports why it does not
// connect.
func TestWithTLSTheServerMustBeWhoItSays(t *testing.T) {
	t.Parallel()
	lender := httptest.NewTLSServer(nil) // for its certificate
	defer lender.Close()
	h := newHostile(t, func(h *hostile) { h.tls = credentials.NewServerTLSFromCert(&lender.TLS.Certificates[0]) })
	trust := x509.NewCertPool()
	trust.AddCert(lender.Certificate())

	if _, err := open(t, h.address, client.WithTLS(&tls.Config{RootCAs: trust})).Check(t.Context(), client.Check{ProductID: "p"}); err != nil {
		t.Error(err)
	}
	for name, test := range map[string]struct {
		address string
		trust   *x509.CertPool
	}{
		"nobody vouches for it": {h.address, x509.NewCertPool()},
		"the server has no TLS": {newHostile(t, nil).address, trust},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t, test.address, client.WithTLS(&tls.Config{RootCAs: test.trust})).Check(within(t, 10*time.Second), client.Check{ProductID: "p"})
			if err == nil || !strings.Contains(err.Error(), "authentication handshake failed") {
				t.Error(err)
			}
		})
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		address string
		opt     client.Option
	}{
		"no address":                  {"", client.WithKey("k")},
		"an address of no known form": {"nope://\x7f", client.WithKey("k")},
		"a key with its line's end":   {"localhost:1", client.WithKey("k\n")},
		"an operator beyond ASCII":    {"localhost:1", client.WithOperator("Jürgen")},
		"a tenant beyond ASCII":       {"localhost:1", client.WithTenant("店")},
	} {
		if c, err := client.New(test.address, test.opt); err == nil {
			c.Close()
			t.Errorf("%s was taken", name)
		}
	}
}

// A value that gRPC cannot carry is refused at once, not when the time is over.
func TestWhatStandsBesideACallMustBeASCII(t *testing.T) {
	t.Parallel()
	h := newHostile(t, nil)
	c, ctx := open(t, h.address), client.AsOperator(t.Context(), "Jürgen")
	if _, err := c.Restock(ctx, client.Restock{ProductID: "p", Quantity: 1}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a write: %v", err)
	}
	if _, err := c.Batch(ctx, client.Restock{ProductID: "p", Quantity: 1}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a batch: %v", err)
	}
	if _, err := c.Check(client.After(t.Context(), "é"), client.Check{ProductID: "p"}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a read: %v", err)
	}
	if len(h.seen()) != 0 || h.asked() != 0 {
		t.Error("something was sent")
	}
}

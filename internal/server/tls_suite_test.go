package server_test

import (
	"crypto/tls"
	"testing"
)

// CBC with TLS 1.2 is open to attacks on padding.
func TestNoSuiteWithCBCIsTaken(t *testing.T) {
	t.Parallel()
	f, _ := newFiles(t, newAuthority(t, "ours"), nil)
	s := secure(t, f)
	for _, c := range []struct {
		suite uint16
		ok    bool
	}{
		{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, false},
		{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, false},
		{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, false},
		{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true},
	} {
		for _, at := range []string{s.http, s.grpc} {
			conn, err := tls.Dial("tcp", at, &tls.Config{
				InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{c.suite}, NextProtos: []string{"h2"},
			})
			if err == nil {
				conn.Close()
			}
			if (err == nil) != c.ok {
				t.Errorf("%s: %v", tls.CipherSuiteName(c.suite), err)
			}
		}
	}
}

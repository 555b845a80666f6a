package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// CertificateFiles names PEM files: the certificate with its chain, its key,
// and the authorities that sign the certificates of clients. Without the last
// file, clients need no certificate.
type CertificateFiles struct{ Cert, Key, ClientCA string }

// Certificates are the certificates of the public ports. They are read again when the
// files change. Open connections keep the ones that they began with. Certificates are
// safe for concurrent use.
type Certificates struct {
	files CertificateFiles
	log   *slog.Logger

	mu      sync.Mutex
	read    [3][]byte // what the files had in them
	now     atomic.Pointer[tls.Config]
	expires atomic.Int64 // Unix seconds
	failed  atomic.Uint64
}

// certificateEvery is how often the files are checked. Renewal happens days before they
// expire.
const certificateEvery = 5 * time.Second

// ReadCertificates reads the files. A flaw in them is an error here. Later a flaw is
// logged, and the earlier content stays in use.
func ReadCertificates(files CertificateFiles, log *slog.Logger) (*Certificates, error) {
	c := &Certificates{files: files, log: log}
	if _, err := c.Reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload reads the files if they have changed, and reports whether they had.
func (c *Certificates) Reload() (changed bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		if err != nil {
			c.failed.Add(1)
		}
	}()
	var read [3][]byte
	for i, name := range []string{c.files.Cert, c.files.Key, c.files.ClientCA} {
		if name == "" {
			continue
		}
		if read[i], err = os.ReadFile(name); err != nil {
			return false, fmt.Errorf("read certificates: %w", err)
		}
	}
	if c.now.Load() != nil && bytes.Equal(read[0], c.read[0]) && bytes.Equal(read[1], c.read[1]) && bytes.Equal(read[2], c.read[2]) {
		return false, nil
	}
	next, leaf, err := c.configure(read)
	if err != nil {
		return false, err
	}
	c.read = read
	c.expires.Store(leaf.NotAfter.Unix())
	c.now.Store(next)
	return true, nil
}

// suites are those of TLS 1.2 that encrypt and authenticate in one step. Those with CBC, which Go still offers, are
// open to attacks on padding. TLS 1.3 has no others, and ignores the list.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// configure makes the TLS configuration for the files' contents.
func (c *Certificates) configure(read [3][]byte) (*tls.Config, *x509.Certificate, error) {
	pair, err := tls.X509KeyPair(read[0], read[1])
	if err != nil {
		return nil, nil, fmt.Errorf("certificate %s with key %s: %w", c.files.Cert, c.files.Key, err)
	}
	leaf := pair.Leaf
	if leaf == nil {
		return nil, nil, fmt.Errorf("certificate %s: there is none in it", c.files.Cert)
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair},
		MinVersion:   tls.VersionTLS12,
		CipherSuites: suites,
		NextProtos:   []string{"h2", "http/1.1"},
	}
	if c.files.ClientCA != "" {
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(read[2]) {
			return nil, nil, fmt.Errorf("client authorities %s: there is no certificate in it", c.files.ClientCA)
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, leaf, nil
}

// Config is a configuration for a listener that always uses the latest content.
func (c *Certificates) Config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		CipherSuites:       suites,
		NextProtos:         []string{"h2", "http/1.1"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.now.Load(), nil },
	}
}

// Expires is when the certificate in use ends.
func (c *Certificates) Expires() time.Time { return time.Unix(c.expires.Load(), 0) }

// Run reads the files again when they change, and at once when reload says so,
// until ctx ends.
func (c *Certificates) Run(ctx context.Context, reload <-chan os.Signal) error {
	tick := time.NewTicker(certificateEvery)
	defer tick.Stop()
	var complained error
	for {
		asked := false
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-reload:
			asked = true
		}
		switch changed, err := c.Reload(); {
		case err != nil && (asked || complained == nil || err.Error() != complained.Error()):
			// Files that are replaced one after the other do not match for a moment.
			c.log.WarnContext(ctx, "certificates not read, the old ones stay", "err", err)
			complained = err
		case err == nil && changed:
			c.log.InfoContext(ctx, "certificates read", "expires", c.Expires())
			complained = nil
		case err == nil && asked:
			c.log.InfoContext(ctx, "certificates have not changed", "expires", c.Expires())
			complained = nil
		}
	}
}

// errHalf says that one of certificate and key is missing.
var errHalf = errors.New("a certificate needs its key, and a key its certificate")

// Check reports what is wrong with the choice of files, before any is read.
func (f CertificateFiles) Check() error {
	switch {
	case (f.Cert == "") != (f.Key == ""):
		return errHalf
	case f.Cert == "" && f.ClientCA != "":
		return errors.New("certificates of clients can only be asked for with a certificate of the server")
	}
	return nil
}

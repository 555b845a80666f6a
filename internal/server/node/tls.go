package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"
	grpcpeer "google.golang.org/grpc/peer"
)

// Name is the required name in the certificate of every node: other certificates of the same authority are
// not those of nodes.
const Name = "holdfast-node"

// Files names PEM files: the node's certificate with its chain, its key, and
// the authorities that sign the certificates of all nodes.
type Files struct{ Cert, Key, CA string }

// Check reports what is wrong with the choice of files, before any is read.
func (f Files) Check() error {
	if f != (Files{}) && (f.Cert == "" || f.Key == "" || f.CA == "") {
		return errors.New("the certificate of a node, its key and the authority of the nodes go together")
	}
	return nil
}

// filesEvery is how often files are read again, for new connections and for groups on open ones: a node whose
// authority is no longer named there is refused within 2 s. Renewal happens days before they
// expire.
const filesEvery = time.Second

// identity proves a node to others and checks who they are.
type identity struct {
	files Files

	mu    sync.Mutex
	read  time.Time
	pair  tls.Certificate
	roots *x509.CertPool
}

// newIdentity reads the files; nil when there are none.
func newIdentity(files Files) (*identity, error) {
	if err := files.Check(); err != nil || files == (Files{}) {
		return nil, err
	}
	i := &identity{files: files}
	if _, _, err := i.load(); err != nil {
		return nil, err
	}
	return i, nil
}

// load returns the recent content of the files. When the files no longer match each
// other, the earlier content stays.
func (i *identity) load() (tls.Certificate, *x509.CertPool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.roots != nil && time.Since(i.read) < filesEvery {
		return i.pair, i.roots, nil
	}
	pair, roots, err := i.files.read()
	if err != nil && i.roots == nil {
		return pair, nil, err
	}
	if err == nil {
		i.pair, i.roots = pair, roots
	}
	i.read = time.Now()
	return i.pair, i.roots, nil
}

func (f Files) read() (tls.Certificate, *x509.CertPool, error) {
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return pair, nil, fmt.Errorf("certificate %s of the node with key %s: %w", f.Cert, f.Key, err)
	}
	if err := pair.Leaf.VerifyHostname(Name); err != nil {
		return pair, nil, fmt.Errorf("certificate %s of the node: %w", f.Cert, err)
	}
	pem, err := os.ReadFile(f.CA)
	if err != nil {
		return pair, nil, fmt.Errorf("authorities of the nodes: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return pair, nil, fmt.Errorf("authorities of the nodes %s: there is no certificate in it", f.CA)
	}
	return pair, roots, nil
}

// server is the configuration of the node's port.
func (i *identity) server() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{"h2"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			pair, roots, err := i.load()
			if err != nil {
				return nil, err
			}
			return &tls.Config{
				MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"},
				Certificates: []tls.Certificate{pair},
				ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: roots,
				VerifyConnection: func(c tls.ConnectionState) error { return c.PeerCertificates[0].VerifyHostname(Name) },
			}, nil
		},
	}
}

// client is the configuration of a connection to another node.
func (i *identity) client() (*tls.Config, error) {
	_, roots, err := i.load()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"},
		ServerName: Name, RootCAs: roots,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, _, err := i.load()
			return &pair, err
		},
	}, nil
}

// trust is whether a node that was let in would be let in again.
type trust struct {
	identity *identity // nil: messages are signed
	chain    []*x509.Certificate
	roots    *x509.CertPool // with which the chain was verified last
}

// trustOf is the trust in the node at the other end of a stream, which was let in.
func (i *identity) trustOf(ctx context.Context) trust {
	t := trust{identity: i}
	if p, ok := grpcpeer.FromContext(ctx); ok {
		if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
			t.chain = info.State.PeerCertificates
		}
	}
	return t
}

// check returns why the node would not be let in: its certificate has ended, or its authority is no longer ours.
func (t *trust) check(now time.Time) error {
	if t.identity == nil {
		return nil
	}
	if len(t.chain) == 0 {
		return errors.New("the node shows no certificate")
	}
	_, roots, err := t.identity.load()
	if err != nil {
		return err
	}
	if roots == t.roots && now.Before(t.chain[0].NotAfter) {
		return nil
	}
	with := x509.VerifyOptions{
		Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, c := range t.chain[1:] {
		with.Intermediates.AddCert(c)
	}
	if _, err := t.chain[0].Verify(with); err != nil {
		return fmt.Errorf("the certificate of the node is not taken any longer, renew it: %w", err)
	}
	t.roots = roots
	return nil
}

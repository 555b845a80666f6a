package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// certificateFiles puts a certificate for 127.0.0.1 with the serial, which signs
// itself, and its key into the folder.
func certificateFiles(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "holdfast"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, own.Public(), own)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: packed}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// trust is a client's side that takes the certificate in the file.
func trust(t *testing.T, cert string) *tls.Config {
	t.Helper()
	c := &tls.Config{RootCAs: x509.NewCertPool()}
	c.RootCAs.AppendCertsFromPEM([]byte(readFile(t, cert)))
	return c
}

// A server with a certificate speaks TLS on both public ports, reads a new one
// on SIGHUP without a restart, and doctor says what there is to say about it.
func TestAServerSpeaksTLSAndReadsItsCertificateAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := certificateFiles(t, dir, 1)
	s := newServerWith(t, "HOLDFAST_TLS_CERT="+cert, "HOLDFAST_TLS_KEY="+key)
	// serial calls over REST and returns the serial of the certificate shown.
	serial := func(c *tls.Config) (int64, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}, Timeout: 10 * time.Second}
		defer client.CloseIdleConnections()
		req, err := http.NewRequest("GET", "https://"+s.http+"/inventory", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+adminKey)
		resp, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status %d over TLS", resp.StatusCode)
		}
		return resp.TLS.PeerCertificates[0].SerialNumber.Int64(), nil
	}
	if n, err := serial(trust(t, cert)); err != nil || n != 1 {
		t.Fatalf("REST over TLS shows certificate %d, %v", n, err)
	}
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(credentials.NewTLS(trust(t, cert))))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+adminKey)
	list := func() {
		t.Helper()
		if _, err := holdfastv1.NewInventoryServiceClient(conn).ListInventory(ctx, &holdfastv1.ListInventoryRequest{}); err != nil {
			t.Errorf("gRPC over TLS: %v", err)
		}
	}
	list()

	certificateFiles(t, dir, 2)
	hangUp(t, s)
	for begun := time.Now(); ; <-time.After(5 * time.Millisecond) {
		if n, err := serial(trust(t, cert)); err == nil && n == 2 {
			break
		} else if time.Since(begun) > hang {
			t.Fatalf("long after the change the server shows certificate %d, %v", n, err)
		}
	}
	list() // over the connection that began with the old one

	args := []string{"doctor", "--only", "certificate,server", "--tls-cert", cert, "--tls-key", key, "--url", "https://" + s.http}
	if o := runWith(t, nil, args...); o.code != 0 {
		t.Errorf("doctor ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	s.stop()
}

// With a client authority, calls without a certificate get nothing, with a key or without. The
// operators' port stays as it is.
func TestAServerAsksClientsForCertificates(t *testing.T) {
	t.Parallel()
	cert, key := certificateFiles(t, t.TempDir(), 1)
	s := newServerWith(t, "HOLDFAST_TLS_CERT="+cert, "HOLDFAST_TLS_KEY="+key, "HOLDFAST_TLS_CLIENT_CA="+cert)
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	get := func(certificates ...tls.Certificate) error {
		c := &tls.Config{RootCAs: x509.NewCertPool(), Certificates: certificates}
		c.RootCAs.AppendCertsFromPEM(text)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: c}, Timeout: 10 * time.Second}
		defer client.CloseIdleConnections()
		resp, err := client.Get("https://" + s.http + "/readyz")
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := get(pair); err != nil {
		t.Errorf("a client with a certificate: %v", err)
	}
	if err := get(); err == nil {
		t.Error("a client without a certificate gets an answer")
	}
	s.stop()
}

package server_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"

	"holdfast.dev/holdfast/api/contracttest"
	"holdfast.dev/holdfast/internal/server"
)

// secured is a server that speaks TLS, with nothing behind it.
type secured struct {
	http, grpc string
	hup        chan os.Signal
	certs      *server.Certificates
}

func secure(t *testing.T, f files) *secured {
	t.Helper()
	s := &secured{hup: make(chan os.Signal)}
	var err error
	if s.certs, err = server.ReadCertificates(f.CertificateFiles, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(server.Rooms{}, server.WithCertificates(s.certs, s.hup))
	if err != nil {
		t.Fatal(err)
	}
	var ears [2]net.Listener
	for i := range ears {
		if ears[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	s.http, s.grpc = ears[0].Addr().String(), ears[1].Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return srv.Run(ctx, server.Listeners{HTTP: ears[0], GRPC: ears[1]}) })
	t.Cleanup(func() {
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// reload tells the server to look at its files and returns when it has: it
// takes the second word only after it has acted on the first.
func (s *secured) reload() {
	s.hup <- syscall.SIGHUP
	s.hup <- syscall.SIGHUP
}

// alive asks over both transports and returns the serials of the certificates
// the server showed.
func (s *secured) alive(t *testing.T, c *tls.Config) (rest, rpc int64, err error) {
	t.Helper()
	client := &http.Client{Transport: contracttest.Transport(t, &http.Transport{TLSClientConfig: c.Clone(), ForceAttemptHTTP2: true})}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + s.http + "/healthz")
	if err != nil {
		return 0, 0, err
	}
	res.Body.Close()
	if res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("over TLS: HTTP/%d, Strict-Transport-Security %q", res.ProtoMajor, res.Header.Get("Strict-Transport-Security"))
	}
	seen := c.Clone()
	seen.VerifyConnection = func(state tls.ConnectionState) error {
		rpc = state.PeerCertificates[0].SerialNumber.Int64()
		return nil
	}
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(credentials.NewTLS(seen)))
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	if _, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		return 0, 0, err
	}
	return res.TLS.PeerCertificates[0].SerialNumber.Int64(), rpc, nil
}

func TestBothPortsSpeakTLS(t *testing.T) {
	t.Parallel()
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	f, serial := newFiles(t, ours, nil)
	s := secure(t, f)
	if rest, rpc, err := s.alive(t, ours.trusting(t, nil)); err != nil || rest != serial || rpc != serial {
		t.Errorf("REST shows %d, gRPC %d, %v; want %d", rest, rpc, err, serial)
	}
	if _, _, err := s.alive(t, other.trusting(t, nil)); err == nil {
		t.Error("a client that does not know the authority is content")
	}
	old := ours.trusting(t, nil)
	old.MaxVersion = tls.VersionTLS11
	for _, address := range []string{s.http, s.grpc} {
		if conn, err := tls.Dial("tcp", address, old); err == nil {
			conn.Close()
			t.Errorf("%s speaks TLS 1.1", address)
		}
	}
	if res, err := (&http.Client{Transport: contracttest.Transport(t, http.DefaultTransport)}).Get("http://" + s.http + "/healthz"); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("plain text on the TLS port: %d", res.StatusCode)
		}
	}
}

func TestClientsMustShowACertificate(t *testing.T) {
	t.Parallel()
	ours, clients, other := newAuthority(t, "ours"), newAuthority(t, "clients"), newAuthority(t, "other")
	f, _ := newFiles(t, ours, clients)
	s := secure(t, f)
	if _, _, err := s.alive(t, ours.trusting(t, clients)); err != nil {
		t.Errorf("a client with a certificate: %v", err)
	}
	if _, _, err := s.alive(t, ours.trusting(t, nil)); err == nil {
		t.Error("a client without a certificate gets in")
	}
	if _, _, err := s.alive(t, ours.trusting(t, other)); err == nil {
		t.Error("a client with a certificate of another authority gets in")
	}
	// The authority of clients is changed like the certificate is.
	put(t, f.ClientCA, other.pem)
	s.reload()
	if _, _, err := s.alive(t, ours.trusting(t, other)); err != nil {
		t.Errorf("a client of the new authority: %v", err)
	}
	if _, _, err := s.alive(t, ours.trusting(t, clients)); err == nil {
		t.Error("a client of the old authority gets in")
	}
}

// While certificates are changed again and again nobody who connects meets an
// error, and a connection that is open stays open.
func TestCertificatesChangeUnderLiveConnections(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t, "ours")
	f, first := newFiles(t, ours, nil)
	s := secure(t, f)
	trusting := ours.trusting(t, nil)

	old := &http.Client{Transport: contracttest.Transport(t, &http.Transport{TLSClientConfig: trusting.Clone(), ForceAttemptHTTP2: true})}
	defer old.CloseIdleConnections()
	shown := func() int64 {
		res, err := old.Get("https://" + s.http + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	shown()

	halt := make(chan struct{})
	var all sync.WaitGroup
	var calls atomic.Int64
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-halt:
					return
				default:
				}
				if _, _, err := s.alive(t, trusting); err != nil {
					t.Errorf("while certificates change: %v", err)
					return
				}
				calls.Add(1)
			}
		})
	}
	for range 10 {
		serial := f.renew(t, ours)
		s.reload()
		if rest, rpc, err := s.alive(t, trusting); err != nil || rest != serial || rpc != serial {
			t.Errorf("after a change REST shows %d, gRPC %d, %v; want %d", rest, rpc, err, serial)
		}
		if now := shown(); now != first {
			t.Errorf("an open connection shows %d, it began with %d", now, first)
		}
	}
	close(halt)
	all.Wait()
	t.Logf("%d pairs of connections while the certificate changed ten times", calls.Load())
}

// Unusable files do not replace usable ones.
func TestBadFilesAreNotTakenOver(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t, "ours")
	f, serial := newFiles(t, ours, nil)
	c, err := server.ReadCertificates(f.CertificateFiles, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cert, _, _ := ours.sign(t)
	for name, spoil := range map[string]func(){
		"half of a pair has been replaced": func() { put(t, f.Cert, cert) },
		"a file that is no certificate":    func() { put(t, f.Cert, []byte("hello")) },
		"a file that is gone": func() {
			if err := os.Remove(f.Cert); err != nil {
				t.Fatal(err)
			}
		},
	} {
		spoil()
		if changed, err := c.Reload(); changed || err == nil {
			t.Errorf("%s: changed %v, %v", name, changed, err)
		}
		config, err := c.Config().GetConfigForClient(nil)
		if err != nil || config.Certificates[0].Leaf.SerialNumber.Int64() != serial {
			t.Errorf("%s: the old certificate is not in use any more: %v", name, err)
		}
	}
	next := f.renew(t, ours)
	if changed, err := c.Reload(); !changed || err != nil {
		t.Errorf("good files: changed %v, %v", changed, err)
	}
	if config, _ := c.Config().GetConfigForClient(nil); config.Certificates[0].Leaf.SerialNumber.Int64() != next {
		t.Error("good files are not in use")
	}
	if changed, err := c.Reload(); changed || err != nil {
		t.Errorf("the same files: changed %v, %v", changed, err)
	}
	put(t, f.Key, []byte("hello"))
	if _, err := server.ReadCertificates(f.CertificateFiles, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a server starts with a key that is none")
	}
}

// Nobody has to tell the server: it looks at the files by itself.
func TestChangedFilesAreNoticed(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t, "ours")
	f, _ := newFiles(t, ours, nil)
	synctest.Test(t, func(t *testing.T) {
		c, err := server.ReadCertificates(f.CertificateFiles, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx, nil) }()
		serial := f.renew(t, ours)
		<-time.After(time.Minute) // of the test's clock
		synctest.Wait()
		if config, _ := c.Config().GetConfigForClient(nil); config.Certificates[0].Leaf.SerialNumber.Int64() != serial {
			t.Error("a minute later the new certificate is not in use")
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestHalfAChoiceOfCertificatesIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		f    server.CertificateFiles
		ok   bool
	}{
		{"none", server.CertificateFiles{}, true},
		{"a pair", server.CertificateFiles{Cert: "c", Key: "k"}, true},
		{"a pair and an authority of clients", server.CertificateFiles{Cert: "c", Key: "k", ClientCA: "a"}, true},
		{"a certificate without its key", server.CertificateFiles{Cert: "c"}, false},
		{"a key without its certificate", server.CertificateFiles{Key: "k"}, false},
		{"an authority of clients alone", server.CertificateFiles{ClientCA: "a"}, false},
	} {
		if err := c.f.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

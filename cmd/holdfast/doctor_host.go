package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/server"
)

// goodDescriptors is enough for some thousand connections.
const goodDescriptors = 16_384

func (d *doctor) descriptors(context.Context) []finding {
	n, err := mostDescriptors()
	if err != nil {
		return []finding{found(unknown, "the limit on open files is not known here")}
	}
	f := found(good, "a process may have %d files and connections open", n)
	if n < goodDescriptors {
		f.Verdict = warning
		f = f.remedy("raise it (ulimit -Hn, LimitNOFILE=): each connection takes one")
	}
	return []finding{f}
}

// ports checks whether the addresses are free, or taken by a Holdfast.
func (d *doctor) ports(ctx context.Context) []finding {
	var all []finding
	serving := d.alive(ctx, "http://"+reachable(d.ops))
	for _, p := range []struct{ flag, address string }{{"http", d.http}, {"grpc", d.grpc}, {"ops", d.ops}} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.address)
		switch {
		case err == nil:
			all = append(all, found(good, "--%s %s is free", p.flag, p.address))
			if err := l.Close(); err != nil {
				all = append(all, found(warning, "--%s %s: %v", p.flag, p.address, err))
			}
		case serving:
			all = append(all, found(good, "--%s %s is in use; a Holdfast runs here", p.flag, p.address))
		default:
			all = append(all, found(wrong, "--%s %s: %v", p.flag, p.address, err).remedy("stop what listens there, or choose another with --%s or %s", p.flag, envName(p.flag)))
		}
	}
	return all
}

// How long before the end of a certificate the doctor mentions it, and when it does more than that.
const (
	renewSoon = 21 * 24 * time.Hour
	renewNow  = 3 * 24 * time.Hour
)

// certificate checks the files that a server would get.
func (d *doctor) certificate(context.Context) []finding {
	if err := d.files.Check(); err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	if d.files.Cert == "" {
		return nil
	}
	c, err := server.ReadCertificates(d.files, slog.New(slog.DiscardHandler))
	if err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	return []finding{d.expiry(d.files.Cert, c.Expires())}
}

func (d *doctor) expiry(what string, end time.Time) finding {
	left := end.Sub(d.now)
	f := found(good, "%s ends on %s, in %d days", what, end.UTC().Format(time.DateOnly), int(left.Hours()/24))
	switch {
	case left <= 0:
		f = found(wrong, "%s ended on %s", what, end.UTC().Format(time.DateOnly)).remedy("clients refuse it: renew it; a running server reads the new files by itself")
	case left < renewNow:
		f.Verdict = wrong
		f = f.remedy("renew it now; a running server reads the new files by itself")
	case left < renewSoon:
		f.Verdict = warning
		f = f.remedy("renew it; a running server reads the new files by itself")
	}
	return f
}

// askFor bounds each question to a server.
const askFor = 5 * time.Second

// skewToWorry is how far the clocks of two machines may differ: a Date has whole seconds,
// and the answer took a moment.
const skewToWorry = 5 * time.Second

// server asks a running server.
func (d *doctor) server(ctx context.Context) []finding {
	if d.url == "" {
		return nil
	}
	u, err := url.Parse(d.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return []finding{found(wrong, "--url %q is no URL of a server", d.url)}
	}
	answer, err := d.ask(ctx, d.url, "/readyz")
	if err != nil {
		return []finding{found(wrong, "%s does not answer: %v", u.Redacted(), err).remedy("does it run, and is this its REST or its ops address?")}
	}
	f := found(good, "%s says: %s", u.Redacted(), answer.text)
	if answer.status != http.StatusOK {
		f.Verdict = wrong
		f = f.remedy("its log says why")
	}
	all := []finding{f}
	if there, err := http.ParseTime(answer.date); err == nil {
		if skew := time.Since(there); skew > skewToWorry || skew < -skewToWorry {
			all = append(all, found(warning, "its clock and this one are %s apart", skew.Abs().Round(time.Second)).remedy("let NTP keep both"))
		}
	}
	if answer.tls != nil && len(answer.tls.PeerCertificates) > 0 {
		all = append(all, d.checkPresented(u, answer.tls)...)
	}
	return all
}

// checkPresented checks the certificate that a server presented.
func (d *doctor) checkPresented(u *url.URL, state *tls.ConnectionState) []finding {
	leaf := state.PeerCertificates[0]
	all := []finding{d.expiry("the certificate of "+u.Host, leaf.NotAfter)}
	if err := leaf.VerifyHostname(u.Hostname()); err != nil {
		all = append(all, found(wrong, "the certificate is for another name: %v", err))
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Intermediates: between, CurrentTime: d.now})
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		all = append(all, found(warning, "this machine does not know who signed the certificate").remedy("fine for an authority of your own; its clients must know it"))
	}
	return all
}

// alive reports whether a Holdfast answers.
func (d *doctor) alive(ctx context.Context, base string) bool {
	answer, err := d.ask(ctx, base, "/healthz")
	return err == nil && answer.status == http.StatusOK && answer.text == "ok"
}

// serverAnswer is what a server answered.
type serverAnswer struct {
	status     int
	text, date string
	tls        *tls.ConnectionState
}

// ask sends a GET without any credential. It checks the certificate itself, also when
// clients should refuse it.
func (d *doctor) ask(ctx context.Context, base, path string) (s serverAnswer, err error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	if d.files.ClientCA != "" {
		if pair, err := tls.LoadX509KeyPair(d.files.Cert, d.files.Key); err == nil {
			transport.TLSClientConfig.Certificates = []tls.Certificate{pair}
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+path, http.NoBody)
	if err != nil {
		return s, err
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return s, fmt.Errorf("read the answer: %w", err)
	}
	return serverAnswer{resp.StatusCode, strings.TrimSpace(string(b)), resp.Header.Get("Date"), resp.TLS}, nil
}

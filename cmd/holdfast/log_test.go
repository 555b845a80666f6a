package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
)

// A credential that is logged by mistake is not shown: not under the name of a
// credential, not inside a text, not in an error, at no depth, in neither form.
func TestTheLogShowsNoCredential(t *testing.T) {
	t.Parallel()
	const key, bootstrap = "hf_0a1b2c3d_0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk", "change-me-please"
	for _, format := range []string{"json", "text"} {
		for _, c := range []struct {
			name string
			log  func(*slog.Logger)
			keep string // what must still be there
		}{
			{"under its name", func(l *slog.Logger) { l.Info("m", "authorization", "whatever", "api_key", "whatever", "password", 7) }, "authorization"},
			{"in a text", func(l *slog.Logger) { l.Info("m", "text", "the key "+key+" was used") }, "hf_0a1b2c3d_"},
			{"in the message", func(l *slog.Logger) { l.Info("key " + key) }, "hf_0a1b2c3d_"},
			{"in an error", func(l *slog.Logger) { l.Info("m", "err", errors.New("bad header Bearer "+bootstrap)) }, "bad header"},
			{"in a group", func(l *slog.Logger) {
				l.Info("m", slog.Group("request", "header", "Authorization: Bearer xyzzy-secret"))
			}, "request"},
			{"in what a logger carries", func(l *slog.Logger) { l.With("cookie", "xyzzy-secret").Info("m") }, "cookie"},
			{"in a DSN", func(l *slog.Logger) {
				l.Info("m", "err", errors.New("dial postgres://stock:"+bootstrap+"@db/stock: refused"))
			}, "postgres://stock:xxxxx@db/stock: refused"},
			{"words that are like one", func(l *slog.Logger) { l.Info(`make an admin key with "holdfast keys create"`) }, "make an admin key with"},
			{"words about one", func(l *slog.Logger) { l.Info("m", "err", errors.New("basic checks of the key")) }, "basic checks of the key"},
			{"in a value of another type", func(l *slog.Logger) { l.Info("m", "value", struct{ K string }{key}) }, "hf_0a1b2c3d_"},
		} {
			var b bytes.Buffer
			log, err := (&logConfig{level: "info", format: format}).open(&b, true)
			if err != nil {
				t.Fatal(err)
			}
			c.log(log)
			for _, secret := range []string{key[12:], bootstrap, "whatever", "xyzzy-secret"} {
				if strings.Contains(b.String(), secret) {
					t.Errorf("%s, %s: %s", format, c.name, b.String())
				}
			}
			if !strings.Contains(b.String(), c.keep) {
				t.Errorf("%s, %s: too much is hidden: %s", format, c.name, b.String())
			}
		}
	}
}

// Nobody begins a line of the log who was not asked to.
func TestOneCallIsOneLineOfTheLog(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		var b bytes.Buffer
		log, err := (&logConfig{level: "debug", format: format}).open(&b, false)
		if err != nil {
			t.Fatal(err)
		}
		evil := "x\r\n{\"level\":\"ERROR\",\"msg\":\"item frozen\"}\u2028\u0085\x1b[31m"
		log.Debug("a\nb", "text", evil, evil, "name", "err", errors.New(evil), "any", []string{evil})
		for _, forbidden := range []string{"\r", "\x1b"} {
			if strings.Contains(b.String(), forbidden) {
				t.Errorf("%s: %q is in %q", format, forbidden, b.String())
			}
		}
		if strings.Count(b.String(), "\n") != 1 || !strings.HasSuffix(b.String(), "\n") {
			t.Errorf("%s: one call is written as %q", format, b.String())
		}
	}
}

func TestNetworksOfProxies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       string
	}{
		{"a network", "10.1.2.3/8", "10.0.0.0/8"},
		{"an address", "192.0.2.7", "192.0.2.7/32"},
		{"an IPv6 network", "2001:db8::/32", "2001:db8::/32"},
		{"an IPv6 address", "::1", "::1/128"},
		{"blanks around it", " 10.0.0.0/8 ", "10.0.0.0/8"},
		{"a name", "localhost", ""},
		{"an impossible network", "10.0.0.0/33", ""},
	} {
		got, err := parseNetworks([]string{c.text})
		if c.want == "" {
			if err == nil {
				t.Errorf("%s: %v, want an error", c.name, got)
			}
			continue
		}
		if err != nil || len(got) != 1 || got[0] != netip.MustParsePrefix(c.want) {
			t.Errorf("%s: %v %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestServeRefusesSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		args    []string
		says    string
		environ []string
	}{
		{"a bootstrap key that can be guessed", nil, "HOLDFAST_BOOTSTRAP_KEY has 15 characters", []string{"HOLDFAST_BOOTSTRAP_KEY=adm-adm-adm-adm"}},
		{"a certificate without its key", []string{"--tls-cert", "x.pem"}, "needs its key", nil},
		{"certificate files that are not there", []string{"--tls-cert", "x.pem", "--tls-key", "y.pem"}, "x.pem", nil},
		{"an authority of clients alone", []string{"--tls-client-ca", "x.pem"}, "certificate of the server", nil},
		{"fewer calls than none", []string{"--public-rate", "-1"}, "--public-rate -1: write how many calls a second, or 0 for no limit", nil},
		{"an origin with a path", []string{"--cors-origins", "https://shop.example/a"}, "origin", nil},
		{"a proxy by its name", []string{"--trusted-proxies", "lb.example"}, "10.0.0.0/8", nil},
		{"a level that is none", []string{"--log-level", "loud"}, `--log-level "loud" is none of debug, info, warn, error`, nil},
		{"a form that is none", []string{"--log-format", "xml"}, `--log-format "xml" is none of auto, json, text`, nil},
		{"a collector that is no URL", []string{"--otlp-endpoint", "localhost:4318"}, "--otlp-endpoint", nil},
		{"a share above one", []string{"--otlp-endpoint", "http://localhost:1", "--trace-ratio", "2"}, "0 to 1", nil},
	} {
		var out bytes.Buffer
		args := append([]string{"serve", "--db", "sqlite:" + t.TempDir() + "/x.db"}, c.args...)
		code := report(&out, execute(t.Context(), args, c.environ, &out, &out))
		printed := out.String()
		if code != exitUsage || !strings.Contains(printed, c.says) {
			t.Errorf("%s: exit code %d, want %d; printed:\n%s", c.name, code, exitUsage, printed)
		}
	}
}

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/signon"
)

func TestTheSettingsOfTheProviderAreChecked(t *testing.T) {
	t.Parallel()
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const env = oidcSecretEnv + "=s3cret"
	for name, c := range map[string]struct {
		change  func(*signOnConfig)
		environ []string
		wrong   string // "": nothing
	}{
		"a secret of the environment": {func(*signOnConfig) {}, []string{env}, ""},
		"a secret of a file":          {func(c *signOnConfig) { c.secretFile = file("s3cret\n") }, nil, ""},
		"no secret":                   {func(*signOnConfig) {}, nil, oidcSecretEnv},
		"two secrets":                 {func(c *signOnConfig) { c.secretFile = file("s3cret") }, []string{env}, "one of them"},
		"an empty file":               {func(c *signOnConfig) { c.secretFile = file("\n") }, nil, "--oidc-secret-file"},
		"no file":                     {func(c *signOnConfig) { c.secretFile = "/nowhere" }, nil, "--oidc-secret-file"},
		"a role that is none":         {func(c *signOnConfig) { c.roles = []string{"staff=boss"} }, []string{env}, `--oidc-roles "staff=boss"`},
		"nobody who may sign in":      {func(c *signOnConfig) { c.roles = nil }, []string{env}, "--oidc-roles"},
		"no issuer":                   {func(c *signOnConfig) { c.config.Issuer = "" }, []string{env}, "--oidc-issuer"},
		"an issuer without TLS":       {func(c *signOnConfig) { c.config.Issuer = "http://id.example" }, []string{env}, `--oidc-issuer "http://id.example": must be https`},
		"no client":                   {func(c *signOnConfig) { c.config.ClientID = "" }, []string{env}, "--oidc-client"},
	} {
		config := signOnConfig{
			config: signon.Config{Issuer: "https://id.example", ClientID: "holdfast", NameClaim: "name", GroupsClaim: "groups"},
			roles:  []string{"staff=viewer", "a,b=admin@acme"},
		}
		c.change(&config)
		p, err := config.open(c.environ, slog.New(slog.DiscardHandler))
		if c.wrong == "" && (err != nil || p == nil) || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var none signOnConfig
	if p, err := none.open([]string{env}, slog.New(slog.DiscardHandler)); p != nil || err != nil {
		t.Errorf("no provider: %v %v", p, err)
	}
}

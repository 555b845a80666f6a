package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/signon"
)

// oidcSecretEnv has the secret of this installation at the identity provider. Like the
// bootstrap key it has no flag.
const oidcSecretEnv = envPrefix + "OIDC_SECRET"

// signOnConfig says where people sign in to the console.
type signOnConfig struct {
	config     signon.Config
	secretFile string
	roles      []string
}

func (c *signOnConfig) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.config.Issuer, "oidc-issuer", "", "address of the identity provider (OpenID Connect) that people sign in to the console at (default: none, they sign in with keys)")
	f.StringVar(&c.config.ClientID, "oidc-client", "", "what the identity provider calls this installation")
	f.StringVar(&c.secretFile, "oidc-secret-file", "", "file with the client secret, or "+oidcSecretEnv+" in the environment")
	f.StringSliceVar(&c.config.Scopes, "oidc-scopes", []string{"openid", "profile", "email"}, "scopes that the identity provider is asked for")
	f.StringVar(&c.config.NameClaim, "oidc-name-claim", "name", "claim with the name that the journal has; without it the e-mail address counts, then the subject")
	f.StringVar(&c.config.GroupsClaim, "oidc-groups-claim", "groups", "claim with the groups of a person; dots lead into objects, as in realm_access.roles")
	f.StringSliceVar(&c.roles, "oidc-roles", nil, "what members of a group may do: GROUP=ROLE or GROUP=ROLE@TENANT, the first that fits counts; the group * has everybody")
	f.StringSliceVar(&c.config.Domains, "oidc-domains", nil, "domains of the verified e-mail addresses that may sign in (default: all)")
	f.StringVar(&c.config.Callback, "oidc-callback", "", "address that the identity provider sends people back to, https://…"+signon.CallbackPath+" (default: made of the request, if a proxy of --trusted-proxies took it or its host is an address or localhost)")
	f.StringVar(&c.config.Button, "oidc-button", "", "text of the button on the page to sign in (default: the console's own, in the language of the page)")
}

// open returns the identity provider, nil when none is set.
func (c *signOnConfig) open(environ []string, log *slog.Logger) (*signon.Provider, error) {
	if c.config.Issuer == "" {
		if c.config.ClientID != "" || len(c.roles) > 0 {
			return nil, errors.New("--oidc-issuer is missing: --oidc-client and --oidc-roles belong to it")
		}
		return nil, nil
	}
	config := c.config
	var err error
	if config.Secret, err = c.secret(environ); err != nil {
		return nil, err
	}
	for _, text := range c.roles {
		grant, err := signon.ParseGrant(text)
		if err != nil {
			return nil, fmt.Errorf("--oidc-roles %w", err)
		}
		config.Grants = append(config.Grants, grant)
	}
	if err := config.Check(); err != nil {
		return nil, fmt.Errorf("--oidc-%w", err)
	}
	return signon.New(config, log)
}

// secret is the client secret, from the environment or from a file.
func (c *signOnConfig) secret(environ []string) (string, error) {
	secret := variable(environ, oidcSecretEnv)
	switch {
	case c.secretFile == "" && secret == "":
		return "", fmt.Errorf("the client secret is missing: set %s, or name a file by --oidc-secret-file", oidcSecretEnv)
	case c.secretFile == "":
		return secret, nil
	case secret != "":
		return "", fmt.Errorf("%s and --oidc-secret-file: one of them", oidcSecretEnv)
	}
	const most = 4 << 10
	f, err := os.Open(c.secretFile)
	if err != nil {
		return "", fmt.Errorf("--oidc-secret-file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return "", fmt.Errorf("--oidc-secret-file: %w", err)
	}
	secret = strings.TrimRight(string(text), "\r\n")
	if secret == "" || len(text) > most {
		return "", fmt.Errorf("--oidc-secret-file %s: must have the client secret and nothing else", c.secretFile)
	}
	return secret, nil
}

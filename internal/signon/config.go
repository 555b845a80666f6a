package signon

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Config says which provider people sign in at, and what they may do then.
type Config struct {
	// Issuer is the provider's address, exactly as its discovery document has it.
	Issuer string
	// ClientID and Secret identify this installation to the provider.
	ClientID, Secret string
	// Scopes are asked for; openid always is.
	Scopes []string
	// NameClaim is the claim with the name that is recorded with a person's
	// writes.
	NameClaim string
	// GroupsClaim is the claim with the groups that Grants use.
	GroupsClaim string
	// Domains are those of the e-mail addresses that may sign in; none: all.
	Domains []string
	// Grants say what members of a group may do. The first that fits counts.
	Grants []Grant
	// Callback is the address that the provider sends people back to, as their browsers
	// see it. "": it is derived from the request.
	Callback string
	// Button is the text of the button, "": the console's own.
	Button string
}

// CallbackPath is where people come back from the provider.
const CallbackPath = "/console/oidc/callback"

// maxButton bounds the text of the button, in bytes.
const maxButton = 100

// Check says what is wrong with the settings, nil when nothing is.
func (c *Config) Check() error {
	if err := checkAddress(c.Issuer); err != nil {
		return fmt.Errorf("issuer %w", err)
	}
	switch {
	case strings.ContainsAny(c.Issuer, "?#"):
		return fmt.Errorf("issuer %q: must have no query", c.Issuer)
	case c.ClientID == "":
		return errors.New("client: must not be empty")
	case c.Secret == "":
		return errors.New("secret: must not be empty")
	case c.NameClaim == "":
		return errors.New("name-claim: must not be empty")
	case c.GroupsClaim == "":
		return errors.New("groups-claim: must not be empty")
	case len(c.Grants) == 0:
		return errors.New("roles: nobody could sign in, name a role for a group at least")
	case len(c.Button) > maxButton:
		return fmt.Errorf("button: must have at most %d bytes", maxButton)
	}
	for _, d := range c.Domains {
		if d == "" || strings.ContainsAny(d, "@ /") {
			return fmt.Errorf("domains %q: write it like example.com", d)
		}
	}
	if c.Callback == "" {
		return nil
	}
	if err := checkAddress(c.Callback); err != nil {
		return fmt.Errorf("callback %w", err)
	}
	if !strings.HasSuffix(c.Callback, CallbackPath) {
		return fmt.Errorf("callback %q: must end with %s", c.Callback, CallbackPath)
	}
	return nil
}

// scopes are the scopes that are requested.
func (c *Config) scopes() []string {
	if slices.Contains(c.Scopes, "openid") {
		return c.Scopes
	}
	return append([]string{"openid"}, c.Scopes...)
}

// checkAddress refuses addresses that secrets must not be sent to. It accepts only https,
// and http on this machine.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("is no address")
	case u.Host == "" || u.User != nil:
		return fmt.Errorf("%q: write it like https://id.example.com, without a name and password", u.Redacted())
	case u.Scheme == "https", u.Scheme == "http" && isLocal(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q: must be https", text)
}

func isLocal(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

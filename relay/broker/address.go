package broker

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// CheckAddress reports whether a sink's target is an address of a broker: a scheme of
// those given, a host, and nothing that is secret.
func CheckAddress(target string, schemes ...string) (*url.URL, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	known := false
	for _, s := range schemes {
		known = known || u.Scheme == s
	}
	switch {
	case !known || u.Hostname() == "":
		return nil, fmt.Errorf("target %q: write an address such as %s://broker.example:%s", u.Redacted(), schemes[len(schemes)-1], "4222")
	case u.User != nil:
		return nil, errors.New("target: a user or a password does not belong in the address, set the secret")
	}
	return u, nil
}

// Login splits a secret that is "user:password". Without a colon it is all one: a
// token, or a password without a user.
func Login(secrets []string) (user, password string) {
	if len(secrets) == 0 {
		return "", ""
	}
	user, password, found := strings.Cut(secrets[0], ":")
	if !found {
		return "", secrets[0]
	}
	return user, password
}

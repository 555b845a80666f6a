package broker

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Address is the address of a broker.
type Address struct {
	*url.URL
	// Plain reports that the connection is not encrypted.
	Plain bool
}

// ReadAddress reads a sink's target: the scheme for plain connections or that for TLS, a
// host, and no secrets.
func ReadAddress(target, plain, secure string) (*Address, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	switch {
	case u.Scheme != plain && u.Scheme != secure || u.Hostname() == "":
		return nil, fmt.Errorf("target %q: write an address such as %s://broker.example", u.Redacted(), secure)
	case u.User != nil:
		return nil, errors.New("target: a user or a password does not belong in the address, set the secret")
	}
	return &Address{URL: u, Plain: u.Scheme == plain}, nil
}

// Hosts are the host of the address and those of its parameters addr, each with a port.
func (a *Address) Hosts(port string) []string {
	hosts := append([]string{a.Host}, a.Query()["addr"]...)
	for i, h := range hosts {
		if _, _, err := net.SplitHostPort(h); err != nil {
			hosts[i] = net.JoinHostPort(strings.Trim(h, "[]"), port)
		}
	}
	return hosts
}

// Login splits a secret "user:password". A secret without a colon is one value: a token, or a
// password without a user.
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

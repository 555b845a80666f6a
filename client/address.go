package client

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strings"
)

// target is what gRPC connects to for an address that may be a URL; https asks
// for TLS.
func (o *options) target(address string) (string, error) {
	scheme, _, _ := strings.Cut(address, "://")
	port := map[string]string{"http": "80", "https": "443"}[strings.ToLower(scheme)]
	if port == "" {
		return address, nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", err
	case u.Hostname() == "":
		return "", errors.New("the URL names no host")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil:
		return "", errors.New("a URL is a scheme, a host and a port: gRPC has no paths in front of it")
	case port == "80" && o.tls != nil:
		return "", errors.New("TLS is asked for, and http has none: write https")
	case port == "443" && o.tls == nil:
		o.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if p := u.Port(); p != "" {
		port = p
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

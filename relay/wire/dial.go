package wire

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// Dial returns a connection to the server at an address such as
// "https://stock.example", "http://localhost:8080" or, without TLS, "localhost:8081".
// It does not connect.
func Dial(address string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	target, secure, err := targetOf(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	way := insecure.NewCredentials()
	if secure {
		way = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	return grpc.NewClient(target, append([]grpc.DialOption{
		grpc.WithTransportCredentials(way),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 500 * time.Millisecond}, MinConnectTimeout: 2 * time.Second,
		}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
	}, opts...)...)
}

func targetOf(address string) (target string, secure bool, err error) {
	scheme, _, isURL := strings.Cut(address, "://")
	if !isURL {
		return address, false, nil
	}
	u, err := url.Parse(address)
	port := map[string]string{"http": "80", "https": "443"}[strings.ToLower(scheme)]
	switch {
	case err != nil:
		return "", false, err
	case port == "" || u.Hostname() == "":
		return "", false, errors.New("write it as https://stock.example or http://localhost:8080")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil:
		return "", false, errors.New("it is a scheme, a host and a port: gRPC has no paths in front of it")
	}
	if p := u.Port(); p != "" {
		port = p
	}
	return net.JoinHostPort(u.Hostname(), port), strings.EqualFold(scheme, "https"), nil
}

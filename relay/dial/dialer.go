package dial

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// connectWait is how long it may take to make a connection.
const connectWait = 5 * time.Second

// Dialer connects to addresses that may be reached. Its errors, and those of its connections, tell no addresses
// and no names.
type Dialer struct{ net net.Dialer }

// Dialer returns a dialer. plain says that the connection is not encrypted: then only addresses that the operator
// allows are reached.
func (a Allowed) Dialer(plain bool) *Dialer {
	return &Dialer{net.Dialer{Timeout: connectWait, Control: a.control(plain)}}
}

// DialContext connects. The error is an *UnreachableError.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.net.DialContext(ctx, network, address)
	if err != nil {
		return nil, &UnreachableError{err}
	}
	return conn{c}, nil
}

// DialTLS connects and makes the connection a secure one.
func (d *Dialer) DialTLS(ctx context.Context, network, address string, secure *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	raw, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if secure.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		secure = secure.Clone()
		secure.ServerName = host
	}
	c := tls.Client(raw, secure)
	if err := c.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // nothing was sent
		return nil, withoutNames(err)
	}
	return c, nil
}

// conn is a connection whose errors tell no addresses.
type conn struct{ net.Conn }

func (c conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, withoutAddresses(err)
}

func (c conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, withoutAddresses(err)
}

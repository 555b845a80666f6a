package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"holdfast.dev/holdfast/internal/server"
)

// listeners are the three open ports.
type listeners struct{ server.Listeners }

// listen opens the ports, all or none.
func listen(ctx context.Context, c serveConfig) (*listeners, error) {
	l := &listeners{}
	places := []struct {
		flag, address string
		to            *net.Listener
	}{{"http", c.http, &l.HTTP}, {"grpc", c.grpc, &l.GRPC}, {"ops", c.ops, &l.Ops}}
	for _, a := range places {
		open, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.address)
		if err != nil {
			return nil, errors.Join(notListening(a.flag, err), l.Close())
		}
		*a.to = open
	}
	return l, nil
}

// Close closes the ports that are open.
func (l *listeners) Close() error {
	var errs []error
	for _, open := range []net.Listener{l.HTTP, l.GRPC, l.Ops} {
		if open != nil {
			errs = append(errs, open.Close())
		}
	}
	return errors.Join(errs...)
}

// openToOthers returns the addresses of those that other machines may reach.
func openToOthers(all ...net.Listener) (open []string) {
	for _, l := range all {
		if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
			open = append(open, a.String())
		}
	}
	return open
}

// checkAddresses returns what is wrong with the form of an address.
func (c *serveConfig) checkAddresses(ctx context.Context) error {
	places := []struct{ flag, address string }{{"http", c.http}, {"grpc", c.grpc}, {"ops", c.ops}}
	if c.fleet.listen != "" {
		places = append(places, struct{ flag, address string }{"node", c.fleet.listen})
	}
	for _, p := range places {
		if err := checkAddress(ctx, p.flag, p.address); err != nil {
			return err
		}
	}
	return nil
}

// checkAddress returns what is wrong with the form of an address to listen on, before
// anything is opened.
func checkAddress(ctx context.Context, flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		instead := "localhost:8080"
		if _, err := strconv.ParseUint(address, 10, 16); err == nil {
			instead = ":" + address
		}
		if wrong, ok := errors.AsType[*net.AddrError](err); ok && wrong.Err != "missing port in address" {
			return fmt.Errorf("--%s %q: %s, write it like %q", flag, address, wrong.Err, instead)
		}
		return fmt.Errorf("--%s %q: missing port, write %q", flag, address, instead)
	}
	if _, err := net.DefaultResolver.LookupPort(ctx, "tcp", port); err != nil {
		return fmt.Errorf("--%s %q: %q is no port: it is a number of 0 to 65535", flag, address, port)
	}
	return nil
}

// notListening explains why nothing can listen at the address of the flag, and what to do
// about it.
func notListening(flag string, err error) error {
	instead := fmt.Sprintf("choose another address with --%s or %s", flag, envName(flag))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		instead = "stop what listens there, or " + instead
	case errors.Is(err, syscall.EACCES):
		instead = "a port below 1024 needs a right of its own; " + instead
	}
	return fmt.Errorf("%w; %s", err, instead)
}

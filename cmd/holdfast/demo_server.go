package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// running is the demo's server; err is why it ended, once ended is closed.
type running struct {
	ended chan struct{}
	err   error
}

// serve starts the server; it runs until ctx ends or it cannot continue.
func (d *demo) serve(ctx context.Context, log io.Writer) *running {
	server := &running{ended: make(chan struct{})}
	args := []string{"serve", "--db", "sqlite:" + d.database(), "--http", d.http, "--grpc", d.grpc, "--ops", d.ops}
	go func() {
		defer close(server.ended)
		server.err = execute(ctx, args, d.environ, log, log)
	}()
	return server
}

// endReason returns the reason for which the server has ended.
func (d *demo) endReason(server *running) error {
	if server.err == nil {
		return fmt.Errorf("the server ended, see %s", d.logFile())
	}
	return fmt.Errorf("the server ended: %w", server.err)
}

// key returns the key of the previous run, if the server still accepts it, otherwise a new
// one. The demo's folder keeps it, readable by its owner only.
func (d *demo) key(ctx context.Context, server *running) (string, error) {
	if kept, err := os.ReadFile(d.keyFile()); err == nil {
		key := strings.TrimSpace(string(kept))
		if status, err := d.get(ctx, keyProbe, key); err == nil && status == http.StatusOK {
			return key, nil
		}
	}
	var printed, said bytes.Buffer
	args := []string{"keys", "create", "--db", "sqlite:" + d.database(), "--tenant", demoTenant, "--scopes", "admin,internal,read"}
	if err := execute(ctx, args, d.environ, &printed, &said); err != nil {
		return "", fmt.Errorf("create a key: %w", err)
	}
	key := strings.TrimSpace(printed.String())
	if err := os.WriteFile(d.keyFile(), []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the key: %w", err)
	}
	// The server looks for new keys about every second.
	if err := d.poll(ctx, server, 10*time.Second, keyProbe, key); err != nil {
		return "", fmt.Errorf("the server does not take the new key: %w", err)
	}
	return key, nil
}

// keyProbe is a path that succeeds with a key that may do what the demo does.
const keyProbe = "/v1/settings"

// poll asks the server until it answers path with success, for at most that long.
func (d *demo) poll(ctx context.Context, server *running, atMost time.Duration, path, key string) error {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		status, err := d.get(ctx, path, key)
		if err == nil && status == http.StatusOK {
			return nil
		}
		select {
		case <-server.ended:
			return d.endReason(server)
		case <-ctx.Done():
			return fmt.Errorf("%s answers %d after %s, see %s: %w", path, status, atMost, d.logFile(), ctx.Err())
		case <-tick.C:
		}
	}
}

// get asks the server and returns the status of its answer.
func (d *demo) get(ctx context.Context, path, key string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url()+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// reachable is the address at which a client on this machine reaches a server that listens on
// address: ":8080" listens everywhere, but is not an address to call.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

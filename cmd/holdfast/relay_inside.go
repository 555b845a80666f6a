package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/relay"
)

// relayKeys adds the keys of the relay in this process, one for each tenant, to the keys of the
// directory. Nobody else can know them, because they were never printed or stored.
type relayKeys struct {
	server.Keys

	mu      sync.Mutex
	tenants map[string]string // by bearer
}

// Authenticate returns the credential of the bearer.
func (k *relayKeys) Authenticate(ctx context.Context, bearer string) (catalog.Credential, error) {
	k.mu.Lock()
	tenant, ours := k.tenants[bearer]
	k.mu.Unlock()
	if ours {
		return catalog.Credential{Tenant: tenant, KeyName: "relay", Scopes: catalog.ScopeRelay | catalog.ScopeInternal}, nil
	}
	return k.Keys.Authenticate(ctx, bearer)
}

// add makes a bearer for the tenant.
func (k *relayKeys) add(tenant string) string {
	bearer := "inside_" + rand.Text()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tenants[bearer] = tenant
	return bearer
}

// insideRelay delivers to the sinks of all tenants, and consumes their sources, within a
// server.
type insideRelay struct {
	front   *server.Server
	keys    *relayKeys
	relays  catalog.Relays
	leaves  relay.Leaves
	inlets  relay.Inlets
	metrics *relay.Metrics
	log     *slog.Logger
}

const (
	// lookForTenants is how often it looks for tenants with sinks or sources.
	lookForTenants = time.Second
	// insideBuffer is the buffer of each direction of a tenant's connection, in bytes.
	insideBuffer = 256 << 10
)

// run relays until ctx ends, and then finishes the work under way.
func (r *insideRelay) run(ctx context.Context) error {
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	ln := bufconn.Listen(insideBuffer)
	var all errgroup.Group
	all.Go(func() error { return r.front.ServeInside(serving, ln) })
	all.Go(func() error {
		defer end()
		return r.relayTenants(ctx, ln)
	})
	return all.Wait()
}

// relayTenants runs a relay for each tenant that has sinks or sources.
func (r *insideRelay) relayTenants(ctx context.Context, ln *bufconn.Listener) error {
	var all errgroup.Group
	running := map[string]bool{}
	tick := time.NewTicker(lookForTenants)
	defer tick.Stop()
	for ctx.Err() == nil {
		tenants, err := r.relays.Tenants(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.DebugContext(ctx, "cannot look for sinks and sources", "err", err)
		}
		for _, tenant := range tenants {
			if running[tenant] {
				continue
			}
			running[tenant] = true
			all.Go(func() error { return r.relayTenant(ctx, ln, tenant) })
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return all.Wait()
}

// relayTenant delivers to the sinks of a tenant until ctx ends.
func (r *insideRelay) relayTenant(ctx context.Context, ln *bufconn.Listener, tenant string) (err error) {
	books, err := client.New("passthrough:inside", client.WithKey(r.keys.add(tenant)), client.WithDialOptions(
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return ln.DialContext(ctx) })))
	if err != nil {
		return fmt.Errorf("reach the server inside: %w", err)
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	o := relay.Options{
		ID: "serve-" + uuid.NewString(), Tenant: tenant, Log: r.log.With("tenant", tenant), Metrics: r.metrics,
		Consuming: &relay.Consuming{Commands: relay.CommandsOf(books), Inlets: r.inlets},
	}
	return relay.Run(ctx, relay.Of(books), r.leaves, o)
}

// relay returns the function that delivers to sinks while the house serves.
func (h *house) relay(c *serveConfig) (func(context.Context) error, error) {
	if c.relay == "off" {
		return func(context.Context) error { return nil }, nil
	}
	leaves, inlets, err := c.leaves.leaves()
	if err != nil {
		return nil, err
	}
	metrics, err := relay.NewMetrics(h.registry)
	if err != nil {
		return nil, err
	}
	return (&insideRelay{front: h.front, keys: h.keys, relays: h.directory.Relays, leaves: leaves, inlets: inlets, metrics: metrics, log: h.log}).run, nil
}

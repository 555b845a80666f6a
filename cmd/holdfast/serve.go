package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server"
)

type serveConfig struct {
	books           booksConfig
	http, grpc, ops string
	fleet           fleetConfig
	public          publicConfig
	signOn          signOnConfig
	log             logConfig
	tracing         tracingConfig
	wait            time.Duration
	opened          bool // this process has opened the books before
	forgetEvery     time.Duration
	relay           string // on or off
	leaves          leavesConfig
}

func newServe() *cobra.Command {
	var c serveConfig
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Keep the books and answer REST and gRPC",
		Long: `Keep the books in the database and answer REST and gRPC until SIGTERM or Ctrl-C:
then calls under way are finished and the process ends with 0 within 10 s.

The books are in the main database, or in sets of tables of --databases. An empty
database is migrated; an old one is refused with the command to run. One that is
away at the start is waited for (--wait).

Only this machine can call, until --http and --grpc name another address: :8080
is every address of the machine. Give the server a certificate then (--tls-cert).

Several servers may run on the same databases. With --node each passes writes on
to the node that is home of their slot, which makes them quicker; what nodes
tell each other is signed with ` + nodeSecretEnv + ` from the environment.

` + bootstrapKeyEnv + ` in the environment, at least 16 characters, makes that
key an admin key of the tenant "default" on an empty database. ` + secretKeyEnv + `,
Base64 of 32 bytes, encrypts the secrets of sinks. ` + oidcSecretEnv + ` is the
client secret of --oidc-issuer.`,
		Example: `  holdfast serve --db sqlite:holdfast.db
  holdfast serve --db sqlite:/var/lib/holdfast/stock.db --http :80 --grpc :81
  holdfast serve --db postgres://holdfast@db/stock --node :8082
  holdfast serve --db postgres://holdfast@main/stock --databases a=postgres://holdfast@a/stock,b=mysql://holdfast@b/stock --sets 4`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), cmd, c) },
	}
	c.books.flags(cmd)
	c.books.replicaFlags(cmd)
	c.books.eventualFlags(cmd)
	c.books.itemsFlags(cmd)
	c.books.redis.flags(cmd)
	cmd.Flags().StringVar(&c.http, "http", "127.0.0.1:8080", "address for REST")
	cmd.Flags().StringVar(&c.grpc, "grpc", "127.0.0.1:8081", "address for gRPC")
	cmd.Flags().StringVar(&c.ops, "ops", "127.0.0.1:9090", "address for metrics and profiles")
	cmd.Flags().StringVar(&c.books.onLost, "on-lost-writes", "", "when a failover has lost acknowledged writes: continue in a new epoch, or stop until \"holdfast restored\" (default: stop with --databases, else continue)")
	waitFlag(cmd, &c.wait)
	c.fleet.flags(cmd)
	c.public.flags(cmd)
	c.signOn.flags(cmd)
	c.log.flags(cmd)
	c.tracing.flags(cmd)
	cmd.Flags().StringVar(&c.relay, "relay", "on", "deliver changes to sinks and consume sources in this process: on or off")
	c.leaves.flags(cmd)
	cmd.Flags().DurationVar(&c.forgetEvery, "forget-every", 0, "empty the memory of the books that often, to measure a cold one (0: never)")
	return cmd
}

// serve wires the rooms and runs them until ctx ends.
func serve(ctx context.Context, cmd *cobra.Command, c serveConfig) (err error) {
	if c.books.till == "" { // the machine of a till is small
		collectLess()
	}
	if err := c.books.check(); err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	environ := environOf(cmd.Context())
	if c.relay != "on" && c.relay != "off" {
		return &usageError{err: fmt.Errorf("--relay %q: write on or off", c.relay), path: cmd.CommandPath()}
	}
	if err := c.checkAddresses(ctx); err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	if err := checkBootstrapKey(variable(environ, bootstrapKeyEnv)); err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	log, err := c.log.open(cmd.ErrOrStderr(), c.tracing.isOn(environ))
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	boundMemory(ctx, log)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	options, err := c.public.options(log, hup)
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	sealed, err := sealing(environ)
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	options = append(options, sealed...)
	people, err := c.signOn.open(environ, log)
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	if people != nil {
		options = append(options, server.WithSignOn(people))
		looked := make(chan struct{})
		looking, stop := context.WithCancel(ctx)
		defer func() { stop(); <-looked }()
		go func() { defer close(looked); people.LookUp(looking) }()
	}
	traces, lastTraces, err := c.tracing.open(ctx, environ, log)
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	defer lastTraces()

	known, err := openWitness(witnessFile(c))
	if err != nil {
		log.WarnContext(ctx, "the newest records of the last run are not known", "err", err)
	}
	var lost time.Time // when the books were last found to lack earlier records
	wait := await(c.wait)
	for {
		err := serveOnce(ctx, cmd, &c, known, log, traces, hup, options)
		switch {
		case err == nil || ctx.Err() != nil:
			return c.end(ctx, err)
		case errors.Is(err, engine.ErrLost):
			log.ErrorContext(ctx, "the database lost records that it had: opening the books again", "err", err)
			lost = time.Now()
		case !c.opened && isAway(err):
			err := wait.waitAgain(ctx, err, func(left time.Duration) {
				log.WarnContext(ctx, "the database is away, waiting for it", "err", err, "left", left)
			})
			if err != nil {
				return c.end(ctx, err)
			}
			continue
		case time.Since(lost) > reopenFor || errors.Is(err, engine.ErrBroken) || errors.Is(err, errLostWrites):
			return err
		default:
			log.WarnContext(ctx, "the books cannot be opened yet, trying again", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(reopenPause):
		}
	}
}

// end is how a server ends with err: well, when it is asked to stop before it has opened the books, as while it
// waits for the database.
func (c *serveConfig) end(ctx context.Context, err error) error {
	if ctx.Err() != nil && !c.opened {
		return nil
	}
	return err
}

const (
	// reopenFor is how long a server tries to open the books again when the database is
	// unreachable, as it may be in the middle of a failover. reopenPause is the time between two
	// tries.
	reopenFor   = 10 * time.Minute
	reopenPause = 200 * time.Millisecond
)

// serveOnce serves until ctx ends, or until a slot's database turns out to lack records that
// it had: engine.ErrLost. Then this process also drops everything that it has in
// memory.
func serveOnce(
	ctx context.Context, cmd *cobra.Command, c *serveConfig, known *witness, log *slog.Logger, traces trace.TracerProvider,
	hup chan os.Signal, options []server.Option,
) (err error) {
	environ := environOf(cmd.Context())
	listeners, err := listen(ctx, *c)
	if err != nil {
		return err
	}
	peers, err := c.fleet.open(ctx, environ)
	if err != nil {
		return errors.Join(&usageError{err: err, path: cmd.CommandPath()}, listeners.Close())
	}
	c.stay(listeners, peers)
	if c.books.receivers, err = c.leaves.networks(); err != nil {
		return errors.Join(&usageError{err: err, path: cmd.CommandPath()}, listeners.Close(), peers.Close())
	}
	if c.relay == "on" { // else others deliver
		options = append(slices.Clone(options), server.WithReach(c.books.receivers.CheckTarget))
	}
	c.books.publicURL = c.public.url
	h, err := openHouse(ctx, c.books, known, peers, log, traces, options...)
	if err != nil {
		return errors.Join(err, listeners.Close(), peers.Close())
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	carry, err := h.relay(c)
	if err != nil {
		return errors.Join(&usageError{err: err, path: cmd.CommandPath()}, listeners.Close(), peers.Close())
	}
	if err := bootstrap(ctx, h.directory, environ, log); err != nil {
		return errors.Join(err, listeners.Close(), peers.Close())
	}
	c.opened = true
	log.InfoContext(ctx, "serving", "db", redacted(c.books.db), "http", listeners.HTTP.Addr().String(),
		"grpc", listeners.GRPC.Addr().String(), "ops", listeners.Ops.Addr().String(), "tls", c.public.files.Cert != "", "version", thisBuild().Version)
	if open := openToOthers(listeners.HTTP, listeners.GRPC); len(open) > 0 && c.public.files.Cert == "" {
		log.WarnContext(ctx, "others can call without TLS, and read keys on the way: give --tls-cert, or let only a proxy with TLS reach the addresses", "addresses", open)
	}
	return h.run(ctx, func(ctx context.Context) error {
		if c.public.files.Cert == "" {
			go hangUp(ctx, hup, log)
		}
		if c.forgetEvery > 0 {
			go forget(ctx, h.books, c.forgetEvery)
		}
		all, ctx := errgroup.WithContext(ctx)
		all.Go(func() error { return h.front.Run(ctx, listeners.Listeners) })
		all.Go(func() error { return carry(ctx) })
		if h.node != nil {
			all.Go(func() error { return h.node.Run(ctx, peers.listener, h.books) })
		}
		return all.Wait()
	})
}

// stay makes the next listeners use the same addresses.
func (c *serveConfig) stay(l *listeners, peers *fleetPort) {
	c.http, c.grpc, c.ops = l.HTTP.Addr().String(), l.GRPC.Addr().String(), l.Ops.Addr().String()
	if peers != nil {
		c.fleet.listen, c.fleet.address = peers.listener.Addr().String(), peers.address
	}
}

// forget empties the caches of the books at intervals until ctx ends.
func forget(ctx context.Context, books *ledger.Ledger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			books.Forget()
		}
	}
}

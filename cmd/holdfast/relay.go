package main

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// relayConfig has the settings of a relay apart from a server.
type relayConfig struct {
	remoteConfig
	ops    string
	leaves leavesConfig
	log    logConfig
}

func newRelay() *cobra.Command {
	var c relayConfig
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Deliver changes to sinks and take commands of sources, apart from a server",
		Long: `Relay delivers committed changes to the sinks of the key's tenant, and carries out the
messages of its sources, until SIGTERM or Ctrl-C. Every server has a relay within it;
this one is for sinks and sources that shall not cost the server anything (--relay=off
there), or that are nearer to another machine. As many may run as you like: they divide
sinks and sources, and take over those of one that dies within 3 s. The key needs the
scope relay, and internal as well for sources.`,
		Example: `  holdfast relay --url https://stock.example --key "$KEY"
  holdfast relay --url http://127.0.0.1:8080 --sink-files /var/spool/holdfast --ops 127.0.0.1:9091`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&c.URL, "url", "", "address of the server (default: the profile's, else "+usualURL+")")
	f.StringVar(&c.Key, keyFlag, "", "API key (default: the profile's); on the command line it shows in the list of processes")
	f.StringVar(&c.Profile, profileFlag, "", "profile that \"holdfast login\" has made, with an address and a key (default \"default\")")
	f.StringVar(&c.ops, "ops", "", "address for metrics and for probes of its health, such as 127.0.0.1:9091 (default: none)")
	c.leaves.flags(cmd)
	c.log.flags(cmd)
	return cmd
}

func (c *relayConfig) run(ctx context.Context, cmd *cobra.Command) (err error) {
	wrong := func(err error) error { return &usageError{err: err, path: cmd.CommandPath()} }
	if err := c.checkURL(); err != nil {
		return wrong(err)
	}
	if c.Key == "" {
		return wrong(c.keyless())
	}
	log, err := c.log.open(cmd.ErrOrStderr(), false)
	if err != nil {
		return wrong(err)
	}
	leaves, inlets, err := c.leaves.leaves()
	if err != nil {
		return wrong(err)
	}
	books, err := client.New(strings.TrimSuffix(c.URL, "/"), client.WithKey(c.Key))
	if err != nil {
		return wrong(err)
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	ops, err := newRelayOps(ctx, c.ops)
	if err != nil {
		return wrong(err)
	}
	id := "relay-" + uuid.NewString()
	log.InfoContext(ctx, "relaying", "url", c.URL, "relay", id, "ops", ops.addr(), "version", thisBuild().Version)
	var all errgroup.Group
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	all.Go(func() error { return ops.serve(serving) })
	all.Go(func() error {
		defer end()
		return relay.Run(ctx, relay.Of(books), leaves, relay.Options{
			ID: id, Log: log, Metrics: ops.metrics, Claimed: ops.claimed, Consuming: &relay.Consuming{Commands: relay.CommandsOf(books), Inlets: inlets},
		})
	})
	return all.Wait()
}

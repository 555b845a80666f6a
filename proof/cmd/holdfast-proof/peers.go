package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/proof/compare"
)

// peersConfig has the settings of the command.
type peersConfig struct {
	pg, mysql  string
	conc       []int
	dist       []string
	rounds     int
	json, full bool
	svg        string
	fsyncDelay time.Duration
}

func newPeers() *cobra.Command {
	var c peersConfig
	cmd := &cobra.Command{
		Use:   "peers",
		Short: "Compare with what people write in PostgreSQL and MySQL today",
		Long: `Compare durable reservations through Holdfast with the same work as people write
it today, on the same server, in one run, in turn, with the same driver and the
same durability, each side exactly once and checked at the end:

  optimistic     a version column, retried three times
  for-update     SELECT ... FOR UPDATE, then decide
  conditional    UPDATE ... WHERE available >= n, then two inserts
  one-statement  all of it in one statement (PostgreSQL) or packet (MySQL)

Each is tried with pools of 8, 16, 32, 64 connections and with one for each
caller; the best one counts. The floor is the bytes that Holdfast stores, as
multi-row inserts without any decision. Cells: one item that all want (hot) and
10,000 of which some are wanted more (zipf).

The command works in scratch databases of its own and drops them. It refuses a
server that would lose what it acknowledged. Ratios are what counts: rates
depend on the machine and on what else it does. It takes up to six minutes,
--full about an hour.

A slow disk: start the server with the shim of test/slowsync preloaded, and say
here by how much it delays each fsync; that is checked and becomes part of the
names.`,
		Example: `  holdfast-proof peers --pg postgres://postgres@127.0.0.1:5432/postgres
  holdfast-proof peers --pg postgres://... --mysql mysql://root@127.0.0.1:3306/ --json > peers.json
  holdfast-proof peers --pg postgres://... --conc 256 --dist hot --fsync-delay 2ms`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runPeers(cmd, c) },
	}
	d := compare.Defaults()
	cmd.Flags().StringVar(&c.pg, "pg", "", "PostgreSQL server, postgres://user:password@host:port/database; the user may create databases")
	cmd.Flags().StringVar(&c.mysql, "mysql", "", "MySQL or MariaDB server, mysql://user:password@host:port/; the user may create databases")
	cmd.Flags().IntSliceVar(&c.conc, "conc", d.Callers, "numbers of callers")
	cmd.Flags().StringSliceVar(&c.dist, "dist", d.Dists, "what is wanted: hot, zipf")
	cmd.Flags().IntVar(&c.rounds, "rounds", 0, "how often each side is measured (default 3, with --full 5)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
	cmd.Flags().BoolVar(&c.full, "full", false, "longer rounds, and every pool is tried three times")
	cmd.Flags().StringVar(&c.svg, "svg", "", "file for a chart of the greatest number of callers")
	cmd.Flags().DurationVar(&c.fsyncDelay, "fsync-delay", 0, "what a preloaded shim adds to each fsync of the servers")
	return cmd
}

// settings turns the flags into the benchmark's.
func (c *peersConfig) settings() (compare.Config, error) {
	d := compare.Defaults()
	if c.full {
		d.Longer()
	}
	for _, dsn := range []string{c.pg, c.mysql} {
		if dsn != "" {
			d.Servers = append(d.Servers, dsn)
		}
	}
	switch {
	case len(d.Servers) == 0:
		return d, errors.New("name a server with --pg or --mysql; \"scripts/services start\" starts private ones and prints their DSNs")
	case c.rounds < 0 || len(c.conc) == 0 || len(c.dist) == 0:
		return d, errors.New("--rounds, --conc and --dist must leave something to measure")
	case c.fsyncDelay < 0:
		return d, errors.New("--fsync-delay cannot be negative")
	}
	for _, n := range c.conc {
		if n < 1 || n > 4096 {
			return d, fmt.Errorf("--conc %d: from 1 to 4096 callers", n)
		}
	}
	for _, dist := range c.dist {
		if !slices.Contains(d.Dists, dist) {
			return d, fmt.Errorf("--dist %s: hot or zipf", dist)
		}
	}
	d.Callers, d.Dists, d.FsyncDelay = slices.Sorted(slices.Values(c.conc)), c.dist, c.fsyncDelay
	d.Callers = slices.Compact(d.Callers)
	if c.rounds > 0 {
		d.Rounds = c.rounds
	}
	return d, nil
}

func runPeers(cmd *cobra.Command, c peersConfig) error {
	config, err := c.settings()
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	return comparePeers(cmd, config, compare.Run, c.json, c.svg)
}

// comparePeers runs a comparison and shows it.
func comparePeers(cmd *cobra.Command, config compare.Config, run func(context.Context, compare.Config) ([]bench.Result, error), asJSON bool, svg string) error {
	collectLess()
	say := cmd.ErrOrStderr()
	config.Progress = func(what string) { fmt.Fprintln(say, what) }
	config.Report = func(r bench.Result) { fmt.Fprintln(say, r) }
	results, err := run(cmd.Context(), config)
	if err != nil {
		return err
	}
	if svg != "" {
		if err := os.WriteFile(svg, []byte(compare.Chart(results)), 0o644); err != nil {
			return fmt.Errorf("write the chart: %w", err)
		}
	}
	if asJSON {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", " ")
		return e.Encode(results)
	}
	return printPeers(cmd.OutOrStdout(), results)
}

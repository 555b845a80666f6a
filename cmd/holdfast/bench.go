package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
)

type benchConfig struct {
	slots int
	dir   string
	json  bool
}

func newBench() *cobra.Command {
	var c benchConfig
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure reservations against the usual way to write them",
		Long: `Measure durable reservations through Holdfast against the same work done the
usual way (one transaction that checks, updates, inserts the hold and inserts
the log entry) and against the floor (the very rows, written again by one
goroutine); also through REST, gRPC and batches, and with quotas for eight
channels against the plain item. Both sides run in this process, in turn, on
SQLite files of one disk, and both end with a check that units taken,
acknowledged calls and stored rows agree.

Ratios are what counts: rates depend on the machine and on what else it does.
It takes about three minutes. The long runs, and comparisons on PostgreSQL and
MySQL, are in a program of their own, holdfast-proof ("make proof").`,
		Example: `  holdfast bench
  holdfast bench --json > bench.json
  holdfast bench --dir /var/lib/holdfast`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, c) },
	}
	cmd.Flags().IntVar(&c.slots, "slots", 1, "number of slots the books are kept in, a file for each")
	cmd.Flags().StringVar(&c.dir, "dir", "", "folder for SQLite's scratch databases (default: the system's temporary folder)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
	cmd.AddCommand(newBenchRedis())
	return cmd
}

func runBench(cmd *cobra.Command, c benchConfig) error {
	if c.slots < 1 || c.slots > 64 {
		return &usageError{err: fmt.Errorf("--slots %d: from 1 to 64", c.slots), path: cmd.CommandPath()}
	}
	collectLess()
	say := cmd.ErrOrStderr()
	config := bench.Defaults()
	config.Dir, config.Slots = c.dir, c.slots
	if config.Dir == "" {
		config.Dir = os.TempDir()
	}
	config.Progress = func(what string) { fmt.Fprintln(say, what) }
	config.Report = func(r bench.Result) { fmt.Fprintln(say, r) }
	results, err := bench.Run(cmd.Context(), config)
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(results)
	}
	return bench.WriteTable(cmd.OutOrStdout(), results)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/proof/compare"
	"holdfast.dev/holdfast/proof/long"
	"holdfast.dev/holdfast/proof/peer"
)

type benchConfig struct {
	engine  string
	db      string
	slots   int
	dir     string
	json    bool
	full    bool
	program string
}

func newBench() *cobra.Command {
	var c benchConfig
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure reservations against the usual way to write them, and the long runs",
		Long: `Measure what "holdfast bench" measures, and with --full the long runs as well:
on SQLite the views after a minute at full speed, memory and speed after
millions of orders, and repeats over two processes of "holdfast serve", for
which it needs the program holdfast.

On PostgreSQL and MySQL it measures reservations against one transaction each
(UPDATE ... WHERE available >= n, then two inserts) and against the floor, and
with --full growth: many items, open reservations and events, orders of three
lines, and reservations that are due at once. "holdfast-proof peers" compares
with everything that people write there.

It works in scratch files, or in a scratch database on the server of --db, and
drops them. Ratios are what counts: rates depend on the machine and on what else
it does. It takes about three minutes, and with --full many more.`,
		Example: `  holdfast-proof bench --full --dir /var/lib/holdfast
  holdfast-proof bench --engine postgres --db postgres://postgres@127.0.0.1:5432/postgres --slots 4`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, c) },
	}
	cmd.Flags().StringVar(&c.engine, "engine", "sqlite", "where the books are kept: sqlite, postgres, mysql")
	cmd.Flags().StringVar(&c.db, "db", "", "server for --engine postgres or mysql: the DSN of a user that may create databases")
	cmd.Flags().IntVar(&c.slots, "slots", 1, "number of slots the books are kept in, in one database")
	cmd.Flags().StringVar(&c.dir, "dir", "", "folder for SQLite's scratch databases (default: the system's temporary folder)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
	cmd.Flags().BoolVar(&c.full, "full", false, "more rounds, and the long runs: growth, and on SQLite memory and repeats over two processes")
	cmd.Flags().StringVar(&c.program, "program", "", "the program holdfast, which serves in the long runs (default: the one in the folder of this program)")
	return cmd
}

func runBench(cmd *cobra.Command, c benchConfig) error {
	if c.slots < 1 || c.slots > 64 {
		return &usageError{err: fmt.Errorf("--slots %d: from 1 to 64", c.slots), path: cmd.CommandPath()}
	}
	switch c.engine {
	case "sqlite":
		return runBenchFile(cmd, c)
	case "postgres", "mysql":
		return runBenchServer(cmd, c)
	}
	return &usageError{err: fmt.Errorf("--engine %s: sqlite, postgres or mysql", c.engine), path: cmd.CommandPath()}
}

// runBenchFile measures on SQLite.
func runBenchFile(cmd *cobra.Command, c benchConfig) error {
	program := ""
	if c.full {
		// Before minutes of measuring, not after them.
		var err error
		if program, err = holdfast(c.program); err != nil {
			return &usageError{err: err, path: cmd.CommandPath()}
		}
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
	if err == nil && c.full {
		var more []bench.Result
		more, err = long.Run(cmd.Context(), config, program)
		results = append(results, more...)
	}
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(results)
	}
	bench.WriteTable(cmd.OutOrStdout(), results)
	return nil
}

// holdfast finds the program that serves: the one that is named, or the one in
// the folder of this one.
func holdfast(named string) (string, error) {
	if named == "" {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this program: %w", err)
		}
		named = filepath.Join(filepath.Dir(self), "holdfast")
	}
	if _, err := os.Stat(named); err != nil {
		return "", fmt.Errorf("--full needs the program holdfast: %w; name it with --program", err)
	}
	return filepath.Abs(named)
}

// runBenchServer measures on a database server.
func runBenchServer(cmd *cobra.Command, c benchConfig) error {
	if !strings.HasPrefix(c.db, c.engine) {
		return &usageError{
			err:  fmt.Errorf("--engine %s needs --db %s://user:password@host:port/database", c.engine, c.engine),
			path: cmd.CommandPath(),
		}
	}
	config := compare.Defaults()
	if c.full {
		config.Longer()
	}
	config.Servers, config.Slots = []string{c.db}, c.slots
	config.Forms, config.Dists = []peer.Form{peer.Conditional}, []string{"hot", "spread"}
	run := compare.Run
	if c.full {
		run = func(ctx context.Context, config compare.Config) ([]bench.Result, error) {
			results, err := compare.Run(ctx, config)
			if err != nil {
				return results, err
			}
			grown, err := compare.RunGrowth(ctx, config)
			return append(results, grown...), err
		}
	}
	return comparePeers(cmd, config, run, c.json, "")
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/bench/peer"
)

type benchConfig struct {
	engine string
	db     string
	slots  int
	dir    string
	json   bool
	full   bool
}

func newBench() *cobra.Command {
	var c benchConfig
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure reservations against the usual way to write them",
		Long: `Measure durable reservations through Holdfast against the same work done the
usual way (one transaction that checks, updates, inserts the hold and inserts
the log entry) and against the floor (the very rows, written again by one
goroutine); on SQLite also through REST, gRPC and batches, and with quotas for
eight channels against the plain item. Both sides run in
this process, in turn, on one disk, and both end with a check that units taken,
acknowledged calls and stored rows agree.

On SQLite it works in scratch files, on PostgreSQL and MySQL in a scratch
database on the server of --db, which is dropped. "holdfast bench peers"
compares with everything that people write there.

Ratios are what counts: rates depend on the machine and on what else it does.
The short form takes about three minutes; --full adds the long runs.`,
		Example: `  holdfast bench
  holdfast bench --json > bench.json
  holdfast bench --full --dir /var/lib/holdfast
  holdfast bench --engine postgres --db postgres://postgres@127.0.0.1:5432/postgres --slots 4`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, c) },
	}
	cmd.Flags().StringVar(&c.engine, "engine", "sqlite", "where the books are kept: sqlite, postgres, mysql")
	cmd.Flags().StringVar(&c.db, "db", "", "server for --engine postgres or mysql: the DSN of a user that may create databases")
	cmd.Flags().IntVar(&c.slots, "slots", 1, "number of slots the books are kept in, in one database")
	cmd.Flags().StringVar(&c.dir, "dir", "", "folder for SQLite's scratch databases (default: the system's temporary folder)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
	cmd.Flags().BoolVar(&c.full, "full", false, "more rounds, and the long runs: growth, and on SQLite memory and repeats over two processes")
	cmd.AddCommand(newBenchPeers(), newBenchFleet())
	return cmd
}

func runBench(cmd *cobra.Command, c benchConfig) error {
	if c.slots < 1 || c.slots > 64 {
		return &usageError{err: fmt.Errorf("--slots %d: from 1 to 64", c.slots), path: cmd.CommandPath()}
	}
	switch c.engine {
	case "sqlite":
	case "postgres", "mysql":
		return runBenchServer(cmd, c)
	default:
		return &usageError{err: fmt.Errorf("--engine %s: sqlite, postgres or mysql", c.engine), path: cmd.CommandPath()}
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
		var long []bench.Result
		long, err = runFull(cmd, config)
		results = append(results, long...)
	}
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(results)
	}
	printBench(cmd.OutOrStdout(), results)
	return nil
}

// runBenchServer measures on a database server.
func runBenchServer(cmd *cobra.Command, c benchConfig) error {
	if !strings.HasPrefix(c.db, c.engine) {
		return &usageError{
			err:  fmt.Errorf("--engine %s needs --db %s://user:password@host:port/database", c.engine, c.engine),
			path: cmd.CommandPath(),
		}
	}
	config := bench.PeersDefaults()
	if c.full {
		config.Longer()
	}
	config.Servers, config.Slots = []string{c.db}, c.slots
	config.Forms, config.Dists = []peer.Form{peer.Conditional}, []string{"hot", "spread"}
	run := bench.RunPeers
	if c.full {
		run = func(ctx context.Context, config bench.PeersConfig) ([]bench.Result, error) {
			results, err := bench.RunPeers(ctx, config)
			if err != nil {
				return results, err
			}
			grown, err := bench.RunGrowth(ctx, config)
			return append(results, grown...), err
		}
	}
	return comparePeers(cmd, config, run, c.json, "")
}

// runFull runs the long measurements, some of them in processes of this program.
func runFull(cmd *cobra.Command, config bench.Config) ([]bench.Result, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return bench.RunFull(cmd.Context(), config, program)
}

func printBench(w io.Writer, results []bench.Result) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.AppendHeader(table.Row{"what", "a /s", "a p50 µs", "a p99 µs", "a CPU µs", "b /s", "b p99 µs", "b CPU µs", "a / b", "goal"})
	for _, r := range results {
		if r.Unit != "" {
			t.AppendRow(table.Row{r.Name, "", "", "", "", "", "", "", fmt.Sprintf("%.2f %s", r.Value, r.Unit), fmt.Sprintf("<= %g", r.Limit)})
			continue
		}
		goal := ""
		if r.Goal > 0 {
			goal = fmt.Sprintf("%.2g", r.Goal)
		}
		t.AppendRow(table.Row{
			r.Name, round(r.A.PerSecond), round(r.A.P50Micros), round(r.A.P99Micros), fmt.Sprintf("%.1f", r.A.CPUMicros),
			round(r.B.PerSecond), round(r.B.P99Micros), fmt.Sprintf("%.1f", r.B.CPUMicros), fmt.Sprintf("%.2f", r.Ratio), goal,
		})
	}
	t.SetStyle(table.StyleLight)
	t.Render()
}

func round(v float64) string { return fmt.Sprintf("%.0f", v) }

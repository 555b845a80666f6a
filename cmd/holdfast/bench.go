package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
)

type benchConfig struct {
	dir  string
	json bool
	full bool
}

func newBench() *cobra.Command {
	var c benchConfig
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure reservations against the usual way to write them",
		Long: `Measure durable reservations through Holdfast on SQLite against the same work
done the usual way (one transaction that checks, updates, inserts the hold and
inserts the log entry), against the floor (the very rows, written again by one
goroutine), and through REST, gRPC and batches. Both sides run in this process,
in turn, on one file system, and both end with a check that units taken,
acknowledged calls and stored rows agree.

Ratios are what counts: rates depend on the machine and on what else it does.
The short form takes about three minutes; --full adds the long runs.`,
		Example: `  holdfast bench
  holdfast bench --json > bench.json
  holdfast bench --full --dir /var/lib/holdfast`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, c) },
	}
	cmd.Flags().StringVar(&c.dir, "dir", "", "folder for the scratch databases (default: the system's temporary folder)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
	cmd.Flags().BoolVar(&c.full, "full", false, "more rounds, and the long runs: growth, memory, repeats over two processes")
	return cmd
}

func runBench(cmd *cobra.Command, c benchConfig) error {
	collectLess()
	say := cmd.ErrOrStderr()
	config := bench.Defaults()
	config.Dir = c.dir
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

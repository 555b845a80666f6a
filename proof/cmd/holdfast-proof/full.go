package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/proof/compare"
	"holdfast.dev/holdfast/proof/long"
)

type fullConfig struct {
	benchConfig
	dir     string
	program string
}

func newFull() *cobra.Command {
	var c fullConfig
	cmd := &cobra.Command{
		Use:   "full",
		Short: "Measure reservations in the long runs: growth, memory, views at full speed",
		Long: `Measure what "holdfast bench" or "holdfast-proof bench" measures, in more rounds,
and the long runs: on SQLite the views after a minute at full speed, memory and
speed after millions of orders, and repeats over two processes of "holdfast
serve", for which it needs the program holdfast; on PostgreSQL and MySQL growth:
many items, open reservations and events, orders of three lines, and
reservations that are due at once.

It works in scratch files, or in a scratch database on the server of --db, and
drops them. Ratios are what counts: rates depend on the machine and on what else
it does. It takes many minutes.`,
		Example: `  holdfast-proof full --dir /var/lib/holdfast
  holdfast-proof full --engine postgres --db postgres://postgres@127.0.0.1:5432/postgres`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.check(cmd); err != nil {
				return err
			}
			if c.engine == "sqlite" {
				return runFullFile(cmd, c)
			}
			config := compare.Defaults()
			config.Longer()
			return comparePeers(cmd, c.compared(config), compareAndGrow, c.json, "")
		},
	}
	c.flags(cmd, "sqlite", "where the books are kept: sqlite, postgres, mysql")
	cmd.Flags().StringVar(&c.dir, "dir", "", "folder for SQLite's scratch databases (default: the system's temporary folder)")
	cmd.Flags().StringVar(&c.program, "program", "", "the program holdfast, which serves in the long runs (default: the one in the folder of this program)")
	return cmd
}

func compareAndGrow(ctx context.Context, config compare.Config) ([]bench.Result, error) {
	results, err := compare.Run(ctx, config)
	if err != nil {
		return results, err
	}
	grown, err := compare.RunGrowth(ctx, config)
	return append(results, grown...), err
}

// runFullFile measures on SQLite.
func runFullFile(cmd *cobra.Command, c fullConfig) error {
	// This check comes before minutes of measuring, not after them.
	program, err := holdfast(c.program)
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
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
	more, err := long.Run(cmd.Context(), config, program)
	if err != nil {
		return err
	}
	results = append(results, more...)
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(results)
	}
	return bench.WriteTable(cmd.OutOrStdout(), results)
}

// holdfast finds the program that serves: the named one, or the one in the folder of this
// program.
func holdfast(named string) (string, error) {
	if named == "" {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this program: %w", err)
		}
		named = filepath.Join(filepath.Dir(self), "holdfast")
	}
	if _, err := os.Stat(named); err != nil {
		return "", fmt.Errorf("the long runs need the program holdfast: %w; name it with --program", err)
	}
	return filepath.Abs(named)
}

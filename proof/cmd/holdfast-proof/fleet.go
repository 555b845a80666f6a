package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/fleet"
)

// fleetConfig has the settings of the command.
type fleetConfig struct {
	engine, db, dir string
	json            bool
}

func newFleet() *cobra.Command {
	var c fleetConfig
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Measure several nodes on the same books against one",
		Long: `Measure nodes that share the books, all in this process, each with its own
connections and memory, on one server:

  three nodes    with 64 callers each, as a share of one node with all 192: over
                 eight slots and over one, where groups are passed on to the home
                 of their slot, and over one where every node writes by itself
  a home killed  its connections are cut in the middle: what the callers of the
                 other nodes notice, and for how long
  orders         of three lines against reservations of one, by the line: in one
                 bucket, and over two databases
  a pause        of a node that holds the lock of the slot: how long the callers
                 of another wait

What is compared takes turns, round by round. Every run ends with a check that
units taken, acknowledged calls and stored rows agree, and with all that
"holdfast verify" checks. Commands go to the books of the node at once, past
REST and gRPC; nodes speak gRPC with a shared secret, as with "serve --node".

It works in scratch files, or in two scratch databases on the server of --db,
and drops them. Ratios are what counts: rates depend on the machine and on what
else it does. It takes less than three minutes.`,
		Example: `  holdfast-proof fleet
  holdfast-proof fleet --engine postgres --db postgres://postgres@127.0.0.1:5432/postgres
  holdfast-proof fleet --engine mysql --db mysql://root@127.0.0.1:3306/ --json > fleet.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runFleet(cmd, c) },
	}
	cmd.Flags().StringVar(&c.engine, "engine", "sqlite", "where the books are kept: sqlite, postgres, mysql")
	cmd.Flags().StringVar(&c.db, "db", "", "server for --engine postgres or mysql: the DSN, with host and port, of a user that may create databases")
	cmd.Flags().StringVar(&c.dir, "dir", "", "folder for SQLite's scratch databases (default: the system's temporary folder)")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
	return cmd
}

// settings turns the flags into the benchmark's.
func (c *fleetConfig) settings() (fleet.Config, error) {
	config := fleet.Defaults()
	config.Engine, config.DSN, config.Dir = c.engine, c.db, c.dir
	switch c.engine {
	case "sqlite":
		if c.dir == "" {
			config.Dir = os.TempDir()
		}
	case "postgres", "mysql":
		if !strings.HasPrefix(c.db, c.engine) {
			return config, fmt.Errorf("--engine %s needs --db %s://user:password@host:port/database", c.engine, c.engine)
		}
	default:
		return config, fmt.Errorf("--engine %s: sqlite, postgres or mysql", c.engine)
	}
	return config, nil
}

func runFleet(cmd *cobra.Command, c fleetConfig) error {
	config, err := c.settings()
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	collectLess()
	say := cmd.ErrOrStderr()
	config.Progress = func(what string) { fmt.Fprintln(say, what) }
	config.Report = func(f fleet.Finding) { fmt.Fprintln(say, f) }
	findings, err := fleet.Run(cmd.Context(), config)
	if err != nil {
		return err
	}
	if c.json {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", " ")
		return e.Encode(findings)
	}
	return printFleet(cmd.OutOrStdout(), findings)
}

func printFleet(w io.Writer, findings []fleet.Finding) error {
	if len(findings) > 0 && findings[0].Server != "" {
		fmt.Fprintln(w, findings[0].Server)
	}
	t := bench.NewTable(w, "what", "a /s", "a p99 ms", "a CPU µs", "b /s", "b p99 ms", "b CPU µs", "value", "goal", "reached")
	for _, f := range findings {
		row := []string{f.Name, "", "", "", "", "", "", fmt.Sprintf("%.2f %s", f.Value, f.Unit), f.Says(), "no"}
		if f.Reached {
			row[9] = "yes"
		}
		for i, side := range []*load.Figure{f.A, f.B} {
			if side != nil {
				row[1+3*i], row[2+3*i] = round(side.PerSecond), fmt.Sprintf("%.2f", side.P99Micros/1e3)
				row[3+3*i] = "unknown"
				if side.CPUMicros > 0 {
					row[3+3*i] = fmt.Sprintf("%.1f", side.CPUMicros)
				}
			}
		}
		t.Row(row...)
	}
	return t.Flush()
}

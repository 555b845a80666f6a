package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/proof/compare"
	"holdfast.dev/holdfast/proof/peer"
)

// benchConfig has the settings of "bench", and also those of "full".
type benchConfig struct {
	engine string
	db     string
	slots  int
	json   bool
}

func newBench() *cobra.Command {
	var c benchConfig
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure reservations on a database server against the usual way to write them",
		Long: `Measure reservations on PostgreSQL or MySQL against one transaction each (UPDATE
... WHERE available >= n, then two inserts) and against the floor. "holdfast
bench" does so on SQLite, "holdfast-proof full" measures growth and memory too,
and "holdfast-proof peers" compares with everything that people write there.

It works in a scratch database on the server of --db, and drops it. Ratios are
what counts: rates depend on the machine and on what else it does. It takes
about three minutes.`,
		Example: `  holdfast-proof bench --engine postgres --db postgres://postgres@127.0.0.1:5432/postgres --slots 4`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.engine == "sqlite" {
				return &usageError{err: errors.New("--engine sqlite: \"holdfast bench\" measures it, and \"holdfast-proof full\" for longer"), path: cmd.CommandPath()}
			}
			if err := c.check(cmd); err != nil {
				return err
			}
			return comparePeers(cmd, c.compared(compare.Defaults()), compare.Run, c.json, "")
		},
	}
	c.flags(cmd, "postgres", "where the books are kept: postgres, mysql")
	return cmd
}

func (c *benchConfig) flags(cmd *cobra.Command, engine, engines string) {
	cmd.Flags().StringVar(&c.engine, "engine", engine, engines)
	cmd.Flags().StringVar(&c.db, "db", "", "server for --engine postgres or mysql: the DSN of a user that may create databases")
	cmd.Flags().IntVar(&c.slots, "slots", 1, "number of slots the books are kept in, in one database")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
}

// check refuses what cannot be measured.
func (c *benchConfig) check(cmd *cobra.Command) error {
	var err error
	switch {
	case c.slots < 1 || c.slots > 64:
		err = fmt.Errorf("--slots %d: from 1 to 64", c.slots)
	case c.engine == "sqlite":
	case c.engine != "postgres" && c.engine != "mysql":
		err = fmt.Errorf("--engine %s: sqlite, postgres or mysql", c.engine)
	case !strings.HasPrefix(c.db, c.engine):
		err = fmt.Errorf("--engine %s needs --db %s://user:password@host:port/database", c.engine, c.engine)
	}
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	return nil
}

// compared is config for the named server.
func (c *benchConfig) compared(config compare.Config) compare.Config {
	config.Servers, config.Slots = []string{c.db}, c.slots
	config.Forms, config.Dists = []peer.Form{peer.Conditional}, []string{"hot", "spread"}
	return config
}

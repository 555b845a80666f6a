package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

func newMigrate() *cobra.Command {
	var c booksConfig
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring a database to the schema of this binary",
		Long: `Migrate brings the tables of the books and of the catalog to the schema that
this binary works with, and makes both in a database that is missing or empty.
Each step is stored whole or not at all; running it again does nothing.

Stop the servers and make a backup before you migrate a database that is in
use: older binaries refuse it afterwards.`,
		Example: `  holdfast migrate --db sqlite:holdfast.db
  holdfast migrate --db postgres://holdfast@db/stock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return migrate(cmd.Context(), c, await(wait), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	c.flags(cmd)
	waitFlag(cmd, &wait)
	return cmd
}

func migrate(ctx context.Context, c booksConfig, wait *awaiting, out, errOut io.Writer) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast migrate"}
	}
	tell := func(err error, left time.Duration) {
		fmt.Fprintf(errOut, "the database is away, waiting %v more: %s\n", left, strings.Join(strings.Fields(err.Error()), " "))
	}
	var before catalog.Schema
	err = wait.openPatiently(ctx, tell, func() (err error) {
		before, err = catalog.Migrate(ctx, c.db)
		return err
	})
	if err != nil {
		return err
	}
	printMigration(out, "catalog", int(before.Found), int(before.Wanted))
	directory, err := catalog.Open(ctx, c.db, catalog.WithExisting())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	_, places, err := c.layOut(ctx, directory, true)
	if err != nil {
		return err
	}
	for _, p := range places {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return err
		}
		var have, want int
		err = wait.openPatiently(ctx, tell, func() (err error) {
			have, want, err = migrateSlot(ctx, inSet(dsn, p.Set))
			return err
		})
		if err != nil {
			return errors.Join(errors.New("the catalog is migrated, not all of the books are"), err)
		}
		printMigration(out, p.called(len(places)), have, want)
	}
	return nil
}

// migrateSlot migrates the set of tables that the DSN names and returns its schema before
// and after.
func migrateSlot(ctx context.Context, dsn string) (have, want int, err error) {
	if have, want, err = schemaOf(ctx, dsn); err != nil {
		return 0, 0, err
	}
	switch {
	case strings.HasPrefix(dsn, "mysql:"):
		return have, want, mysql.Migrate(ctx, dsn)
	case isOnServer(dsn):
		return have, want, postgres.Migrate(ctx, dsn)
	}
	path, err := databaseFile(dsn)
	if err != nil {
		return 0, 0, err
	}
	return have, want, sqlite.Migrate(ctx, path)
}

// schemaOf is the schema of the set of tables that the DSN names, 0 when there is none, and
// the schema of this program.
func schemaOf(ctx context.Context, dsn string) (have, want int, err error) {
	switch {
	case strings.HasPrefix(dsn, "mysql:"):
		return mysql.Schema(ctx, dsn)
	case isOnServer(dsn):
		return postgres.Schema(ctx, dsn)
	}
	path, err := databaseFile(dsn)
	if err != nil {
		return 0, 0, err
	}
	return sqlite.Schema(ctx, path)
}

func printMigration(out io.Writer, what string, have, want int) {
	switch have {
	case want:
		fmt.Fprintf(out, "%s: schema %d, nothing to do\n", what, want)
	case 0:
		fmt.Fprintf(out, "%s: created with schema %d\n", what, want)
	default:
		fmt.Fprintf(out, "%s: migrated from schema %d to %d\n", what, have, want)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

func newMigrate() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring a database to the schema of this binary",
		Long: `Migrate brings the tables of the books and of the catalog to the schema that
this binary works with, and makes both in a database that is missing or empty.
Each step is stored whole or not at all; running it again does nothing.

Stop the servers and make a backup before you migrate a database that is in
use: older binaries refuse it afterwards.`,
		Example: `  holdfast migrate --db sqlite:holdfast.db`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return migrate(cmd.Context(), db, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&db, "db", "sqlite:holdfast.db", "database, sqlite:PATH")
	return cmd
}

func migrate(ctx context.Context, dsn string, out io.Writer) error {
	path, err := databaseFile(dsn)
	if err != nil {
		return &usageError{err: err, path: "holdfast migrate"}
	}
	have, want, err := sqlite.Schema(ctx, path)
	if err != nil {
		return err
	}
	if err := sqlite.Migrate(ctx, path); err != nil {
		return err
	}
	printMigration(out, "books", have, want)
	before, err := catalog.MigrateFile(ctx, path)
	if err != nil {
		return errors.Join(errors.New("the books are migrated, the catalog is not"), err)
	}
	printMigration(out, "catalog", int(before.Found), int(before.Wanted))
	return nil
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

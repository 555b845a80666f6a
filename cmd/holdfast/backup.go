package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/progress"
)

func newBackup() *cobra.Command {
	var db, to string
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Copy a SQLite database while servers run",
		Long: `Backup copies a whole SQLite database, books and catalog, as it is at one moment,
to a new file. Servers go on meanwhile. The copy appears under its name when it is
whole and synced to the disk; a file that is there already is left alone. It
holds what the database holds, the hashes of keys too: keep it as safe. It has an
epoch of its own: positions of what the database writes later are not taken for
what is written to the copy.

A copy that was not verified is a hope: run "holdfast verify" on it. To restore,
stop the servers, put the copy in the place of the database, say so with
"holdfast restored", and start them. Database servers have ways of their own, see
docs/operations/backup.md.`,
		Example: `  holdfast backup --db sqlite:holdfast.db --to holdfast-$(date +%F).db
  holdfast verify --db sqlite:holdfast-$(date +%F).db`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return backUp(cmd.Context(), db, to, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&db, "db", "sqlite:holdfast.db", "database, sqlite:PATH")
	cmd.Flags().StringVar(&to, "to", "", "file to make")
	return markRequired(cmd, "to")
}

func backUp(ctx context.Context, dsn, to string, out, errOut io.Writer) error {
	if isOnServer(dsn) {
		return &usageError{err: errors.New("a backup is made of a SQLite file; docs/operations/backup.md says how database servers are backed up"), path: "holdfast backup"}
	}
	path, err := databaseFile(dsn)
	if err != nil {
		return &usageError{err: err, path: "holdfast backup"}
	}
	have, _, err := sqlite.Schema(ctx, path)
	switch {
	case err != nil:
		return err
	case have == 0:
		return fmt.Errorf("there are no books in %s", path)
	}
	meter := progress.Measure(errOut, "pages")
	head, err := sqlite.Backup(ctx, path, to, func(done, pages int) { meter.At(int64(done), int64(pages)) })
	meter.End()
	if err != nil {
		return err
	}
	if err := epochOfItsOwn(ctx, to, head); err != nil {
		return fmt.Errorf("%s is whole, but begins no epoch of its own: %w", to, err)
	}
	fmt.Fprintf(out, "%s: the books up to record %d\n", to, head)
	return nil
}

// epochOfItsOwn starts another epoch in a copy than in its original. Then a copy
// that replaces the original without notice never assigns a position of the log
// twice. A copy with an old catalog stays as it is.
func epochOfItsOwn(ctx context.Context, path string, head engine.Seq) error {
	directory, err := catalog.Open(ctx, path, catalog.WithExisting())
	if errors.Is(err, catalog.ErrSchema) {
		return nil
	}
	if err != nil {
		return err
	}
	// If the books are in several databases, the copy of one proves nothing.
	if _, laid := directory.Slots.Layout(ctx); errors.Is(laid, catalog.ErrNoLayout) {
		_, err = directory.Epochs.BeginEpoch(ctx, []catalog.SlotHead{{Seq: uint64(head)}})
	}
	return errors.Join(err, directory.Close())
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/view"
)

// verifyConfig is what the verify command is told.
type verifyConfig struct {
	DB     string
	Anchor string
}

func newVerify() *cobra.Command {
	var cfg verifyConfig
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that the books are right",
		Long: `Verify reads the whole log and all rows and checks every invariant: the chain of
hashes, that each entry follows from the books before it, and that the rows of
items, reservations, keys and the journal are what the log says. It changes
nothing in the database, and servers may go on meanwhile.

With --anchor it also compares the log with the head that an earlier run wrote
to that file, so that an end that was cut off is found, and moves the anchor to
the new head. Keep the file away from the database.

It ends with 0 when everything holds and with 1 when something does not; the
first violations are named on standard output.`,
		Example: `  holdfast verify --db sqlite:holdfast.db
  holdfast verify --db sqlite:holdfast.db --anchor /mnt/safe/holdfast.anchor`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return verify(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&cfg.DB, "db", "sqlite:holdfast.db", "database, sqlite:PATH")
	cmd.Flags().StringVar(&cfg.Anchor, "anchor", "", "file with the head of an earlier run: compared, then moved on")
	return cmd
}

func verify(ctx context.Context, cfg verifyConfig, out, errOut io.Writer) (err error) {
	path, err := databaseFile(cfg.DB)
	if err != nil {
		return &usageError{err: err, path: "holdfast verify"}
	}
	have, want, err := sqlite.Schema(ctx, path)
	switch {
	case err != nil:
		return err
	case have == 0:
		return fmt.Errorf("there are no books in %s", path)
	case have < want:
		return fmt.Errorf("%s has schema %d, this program works with %d; stop all processes on it, make a backup and run: holdfast migrate --db sqlite:%s",
			path, have, want, path)
	}
	var anchor *ledger.Anchor
	if cfg.Anchor != "" {
		if anchor, err = readAnchor(cfg.Anchor); err != nil {
			return err
		}
	}
	report, err := verifySlot(ctx, path, anchor, errOut)
	if err != nil {
		return err
	}
	verdict, err := verifyCatalog(ctx, path)
	if err != nil {
		return err
	}
	if found := printVerdict(out, report, verdict); found > 0 {
		return fmt.Errorf("the books are wrong: %d violations", found)
	}
	if cfg.Anchor != "" {
		if err := ledger.WriteAnchors(cfg.Anchor, []ledger.Anchor{report.Head}); err != nil {
			return err
		}
		fmt.Fprintf(out, "anchor: %s is at record %d\n", cfg.Anchor, report.Head.Seq)
	}
	return nil
}

// readAnchor returns the anchor of the one slot, nil when the file is not
// there yet.
func readAnchor(path string) (*ledger.Anchor, error) {
	anchors, err := ledger.ReadAnchors(path)
	if err != nil {
		return nil, err
	}
	for i := range anchors {
		if anchors[i].Slot == 0 {
			return &anchors[i], nil
		}
	}
	return nil, nil
}

func verifySlot(ctx context.Context, path string, anchor *ledger.Anchor, errOut io.Writer) (report *ledger.Report, err error) {
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	// What is decoded lives for a moment beside little that stays: a sixth of
	// the time would go into collecting it.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	told := time.Now()
	report, err = ledger.Verify(ctx, store, ledger.VerifyOptions{
		Anchor: anchor, JournalKeys: view.Keys, Now: wallTime(),
		Progress: func(at, last engine.Seq) {
			if time.Since(told) >= 2*time.Second {
				told = time.Now()
				fmt.Fprintf(errOut, "record %d of %d\n", at, last)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	damage := store.Intact(ctx)
	if damage != nil && !errors.Is(damage, engine.ErrBroken) {
		return nil, damage
	}
	if damage != nil {
		report.Violations = append(report.Violations, ledger.Violation{What: damage.Error()})
	}
	return report, nil
}

func verifyCatalog(ctx context.Context, path string) (v catalog.Verdict, err error) {
	c, err := catalog.Open(ctx, path, catalog.WithExisting())
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return c.VerifyLog(ctx)
}

// printVerdict prints what was found and returns how many violations there are.
func printVerdict(out io.Writer, r *ledger.Report, v catalog.Verdict) int {
	for _, violation := range r.Violations {
		fmt.Fprintln(out, violation)
	}
	for _, violation := range v.Violations {
		fmt.Fprintln(out, violation)
	}
	if r.More > 0 {
		fmt.Fprintf(out, "and %d more\n", r.More)
	}
	for _, what := range r.Unchecked {
		fmt.Fprintf(out, "not checked: %s\n", what)
	}
	fmt.Fprintf(out, "read: %d records with %d entries, %d items, %d holds, %d keys, %d journal rows, %d catalog entries\n",
		r.Records, r.Entries, r.Items, r.Holds, r.Keys, r.JournalRows, v.Head)
	found := len(r.Violations) + r.More + len(v.Violations)
	if found == 0 {
		fmt.Fprintf(out, "all invariants hold as of record %d, hash %x\n", r.Head.Seq, r.Head.Hash)
	}
	return found
}

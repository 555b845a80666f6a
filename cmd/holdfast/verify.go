package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/progress"
	"holdfast.dev/holdfast/internal/view"
)

// verifyConfig has the settings of the verify command.
type verifyConfig struct {
	books  booksConfig
	Anchor string
	till   string // the file of a till
	// item is the one to be explained, LOCATION/PRODUCT of the tenant; "": none.
	item, tenant string
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

Rows and entries of a tenant that the catalog does not have are counted: a deletion that
ended before its end left them.

It also compares the books with the tasks of items that sell through Redis, and names
items that are stuck on their way to Redis or back.

With --till it also compares the books with those in the file of a till: what the till
has in escrow must be what its own log says.

Records that "holdfast archive" has moved are read from the folder that
--archive names; its files are checked too.

With --explain LOCATION/PRODUCT it checks one item only, and shows its accounts, its
channels and its open orders, and where they contradict each other; "holdfast repair"
sets that right. Items that were repaired are counted.

It ends with 0 when everything holds and with 1 when something does not; the
first violations are named on standard output.`,
		Example: `  holdfast verify --db sqlite:holdfast.db
  holdfast verify --db sqlite:holdfast.db --anchor /mnt/safe/holdfast.anchor`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return verify(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cfg.books.flags(cmd)
	cmd.Flags().StringVar(&cfg.Anchor, "anchor", "", "file with the head of an earlier run: compared, then moved on")
	cmd.Flags().StringVar(&cfg.item, "explain", "", "`item` LOCATION/PRODUCT that is shown with its orders, and checked alone")
	cmd.Flags().StringVar(&cfg.tenant, "tenant", catalog.DefaultTenant, "tenant of the item that is shown")
	cmd.Flags().StringVar(&cfg.till, "till", "", "`file` of a till whose books are compared with these")
	return cmd
}

func verify(ctx context.Context, cfg verifyConfig, out, errOut io.Writer) (err error) {
	if err := cfg.books.check(); err != nil {
		return &usageError{err: err, path: "holdfast verify"}
	}
	directory, err := catalog.Open(ctx, cfg.books.db, catalog.WithExisting())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	slotSet, err := openSlotSet(ctx, cfg.books, directory, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, slotSet.Close()) }()
	if cfg.item != "" {
		faults, err := explainItem(ctx, slotSet, cfg.tenant, cfg.item, out)
		if err == nil && faults > 0 {
			err = fmt.Errorf("the books of %s are wrong: %d faults", cfg.item, faults)
		}
		return err
	}
	var anchors []audit.Anchor
	if cfg.Anchor != "" {
		if anchors, err = audit.ReadAnchors(cfg.Anchor); err != nil {
			return err
		}
	}
	verdict, err := directory.VerifyLog(ctx)
	if err != nil {
		return err
	}
	for _, violation := range verdict.Violations {
		fmt.Fprintln(out, violation)
	}
	found := len(verdict.Violations)
	var heads []audit.Anchor
	tenants := keptTenants{}
	for i := range slotSet.engines {
		if err := checkArchive(ctx, uint16(i), cfg.books.archive); err != nil {
			return err
		}
		report, err := verifySlot(ctx, slotSet, i, anchors, errOut)
		if err != nil {
			return err
		}
		found += printReport(out, report, slotName(slotSet, i), verdict)
		tenants.add(report.Tenants)
		head := report.Head
		head.Slot = uint16(i)
		heads = append(heads, head)
	}
	wrong, err := verifyTogether(ctx, slotSet, directory, out)
	if err != nil {
		return err
	}
	found += wrong
	wrong, err = verifyRedis(ctx, cfg.books, slotSet, tenants, out)
	if err == nil {
		found += wrong
		wrong, err = tenants.verify(ctx, directory, out)
	}
	if err != nil {
		return err
	}
	found += wrong
	if cfg.till != "" {
		wrong, err := verifyTill(ctx, slotSet, cfg.till, out)
		if err != nil {
			return err
		}
		found += wrong
	}
	if found > 0 {
		return fmt.Errorf("the books are wrong: %d violations", found)
	}
	if cfg.Anchor != "" {
		if err := audit.WriteAnchors(cfg.Anchor, heads); err != nil {
			return err
		}
		for _, h := range heads {
			fmt.Fprintf(out, "anchor: %s is at record %d\n", cfg.Anchor, h.Seq)
		}
	}
	return nil
}

func verifySlot(ctx context.Context, s *slotSet, slot int, anchors []audit.Anchor, errOut io.Writer) (report *audit.Report, err error) {
	var anchor *audit.Anchor
	for i := range anchors {
		if int(anchors[i].Slot) == slot {
			anchor = &anchors[i]
		}
	}
	// Decoded records live for a moment, next to little that stays: collection would
	// take a sixth of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	meter := progress.Measure(errOut, slotName(s, slot)+"records")
	report, err = audit.CheckSlot(ctx, s.engines[slot], audit.Options{
		Anchor: anchor, JournalKeys: view.Keys, Now: wallTime(),
		Progress: func(at, last engine.Seq) { meter.At(int64(at), int64(last)) },
	})
	meter.End()
	if errors.Is(err, engine.ErrGone) {
		err = fmt.Errorf("%w; name the folder with the archived records with --archive", err)
	}
	if err != nil {
		return nil, err
	}
	// A database server checks its own pages.
	if file, ok := s.kept[slot].(interface{ Intact(context.Context) error }); ok {
		damage := file.Intact(ctx)
		if damage != nil && !errors.Is(damage, engine.ErrBroken) {
			return nil, damage
		}
		if damage != nil {
			report.Violations = append(report.Violations, audit.Violation{What: damage.Error()})
		}
	}
	return report, nil
}

// verifyHeads checks that the slots have the records that servers have seen, and returns how
// many slots lack some.
func verifyHeads(ctx context.Context, s *slotSet, directory *catalog.Catalog, out io.Writer) (wrong int, err error) {
	heads, err := directory.Epochs.Heads(ctx)
	if err != nil {
		return 0, err
	}
	for _, seen := range heads {
		err := s.oldCopy(ctx, seen)
		switch {
		case errors.Is(err, errOldCopy):
			fmt.Fprintf(out, "%s: %v\n", s.names[seen.Slot], err)
			wrong++
		case err != nil:
			return wrong, err
		}
	}
	return wrong, nil
}

// verifyTogether checks what the slots share and returns how many violations there are.
func verifyTogether(ctx context.Context, s *slotSet, directory *catalog.Catalog, out io.Writer) (wrong int, err error) {
	if s.layout != nil {
		if wrong, err = verifyHeads(ctx, s, directory, out); err != nil {
			return 0, err
		}
	}
	if len(s.engines) == 1 {
		return wrong, nil
	}
	across, err := verifyAcross(ctx, s, directory, out)
	return wrong + across, err
}

// verifyAcross checks the rules between the slots and returns how many violations there
// are.
func verifyAcross(ctx context.Context, s *slotSet, directory *catalog.Catalog, out io.Writer) (int, error) {
	across, err := audit.CheckAcross(ctx, s.kept, atlas{directory})
	if err != nil {
		return 0, err
	}
	return printAcross(out, across), nil
}

// printAcross prints the results between the slots and returns how many violations there
// are.
func printAcross(out io.Writer, across *audit.Across) int {
	for _, violation := range across.Violations {
		fmt.Fprintln(out, violation)
	}
	if across.More > 0 {
		fmt.Fprintf(out, "and %d more\n", across.More)
	}
	fmt.Fprintf(out, "across slots: %d legs, %d of them wait to follow their home; %d buckets on their way\n", across.Legs, across.Waiting, across.Moving)
	return len(across.Violations) + across.More
}

// slotName is the prefix of the lines about a slot: nothing when there is only
// one.
func slotName(s *slotSet, slot int) string {
	if len(s.names) == 1 {
		return ""
	}
	return s.names[slot] + ": "
}

// printReport prints the findings in a slot and returns how many violations there
// are.
func printReport(out io.Writer, r *audit.Report, slot string, v catalog.Verdict) int {
	for _, violation := range r.Violations {
		fmt.Fprintf(out, "%s%s\n", slot, violation)
	}
	if r.More > 0 {
		fmt.Fprintf(out, "%sand %d more\n", slot, r.More)
	}
	for _, what := range r.Unchecked {
		fmt.Fprintf(out, "%snot checked: %s\n", slot, what)
	}
	fmt.Fprintf(out, "%sread: %s with %s, %s, %s, %s, %s, %s\n", slot,
		counted(r.Records, "record", "records"), counted(r.Entries, "entry", "entries"), counted(r.Items, "item", "items"),
		counted(r.Holds, "hold", "holds"), counted(r.Keys, "key", "keys"), counted(r.JournalRows, "journal row", "journal rows"),
		counted(v.Head, "catalog entry", "catalog entries"))
	if r.Redacted > 0 {
		fmt.Fprintf(out, "%sredacted: %s of the log\n", slot, counted(r.Redacted, "note", "notes"))
	}
	if r.Mended > 0 {
		fmt.Fprintf(out, "%srepaired: %s whose figures were not those of their orders\n", slot, counted(r.Mended, "item", "items"))
	}
	if r.Dropped > 0 {
		fmt.Fprintf(out, "%sdeleted with their tenants: %s\n", slot, counted(r.Dropped, "entry", "entries"))
	}
	found := len(r.Violations) + r.More
	if found+len(v.Violations) == 0 {
		fmt.Fprintf(out, "%sall invariants hold as of record %d, hash %x\n", slot, r.Head.Seq, r.Head.Hash)
	}
	return found
}

// counted is a number with its noun.
func counted[N ~int | ~int64 | ~uint64](n N, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

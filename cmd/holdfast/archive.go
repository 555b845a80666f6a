package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/progress"
	"holdfast.dev/holdfast/internal/stock"
)

// archiveConfig has the settings of the archive command.
type archiveConfig struct {
	books   booksConfig
	To      string
	Older   days
	UpTo    uint64
	Keep    uint64
	Entries bool
	Begin   bool
	Younger bool
	DryRun  bool
	JSON    bool

	// aged reports that Older was set, and is not only the default.
	aged        bool
	out, errOut io.Writer
}

// youngest is the minimum age of archived records: an idempotency key lives for seven days,
// and its answer is read from its record.
const youngest = 8 * 24 * time.Hour

func newArchive() *cobra.Command {
	cfg := archiveConfig{Older: days(400 * 24 * time.Hour)}
	cmd := &cobra.Command{
		Use:   "archive",
		Short: "Move old records from the database to compressed files",
		Long: `Archive copies the records of the log that are old enough to Parquet files in a
folder, compares the copies with the database and the chain of hashes from
record to record, and then drops the records from the database. Servers go on
meanwhile. Give the command again after it was interrupted, however that was:
it goes on. Of two at once on one folder the second is refused.

The newest thousand records always stay, and what the journal has not read yet,
and everything younger than 8 days, because idempotency keys lead to it. serve
and verify read the files through --archive; any Parquet tool reads them too.
The files are part of the books: keep them as safe, and copy the folder when you
back up the database.`,
		Example: `  holdfast archive --db sqlite:holdfast.db --to /mnt/archive --dry-run
  holdfast archive --db sqlite:holdfast.db --to /mnt/archive
  holdfast archive --db sqlite:holdfast.db --to /mnt/archive --older-than 90d`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.out, cfg.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			cfg.aged = cmd.Flags().Changed("older-than")
			return runArchive(cmd.Context(), cfg)
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.books.db, "db", "sqlite:holdfast.db", "main database: sqlite:PATH, postgres://… or mysql://…")
	f.StringToStringVar(&cfg.books.databases, databasesFlag, nil, "databases that keep the books, NAME=DSN,… (default: the main database)")
	f.StringVar(&cfg.To, "to", "", "folder of the archive (made when it is not there)")
	f.Var(&cfg.Older, "older-than", "how old records are that are moved, like 400d or 9600h")
	f.Uint64Var(&cfg.UpTo, "up-to", 0, "last record to move (default: as --older-than says)")
	f.Uint64Var(&cfg.Keep, "keep", archive.MinKeep, "how many of the newest records stay; fewer than 1000 are 1000")
	f.BoolVar(&cfg.Entries, "entries", true, "also write files with one row per entry of the journal, for reading")
	f.BoolVar(&cfg.Begin, "begin", false, "let a new archive begin where the database begins now, though that is not record 1")
	f.BoolVar(&cfg.Younger, "force-younger", false, "move records younger than 8 days too: their keys need --archive from then on")
	f.BoolVar(&cfg.DryRun, "dry-run", false, "change nothing, say what would be moved")
	f.BoolVar(&cfg.JSON, "json", false, "print what was done as JSON")
	return markRequired(cmd, "to")
}

// days is a duration that is also written in days.
type days time.Duration

// String writes whole days as days.
func (d *days) String() string {
	const day = days(24 * time.Hour)
	if *d > 0 && *d%day == 0 {
		return strconv.FormatInt(int64(*d/day), 10) + "d"
	}
	return time.Duration(*d).String()
}

// Set reads "400d" or what time.ParseDuration reads.
func (d *days) Set(s string) error {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		count, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no number of days", s)
		}
		*d = days(time.Duration(count) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err == nil && v < 0 {
		err = errors.New("it is negative")
	}
	*d = days(v)
	return err
}

// Type names the value in --help.
func (*days) Type() string { return "duration" }

func archiveUsage(format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), path: "holdfast archive"}
}

// runArchive is the command without its flags.
func runArchive(ctx context.Context, cfg archiveConfig) (err error) {
	if (cfg.aged || cfg.UpTo == 0) && time.Duration(cfg.Older) < youngest && !cfg.Younger {
		return archiveUsage("--older-than %s: records younger than 8 days are not archived, idempotency keys lead to them", &cfg.Older)
	}
	cfg.books.sets = 1
	if err := cfg.books.check(); err != nil {
		return archiveUsage("%w", err)
	}
	plan := cfg.plan(wallTime())
	books, err := openLaidOut(ctx, cfg.books)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	slots := books.slotSet.kept
	if !cfg.DryRun {
		if err := os.MkdirAll(cfg.To, 0o700); err != nil {
			return err
		}
	}
	reports := make([]*archive.Report, 0, len(slots))
	for i, eng := range slots {
		r, err := cfg.slot(ctx, uint16(i), eng, plan)
		if err == nil || r != nil && r.Records > 0 {
			reports = append(reports, r)
		}
		if err != nil {
			return errors.Join(err, cfg.print(reports))
		}
	}
	return cfg.print(reports)
}

func (cfg *archiveConfig) plan(now stock.Time) archive.Plan {
	before := func(d time.Duration) stock.Time { return max(now-stock.Time(d.Milliseconds()), 1) }
	plan := archive.Plan{
		UpTo: engine.Seq(cfg.UpTo), Keep: engine.Seq(cfg.Keep), KeepKeys: cfg.Younger,
		Entries: cfg.Entries, Begin: cfg.Begin, DryRun: cfg.DryRun,
	}
	if cfg.aged || cfg.UpTo == 0 {
		plan.Before = before(time.Duration(cfg.Older))
	}
	if !cfg.Younger {
		plan.NotYoung = before(youngest)
	}
	return plan
}

// slot archives one slot.
func (cfg *archiveConfig) slot(ctx context.Context, number uint16, eng engine.Engine, plan archive.Plan) (*archive.Report, error) {
	if _, err := os.Stat(cfg.To); cfg.DryRun && errors.Is(err, os.ErrNotExist) {
		return cfg.dryRun(ctx, number, eng, plan)
	}
	folder, err := archive.Open(cfg.To, number)
	if err != nil {
		return nil, err
	}
	meter := progress.Measure(cfg.errOut, fmt.Sprintf("slot %d", number))
	plan.Progress = meter.At
	defer meter.End()
	return archive.Run(ctx, eng, folder, plan)
}

// dryRun examines a slot whose archive has no folder yet.
func (cfg *archiveConfig) dryRun(ctx context.Context, number uint16, eng engine.Engine, plan archive.Plan) (r *archive.Report, err error) {
	empty, err := os.MkdirTemp("", "holdfast-archive-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(empty)) }()
	folder, err := archive.Open(empty, number)
	if err != nil {
		return nil, err
	}
	return archive.Run(ctx, eng, folder, plan)
}

func (cfg *archiveConfig) print(reports []*archive.Report) error {
	if cfg.JSON {
		return json.NewEncoder(cfg.out).Encode(map[string]any{"slots": reports})
	}
	for _, r := range reports {
		switch {
		case cfg.DryRun && r.Records == 0:
			fmt.Fprintf(cfg.out, "slot %d: no record would be moved: %s\n", r.Slot, explainStop(r))
		case cfg.DryRun:
			fmt.Fprintf(cfg.out, "slot %d: %d records up to %d would be moved, %d would stay: %s\n",
				r.Slot, r.Records, r.UpTo, r.Head-r.UpTo, explainStop(r))
		default:
			fmt.Fprintf(cfg.out, "slot %d: %d records moved (%d files, %s from %s), the archive ends with record %d, the database begins with record %d: %s\n",
				r.Slot, r.Records, r.Parts, formatBytes(uint64(r.Stored)), formatBytes(uint64(r.Bytes)), r.Last, r.Gone+1, explainStop(r))
		}
	}
	return nil
}

// explainStop says in words what prevents the archiving of the next record.
func explainStop(r *archive.Report) string {
	switch r.Reason {
	case archive.ReasonAge:
		return "the next is too young"
	case archive.ReasonAsked:
		return "no more was asked for"
	case archive.ReasonJournal:
		return "the journal has not read the next, a running server does that"
	}
	return "the newest are kept"
}

// withArchive adds the archive in the folder to the engine of a slot; without a folder it
// returns the engine.
func withArchive(ctx context.Context, eng engine.Engine, slot uint16, folder string) (engine.Engine, error) {
	if folder == "" {
		return eng, nil
	}
	f, err := archive.Open(folder, slot)
	if err == nil {
		err = f.Fits(ctx, eng)
	}
	if err != nil {
		return nil, err
	}
	return archive.Over(eng, f), nil
}

// checkArchive reads all files of a slot's archive and reports damage.
func checkArchive(ctx context.Context, slot uint16, folder string) error {
	if folder == "" {
		return nil
	}
	f, err := archive.Open(folder, slot)
	if err != nil {
		return err
	}
	return f.Check(ctx)
}

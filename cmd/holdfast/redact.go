package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/archive"
	"holdfast.dev/holdfast/internal/ledger/erase"
	"holdfast.dev/holdfast/internal/stock"
)

// redactConfig has the settings of the redact command.
type redactConfig struct {
	books         booksConfig
	notes         erase.Notes
	since, before string
	operator      string
	dryRun        bool
	history       bool

	out io.Writer
}

func newRedact() *cobra.Command {
	var cfg redactConfig
	cmd := &cobra.Command{
		Use:   "redact",
		Short: "Take free text out of the log",
		Long: `Redact takes the note of entries out of the log: reason, reference and operator.
The entries are those of the tenant that are all that is asked for. Figures stay, and
verify still finds the chain whole; it says how many notes were redacted.

Begin with --dry-run. Servers may run meanwhile. Give the command again after it was
interrupted, however that was: it redacts the rest. When records were archived it
needs --archive, and redacts there too.

Entries of one record that say the same share one note: all of them lose it. Order,
customer, product and location stay in the entry. docs/operations/privacy.md says
what else is kept, and where.`,
		Example: `  holdfast redact --db sqlite:holdfast.db --order A-2026-00017 --dry-run
  holdfast redact --db sqlite:holdfast.db --order A-2026-00017
  holdfast redact --db sqlite:holdfast.db --tenant demo --note "Jane Miller"
  holdfast redact --db sqlite:holdfast.db --tenant demo --before 2025-01-01T00:00:00Z`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg.out = cmd.OutOrStdout()
			return cfg.run(cmd.Context())
		},
	}
	cfg.books.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.notes.Tenant, "tenant", catalog.DefaultTenant, "tenant whose text is redacted")
	f.StringVar(&cfg.notes.Order, "order", "", "only entries of this order")
	f.StringVar(&cfg.notes.Customer, "customer", "", "only entries with a line of this customer")
	f.StringVar(&cfg.notes.Text, "note", "", "only entries whose reason, reference or operator has this text")
	f.StringVar(&cfg.notes.Product, "product", "", "only entries about this product")
	f.StringVar(&cfg.notes.Location, "location", "", "only entries about this location")
	f.StringVar(&cfg.since, "since", "", "only entries booked at or after this time, like 2026-01-31T00:00:00Z")
	f.StringVar(&cfg.before, "before", "", "only entries booked before this time")
	f.StringVar(&cfg.operator, "operator", "", "who redacts, which is kept with the count (default: the name of the account)")
	f.BoolVar(&cfg.dryRun, "dry-run", false, "change nothing, say what would be redacted")
	f.BoolVar(&cfg.history, "history", false, "list the tenant's redactions instead, the newest first")
	return cmd
}

// chosen are the names of the criteria that select entries.
func (c *redactConfig) chosen() (names []string) {
	for _, by := range [...][2]string{
		{"order", c.notes.Order},
		{"customer", c.notes.Customer},
		{"note", c.notes.Text},
		{"product", c.notes.Product},
		{"location", c.notes.Location},
		{"since", c.since},
		{"before", c.before},
	} {
		if by[1] != "" {
			names = append(names, by[0])
		}
	}
	return names
}

// check returns what is wrong with the configuration, and reads its times.
func (c *redactConfig) check() error {
	if err := c.books.check(); err != nil {
		return err
	}
	if !c.history && len(c.chosen()) == 0 {
		return errors.New("say which entries: --order, --customer, --note, --product, --location, --since or --before")
	}
	for _, at := range [...]struct {
		flag, value string
		to          *stock.Time
	}{{"since", c.since, &c.notes.Since}, {"before", c.before, &c.notes.Before}} {
		if at.value == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, at.value)
		if err != nil || t.UnixMilli() <= 0 {
			return fmt.Errorf("--%s %q: write a time like 2026-01-31T00:00:00Z", at.flag, at.value)
		}
		*at.to = stock.Time(t.UnixMilli())
	}
	return nil
}

func (c *redactConfig) run(ctx context.Context) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast redact"}
	}
	books, err := openLaidOut(ctx, c.books)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	if _, err := books.directory.Tenant(ctx, c.notes.Tenant); err != nil {
		return err
	}
	if c.history {
		return c.list(ctx, books.directory)
	}
	if err := checkWholeLogs(ctx, books.slotSet, c.books.archive); err != nil {
		return err
	}
	trace := catalog.Redaction{Tenant: c.notes.Tenant, By: accountName(c.operator), Chosen: c.chosen()}
	if !c.dryRun {
		if trace, err = books.directory.Redactions.Begin(ctx, trace); err != nil {
			return err
		}
	}
	t := newTable(c.out, "slot", "records", "notes", "entries", "others with the same note", "redacted before")
	var all erase.Tally
	for i := range books.slotSet.kept {
		tally, err := c.slot(ctx, books.slotSet, i)
		if err != nil {
			return fmt.Errorf("%s: %w; what was redacted stays so, give the command again for the rest", books.slotSet.names[i], err)
		}
		all.Add(tally)
		t.row(i, tally.Records, tally.Notes, tally.Entries, tally.Others, tally.Before)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if c.dryRun {
		_, err := fmt.Fprintln(c.out, "nothing was changed: run without --dry-run to redact")
		return err
	}
	trace.Records, trace.Notes, trace.Entries, trace.Others = int64(all.Records), int64(all.Notes), int64(all.Entries), int64(all.Others)
	return books.directory.Redactions.End(ctx, trace)
}

// slot redacts one slot. The database comes first, then the archive, because an archive run
// may move records there meanwhile.
func (c *redactConfig) slot(ctx context.Context, s *slotSet, slot int) (tally erase.Tally, err error) {
	first, err := s.kept[slot].First(ctx)
	if err != nil {
		return tally, err
	}
	var last erase.Tally // of the record at, which may be read again
	var at engine.Seq
	counted := func(rec *engine.Record) (engine.Record, error) {
		now, one, err := c.notes.From(rec)
		if rec.Seq != at {
			tally.Add(last)
		}
		at, last = rec.Seq, one
		return now, err
	}
	err = erase.Log(ctx, s.kept[slot], counted, c.dryRun)
	if err == nil && c.books.archive != "" {
		seen := engine.Seq(0) // parts are read twice, to find what changes and to change it
		err = changeArchive(ctx, c.books.archive, uint16(slot), func(rec *engine.Record) (engine.Record, error) {
			if rec.Seq <= seen || first > 0 && rec.Seq >= first { // what is in both was counted in the database
				now, _, err := c.notes.From(rec)
				return now, err
			}
			seen = rec.Seq
			return counted(rec)
		}, c.dryRun)
	}
	tally.Add(last)
	return tally, err
}

// checkWholeLogs refuses when records were archived and no archive folder is named.
func checkWholeLogs(ctx context.Context, s *slotSet, folder string) error {
	for i, eng := range s.kept {
		first, err := eng.First(ctx)
		switch {
		case err != nil:
			return err
		case first > 1 && folder == "":
			return fmt.Errorf("%s: the database begins with record %d, the others were archived; name their folder with --archive", s.names[i], first)
		}
	}
	return nil
}

// changeArchive changes the records of a slot's archive. It leaves parts without such a
// record alone.
func changeArchive(ctx context.Context, folder string, slot uint16, change erase.Change, dry bool) error {
	f, err := archive.Open(folder, slot)
	if err != nil {
		return err
	}
	parts, err := f.Parts()
	if err != nil || len(parts) == 0 {
		return err
	}
	found, err := changedIn(ctx, f, parts, change)
	if err != nil || dry {
		return err
	}
	write := func(rec *engine.Record) error {
		now, err := change(rec)
		rec.Body, rec.Text = now.Body, now.Text
		return err
	}
	for _, span := range found {
		if err := f.Rewrite(ctx, span[0], span[1], write); err != nil {
			return err
		}
	}
	// An earlier run may have been interrupted before it removed the replaced files.
	return f.Rewrite(ctx, 0, 0, write)
}

// changedIn returns the first and the last record to change of each part that has one.
func changedIn(ctx context.Context, f *archive.Folder, parts []archive.Part, change erase.Change) (spans [][2]engine.Seq, err error) {
	for i := range parts {
		var span [2]engine.Seq
		for after := parts[i].First - 1; after < parts[i].Last; {
			recs, err := f.Read(ctx, after, int(min(64, parts[i].Last-after)))
			if err != nil {
				return nil, err
			}
			if len(recs) == 0 {
				return nil, fmt.Errorf("record %d is missing in %s", after+1, f.Path())
			}
			for j := range recs {
				after = recs[j].Seq
				now, err := change(&recs[j])
				if err != nil {
					return nil, err
				}
				if !engine.SameContent(&recs[j], &now) {
					if span[0] == 0 {
						span[0] = after
					}
					span[1] = after
				}
			}
		}
		if span[0] > 0 {
			spans = append(spans, span)
		}
	}
	return spans, nil
}

// list prints earlier redactions.
func (c *redactConfig) list(ctx context.Context, directory *catalog.Catalog) error {
	all, err := directory.Redactions.Latest(ctx, c.notes.Tenant, 500)
	if err != nil {
		return err
	}
	t := newTable(c.out, "began", "ended", "by", "chosen by", "records", "notes", "entries", "others")
	for i := range all {
		r := &all[i]
		ended := "interrupted, or runs"
		if !r.Ended.IsZero() {
			ended = keyTime(r.Ended.Time)
		}
		t.row(keyTime(r.Began.Time), ended, r.By, strings.Join(r.Chosen, ", "), r.Records, r.Notes, r.Entries, r.Others)
	}
	return t.Flush()
}

// accountName is the given name, or that of the account that runs the
// command.
func accountName(given string) string {
	for _, name := range []string{given, os.Getenv("USER"), os.Getenv("USERNAME")} {
		if name != "" {
			return name
		}
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}

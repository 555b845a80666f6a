package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/progress"
	"holdfast.dev/holdfast/internal/sheet"
)

// exportConfig has the settings of "export".
type exportConfig struct {
	remoteConfig
	Kind     string
	To       string
	Format   string
	Encoding string
	Location string
	Product  string
	Since    string
	Until    string

	out, errOut io.Writer
}

func newExport() *cobra.Command {
	var cfg exportConfig
	cmd := &cobra.Command{
		Use:   "export products|levels|thresholds|journal|locations|kits|quotas|transfers|lots|reservations",
		Short: "Fetch a table from the server",
		Long: `Export fetches products, levels, thresholds, the journal, locations, kits,
quotas, transfers, lots or reservations as CSV or XLSX.
Levels, thresholds, quotas and lots are one snapshot of the books; the journal goes up to the
moment of the call. What is exported can be imported again, and changes nothing; the journal
and reservations go out only.

The file appears whole or not at all: it is renamed when the last byte is there.
--out - writes to standard output instead.`,
		Example: `  holdfast export levels --url http://127.0.0.1:8080 -o levels.csv
  holdfast export journal --url http://127.0.0.1:8080 --since 2026-01-01T00:00:00Z --format xlsx -o journal.xlsx`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg.Kind, cfg.out, cfg.errOut = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runExport(cmd.Context(), cfg)
		},
	}
	cfg.exportFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Product, "product", "", "only this product")
	f.StringVar(&cfg.Since, "since", "", "of the journal: booked at or after this time, like 2026-01-31T00:00:00Z")
	f.StringVar(&cfg.Until, "until", "", "of the journal: booked before this time")
	return cmd
}

// exportFlags are the flags of every command that exports.
func (cfg *exportConfig) exportFlags(cmd *cobra.Command) {
	cfg.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&cfg.To, "out", "o", "", "file to write, - for standard output")
	f.StringVar(&cfg.Format, "format", "", "csv or xlsx (default csv)")
	f.StringVar(&cfg.Encoding, "encoding", "", "of CSV: utf-8, utf-8-bom (for Excel) or gb18030 (default utf-8)")
	markRequired(cmd, "out")
}

// runExport is the command without its flags.
func runExport(ctx context.Context, cfg exportConfig) error {
	if !slices.Contains(sheet.ExportKinds, sheet.Kind(cfg.Kind)) {
		return &usageError{err: noSuchKind(cfg.Kind, "exported", sheet.ExportKinds), path: "holdfast export"}
	}
	r, err := cfg.caller("holdfast export", func(s string) { fmt.Fprintln(cfg.errOut, s) })
	if err != nil {
		return err
	}
	query := narrowed(map[string]string{
		"kind": cfg.Kind, "format": cfg.Format, "encoding": cfg.Encoding, "location_id": cfg.Location, "product_id": cfg.Product,
		"since": cfg.Since, "until": cfg.Until,
	})
	path := "/v1/exports?" + query.Encode()
	if cfg.To == "-" {
		return r.copy(ctx, path, cfg.out, nil)
	}
	rows := ""
	err = r.fetch(ctx, path, cfg.To, func(res *http.Response) *progress.Meter {
		rows = res.Header.Get("Holdfast-Rows")
		fmt.Fprintf(cfg.errOut, "%s: %s rows, %d bytes\n", cfg.Kind, rows, res.ContentLength)
		return progress.Measure(cfg.errOut, "bytes")
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(cfg.out, "%s: %s rows in %s\n", cfg.Kind, rows, cfg.To)
	return nil
}

// fetch writes the content of the path into a file, completely or not at all.
func (r *caller) fetch(ctx context.Context, path, to string, seen func(*http.Response) *progress.Meter) (err error) {
	part, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	err = r.copy(ctx, path, part, seen)
	if err == nil {
		err = part.Chmod(0o644)
	}
	if err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), to)
}

// copy writes the content of the path to w. seen gets the answer, and returns a display of
// the progress.
func (r *caller) copy(ctx context.Context, path string, w io.Writer, seen func(*http.Response) *progress.Meter) error {
	res, err := r.do(ctx, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, http.NoBody)
	})
	if err != nil {
		return err
	}
	meter := &progress.Meter{}
	if seen != nil {
		meter = seen(res)
	}
	_, err = io.Copy(w, &metered{Reader: res.Body, meter: meter, total: res.ContentLength})
	meter.End()
	return errors.Join(err, res.Body.Close())
}

// metered reports how much of a reader was read.
type metered struct {
	io.Reader
	meter       *progress.Meter
	read, total int64
}

// Read is Read of the wrapped reader.
func (m *metered) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.read += int64(n)
	m.meter.At(m.read, m.total)
	return n, err
}

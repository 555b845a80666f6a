package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/progress"
	"holdfast.dev/holdfast/internal/sheet"
)

// importConfig has the settings of "import".
type importConfig struct {
	remoteConfig
	Kind     string
	File     string
	DryRun   bool
	All      bool
	Result   string
	Format   string
	Encoding string
	Decimal  string
	Map      []string
	Others   bool
	New      string
	Name     string

	Digests         string
	DigestSeparator string

	out, errOut io.Writer
}

func newImport() *cobra.Command {
	var cfg importConfig
	cmd := &cobra.Command{
		Use:   "import products|levels|thresholds|locations|kits|quotas|transfers|lots FILE",
		Short: "Send a table to the server and have every row booked once",
		Long: `Import sends a CSV or XLSX file to the server, which books it row by row, and
waits for the end. The columns and rules are in docs/guide/files.md.

Good rows are booked and bad ones listed with line, column and reason in the
file that --result names; with --all-or-nothing nothing is booked unless every
row is good. --dry-run only says what would be.

Give the same command again after a crash, of the server or of this one: it
goes on where it was, and no row is booked twice. A file that was imported
within seven days is not imported again unless --name gives the import another
name.

A file of lots may have digests that another system computed: --digests checks
them row by row and refuses rows whose digest is that of another lot.

It ends with 0 when every row is good, with 1 otherwise.`,
		Example: `  holdfast import levels count.csv --url http://127.0.0.1:8080 --result bad.csv
  holdfast import thresholds 阈值.xlsx --url http://127.0.0.1:8080 --dry-run`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg.Kind, cfg.File, cfg.out, cfg.errOut = args[0], args[1], cmd.OutOrStdout(), cmd.ErrOrStderr()
			return runImport(cmd.Context(), cfg)
		},
	}
	cfg.importFlags(cmd)
	cfg.digestFlags(cmd)
	return cmd
}

// digestFlags are the flags of commands that import lots.
func (cfg *importConfig) digestFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&cfg.Digests, "digests", "", "check the digests that another system computed of its lots: logical or batch (default: the file has none)")
	f.StringVar(&cfg.DigestSeparator, "digest-separator", sheet.DefaultSeparator, "what is between the fields of a logical digest, may be empty")
}

// importFlags are the flags of every command that imports.
func (cfg *importConfig) importFlags(cmd *cobra.Command) {
	cfg.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&cfg.DryRun, "dry-run", false, "change nothing, say what would be")
	f.BoolVar(&cfg.All, "all-or-nothing", false, "book nothing unless every row is good")
	f.StringVar(&cfg.Result, "result", "", "file for the list of bad rows (written when there are any)")
	f.StringVar(&cfg.Format, "format", "", "csv or xlsx (default: look at the file)")
	f.StringVar(&cfg.Encoding, "encoding", "", "utf-8, gb18030, windows-1252, windows-1251, shift_jis, big5 or macintosh (default: look at the file; what is guessed opens nothing new)")
	f.StringVar(&cfg.Decimal, "decimal", "", "sign that begins a fraction, . or , (default: a point, and 1.000 is refused)")
	f.StringArrayVar(&cfg.Map, "map", nil, "HEADING=COLUMN, a heading of the file and the column it stands for (repeat the flag for more)")
	f.BoolVar(&cfg.Others, "ignore-others", false, "ignore columns that are not known")
	f.StringVar(&cfg.New, "new", string(sheet.NewRefuse), "rows that would open a product, a location or a lot: refuse or allow")
	f.StringVar(&cfg.Name, "name", "", "name of the import, told apart from others by it (default: by what the file says)")
}

// errNotAll says that not every row was good.
var errNotAll = errors.New("not every row is good")

// importState is the server's report about an import.
type importState struct {
	ID        string       `json:"import_id"`
	State     sheet.State  `json:"state"`
	Format    string       `json:"format"`
	Encoding  string       `json:"encoding"`
	Rows      int          `json:"rows"`
	Done      int          `json:"done"`
	Applied   int          `json:"applied"`
	Unchanged int          `json:"unchanged"`
	Refused   int          `json:"refused"`
	Opened    sheet.Opened `json:"opened"`
	Accepted  time.Time    `json:"accepted_at"`
	Result    string       `json:"result"`
	Problem   *sheet.Flaw  `json:"problem"`
}

func (s *importState) ended() bool {
	return s.State != sheet.StateQueued && s.State != sheet.StateRunning
}

// runImport is the command without its flags.
func runImport(ctx context.Context, cfg importConfig) error {
	if !slices.Contains(sheet.ImportKinds, sheet.Kind(cfg.Kind)) {
		return &usageError{err: noSuchKind(cfg.Kind, "imported", sheet.ImportKinds), path: "holdfast import"}
	}
	if err := cfg.checkDigests(); err != nil {
		return &usageError{err: err, path: "holdfast import"}
	}
	if _, err := os.Stat(cfg.File); err != nil {
		return &usageError{err: err, path: "holdfast import"}
	}
	bar := progress.On(cfg.errOut)
	r, err := cfg.caller("holdfast import", bar.Note)
	if err != nil {
		return err
	}
	s, again, err := cfg.send(ctx, r)
	if err == nil && again && s.ended() {
		bar.Note(fmt.Sprintf("this file was imported at %s already, as %s; --name tells another import from it",
			s.Accepted.Format(time.RFC3339), s.ID))
	}
	if err == nil {
		s, err = cfg.follow(ctx, r, s, bar)
	}
	if err != nil {
		return err
	}
	return cfg.conclude(ctx, r, s)
}

// checkDigests refuses digests that the server would not accept.
func (cfg *importConfig) checkDigests() error {
	switch {
	case cfg.Digests == "":
		return nil
	case !slices.Contains(sheet.AllDigests, sheet.Digests(cfg.Digests)):
		return fmt.Errorf("--digests %q is no way to compute digests: logical and batch are", cfg.Digests)
	case sheet.Kind(cfg.Kind) != sheet.KindLots:
		return fmt.Errorf("--digests %s is for lots, not for %s", cfg.Digests, cfg.Kind)
	}
	return nil
}

// send sends the file. again reports that the server had it before.
func (cfg *importConfig) send(ctx context.Context, r *caller) (s *importState, again bool, err error) {
	query := narrowed(map[string]string{"kind": cfg.Kind, "wait_seconds": "1", "format": cfg.Format, "encoding": cfg.Encoding, "decimal": cfg.Decimal, "new": cfg.New})
	query["map"] = cfg.Map
	if cfg.Others {
		query.Set("ignore_others", "true")
	}
	if cfg.DryRun {
		query.Set("dry_run", "true")
	}
	if cfg.Digests != "" {
		query.Set("digests", cfg.Digests)
		if sheet.Digests(cfg.Digests) == sheet.DigestsLogical {
			query.Set("digest_separator", cfg.DigestSeparator)
		}
	}
	if cfg.All {
		query.Set("mode", "all")
	}
	res, err := r.do(ctx, func(ctx context.Context) (*http.Request, error) {
		file, err := os.Open(cfg.File)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		// The client closes the file.
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+"/v1/imports?"+query.Encode(), file)
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		req.ContentLength = info.Size()
		if info.Size() == 0 {
			req.Body = http.NoBody
		}
		req.Header.Set("Content-Type", "application/octet-stream")
		if cfg.Name != "" {
			req.Header.Set("Idempotency-Key", cfg.Name)
		}
		return req, nil
	})
	if err != nil {
		return nil, false, err
	}
	s = &importState{}
	return s, res.Header.Get("Idempotency-Replayed") == "true", decodeAnswer(res, s)
}

// follow waits until the import has ended. It sends an import that the server has lost
// again: rows already applied are not applied twice.
func (cfg *importConfig) follow(ctx context.Context, r *caller, s *importState, bar progress.Progress) (*importState, error) {
	shown := -1
	defer func() {
		if shown >= 0 {
			bar.End()
		}
	}()
	for !s.ended() {
		if s.Rows > 0 && shown < 0 {
			shown = s.Done
			bar.Begin(cfg.Kind, s.Rows, s.Done)
		}
		id := s.ID
		s = &importState{}
		err := r.get(ctx, "/v1/imports/"+id+"?wait_seconds=1", s)
		if refused, ok := errors.AsType[*refusedError](err); ok && refused.Status == http.StatusNotFound {
			s, _, err = cfg.send(ctx, r)
		}
		if err != nil {
			return nil, err
		}
		if shown >= 0 && s.Done > shown {
			bar.Advance(s.Done - shown)
			shown = s.Done
		}
	}
	return s, nil
}

// conclude prints the outcome, and fetches the list of bad rows.
func (cfg *importConfig) conclude(ctx context.Context, r *caller, s *importState) error {
	how := s.Format
	if s.Encoding != "" {
		how += ", " + s.Encoding
	}
	would := ""
	if cfg.DryRun {
		would = "dry run: "
	}
	opened := ""
	if o := s.Opened; o != (sheet.Opened{}) {
		opened = fmt.Sprintf("; opened: products %d, locations %d, lots %d", o.Products, o.Locations, o.Lots)
	}
	fmt.Fprintf(cfg.out, "%s%s: %d rows, %d applied, %d unchanged, %d refused%s (%s; import %s, %s)\n",
		would, cfg.Kind, s.Rows, s.Applied, s.Unchanged, s.Refused, opened, how, s.ID, s.State)
	if s.State == sheet.StateDone && s.Refused == 0 {
		return nil
	}
	if cfg.Result != "" && s.Result != "" {
		if err := r.fetch(ctx, s.Result, cfg.Result, nil); err != nil {
			return fmt.Errorf("fetch the list of bad rows: %w", err)
		}
	}
	why := []string{errNotAll.Error()}
	if s.Problem != nil {
		why[0] = s.Problem.Error()
	}
	if cfg.Result != "" {
		why = append(why, "the list is in "+cfg.Result)
	} else if s.Refused > 0 {
		why = append(why, "--result FILE lists the bad rows")
	}
	return errors.New(strings.Join(why, "; "))
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/server"
)

// doctorConfig has the settings of the doctor. They have the same names as those of
// "serve", so that one file or environment serves both.
type doctorConfig struct {
	books           booksConfig
	url             string
	http, grpc, ops string
	files           server.CertificateFiles
	leaves          leavesConfig
	environ         []string
	only            []string
	json            bool
}

func newDoctor() *cobra.Command {
	var c doctorConfig
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what a careful person would check before and while a server runs",
		Long: `Doctor looks at the database file and its disk, the newest records, the views,
the keys, the clock, the limits of the process, the ports and the certificates,
and prints what it found. It changes no books; servers may go on meanwhile. Of
books on a database server it looks at all slots, and whether that server keeps
what it has confirmed, what a failover of it may lose, and tells the same time.

It connects to what sinks deliver to, and says what that is, whether it may lose
what it has acknowledged, and whether its clock is right. Of brokers a topic that is
missing is made, as the first delivery makes it.

With --url it also asks a running server whether it is ready. Run it as the
user, with the settings and on the machine that the server has. "holdfast
verify" checks the books themselves, from the first record to the last.

It ends with 0 when nothing is wrong (a warning is not), and with 1 otherwise.`,
		Example: `  holdfast doctor --db sqlite:holdfast.db
  holdfast doctor --db sqlite:holdfast.db --url http://localhost:8080
  holdfast doctor --db postgres://holdfast@db.example.com/holdfast
  holdfast doctor --only server --url http://127.0.0.1:9090`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.environ = environOf(cmd.Context())
			return runDoctor(cmd.Context(), c, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	c.books.addBooksFlags(cmd)
	f.StringVar(&c.url, "url", "", "a running server, at its REST or its ops address")
	f.StringVar(&c.http, "http", "127.0.0.1:8080", "address for REST")
	f.StringVar(&c.grpc, "grpc", "127.0.0.1:8081", "address for gRPC")
	f.StringVar(&c.ops, "ops", "127.0.0.1:9090", "address for metrics and profiles")
	f.StringVar(&c.files.Cert, "tls-cert", "", "PEM file with the server's certificate and its chain")
	f.StringVar(&c.files.Key, "tls-key", "", "PEM file with the certificate's key")
	f.StringVar(&c.files.ClientCA, "tls-client-ca", "", "PEM file with the authorities of clients")
	c.leaves.flags(cmd)
	f.StringSliceVar(&c.only, "only", nil, "checks to make: "+strings.Join(checkNames(), ", ")+" (default: all that apply)")
	f.BoolVar(&c.json, "json", false, "print one JSON array")
	return cmd
}

// verdict is the result of a check.
type verdict string

const (
	good    verdict = "ok"
	warning verdict = "warning"
	wrong   verdict = "wrong"
	unknown verdict = "not checked"
)

// finding is the result of one check, and what to do about it.
type finding struct {
	Check   string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Found   string  `json:"found"`
	Remedy  string  `json:"remedy,omitempty"`
}

func found(v verdict, format string, args ...any) finding {
	return finding{Verdict: v, Found: fmt.Sprintf(format, args...)}
}

func (f finding) remedy(format string, args ...any) finding {
	f.Remedy = fmt.Sprintf(format, args...)
	return f
}

// doctor is one examination. Data for several checks is read once.
type doctor struct {
	doctorConfig
	path string // of the file with the books, "": a database server has them
	now  time.Time

	file    *sqlite.Examination // nil: there is none that can be read
	slots   []slotSeen
	catalog catalog.Examination
	catErr  error
}

// checks run in this order. A check without a finding does not apply.
var checks = []struct {
	name  string
	books bool // looks at the database
	look  func(*doctor, context.Context) []finding
}{
	{"file", true, (*doctor).fileOfBooks},
	{"disk", true, (*doctor).disk},
	{"schema", true, (*doctor).schema},
	{"journal-mode", true, (*doctor).journalMode},
	{"records", true, (*doctor).records},
	{"view", true, (*doctor).view},
	{"keys", true, (*doctor).keys},
	{"sinks", true, (*doctor).sinks},
	{"sources", true, (*doctor).sources},
	{"clock", true, (*doctor).clock},
	{"replication", true, (*doctor).replication},
	{"files", false, (*doctor).descriptors},
	{"ports", false, (*doctor).ports},
	{"certificate", false, (*doctor).certificate},
	{"server", false, (*doctor).server},
}

func checkNames() []string {
	var names []string
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

func runDoctor(ctx context.Context, c doctorConfig, out io.Writer) error {
	d := &doctor{doctorConfig: c, now: time.Now()}
	for _, name := range c.only {
		if !slices.Contains(checkNames(), name) {
			return &usageError{err: fmt.Errorf("--only %s: there is no such check", name), path: "holdfast doctor"}
		}
	}
	wanted := func(name string) bool { return len(c.only) == 0 || slices.Contains(c.only, name) }
	for _, check := range checks {
		if check.books && wanted(check.name) {
			if err := d.books.check(); err != nil {
				return &usageError{err: err, path: "holdfast doctor"}
			}
			break
		}
	}
	all := d.make(ctx, wanted)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := printFindings(out, all, c.json); err != nil {
		return err
	}
	bad := 0
	for _, f := range all {
		if f.Verdict == wrong {
			bad++
		}
	}
	switch bad {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("1 check found something wrong")
	}
	return fmt.Errorf("%d checks found something wrong", bad)
}

// make runs the wanted checks.
func (d *doctor) make(ctx context.Context, wanted func(check string) bool) (all []finding) {
	for _, check := range checks {
		if check.books && wanted(check.name) {
			d.examine(ctx)
			break
		}
	}
	for _, check := range checks {
		if !wanted(check.name) {
			continue
		}
		for _, f := range check.look(d, ctx) {
			f.Check = check.name
			all = append(all, f)
		}
	}
	return all
}

func printFindings(out io.Writer, all []finding, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(all)
	}
	t := newTable(out, "check", "verdict", "found")
	for _, f := range all {
		for i, line := range strings.Split(strings.TrimSpace(f.Found+"\n"+f.Remedy), "\n") {
			if i == 0 {
				t.row(f.Check, f.Verdict, line)
			} else {
				t.row("", "", line)
			}
		}
	}
	return t.Flush()
}

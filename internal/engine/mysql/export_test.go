package mysql

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
)

// Options for tests.

// WithPart sets how many records are in one part of the log.
func WithPart(n int64) Option { return func(d *Database) { d.part = n } }

// WithPacket sets how many bytes the server takes at once, if it were so few.
func WithPacket(n int) Option { return func(d *Database) { d.packet = n } }

// AsMySQL speaks to a MariaDB server as to MySQL wherever MariaDB understands
// it: the limits of idle connections, but not the alias of new rows.
func AsMySQL() Option {
	return func(d *Database) {
		as := mySQL
		as.session, as.reader, as.writer = mariaDB.session, mariaDB.reader, ",max_statement_time=0"
		as.rows, as.newA, as.newB = mariaDB.rows, mariaDB.newA, mariaDB.newB
		d.dialect = &as
	}
}

// Bare is the same bytes without what makes them safe: multi-row inserts in
// one packet into tables without CHECKs and parts, no head.
type Bare struct{ e *Engine }

var notBare = regexp.MustCompile(`CHECK \(.*\)|\nPARTITION BY .*`)

// NewBare creates the tables of a bare slot in addition to the set of e.
func NewBare(ctx context.Context, e *Engine) (*Bare, error) {
	all, err := migration.Steps(files)
	if err != nil {
		return nil, err
	}
	const prefix = "bare_"
	for _, s := range statements(notBare.ReplaceAllString(all[0].SQL, ""), prefix, "") {
		if err := e.w.c.exec(ctx, strings.ReplaceAll(s, "CHECK (one = 1)", "")); err != nil {
			return nil, err
		}
	}
	bare := Engine{d: e.d, w: e.w}
	bare.tables = tablesOf(prefix)
	return &Bare{&bare}, nil
}

// Store sends the rows of the group in one packet.
func (b *Bare) Store(ctx context.Context, g *engine.Group) error {
	t := b.e.w.text.reset().writeSQL("START TRANSACTION").end()
	t.keys(b.e, g.Keys)
	t.holds(b.e, g.Holds, true)
	t.items(b.e, g, true)
	t.items(b.e, g, false)
	t.record(b.e, &g.Record, g.Text, 0)
	return b.e.w.c.send(ctx, t.writeSQL("COMMIT").end(), b.e.d.dialect.block)
}

// ServerCPU is the time all cores have spent on the server, if that is on this
// machine and Linux, in ticks of 10 ms.
func (e *Engine) ServerCPU(ctx context.Context) (time.Duration, error) {
	var path string
	if err := e.withConn(ctx, e.d.scans, func(c *conn) error {
		return c.ask(ctx, new(text).writeSQL("SELECT @@pid_file"), func(r row) error { path = r.str(0); return nil })
	}); err != nil {
		return 0, err
	}
	pid, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, uerr := strconv.Atoi(fields[11])
	system, serr := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(uerr, serr)
}

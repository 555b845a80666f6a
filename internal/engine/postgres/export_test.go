package postgres

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/engine"
)

// WithPart sets how many records a part of the log holds.
func WithPart(n int64) Option { return func(db *Database) { db.part = n } }

// WithAnswer sets how long an answer is waited for before the outcome is unknown.
func WithAnswer(d time.Duration) Option { return func(db *Database) { db.answer = d } }

// WithConnect sets how long the making of a connection may take.
func WithConnect(d time.Duration) Option { return func(db *Database) { db.dialling = d } }

// WithCopies sets how many new holds of a group are copied.
func WithCopies(n int) Option { return func(db *Database) { db.copies = n } }

// DriverDSN is a DSN without what is ours.
func DriverDSN(dsn string) string {
	a, err := parseDSN(dsn)
	if err != nil {
		panic(err)
	}
	return a.driver
}

// SynchronousCommit is the setting of the session that writes.
func (e *Engine) SynchronousCommit(t *testing.T) (value string) {
	t.Helper()
	if err := e.w.conn.QueryRow(t.Context(), "SHOW synchronous_commit").Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// Disconnect ends the session that writes.
func (e *Engine) Disconnect() {
	if e.w != nil {
		e.w.close()
	}
}

// Parts counts the parts of the log.
func (e *Engine) Parts(t *testing.T) (n int) {
	t.Helper()
	e.parts.making.Wait()
	err := e.withSession(t.Context(), func(ctx context.Context, s *session) error {
		return s.conn.QueryRow(ctx, "SELECT count(*) FROM pg_inherits WHERE inhparent = $1::regclass", e.sql.schema+".log").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// KeysPlan is how the server would read the keys of the records.
func (e *Engine) KeysPlan(t *testing.T, first, last engine.Seq) (text string) {
	t.Helper()
	err := e.withSession(t.Context(), func(ctx context.Context, s *session) error {
		defer s.rollback()
		plan, sql, bind := e.keysOf(first, last)
		return s.pipe(ctx, step{sql: begin}, step{sql: plan}, step{
			sql: "EXPLAIN " + sql, bind: bind, once: true,
			row: func(r *row) error { text += r.text() + "\n"; return r.err },
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// WithMaxForms bounds the statements prepared for shapes of groups.
func WithMaxForms(n int) Option { return func(db *Database) { db.forms = n } }

// WithoutNotices makes a driver that drops the server's notices and keeps its
// answers.
func WithoutNotices() Option { return func(db *Database) { db.deaf = true } }

// WithPrunePages sets how many pages one statement looks through for old rows.
func WithPrunePages(n uint32) Option { return func(db *Database) { db.step = n } }

// SpotPlan is how the server would find the rows of a group that are looked for
// where a Load has seen them.
func (e *Engine) SpotPlan(t *testing.T) (text string) {
	t.Helper()
	f := groupShape{spotHolds: many, spotItems: many}
	sql := f.text(e.sql.schema)
	params := 0
	for strings.Contains(sql, "$"+strconv.Itoa(params+1)+":") || params < headParams {
		params++
	}
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", params), ", ")
	w, err := e.ready(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.release()
	if _, err := w.conn.Exec(t.Context(), "PREPARE plan AS "+sql); err != nil {
		t.Fatal(err)
	}
	rows, err := w.conn.Query(t.Context(), "EXPLAIN EXECUTE plan ("+nulls+")")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

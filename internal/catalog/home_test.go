package catalog

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"holdfast.dev/holdfast/internal/dbtest"
)

func TestMain(m *testing.M) {
	// A server that all tests share is waited for as long as the process lives.
	server := goleak.IgnoreAnyFunction("holdfast.dev/holdfast/internal/dbtest.(*daemon).spawn.func1")
	goleak.VerifyTestMain(m, server, goleak.Cleanup(func(code int) {
		onPostgres.used.end()
		onMySQL.used.end()
		os.Exit(code)
	}))
}

// home is a kind of database.
type home struct {
	name string
	new  func(testing.TB) string // returns the DSN of an empty database
	used *used                   // nil: a new one costs nothing
}

var (
	onSQLite   = home{name: "sqlite", new: fileWithCatalog}
	onPostgres = home{name: "postgres", new: dbtest.Postgres, used: &used{}}
	onMySQL    = home{name: "mysql", new: dbtest.MySQL, used: &used{}}
)

// fileWithCatalog has an empty one: what catalogtest.File is to other rooms.
var fileWithCatalog = dbtest.Copies(func(path string) error {
	c, err := Open(context.Background(), path)
	if err != nil {
		return err
	}
	return c.Close()
})

// newFile is where no file is.
func newFile(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "holdfast.db")
}

// open returns the DSN of a database that has no catalog, or an empty one:
// what a test leaves the next one takes, because a server takes a second to
// make a database.
func (h home) open(t *testing.T) string {
	t.Helper()
	if h.used == nil {
		return h.new(t)
	}
	dsn := h.used.take()
	if dsn == "" {
		dsn = h.new(lasting{t, h.used})
	}
	t.Cleanup(func() {
		if emptied(dsn) {
			h.used.give(dsn)
		}
	})
	return dsn
}

// used is databases that no test uses now.
type used struct {
	mu   sync.Mutex
	dsns []string
	ends []func()
}

func (u *used) take() (dsn string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if last := len(u.dsns) - 1; last >= 0 {
		dsn, u.dsns = u.dsns[last], u.dsns[:last]
	}
	return dsn
}

func (u *used) give(dsn string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.dsns = append(u.dsns, dsn)
}

func (u *used) end() {
	for _, end := range u.ends {
		end()
	}
}

// lasting is a test whose clean-up waits for the last one.
type lasting struct {
	testing.TB
	used *used
}

func (l lasting) Cleanup(end func()) {
	l.used.mu.Lock()
	defer l.used.mu.Unlock()
	l.used.ends = append(l.used.ends, end)
}

// emptied makes a catalog as it was when it was new, or reports that it cannot.
func emptied(dsn string) bool {
	d, err := databaseOf(dsn)
	if err != nil {
		return false
	}
	db, err := d.pool(writing)
	if err != nil {
		return false
	}
	defer db.Close()
	found, err := d.schema(context.Background(), db)
	if err != nil || !found.Current() {
		return false
	}
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{})
	if err != nil {
		return false
	}
	defer tx.Rollback()
	for _, statement := range []string{
		`DELETE FROM {document_link}`, `DELETE FROM {document}`,
		`DELETE FROM {api_key}`, `DELETE FROM {location}`, `DELETE FROM {product}`, `DELETE FROM {tenant}`,
		`DELETE FROM {choice}`, `DELETE FROM {choice_key}`, `DELETE FROM {write_key}`, `DELETE FROM {console_session}`, `DELETE FROM {figure}`, `DELETE FROM {figure_cursor}`, `DELETE FROM {layout}`, `DELETE FROM {move}`, `DELETE FROM {node}`, `DELETE FROM {epoch}`, `DELETE FROM {slot_head}`,
		`DELETE FROM {search_term}`, `DELETE FROM {search_entry}`, `DELETE FROM {search_index}`, `UPDATE {search_cursor} SET seq = 0, lease = 0`,
		`DELETE FROM {catalog_log}`,
	} {
		if _, err := tx.Exec(d.text(statement)); err != nil {
			return false
		}
	}
	if _, err := tx.Exec(d.text(`UPDATE {catalog_head} SET seq = 0, at = 0, hash = ?`), make([]byte, 32)); err != nil {
		return false
	}
	return tx.Commit() == nil
}

// everywhere runs a test on each kind of database.
func everywhere(t *testing.T, test func(*testing.T, home)) {
	t.Helper()
	on(t, []home{onSQLite, onPostgres, onMySQL}, test)
}

// onServers runs a test on the databases that are servers.
func onServers(t *testing.T, test func(*testing.T, home)) {
	t.Helper()
	on(t, []home{onPostgres, onMySQL}, test)
}

func on(t *testing.T, homes []home, test func(*testing.T, home)) {
	t.Helper()
	t.Parallel()
	for _, in := range homes {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			test(t, in)
		})
	}
}

// do carries out a statement in the database's own name, behind the back of
// the catalog.
func do(t *testing.T, c *Catalog, statement string, args ...any) {
	t.Helper()
	if _, err := c.store.writer.ExecContext(t.Context(), c.store.text(statement), args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

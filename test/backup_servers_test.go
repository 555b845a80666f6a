package test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// way is a way to keep the books of a database server elsewhere, and to bring
// them back when the server and its disk are gone.
type way struct {
	name  string
	start func(testing.TB, ...string) *dbtest.Server
	// keep begins to keep the log that the server writes.
	keep func(*testing.T, *dbtest.Server) (end func())
	// copied takes a copy of everything, under load.
	copied string
	// seen returns when everything acknowledged before its call is kept. A nil seen means that
	// everything is always kept.
	seen func(*testing.T, *dbtest.Server)
	// restore makes the books again from what was kept, once the server is
	// dead, and returns their DSN.
	restore func(t *testing.T, dead *dbtest.Server, dsn string) string
}

// waysBack are those of docs/operations.
var waysBack = []way{
	{
		name:    "PostgreSQL, the log received elsewhere before each commit is answered",
		start:   dbtest.StartPostgres,
		keep:    receiveLog,
		copied:  "pg_basebackup -D base -c fast && pg_verifybackup base",
		restore: restorePostgres(`cp "../received/%f" "%p" || cp "../received/%f.partial" "%p"`),
	},
	{
		name: "PostgreSQL, the log in an archive",
		start: func(tb testing.TB, _ ...string) *dbtest.Server {
			return dbtest.StartPostgres(tb, "archive_mode=on", "archive_command=mkdir -p ../archive && cp %p ../archive/%f.part && mv ../archive/%f.part ../archive/%f")
		},
		keep:    func(*testing.T, *dbtest.Server) func() { return func() {} },
		copied:  "pg_basebackup -D base -c fast && pg_verifybackup base",
		seen:    archived,
		restore: restorePostgres(`cp "../archive/%f" "%p"`),
	},
	{
		name:    "MariaDB, a dump and the binary log",
		start:   dbtest.StartMySQL,
		keep:    func(*testing.T, *dbtest.Server) func() { return func() {} },
		copied:  `mariadb-dump --single-transaction --master-data=2 --databases "$BOOKS" > dump.sql && tail -1 dump.sql | grep -q 'Dump completed'`,
		restore: restoreMariaDB,
	},
}

// A database server is lost with its disk under load. The books restored from its copy and its log
// verify and have every acknowledged order or, where the log is kept file by file, all of those up
// to the last file. A command that is sent again with its key is carried out once.
func TestALostDatabaseServerIsRestored(t *testing.T) {
	t.Parallel()
	for _, w := range waysBack {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			w.run(t)
		})
	}
}

func (w way) run(t *testing.T) {
	db := w.start(t)
	dsn := db.DSN(t)
	end := w.keep(t, db)
	s := serverAt(t, dsn)
	l := newLoad(t, s, 8)
	l.run(8, on(s))
	l.more(200)
	sh(t, db, "BOOKS="+dsn[strings.LastIndex(dsn, "/")+1:]+"\n"+w.copied)
	l.more(200)
	l.mu.Lock()
	before := maps.Clone(l.acked)
	l.mu.Unlock()
	if w.seen != nil {
		w.seen(t, db)
		l.more(100)
	}
	db.Kill()
	l.end()
	s.kill()
	end()

	s = serverAt(t, w.restore(t, db, dsn))
	s.verify()
	looked := 0
	for order, product := range before {
		if looked++; looked > 200 {
			break
		}
		l.holds(s, order, product)
	}
	if w.seen != nil {
		var again []object
		for order, product := range l.acked {
			again = append(again, object{"idempotency_key": "key-" + order, "reserve": object{"order_id": order, "product_id": product, "quantity": 1}})
		}
		l.c.batch(t, s, again, nil)
	}
	l.settle(s)
	s.stop()
	s.verify()
}

// serverAt starts a server on the database of the DSN.
func serverAt(t *testing.T, dsn string) *server {
	t.Helper()
	s := offServer(t, "")
	s.db = dsn
	s.start()
	return s
}

// sh runs a script where the data of the database server is.
func sh(t *testing.T, db *dbtest.Server, script string) string {
	t.Helper()
	out, err := db.Shell("set -e\n" + script).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return strings.TrimSpace(string(out))
}

// shUntil runs a script until it prints want.
func shUntil(t *testing.T, db *dbtest.Server, want, script string) {
	t.Helper()
	begun := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := db.Shell(script).CombinedOutput()
		if err == nil && strings.TrimSpace(string(out)) == want {
			return
		}
		if time.Since(begun) > hang {
			t.Fatalf("%s: after %v it prints no %q but %s (%v)", script, hang, want, out, err)
		}
		<-tick.C
	}
}

func receiveLog(t *testing.T, db *dbtest.Server) (end func()) {
	sh(t, db, `mkdir received; psql -qAtc "SELECT pg_create_physical_replication_slot('keeper')"`)
	receiver := db.Shell("PGAPPNAME=keeper exec pg_receivewal -D received --slot keeper --synchronous")
	if err := receiver.Start(); err != nil {
		t.Fatal(err)
	}
	sh(t, db, `psql -qAtc "ALTER SYSTEM SET synchronous_standby_names = 'keeper'" -c "SELECT pg_reload_conf()"`)
	shUntil(t, db, "sync", `psql -qAtc "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'keeper'"`)
	return func() {
		receiver.Process.Kill() //nolint:errcheck // it may have ended
		receiver.Wait()         //nolint:errcheck // it was killed
	}
}

func archived(t *testing.T, db *dbtest.Server) {
	file := sh(t, db, `psql -qAtc "SELECT pg_walfile_name(pg_switch_wal())"`)
	shUntil(t, db, file, "cd archive && ls "+file)
}

func restorePostgres(command string) func(*testing.T, *dbtest.Server, string) string {
	return func(t *testing.T, db *dbtest.Server, dsn string) string {
		t.Helper()
		sh(t, db, fmt.Sprintf(`rm -r data
cp -a base data
sed -i /synchronous_standby_names/d data/postgresql.auto.conf
cat >> data/postgresql.auto.conf <<'END'
restore_command = '%s'
END
touch data/recovery.signal`, command))
		db.Start()
		shUntil(t, db, "f", "psql -qAtc 'SELECT pg_is_in_recovery()'")
		return dsn
	}
}

func restoreMariaDB(t *testing.T, dead *dbtest.Server, dsn string) string {
	t.Helper()
	// Of the server only the dump and the binary log are left.
	sh(t, dead, "mkdir kept; mv data/binlog.0* kept; rm -r data")
	db := dbtest.StartMySQL(t)
	sh(t, db, "cd "+dead.Dir()+`
mariadb < dump.sql
position=$(sed -n 's/^-- CHANGE MASTER.*MASTER_LOG_POS=\([0-9]*\);/\1/p' dump.sql)
first=$(sed -n "s/^-- CHANGE MASTER.*MASTER_LOG_FILE='\([^']*\)'.*/\1/p" dump.sql)
cd kept
mariadb-binlog --start-position=$position $(ls | sed -n "/$first/,\$p") > ../replay.sql
mariadb < ../replay.sql`)
	return db.Same(dsn)
}

package mysql

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits that the server keeps. A statement of a reader has readTime, waiting
// for a row lockWait, for a table that is altered tableWait (FAULTS F24: while
// an ALTER waits nobody else gets in); a transaction of a writer that does nothing is
// ended after idleLimit, the least both servers know: a paused process must not
// hold up the others for longer.
const (
	readTime  = 10 * time.Second
	lockWait  = 5 * time.Second
	tableWait = 2 * time.Second
	idleLimit = time.Second
)

// dialect is what MariaDB and MySQL say differently.
type dialect struct {
	name string
	// oldest is the oldest version that has all of it.
	oldest [3]int
	// session are the settings of every connection, reader and writer those of
	// one kind.
	session, reader, writer string
	// only is added for a reader of a database that nothing may be written to.
	only string
	// begin and end are the statements around a transaction of the writer. The
	// server ends a transaction between them after idleLimit.
	begin, end, undo string
	// block makes one statement of those between, which the server answers with
	// one packet instead of one for each; empty: it cannot.
	block textBlock
	// rows stands behind the rows of an INSERT ... ON DUPLICATE KEY UPDATE, and
	// the new value of a column is newA + column + newB.
	rows, newA, newB string
	// redo names the figures of the redo log: how far it was written and synced.
	redo, redoWritten, redoSynced string
	// logged is true when the session's last commit went to a binary log that
	// is synced with each.
	logged string
	// identity is what the server says who it is; "" when it does not.
	identity string
}

const everySession = "sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',autocommit=1"

func timeoutParameters() string {
	return fmt.Sprintf(",innodb_lock_wait_timeout=%d,lock_wait_timeout=%d", int(lockWait.Seconds()), int(tableWait.Seconds()))
}

// mariaDB has a limit for idle transactions. It must not be
// idle_write_transaction_timeout, which does not count while nothing has been
// written, as after SELECT ... FOR UPDATE.
var mariaDB = dialect{
	name:    "MariaDB",
	oldest:  [3]int{10, 6, 0},
	session: everySession + ",tx_isolation='READ-COMMITTED'" + timeoutParameters(),
	reader:  fmt.Sprintf(",max_statement_time=%d", int(readTime.Seconds())),
	writer:  fmt.Sprintf(",max_statement_time=0,idle_transaction_timeout=%d", int(idleLimit.Seconds())),
	only:    ",tx_read_only=1",
	begin:   "START TRANSACTION", // BEGIN would begin a block
	end:     "COMMIT",
	undo:    "ROLLBACK",
	block:   textBlock{"BEGIN NOT ATOMIC ", "END"},
	newA:    "VALUES(",
	newB:    ")",
	redo:    `Innodb\_lsn\_%`, redoWritten: "Innodb_lsn_current", redoSynced: "Innodb_lsn_flushed",
	logged: "@@last_gtid<>'' AND @@GLOBAL.sync_binlog=1",
}

// mySQL ends idle connections, not idle transactions. So the limit is set when
// a transaction begins and lifted when it ends, in the same packets; a
// connection that is idle between them lives.
var mySQL = dialect{
	name:    "MySQL",
	oldest:  [3]int{8, 0, 19},
	session: everySession + ",transaction_isolation='READ-COMMITTED'" + timeoutParameters(),
	reader:  fmt.Sprintf(",max_execution_time=%d", readTime.Milliseconds()),
	writer:  ",max_execution_time=0",
	only:    ",transaction_read_only=1",
	begin:   fmt.Sprintf("SET SESSION wait_timeout=%d;BEGIN", int(idleLimit.Seconds())),
	end:     "COMMIT;SET SESSION wait_timeout=28800",
	undo:    "ROLLBACK;SET SESSION wait_timeout=28800",
	rows:    " AS new",
	newA:    "new.",
	// Since 8.0.30; without them each sync is a commit. Only administrators may
	// ask whether the binary log takes this database in.
	redo: `Innodb\_redo\_log\_%`, redoWritten: "Innodb_redo_log_current_lsn", redoSynced: "Innodb_redo_log_flushed_to_disk_lsn",
	logged:   "0",
	identity: "@@server_uuid",
}

// snapshot begins a transaction that sees one state of all tables. It is the
// only one that is not READ COMMITTED, and it writes nothing.
const snapshot = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"

// dialectOf chooses by what the server says of itself.
func dialectOf(version, comment string) (*dialect, error) {
	d := &mySQL
	if strings.Contains(strings.ToLower(version+" "+comment), "mariadb") {
		d = &mariaDB
	}
	v, ok := parseVersion(version)
	if !ok {
		return nil, fmt.Errorf("the server's version %q cannot be read", version)
	}
	for i := range v {
		if v[i] > d.oldest[i] {
			break
		}
		if v[i] < d.oldest[i] {
			return nil, fmt.Errorf("%s %s is too old: %d.%d.%d or later is needed", d.name, version, d.oldest[0], d.oldest[1], d.oldest[2])
		}
	}
	return d, nil
}

func parseVersion(s string) (v [3]int, ok bool) {
	s = strings.TrimPrefix(s, "5.5.5-") // old MariaDB servers put it in front
	if at := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); at >= 0 {
		s = s[:at]
	}
	parts := strings.SplitN(s, ".", 3)
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return v, false
		}
		v[i] = n
	}
	return v, len(parts) >= 2
}

// onDuplicate is the end of an INSERT that changes the columns of rows that
// exist.
func (d *dialect) onDuplicate(columns ...string) string {
	var b strings.Builder
	b.WriteString(d.rows)
	b.WriteString(" ON DUPLICATE KEY UPDATE ")
	for i, c := range columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c + "=" + d.newA + c + d.newB)
	}
	return b.String()
}

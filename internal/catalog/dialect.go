package catalog

import (
	"database/sql"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"github.com/pressly/goose/v3"

	"holdfast.dev/holdfast/internal/failstop"
)

// dialect has the parts that are specific to one kind of database. Everything
// else in this package is written once: statements in the SQL that the three
// share, with the differences in braces (see text).
type dialect struct {
	kind     goose.Dialect
	folder   string // of the migrations
	steps    fs.FS  // in place of those, for tests
	prefix   string // of the names of tables
	numbered bool   // placeholders are $1, $2, …, not ?
	compiles bool   // a statement used twice in a transaction is worth compiling
	locking  string // makes a SELECT lock the row it reads
	clock    string // the database's clock in milliseconds since 1970
	taken    string // introduces what to do when the row with COLUMN is there
	fresh    string // the value that COLUMN was to have there
	tables   string // counts the tables with the name of the schema table

	snapshot *sql.TxOptions // of a transaction that reads
	change   *sql.TxOptions // of a transaction that writes

	// busy reports that BEGIN met a lock that somebody else holds, lost that
	// the connection was gone before anything was asked on it.
	busy, lost func(error) bool
	// classify says in our words what an error of the driver means.
	classify func(error) error
	// file is what all who write the SQLite file know of its disk; nil on servers.
	file *failstop.File
	// sessionOf returns the session of a connection; nil: commits wait for no
	// standby, or the server alone knows whether they did. The next two are for
	// databases with sessions.
	sessionOf func(*sql.Conn) (session, error)
	// refused reports that the server answered COMMIT with an error, and that
	// nothing was stored.
	refused func(error) bool
	// mark is a statement that makes the commit of a transaction that changed
	// nothing wait like one that did.
	mark string
	// migrating makes migrations of several processes follow each other; nil
	// when the database does so itself.
	migrating *migrationLock

	written sync.Map // the statements by their text: string, string
}

// text returns the statement as this database takes it. Words in braces are
// replaced: {lock} becomes the locking clause, {now} the database's clock, {on
// COLUMN} what to do when COLUMN is taken (column = {new column}, …), and any
// other word the full name of that table.
func (d *dialect) text(shared string) string {
	if known, ok := d.written.Load(shared); ok {
		return known.(string)
	}
	var b strings.Builder
	arguments := 0
	for rest := shared; rest != ""; {
		at := strings.IndexAny(rest, "{?")
		if at < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:at])
		if rest[at] == '?' {
			arguments++
			b.WriteString(d.placeholder(arguments))
			rest = rest[at+1:]
			continue
		}
		word, after, _ := strings.Cut(rest[at+1:], "}")
		b.WriteString(d.word(word))
		rest = after
	}
	d.written.Store(shared, b.String())
	return b.String()
}

func (d *dialect) placeholder(n int) string {
	if d.numbered {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

func (d *dialect) word(word string) string {
	first, second, _ := strings.Cut(word, " ")
	switch first {
	case "lock":
		return d.locking
	case "now":
		return d.clock
	case "on":
		return strings.ReplaceAll(d.taken, "COLUMN", second)
	case "new":
		return strings.ReplaceAll(d.fresh, "COLUMN", second)
	}
	return d.prefix + word
}

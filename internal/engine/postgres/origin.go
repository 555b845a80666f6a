package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"holdfast.dev/holdfast/internal/engine"
)

// origin says which history a session is on: that of a cluster, and on which
// timeline. A standby that is promoted begins a timeline with a larger number.
type origin struct {
	system   string
	timeline uint32
	standby  bool // then the timeline is not known
}

// askOrigin takes the timeline from the name of the file that is written now:
// what pg_control says of it is from before the promotion for a while.
const askOrigin = "SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system())," +
	" CASE WHEN pg_catalog.pg_is_in_recovery() THEN '' ELSE substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) END"

// originOf asks a server where its history comes from.
func originOf(ctx context.Context, pc *pgconn.PgConn) (o origin, err error) {
	results, err := pc.Exec(ctx, askOrigin).ReadAll()
	if err != nil {
		return o, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return o, errors.New("the server does not say which timeline it is on")
	}
	row := results[0].Rows[0]
	o.system = string(row[0])
	if len(row[1]) == 0 {
		o.standby = true
		return o, nil
	}
	timeline, err := strconv.ParseUint(string(row[1]), 16, 32)
	o.timeline = uint32(timeline)
	return o, err
}

// before reports whether o has been left by its cluster: another server was
// promoted since.
func (o origin) before(newest origin) bool {
	return !o.standby && o.system == newest.system && o.timeline < newest.timeline
}

func (o origin) String() string { return o.system + "/" + strconv.FormatUint(uint64(o.timeline), 10) }

// errReplaced says that a server is not, or no longer, the primary.
var errReplaced = errors.New("the server is not the primary")

// validator refuses connections to a server that has been replaced, and with
// several hosts to standbys. The first sight of a newer timeline ends the
// sessions that are on the older.
func (db *Database) validator(first pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	return func(ctx context.Context, pc *pgconn.PgConn) error {
		if first != nil {
			if err := first(ctx, pc); err != nil {
				return err
			}
		}
		o, err := originOf(ctx, pc)
		if err != nil {
			return err
		}
		if o.standby && db.hosts.several() {
			return fmt.Errorf("%w: it is a standby", errReplaced)
		}
		pc.CustomData()[originKey] = o
		switch newest, changed := db.hosts.meet(o); {
		case o.before(newest):
			return fmt.Errorf("%w: it is on timeline %d, %d has begun", errReplaced, o.timeline, newest.timeline)
		case changed:
			db.moveOn()
		}
		return nil
	}
}

// originKey is where a connection remembers its origin.
const originKey = "holdfast: origin"

// moveOn ends the sessions that are on an older timeline.
func (db *Database) moveOn() {
	if db.pool != nil {
		db.pool.Reset()
	}
	newest := db.hosts.newest()
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, e := range db.slots {
		if w := e.writing.Load(); w != nil && w.origin.before(newest) {
			w.cut()
		}
	}
}

// dialWriter opens a connection for writing. With several hosts it looks first
// which of them is the primary.
func (db *Database) dialWriter(ctx context.Context) (*pgx.Conn, origin, error) {
	db.hosts.find(ctx, db.write)
	c := db.write.Copy()
	db.hosts.order(c)
	conn, err := pgx.ConnectConfig(connecting(ctx), c)
	if err != nil {
		return nil, origin{}, err
	}
	at, _ := conn.PgConn().CustomData()[originKey].(origin)
	return conn, at, nil
}

// Origin names the history that the database is on: its cluster and timeline.
func (e *Engine) Origin(ctx context.Context) (name string, err error) {
	err = e.read(ctx, "origin", func(ctx context.Context, s *session) error {
		o, err := originOf(ctx, s.conn.PgConn())
		if name = o.String(); o.standby {
			name = ""
		}
		return err
	})
	return name, err
}

var _ engine.Originator = (*Engine)(nil)

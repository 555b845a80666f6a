package postgres

import (
	"context"
	"errors"
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

func (o origin) String() string { return o.system + "/" + strconv.FormatUint(uint64(o.timeline), 10) }

// errStandby says that a host of several is not the primary.
var errStandby = errors.New("the server is a standby")

// validator notes where a connection has come to, and with several hosts refuses
// standbys.
func (db *Database) validator(first pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	return func(ctx context.Context, pc *pgconn.PgConn) error {
		if first != nil {
			if err := first(ctx, pc); err != nil {
				return err
			}
		}
		o, err := originOf(ctx, pc)
		if refusesOrigin(err) && !db.hosts.several() {
			err = nil // who has one address can do without
		}
		if err != nil {
			return err
		}
		if o.standby && db.hosts.several() {
			return errStandby
		}
		pc.CustomData()[originKey] = o
		return nil
	}
}

// refusesOrigin reports whether the server, or the role's rights on it, do not let
// anybody ask where it is: some that are rented do not.
func refusesOrigin(err error) bool {
	pe, ok := pgError(err)
	return ok && (pe.Code == codeForbidden || pe.Code == "0A000" || pe.Code == "42883")
}

// originKey is where a connection remembers its origin.
const originKey = "holdfast: origin"

// moveTo ends the sessions that are on another history than o, which is where a
// session for writing has come to.
func (db *Database) moveTo(o origin) {
	if was := db.current.Swap(&o); was == nil || *was == o {
		return
	}
	db.pool.Reset()
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, e := range db.slots {
		if w := e.writing.Load(); w != nil && w.origin != o {
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

// Origin says on which cluster's timeline the database is.
func (e *Engine) Origin(ctx context.Context) (is engine.Origin, err error) {
	err = e.read(ctx, "origin", func(ctx context.Context, s *session) error {
		o, err := originOf(ctx, s.conn.PgConn())
		if refusesOrigin(err) {
			return nil
		}
		if err != nil {
			return err
		}
		h, err := e.readHead(ctx, s)
		if is = (engine.Origin{Name: o.String(), Replicated: h.replicated}); o.standby {
			is = engine.Origin{}
		}
		return err
	})
	return is, err
}

var _ engine.Originator = (*Engine)(nil)

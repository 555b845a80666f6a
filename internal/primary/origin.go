package primary

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// Origin says which history a server is on: that of a cluster, and on which
// timeline. A standby that is promoted begins a timeline with a larger number.
type Origin struct {
	System   string // the cluster's identifier
	Timeline uint32
	Standby  bool // then the timeline is not known
}

// String returns the origin as SYSTEM/TIMELINE.
func (o Origin) String() string { return o.System + "/" + strconv.FormatUint(uint64(o.Timeline), 10) }

// askOrigin takes the timeline from the name of the file that is written now:
// what pg_control says of it is from before the promotion for a while.
const askOrigin = "SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system())," +
	" CASE WHEN pg_catalog.pg_is_in_recovery() THEN '' ELSE substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) END"

// Ask asks a server where its history comes from.
func Ask(ctx context.Context, pc *pgconn.PgConn) (o Origin, err error) {
	results, err := pc.Exec(ctx, askOrigin).ReadAll()
	if err != nil {
		return o, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return o, errors.New("the server does not say which timeline it is on")
	}
	row := results[0].Rows[0]
	o.System = string(row[0])
	if len(row[1]) == 0 {
		o.Standby = true
		return o, nil
	}
	timeline, err := strconv.ParseUint(string(row[1]), 16, 32)
	o.Timeline = uint32(timeline)
	return o, err
}

// Silent reports whether err of Ask means that the server, or the role's rights on
// it, let nobody ask: some that are rented do not.
func Silent(err error) bool {
	var told *pgconn.PgError
	return errors.As(err, &told) && (told.Code == "42501" || told.Code == "0A000" || told.Code == "42883")
}

// originKey is where a connection remembers its origin.
const originKey = "holdfast: origin"

// Of returns the origin that Validate noted on the connection; the zero Origin
// when the server does not tell.
func Of(pc *pgconn.PgConn) Origin {
	o, _ := pc.CustomData()[originKey].(Origin)
	return o
}

// ErrStandby says that one host of several is not the primary.
var ErrStandby = errors.New("the server is a standby")

// Validate returns the ValidateConnect of a configuration whose own was first: it
// notes the origin of each new connection, and of several hosts refuses standbys.
func (h *Hosts) Validate(first pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	return func(ctx context.Context, pc *pgconn.PgConn) error {
		if first != nil {
			if err := first(ctx, pc); err != nil {
				return err
			}
		}
		o, err := Ask(ctx, pc)
		if Silent(err) && !h.Several() {
			err = nil // who has one address can do without
		}
		if err != nil {
			return err
		}
		if o.Standby && h.Several() {
			return ErrStandby
		}
		pc.CustomData()[originKey] = o
		return nil
	}
}

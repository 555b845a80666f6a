package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Replication is what a server says of how its commits reach others.
type Replication struct {
	Standby bool // it is one itself
	// Names is synchronous_standby_names, "" when commits wait for nobody.
	Names string
	// Commit is the synchronous_commit that sessions begin with.
	Commit string
	// Sync are the standbys that commits wait for now, Async the others. Without
	// the rights of pg_monitor they have no names.
	Sync, Async []string
	// Hidden says that the server does not tell this user who is synchronous.
	Hidden bool
}

// ReplicationOf asks the server that the DSN leads to. It changes nothing.
func ReplicationOf(ctx context.Context, dsn string) (r Replication, err error) {
	db, err := Dial(ctx, dsn, ReadOnly())
	if err != nil {
		return r, err
	}
	err = db.withConn(ctx, func(c *pgx.Conn) error { return r.read(ctx, c) })
	if err = errors.Join(explain(ctx, err), db.Close()); err != nil {
		return r, fmt.Errorf("ask for the standbys: %w", err)
	}
	return r, nil
}

func (r *Replication) read(ctx context.Context, c *pgx.Conn) error {
	err := c.QueryRow(ctx, `SELECT pg_is_in_recovery(), current_setting('synchronous_standby_names'),
		(SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit')`).Scan(&r.Standby, &r.Names, &r.Commit)
	if err != nil {
		return err
	}
	rows, err := c.Query(ctx, `SELECT coalesce(nullif(application_name, ''), 'pid ' || pid), coalesce(sync_state, '') FROM pg_stat_replication ORDER BY 1`)
	if err != nil {
		return err
	}
	var name, state string
	_, err = pgx.ForEachRow(rows, []any{&name, &state}, func() error {
		switch state {
		case "sync", "quorum":
			r.Sync = append(r.Sync, name)
		case "":
			r.Hidden = true
			r.Async = append(r.Async, name)
		default:
			r.Async = append(r.Async, name)
		}
		return nil
	})
	return err
}

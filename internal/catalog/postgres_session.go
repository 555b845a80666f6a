package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"

	"holdfast.dev/holdfast/internal/primary"
)

// disableCancel keeps the driver from cancelling what runs on the connections of
// config: it hangs up instead.
func disableCancel(config *pgx.ConnConfig) {
	config.DialFunc = primary.NeverCancel(config.DialFunc)
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler { return hangingUp{conn} }
}

// hangingUp ends a connection when the context of its statement ends.
type hangingUp struct{ conn *pgconn.PgConn }

// HandleCancel is called when the context of a statement ends.
func (h hangingUp) HandleCancel(context.Context) { hangUp(h.conn) }

// HandleUnwatchAfterCancel is called when the statement has ended.
func (h hangingUp) HandleUnwatchAfterCancel() {}

func hangUp(conn *pgconn.PgConn) { _ = conn.Conn().Close() } // a closed one is what is wanted

// noteCancelledWait makes the connections of config remember that the server
// answered a COMMIT although its wait for the standby was cancelled.
func noteCancelledWait(config *pgx.ConnConfig) {
	config.OnNotice = func(conn *pgconn.PgConn, n *pgconn.Notice) {
		if primary.WaitCancelled(n) {
			conn.CustomData()[waitWasCancelled] = true
		}
	}
}

const waitWasCancelled = "holdfast.waitWasCancelled"

// postgresSession is a connection to PostgreSQL.
type postgresSession struct {
	conn    *pgconn.PgConn
	cluster *postgresCluster
	at      primary.Origin
}

// session returns the session of a connection before its commit.
func (c *postgresCluster) session(conn *sql.Conn) (session, error) {
	s := postgresSession{cluster: c}
	err := conn.Raw(func(driverConn any) error {
		driven, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T", driverConn)
		}
		s.conn = driven.Conn().PgConn()
		s.at = primary.Of(s.conn)
		delete(s.conn.CustomData(), waitWasCancelled)
		return nil
	})
	return s, err
}

func (s postgresSession) waitCancelled() bool { return s.conn.CustomData()[waitWasCancelled] != nil }

func (s postgresSession) hangUp() { hangUp(s.conn) }

func (s postgresSession) hasMoved(ctx context.Context) bool {
	now, err := s.cluster.look(ctx)
	return err == nil && now != s.at
}

// postgresRefused reports that the answer to COMMIT says that nothing was
// stored. An error that ends the session says so only of a pause before the
// COMMIT.
func postgresRefused(err error) bool {
	var told *pgconn.PgError
	if !errors.As(err, &told) {
		return errors.Is(err, pgx.ErrTxCommitRollback)
	}
	return told.SeverityUnlocalized == "ERROR" || told.Code == "25P03"
}

// noticeHangUp makes the server look every second whether its client has hung
// up, where it can: else a writer that was given up keeps its place in the
// queue for a lock until lock_timeout. It does not look during a COMMIT.
func noticeHangUp(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET client_connection_check_interval = '1s'")
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return nil // not every machine of a server can
	}
	return err
}

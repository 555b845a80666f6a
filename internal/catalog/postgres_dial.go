package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
)

// deadAfter is how long bytes may wait for the server's acknowledgement, and
// about how long a silent connection is taken for alive.
const deadAfter = 15 * time.Second

// postgresDialer finds out that a server is gone.
func postgresDialer() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: deadAfter / 3, Interval: deadAfter / 5, Count: 3},
		Control: func(network, _ string, c syscall.RawConn) error {
			if strings.HasPrefix(network, "tcp") {
				return noticeDead(c, deadAfter)
			}
			return nil
		},
	}
}

// neverCancel keeps the driver from cancelling what runs on the connections of
// config: it hangs up instead. A CancelRequest that meets a COMMIT which waits
// for its standby would end the wait, not the commit. The driver sends one for
// each connection it gives up, and dials for that with a context of its own, so
// a dial outside of connect is refused.
func neverCancel(config *pgx.ConnConfig) {
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if ctx.Value(connecting{}) == nil {
			return nil, errors.New("statements are not cancelled here")
		}
		return dial(ctx, network, addr)
	}
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler { return postgresSession{conn} }
}

// connecting marks the context of a connection that is being made.
type connecting struct{}

// connector makes connections with a context that is marked.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	return c.Connector.Connect(context.WithValue(ctx, connecting{}, true))
}

// noteCancelledWait makes the connections of config remember that the server
// answered a COMMIT although its wait for the standby was cancelled: by an
// administrator, a timeout or a shutdown. The text of the notice is translated.
func noteCancelledWait(config *pgx.ConnConfig) {
	config.OnNotice = func(conn *pgconn.PgConn, n *pgconn.Notice) {
		if n.Code == "01000" && n.Routine == "SyncRepWaitForLSN" {
			conn.CustomData()[waitWasCancelled] = true
		}
	}
}

const waitWasCancelled = "holdfast.waitWasCancelled"

// postgresSession is a connection to PostgreSQL.
type postgresSession struct{ conn *pgconn.PgConn }

// postgresSessionOf returns the session of a connection before its commit.
func postgresSessionOf(conn *sql.Conn) (session, error) {
	var s postgresSession
	err := conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T", driverConn)
		}
		s.conn = c.Conn().PgConn()
		delete(s.conn.CustomData(), waitWasCancelled)
		return nil
	})
	return s, err
}

func (s postgresSession) waitCancelled() bool { return s.conn.CustomData()[waitWasCancelled] != nil }

func (s postgresSession) hangUp() { _ = s.conn.Conn().Close() } // a closed one is what is wanted

// HandleCancel is called when the context of a statement ends.
func (s postgresSession) HandleCancel(context.Context) { s.hangUp() }

// HandleUnwatchAfterCancel is called when the statement has ended.
func (s postgresSession) HandleUnwatchAfterCancel() {}

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

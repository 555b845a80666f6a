package catalog

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlHosts connects to one of the hosts of a DSN: the one in use, or the next
// that can be used, which is in use from then on. A host cannot be used if it is
// unreachable, has no part in its Galera cluster, or is read-only while there is
// a choice. The engine of the slots does the same (engine/mysql).
type mysqlHosts struct {
	connectors []driver.Connector
	names      []string
	used       *atomic.Int32 // the pools of a database share it
}

var _ driver.Connector = (*mysqlHosts)(nil)

// dialOneWait is dialWait when there is another host to try.
const dialOneWait = 2 * time.Second

func newMySQLHosts(configs []*mysql.Config, used *atomic.Int32) (*mysqlHosts, error) {
	h := &mysqlHosts{used: used}
	for _, config := range configs {
		connector, err := mysql.NewConnector(config)
		if err != nil {
			return nil, err
		}
		h.connectors, h.names = append(h.connectors, connector), append(h.names, config.Addr)
	}
	return h, nil
}

// Driver returns the driver of the hosts.
func (h *mysqlHosts) Driver() driver.Driver { return h.connectors[0].Driver() }

// Connect opens a session.
func (h *mysqlHosts) Connect(ctx context.Context) (driver.Conn, error) {
	used := h.used.Load()
	var all []error
	for i := range h.connectors {
		n := (used + int32(i)) % int32(len(h.connectors))
		c, err := h.connect(ctx, n)
		if err == nil {
			h.used.CompareAndSwap(used, n)
			return c, nil
		}
		var told *mysql.MySQLError
		refused := errors.As(err, &told) && told.Number != mysqlNotReady
		if len(h.connectors) == 1 || refused || ctx.Err() != nil {
			return nil, err
		}
		all = append(all, fmt.Errorf("%s: %w", h.names[n], err))
	}
	return nil, errors.Join(all...)
}

func (h *mysqlHosts) connect(ctx context.Context, n int32) (driver.Conn, error) {
	within := dialWait
	if len(h.connectors) > 1 {
		within = dialOneWait
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	raw, err := h.connectors[n].Connect(ctx)
	if err != nil {
		return nil, err
	}
	session, ok := raw.(mysqlSession)
	if !ok {
		return nil, errors.Join(errors.New("the driver lacks what is needed"), raw.Close())
	}
	c := &mysqlConn{mysqlSession: session, host: n, hosts: h}
	if err := c.begin(ctx); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return c, nil
}

// mysqlSession is what the driver's connections can do.
type mysqlSession interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

// mysqlConn is a connection to one of the hosts. It ends when the server says
// that it cannot be used, or when another host is in use.
type mysqlConn struct {
	mysqlSession
	host  int32
	hosts *mysqlHosts
	gone  bool
}

// mysqlNotReady is what a node says that has no part in its Galera cluster.
const mysqlNotReady = 1047

// begin finds out whether the server can be used. On a Galera node a read, and the
// beginning of a transaction, wait until the node has all that its cluster has
// ordered before.
func (c *mysqlConn) begin(ctx context.Context) error {
	// Not SELECT: a node that has no part in its cluster answers SHOW alone.
	v, err := c.show(ctx, `SHOW SESSION VARIABLES WHERE Variable_name IN ('wsrep_on', 'read_only')`)
	if err != nil {
		return err
	}
	if len(c.hosts.connectors) > 1 && v["read_only"] == "on" {
		return errors.New("the server is read-only")
	}
	if v["wsrep_on"] != "on" {
		return nil
	}
	s, err := c.show(ctx, `SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state_comment')`)
	switch {
	case err != nil:
		return err
	case s["wsrep_ready"] == "on" && s["wsrep_cluster_status"] == "disconnected":
		return nil // no cluster at all
	case s["wsrep_ready"] != "on" || s["wsrep_cluster_status"] != "primary":
		return fmt.Errorf("the Galera node has no part in its cluster (%s)", cmp.Or(s["wsrep_local_state_comment"], "no state"))
	}
	_, err = c.mysqlSession.ExecContext(ctx, `SET SESSION wsrep_sync_wait = @@GLOBAL.wsrep_sync_wait | 1`, nil)
	return err
}

// show returns names and values in small letters.
func (c *mysqlConn) show(ctx context.Context, text string) (map[string]string, error) {
	rows, err := c.mysqlSession.QueryContext(ctx, text, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all, row := map[string]string{}, make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(row); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[lower(row[0])] = lower(row[1])
	}
}

func lower(v driver.Value) string {
	b, _ := v.([]byte)
	return strings.ToLower(string(b))
}

// leave makes an error of a server that cannot be used driver.ErrBadConn: the
// server has not carried out the statement, and database/sql goes elsewhere.
func (c *mysqlConn) leave(err error) error {
	var told *mysql.MySQLError
	if !errors.As(err, &told) {
		return err
	}
	readOnly := told.Number == 1290 || told.Number == 1792 || told.Number == 1836
	if told.Number != mysqlNotReady && (!readOnly || len(c.hosts.connectors) == 1) {
		return err
	}
	c.gone = true
	return fmt.Errorf("%w: %w", driver.ErrBadConn, err)
}

func (c *mysqlConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.mysqlSession.QueryContext(ctx, text, args)
	return rows, c.leave(err)
}

func (c *mysqlConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.mysqlSession.ExecContext(ctx, text, args)
	return result, c.leave(err)
}

func (c *mysqlConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.mysqlSession.BeginTx(ctx, opts)
	return tx, c.leave(err)
}

// ResetSession refuses a connection to a host that is no longer in use.
func (c *mysqlConn) ResetSession(ctx context.Context) error {
	if !c.IsValid() || c.host != c.hosts.used.Load() {
		return driver.ErrBadConn
	}
	return c.mysqlSession.ResetSession(ctx)
}

func (c *mysqlConn) IsValid() bool { return !c.gone && c.mysqlSession.IsValid() }

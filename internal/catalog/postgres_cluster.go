package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"holdfast.dev/holdfast/internal/primary"
)

// postgresCluster connects to the primary of a cluster. The pools of a database share it: when one
// that writes has come to another primary, the connections to the old one end.
type postgresCluster struct {
	hosts   *primary.Hosts
	config  *pgx.ConnConfig
	current atomic.Pointer[primary.Origin]
}

func newPostgresCluster(config *pgx.ConnConfig) *postgresCluster {
	config.DialFunc = primary.Dialer().DialContext
	return &postgresCluster{hosts: primary.New(config), config: config}
}

// pool returns connections of config, which is a copy of the cluster's.
func (c *postgresCluster) pool(config *pgx.ConnConfig, u use, connected func(context.Context, *pgx.Conn) error) *sql.DB {
	if u != examining { // that may be done on a standby
		config.ValidateConnect = c.hosts.Validate(config.ValidateConnect)
	}
	return sql.OpenDB(connector{stdlib.GetConnector(*config,
		stdlib.OptionBeforeConnect(func(ctx context.Context, to *pgx.ConnConfig) error {
			if u == writing {
				c.hosts.Find(ctx, c.config)
			}
			c.hosts.Order(to)
			return nil
		}),
		stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
			if u == writing {
				at := primary.Of(conn.PgConn())
				c.current.Store(&at)
			}
			return connected(ctx, conn)
		}),
		stdlib.OptionResetSession(func(_ context.Context, conn *pgx.Conn) error {
			if now := c.current.Load(); u != examining && now != nil && primary.Of(conn.PgConn()) != *now {
				return driver.ErrBadConn
			}
			return nil
		}),
	)})
}

// look returns where the primary is now. A DSN that waits longer for one connection is waited
// for longer here; one that gives up on a host sooner leaves time for the next.
func (c *postgresCluster) look(ctx context.Context) (primary.Origin, error) {
	ctx, cancel := context.WithTimeout(primary.Connecting(ctx), max(dialWait, c.config.ConnectTimeout))
	defer cancel()
	c.hosts.Find(ctx, c.config)
	config := c.config.Copy()
	config.ValidateConnect = c.hosts.Validate(config.ValidateConnect)
	c.hosts.Order(config)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return primary.Origin{}, err
	}
	at := primary.Of(conn.PgConn())
	c.current.Store(&at)
	return at, conn.Close(ctx)
}

// connector makes connections with a context that is marked.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	return c.Connector.Connect(primary.Connecting(ctx))
}

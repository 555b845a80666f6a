package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

var _ engine.Originator = (*Engine)(nil)

// Origin names the history of a Galera cluster, or the MySQL server. A MariaDB
// server has no name.
func (e *Engine) Origin(ctx context.Context) (name string, err error) {
	err = e.reading(ctx, "origin", e.d.loads, func(c *conn) error {
		if c.galera {
			s, err := c.cluster(ctx)
			name = "galera:" + s.uuid
			return err
		}
		if e.d.dialect.identity == "" {
			return nil
		}
		return c.ask(ctx, new(text).say("SELECT ", e.d.dialect.identity), func(r row) error {
			name = r.str(0)
			return nil
		})
	})
	return name, err
}

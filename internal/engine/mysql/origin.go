package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

var _ engine.Originator = (*Engine)(nil)

// Origin names the history of a Galera cluster, whose members all have a group
// before it is confirmed, or the MySQL server. A MariaDB server has no name.
func (e *Engine) Origin(ctx context.Context) (is engine.Origin, err error) {
	err = e.reading(ctx, "origin", e.d.loads, func(c *conn) error {
		if c.galera {
			s, err := c.cluster(ctx)
			is = engine.Origin{Name: "galera:" + s.uuid, Replicated: true}
			return err
		}
		if e.d.dialect.identity == "" {
			return nil
		}
		return c.ask(ctx, new(text).say("SELECT ", e.d.dialect.identity), func(r row) error {
			is.Name = r.str(0)
			return nil
		})
	})
	return is, err
}

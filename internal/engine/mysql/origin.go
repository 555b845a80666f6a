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
		is, err = c.origin(ctx, e.d.dialect)
		return err
	})
	return is, err
}

func (c *conn) origin(ctx context.Context, d *dialect) (is engine.Origin, err error) {
	if c.galera {
		s, err := c.cluster(ctx)
		return engine.Origin{Name: "galera:" + s.uuid, Replicated: true}, err
	}
	if d.identity == "" {
		return is, nil
	}
	err = c.ask(ctx, new(text).writeSQL("SELECT ", d.identity), func(r row) error {
		is.Name = r.str(0)
		return nil
	})
	return is, err
}

// OnTakeOver sets the function that receives each history before something is
// stored on it.
func (e *Engine) OnTakeOver(fn engine.TakeOver) { e.w.takeOver = fn }

// accept reports the history of the connection to takeOver when it differs from
// the last one.
func (w *writer) accept(ctx context.Context) error {
	if w.takeOver == nil || w.asked == w.c {
		return nil
	}
	is, err := w.c.origin(ctx, w.e.d.dialect)
	if err == nil && is.Name != "" && is.Name != w.accepted {
		var at current
		if err = w.c.ask(ctx, new(text).headOf(w.e), at.read); err == nil {
			err = w.takeOver(ctx, is, at.seq, at.hash)
		}
	}
	if err == nil {
		w.asked, w.accepted = w.c, is.Name
	}
	return err
}

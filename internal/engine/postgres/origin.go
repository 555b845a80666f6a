package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/primary"
)

// moveTo ends the sessions that are on another history than o, which is where a
// session for writing has come to.
func (db *Database) moveTo(o primary.Origin) {
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
func (db *Database) dialWriter(ctx context.Context) (*pgx.Conn, primary.Origin, error) {
	db.hosts.Find(ctx, db.write)
	c := db.write.Copy()
	db.hosts.Order(c)
	conn, err := pgx.ConnectConfig(primary.Connecting(ctx), c)
	if err != nil {
		return nil, primary.Origin{}, err
	}
	return conn, primary.Of(conn.PgConn()), nil
}

// Origin says on which cluster's timeline the database is.
func (e *Engine) Origin(ctx context.Context) (is engine.Origin, err error) {
	err = e.read(ctx, "origin", func(ctx context.Context, s *session) error {
		o, err := primary.Ask(ctx, s.conn.PgConn())
		if primary.Silent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		h, err := e.readHead(ctx, s)
		if is = (engine.Origin{Name: o.String(), Replicated: h.replicated}); o.Standby {
			is = engine.Origin{}
		}
		return err
	})
	return is, err
}

// OnTakeOver sets the function that receives each history before something is
// stored on it.
func (e *Engine) OnTakeOver(fn engine.TakeOver) { e.takeOver = fn }

var _ engine.Originator = (*Engine)(nil)

package postgres

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A primary that lives on without its standbys
//
// It goes on holding its connections, and commits wait on it for ever, although
// the cluster has promoted another server. So when a statement of a session for
// writing has waited for stuckFor, a new session looks where the DSN leads now.
// Another primary on a newer timeline means that the old one can commit nothing
// any more that is not lost: its sessions are cut, and what became of the group
// is found out on the new one. A primary that only waits for a standby to come
// back is left alone.

const (
	stuckFor  = 5 * time.Second
	lookEvery = time.Second
)

// watch looks out until the database is closed.
func (db *Database) watch() {
	ctx, stop := context.WithCancel(context.Background())
	db.stop = stop
	db.watched.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if db.stuck() {
					db.look(ctx)
				}
			case <-ctx.Done():
				return
			}
		}
	})
}

// stuck reports whether a session for writing has waited for too long.
func (db *Database) stuck() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	now := time.Now().UnixNano()
	for _, e := range db.slots {
		if w := e.writing.Load(); w != nil {
			if since := w.since.Load(); since != 0 && now-since > int64(stuckFor) {
				return true
			}
		}
	}
	return false
}

// look looks where the DSN leads, and leaves what is older.
func (db *Database) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	conn, _, err := db.dialWriter(ctx)
	if err != nil {
		return // there is no primary to be had: it is looked again
	}
	_ = conn.Close(ctx) // it has only been looked with
	db.moveOn()
}

// cut ends the connection under whoever waits on it.
func (w *writer) cut() { _ = w.conn.PgConn().Conn().Close() }

// connectingKey marks the context of a connection that is being made.
type connectingKey struct{}

func connecting(ctx context.Context) context.Context {
	return context.WithValue(ctx, connectingKey{}, true)
}

// whileConnecting dials for connections that are being made, and not for
// requests to cancel what runs on one.
func whileConnecting(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if ctx.Value(connectingKey{}) == nil {
			return nil, errNoCancel
		}
		return dial(ctx, network, address)
	}
}

var errNoCancel = errors.New("what a session for writing runs is not cancelled")

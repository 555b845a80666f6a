package postgres

import (
	"context"
	"time"
)

// A primary that keeps running without its standbys
//
// It keeps its connections, and commits wait on it for ever, although the cluster
// has promoted another server. So when a statement of a session for writing has
// waited for stuckFor, a new session checks where the DSN leads now: of several
// hosts, to the primary on the newest timeline. If its history differs from that
// of the waiting session, the cluster has left the old primary. The sessions of
// the old primary are cut, and the outcome of the group is determined on the new
// one. A primary that only waits for a standby to come back is left alone.

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
	conn, at, err := db.dialWriter(ctx)
	if err != nil {
		return // there is no primary to be had: it is looked again
	}
	_ = conn.Close(ctx) // it has only been looked with
	db.moveTo(at)
}

// cut ends the connection, even while a call waits on it.
func (w *writer) cut() { _ = w.conn.PgConn().Conn().Close() }

package postgres

import (
	"context"
	"time"
)

// A primary that lives on without its standbys
//
// It goes on holding its connections, and commits wait on it for ever, although
// the cluster has promoted another server. So when a statement of a session for
// writing has waited for stuckFor, a new session looks where the DSN leads now: of
// several hosts, to the primary on the newest timeline. Another history than that
// of the session that waits means that the cluster has left the old primary. Its
// sessions are cut, and what became of the group is found out on the new one. A
// primary that only waits for a standby to come back is left alone.

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

// cut ends the connection under whoever waits on it.
func (w *writer) cut() { _ = w.conn.PgConn().Conn().Close() }

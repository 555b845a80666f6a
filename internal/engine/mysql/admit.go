package mysql

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// A caller sees only what is on the disk
//
// InnoDB shows a commit to other sessions before its redo log is synced, and a
// server that crashes in that moment restarts without it. The writer has no
// answer yet. But a reader may already have decided, answered or moved a row to
// another slot because of a record that is lost. So the engine keeps back what
// was read until the newest record of it is known to be durable:
//
//   - A confirmed commit of our own is durable, with all commits before it. What
//     was let through before is durable too. shown remembers both. Most reads
//     need no more.
//   - A server that writes a binary log and syncs it with each commit does that
//     before it shows the commit. Its recovery commits what the binary log
//     contains.
//   - Otherwise the server reports how far the redo log was written and synced.
//     The redo log is one sequence: a commit that c sees is before its end.
//   - If it is not synced up to there, a small commit of our own makes it so.
//
// On a Galera node the redo log is the proof as well. A write set that is in the
// order of the cluster is in the memory of all members. That is no proof: all of
// them may be killed at once, after showing it and before syncing it. A node
// syncs each write set that it carries out, as the setting demands (measured:
// its redo log is synced to the end a moment after), so the engine reads the
// figures a few times before it makes a commit of its own, which all nodes would
// have to carry out. The binary log proves nothing there: one without
// log_slave_updates lacks what other nodes have committed.
//
// All this must come from the server that was read from, not from one that was
// restarted since. So the connection that has read asks for it, or that
// connection must answer once more afterwards. It must also answer once more
// when another reader has proved as much meanwhile.
//
// A group that is stored on top of a foreign record needs no proof: its own
// sync covers both. A replica has what its primary has synced, since the binary
// log is not sent before. What the replica loses in a crash it receives again.

// admit lets the caller have what c has read; at is the newest record of that.
// floor is the newest record that had been shown when the read began; open says
// that a transaction is open in c.
func (e *Engine) admit(ctx context.Context, c *conn, floor engine.Seq, at current, open bool) error {
	if at.seq <= floor {
		return nil
	}
	if !c.logs && !e.d.only {
		if err := e.prove(ctx, c, at, open); err != nil {
			return err
		}
	}
	e.shown.Note(at.seq, at.hash)
	return nil
}

// shareFor is how long a reader waits for another reader whose proof covers its
// own read. A reader whose connection does not answer must not delay the
// others.
const shareFor = 100 * time.Millisecond

// prove returns when what c has read up to at is durable. Readers that come
// together share one proof.
func (e *Engine) prove(ctx context.Context, c *conn, at current, open bool) error {
	within, cancel := context.WithTimeout(ctx, shareFor)
	err := e.proofs.Take(within)
	cancel()
	give := func() {}
	if err == nil {
		give = e.proofs.Give
	}
	if at.seq <= e.shown.Seq() {
		give()
		return c.exec(ctx, "DO 0")
	}
	defer give()
	if err = e.ensure(ctx, c, open); err == nil {
		e.shown.Note(at.seq, at.hash)
	}
	return err
}

// syncLooks is how often a reader looks again whether a Galera node has synced
// what it has carried out, and syncPause how long it waits before: together as
// long as a sync takes on a slow disk.
const (
	syncLooks = 10
	syncPause = 2 * time.Millisecond
)

// ensure returns when all that c has seen is durable.
func (e *Engine) ensure(ctx context.Context, c *conn, open bool) error {
	written, synced, err := e.redo(ctx, c)
	for n := 0; err == nil && c.galera && 0 < synced && synced < written && n < syncLooks; n++ {
		if err = pause(ctx, e.turn.Closed(), syncPause); err == nil {
			_, synced, err = e.redo(ctx, c)
		}
	}
	if err != nil || synced > 0 && synced >= written {
		return err
	}
	if !open {
		return e.sync(ctx, c)
	}
	logs := false
	err = e.withConn(ctx, e.d.loads, func(other *conn) error {
		err := e.sync(ctx, other)
		logs = other.logs
		return err
	})
	if err == nil {
		err = c.exec(ctx, "DO 0")
	}
	c.logs = logs && err == nil
	return err
}

// redo returns how far the redo log was written and how far it was on the disk, 0
// when the server does not say.
func (e *Engine) redo(ctx context.Context, c *conn) (written, synced uint64, err error) {
	d := e.d.dialect
	err = c.ask(ctx, new(text).writeSQL("SHOW GLOBAL STATUS LIKE '", d.redo, "'"), func(r row) (err error) {
		switch r.str(0) {
		case d.redoWritten:
			written, err = strconv.ParseUint(r.str(1), 10, 64)
		case d.redoSynced:
			synced, err = strconv.ParseUint(r.str(1), 10, 64)
		}
		return err
	})
	return written, synced, err
}

// syncRows is how many rows there are to be changed for a sync. Several
// sessions on one would wait for each other.
const syncRows = 64

// sync commits something, and finds out whether that goes to a binary log: the
// server may keep one without what happens in this database.
func (e *Engine) sync(ctx context.Context, c *conn) error {
	if c.logs {
		return nil
	}
	t := new(text).writeSQL("INSERT INTO ", e.tables.progress, " (name,seq) VALUES ")
	t.row(0).str("sync " + strconv.Itoa(rand.IntN(syncRows))).comma().num(1).close()
	t.writeSQL(" ON DUPLICATE KEY UPDATE seq=seq+1").end().writeSQL("SELECT ", e.d.dialect.logged).end()
	err := c.ask(ctx, t, func(r row) error {
		c.logs = r.flag(0) && !c.galera
		return nil
	})
	if codeOf(err).readOnly() {
		return nil // nobody commits, and earlier commits had ended before
	}
	return err
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// A caller sees only what is on the standby
//
// A commit that waits for its standby is visible to nobody. It becomes visible
// without having been replicated when somebody cancels its wait, or when its
// server crashes and restarts. A failover may then lose it, although a reader
// has already answered with it. And a primary that was replaced, without its
// knowledge, shows stale data. A small commit of our own after the read solves
// both problems: when its wait for the standby succeeds, everything written
// before is replicated, and the server was the primary when we read.
//
//   - What this process has committed itself, and what it has admitted before,
//     needs no proof.
//   - A server that waits for no standby cannot give a proof.
//   - With one address in the DSN, that address must lead to the primary alone.
//     With several hosts in the DSN each read of the head is proved, so that a
//     strong read is right even when an old primary is still running.

// admitHead lets the caller have the head that the session has read. floor is
// the newest record that had been shown before that read.
func (e *Engine) admitHead(ctx context.Context, s *session, floor engine.Seq, h current) error {
	if h.seq < floor {
		return e.checkHead(ctx)
	}
	if h.replicated && !e.db.only && (h.seq > floor || e.db.hosts.Several()) {
		if err := e.prove(ctx, s); err != nil {
			return err
		}
	}
	e.seen.Note(h.seq, h.hash)
	return nil
}

// admitRecord lets the caller have what the session has read of the log, up to
// the record r.
func (e *Engine) admitRecord(ctx context.Context, s *session, r *engine.Record) error {
	if r.Seq <= e.seen.Seq() {
		return nil
	}
	h, err := e.readHead(ctx, s)
	if err == nil && h.replicated && !e.db.only {
		err = e.prove(ctx, s)
	}
	if err == nil {
		e.seen.Note(r.Seq, r.Hash)
	}
	return err
}

// proofWait bounds a proof: while the standbys are away it keeps a connection.
const proofWait = 5 * time.Second

// proofRows is how many rows there are to be changed for a proof. Several
// sessions on one would wait for each other.
const proofRows = 64

// prove returns when what the session has read is on the standbys.
func (e *Engine) prove(ctx context.Context, s *session) error {
	ctx, cancel := context.WithTimeoutCause(ctx, proofWait, errSlow)
	defer cancel()
	name := "proof " + strconv.Itoa(rand.IntN(proofRows))
	return s.change(ctx, synced, step{sql: e.sql.proof, bind: func(p *params) { p.text(name) }})
}

// checkHead judges a head that is before what was seen: the session is one of a
// server that was replaced, or the log has lost records. A new session for
// writing, which waits for the head's lock, tells.
func (e *Engine) checkHead(ctx context.Context) error {
	if e.db.only {
		return nil // a replica that lags
	}
	if err := e.turn.Take(ctx); err != nil {
		return err
	}
	defer e.turn.Give()
	if e.w != nil && e.w.sent == nil {
		e.w.close()
	}
	if _, err := e.ready(ctx); err != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errLost, errOldServer)
}

var errOldServer = errors.New("the session was one of a server that was replaced")

package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/primary"
)

// When the connection is lost after a group was sent, the group may be stored,
// or not, or not yet: the bytes may still be in a socket, in a proxy or in a
// stopped server process, and be carried out much later. ErrUnknown promises
// that a reader of the log behind the old head finds the record, or that the
// record never appears. So before anything is read again, the lost session must
// be unable to store anything. The argument:
//
//  1. A group is stored by a statement that moves the head row, and only if
//     that row has the fence the session read when it began: the condition is
//     head.fence = (fence of the session), in the same UPDATE that compares seq.
//  2. Each session that may write begins by raising the fence, in a
//     transaction of its own that has committed before the session is used.
//     Fences only grow, so no later row has the fence of a session before it.
//  3. Both updates need the lock on the one head row, so one comes first.
//     (a) The lost session's came first: raising the fence waits for the
//     lock, that is until the lost transaction has committed or has been rolled
//     back. A later read, in a new snapshot, shows which.
//     (b) Raising the fence came first: the late statement finds the new
//     row, in its snapshot or, when it was already waiting, because READ
//     COMMITTED checks the condition again on the row it has waited for. The
//     fence does not fit, and nothing is stored.
//  4. A session that holds the lock between statements (Lock) is case (a):
//     while its transaction lives, raising the fence waits; the server ends
//     it by the idle limit, and a session that was ended stores nothing.
//  5. Until this has happened, a log that ends before the record proves nothing.
//     doubt has the record's number before ErrUnknown is returned. A Read that
//     ends before that number first raises the fence (settle) and reads again.
//     doubt is cleared only after a fence was raised, or when the server has
//     answered after all (finish). Other reads conclude nothing from the end of
//     the log, and do not wait: a commit that waits for its standby is not yet
//     visible to anybody.
//
// This needs no right to end other sessions and no process ids, and it does not
// depend on how long the bytes are under way. Other processes see a fence that
// is not theirs, take the new one and try again. That costs a round trip, and
// is as rare as lost connections.

// writer is the session that writes to a slot, with the statements it has
// prepared. The call that has the engine's turn uses it.
type writer struct {
	session
	origin primary.Origin
	fence  int64
	forms  forms
	used   time.Time // last
	// patience is how long an answer is waited for.
	patience time.Duration

	// sent is what the server has not answered yet, since when it was sent
	// (Unix ns), 0: nothing is on its way. group is room for sent.
	sent  *sending
	since atomic.Int64
	group sending

	copies bool   // the COPY is prepared
	copied []byte // what the last one sent

	sorted // the rows of a group
}

// How long a call tries to get a connection again when there is none. A group
// in doubt waits longer: the caller cannot continue without the answer, and a
// server that crashed takes a while to recover.
const (
	retryFor  = 3 * time.Second
	settleFor = 30 * time.Second
	// Pauses between two tries.
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
	// checkAfter is how long a connection stays unused before it is tested. A
	// server that was restarted meanwhile should not cost a group its answer.
	checkAfter = time.Second
)

// ready returns the session for writing, behind what the server has still to
// answer on it, and makes one when there is none. The caller has the turn.
func (e *Engine) ready(ctx context.Context) (*writer, error) {
	if e.w != nil && e.w.sent != nil {
		if err := e.finish(ctx); err != nil {
			return nil, err
		}
	}
	if e.w != nil && !e.w.closed() {
		if time.Since(e.w.used) < checkAfter || e.w.conn.Ping(ctx) == nil {
			return e.w, e.accept(ctx)
		}
		e.w.close()
	}
	patience := retryFor
	if e.doubt.Load() != 0 {
		patience = settleFor
	}
	err := persist(ctx, patience, func() error {
		if e.w == nil || e.w.sent == nil {
			if err := e.connect(ctx); err != nil {
				return explain(ctx, err)
			}
		}
		return e.finish(ctx)
	})
	if err == nil {
		err = e.accept(ctx)
	}
	if err != nil {
		return nil, err
	}
	return e.w, nil
}

// accept reports the history of the session for writing to takeOver when it
// differs from the last one.
func (e *Engine) accept(ctx context.Context) error {
	w := e.w
	if e.takeOver == nil || w.origin == e.accepted {
		return nil
	}
	h, err := e.readHead(ctx, &w.session)
	if err == nil {
		err = e.takeOver(ctx, engine.Origin{Name: w.origin.String(), Replicated: h.replicated}, h.seq, h.hash)
	}
	if err == nil {
		e.accepted = w.origin
	}
	return explain(ctx, err)
}

// connect begins a session for writing and sends what raises the fence.
func (e *Engine) connect(ctx context.Context) error {
	e.use(nil)
	conn, at, err := e.db.dialWriter(ctx)
	if err != nil {
		return err
	}
	w := &writer{session: session{conn: conn}, origin: at, patience: e.db.answer}
	if err := e.db.safe(ctx, &w.session); err != nil {
		w.abandon()
		return err
	}
	e.use(w)
	s := &sending{fence: true}
	if err = w.raise(ctx, s, e.sql.raise); errors.Is(err, errPending) {
		return cmp.Or(cause(ctx), err)
	}
	return e.raised(ctx, w, s, err)
}

// use makes w the session for writing.
func (e *Engine) use(w *writer) {
	e.w = w
	e.writing.Store(w)
}

// finish waits for the server's answer to the statement under way, and settles
// its outcome. An error means that the outcome is not settled.
func (e *Engine) finish(ctx context.Context) error {
	w := e.w
	if w.sent == nil {
		return nil
	}
	s := w.sent
	err := w.receive(ctx, 0)
	switch {
	case errors.Is(err, errPending):
		return cmp.Or(cause(ctx), err)
	case s.fence:
		return e.raised(ctx, w, s, err)
	case err == nil && s.answer.won:
		e.seen.Note(s.seq, s.hash)
	case errors.Is(outcome(ctx, err), engine.ErrUnknown):
		e.unknown(s.seq)
		return nil // it is found out behind a raised fence
	}
	e.doubt.Store(0)
	w.rollback()
	return nil
}

// raised takes the session into use whose fence was raised, unless the log there
// lacks what was seen.
func (e *Engine) raised(ctx context.Context, w *writer, s *sending, err error) error {
	if err == nil && w.fence == 0 {
		err = errNoHead
	}
	if err == nil {
		err = e.compare(ctx, w, s)
	}
	if err != nil {
		w.abandon()
		e.use(nil)
		if errors.Is(err, errUnreplicated) {
			err = fmt.Errorf("%w: %w", errLost, err)
		}
		return explain(ctx, err)
	}
	w.used = time.Now()
	e.db.moveTo(w.origin)
	e.seen.Note(s.seq, s.hash)
	e.doubt.Store(0)
	return nil
}

// compare compares the log of a new session with the newest record that callers
// have seen: a server that was failed over to, or restored, may lack it. at is
// the head there when the fence was raised; others may have stored more since, and
// callers may have seen it, so a head before what was seen is read again.
func (e *Engine) compare(ctx context.Context, w *writer, at *sending) error {
	seq, hash := e.seen.Record()
	if seq > at.seq {
		h, err := e.readHead(ctx, &w.session)
		if err != nil {
			return err
		}
		at.seq, at.hash = h.seq, h.hash
	}
	switch {
	case seq == 0:
		return nil
	case seq > at.seq:
		return lostRecord(seq)
	case seq == at.seq:
		if hash != at.hash {
			return lostRecord(seq)
		}
		return nil
	}
	return w.call(ctx, step{
		sql:  e.sql.hash,
		bind: func(p *params) { p.int8(int64(seq)) },
		row: func(r *row) error {
			if string(r.next()) != string(hash[:]) {
				return lostRecord(seq)
			}
			return r.err // one that was archived is no evidence
		},
	})
}

// settle makes sure that no group in doubt can be stored from now on. A caller
// that reads that there is no record in its place calls it first.
func (e *Engine) settle(ctx context.Context) error {
	if e.doubt.Load() == 0 {
		return nil
	}
	if err := e.turn.Take(ctx); err != nil {
		return err
	}
	defer e.turn.Give()
	if e.doubt.Load() == 0 {
		return nil
	}
	_, err := e.ready(ctx)
	return err
}

// pending remembers that the group of that record is on its way.
func (e *Engine) pending(seq engine.Seq) { e.doubt.Store(uint64(seq)) }

// unknown remembers that the group of that record may still be stored. It gives up the
// session, and all sessions from before the server was lost.
func (e *Engine) unknown(seq engine.Seq) {
	e.pending(seq)
	if e.w != nil {
		e.w.abandon()
		e.use(nil)
	}
	e.db.pool.Reset()
}

// persist calls try until it returns an error that is not retryable, or none,
// the context ends or the time is up.
func persist(ctx context.Context, limit time.Duration, try func() error) error {
	began := time.Now()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := try()
		if err == nil || !retryable(err) || time.Since(began) > limit {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return cause(ctx)
		}
	}
}

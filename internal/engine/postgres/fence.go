package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// When the connection is lost after a group was sent, the group may be stored,
// or not, or not yet: the bytes may still lie in a socket, in a proxy or in a
// server process that is stopped, and be carried out much later. ErrUnknown
// promises that whoever reads the log behind the old head finds the record, or
// it never will be there. So before anything is read again, what the lost
// session may still do must be over. The argument:
//
//  1. A group is stored by a statement that moves the head row, and only if
//     that row has the fence the session read when it began: the condition is
//     head.fence = (fence of the session), in the same UPDATE that compares seq.
//  2. Each session that may write begins by raising the fence, in a
//     transaction of its own that has committed before the session is used.
//     Fences only grow, so no later row has the fence of a session before it.
//  3. Both updates need the lock on the one head row, so one comes first.
//     (a) The lost session's came first: raising the fence waits for the
//     lock, that is until the lost transaction has committed or has been
//     undone; whatever is read afterwards, in a new snapshot, shows which.
//     (b) Raising the fence came first: the late statement finds the new
//     row, in its snapshot or, when it was already waiting, because READ
//     COMMITTED checks the condition again on the row it has waited for. The
//     fence does not fit, and nothing is stored.
//  4. A session that holds the lock between statements (Lock) is case (a):
//     while its transaction lives, raising the fence waits; the server ends
//     it by the idle limit, and a session that was ended stores nothing.
//  5. Until this has happened every read of this engine, on whatever
//     connection, first does it (settle): doubt is set before ErrUnknown is
//     returned and cleared only behind a raised fence.
//
// It needs no right to end other sessions, no process ids, and it does not
// care how long the bytes are under way. Other processes see a fence that is
// not theirs, take the new one and try again: a round trip, as rare as lost
// connections are.

// writer is the session that writes to a slot, with the statements it has
// prepared. Whoever has the engine's turn uses it.
type writer struct {
	session
	fence int64
	forms forms
	used  time.Time // last

	copies bool   // the COPY is prepared
	copied []byte // what the last one sent

	sorted // the rows of a group
}

// How long a call tries to get a connection again when there is none. A group
// in doubt waits longer: whoever asks cannot go on without the answer, and a
// server that crashed takes a while to recover.
const (
	retryFor  = 3 * time.Second
	settleFor = 30 * time.Second
	// Pauses between two tries.
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
	// checkAfter is how long a connection lies unused before it is tried: a
	// server that was started again meanwhile should not cost a group its answer.
	checkAfter = time.Second
)

// ready returns the session for writing and makes one when there is none. The
// caller has the turn.
func (e *Engine) ready(ctx context.Context) (*writer, error) {
	if e.w != nil && !e.w.closed() {
		if time.Since(e.w.used) < checkAfter || e.w.conn.Ping(ctx) == nil {
			return e.w, nil
		}
		e.w.close()
	}
	patience := retryFor
	if e.doubt.Load() {
		patience = settleFor
	}
	e.w = nil
	err := persist(ctx, patience, func() (err error) {
		e.w, err = e.connect(ctx)
		return explain(ctx, err)
	})
	return e.w, err
}

// connect begins a session for writing.
func (e *Engine) connect(ctx context.Context) (*writer, error) {
	conn, err := pgx.ConnectConfig(ctx, e.db.write)
	if err != nil {
		return nil, err
	}
	w := &writer{session: session{conn: conn}}
	if err := e.db.safe(ctx, &w.session); err != nil {
		w.close()
		return nil, err
	}
	err = w.call(ctx, step{sql: e.sql.raise, row: func(r *row) error {
		w.fence = r.int8()
		return r.err
	}})
	if err == nil && w.fence == 0 {
		err = errNoHead
	}
	if err != nil {
		w.close()
		return nil, err
	}
	e.doubt.Store(false)
	return w, nil
}

// settle makes sure that no group in doubt can be stored from now on. It is
// called before anything is read.
func (e *Engine) settle(ctx context.Context) error {
	if !e.doubt.Load() {
		return nil
	}
	if err := e.turn.Take(ctx); err != nil {
		return err
	}
	defer e.turn.Give()
	if !e.doubt.Load() {
		return nil
	}
	_, err := e.ready(ctx)
	return err
}

// unknown remembers that a group may still be stored, gives the session up,
// and with it all that were made before the server was lost.
func (e *Engine) unknown() {
	e.doubt.Store(true)
	if e.w != nil {
		e.w.close()
		e.w = nil
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

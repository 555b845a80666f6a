// Package postgres keeps slots in a PostgreSQL database, each in a schema of
// its own (holdfast_0, holdfast_1, ...). Many processes may write one slot:
// their groups are in order because each commit compares the head.
//
// A group is one statement in one round trip: it compares and moves the head,
// and writes the record and the rows only if it could; many new holds follow it
// as a COPY in the same packet (ADR 0023). When others keep
// winning, the caller locks the head row first (Lock). A process that is
// paused while it has the lock loses it by the server's idle limit.
//
// The package speaks the protocol itself (pgconn, binary parameters), because
// that is the largest cost per row. The server has to keep the promise of a
// commit, so the package checks the server's settings; see checkSafe.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/seen"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/internal/primary"
)

// Engine is a slot in a PostgreSQL database.
type Engine struct {
	db    *Database
	owned bool // the database was dialled for this engine alone
	set   int
	sql   texts

	turn *turn.Turn // held by the call that uses w
	w    *writer    // nil when there is no connection for writing
	// writing is w, for the watch on how long it waits (lookout.go).
	writing atomic.Pointer[writer]

	// takeOver receives each history before something is stored on it. accepted
	// is the last one that it received.
	takeOver engine.TakeOver
	accepted primary.Origin

	// doubt is the record of a group that may still be stored, by a session that
	// was lost or that has not answered yet (fence.go); 0: there is none.
	doubt atomic.Uint64
	// seen is durable, and on the standbys that the server waits for (admit.go).
	seen seen.Newest

	parts   parts
	numbers table.Numbers
	spots   spots
	pruning pruning
	dropper table.BucketDropper[uint32] // whose places are pages
}

var _ engine.Engine = (*Engine)(nil)

// Open opens the slot that the DSN names with set=N (0 when it does not), on
// connections of its own. It is Dial and Slot.
func Open(ctx context.Context, dsn string, opts ...Option) (*Engine, error) {
	db, err := Dial(ctx, dsn, opts...)
	if err != nil {
		return nil, err
	}
	e, err := db.Slot(ctx, db.at.set)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	e.owned = true
	return e, nil
}

// Slot opens the slot kept in set number set. A set that does not exist yet is
// made; one of another version is left alone and the error, an
// engine.ErrSchema, says what to do. Opening writes nothing else, so a standby
// can be opened for reading.
func (db *Database) Slot(ctx context.Context, set int) (*Engine, error) {
	if set < 0 || set > maxSet {
		return nil, fmt.Errorf("open slot: set %d is not one of 0 to %d", set, maxSet)
	}
	if err := db.prepareSchema(ctx, set); err != nil {
		return nil, fmt.Errorf("open %s: %w", db.at.redact(set), explain(ctx, err))
	}
	e := &Engine{db: db, set: set, sql: newTexts(schema(set)), turn: turn.New(), parts: parts{size: db.part}}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.slots = append(db.slots, e)
	return e, nil
}

// Close ends calls under way and closes the connections that are the engine's.
func (e *Engine) Close() error {
	if !e.turn.Shut() {
		return nil
	}
	e.turn.Drain()
	e.parts.making.Wait()
	if e.w != nil {
		e.w.abandon()
	}
	if e.owned {
		return e.db.Close()
	}
	return nil
}

// callWait bounds a call that has to wait for nobody else: longer than the
// server's own limits, which end a statement first unless it does not answer
// at all.
const callWait = statementWait + 10*time.Second

// call returns a context for a call: it ends with ctx, with the engine and,
// when limit is not 0, after limit.
func (e *Engine) call(ctx context.Context, limit time.Duration) (context.Context, func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if e.turn.IsShut() {
		return nil, nil, engine.ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := e.turn.AtEnd(func() { cancel(engine.ErrClosed) })
	var timer *time.Timer
	if limit > 0 {
		timer = time.AfterFunc(limit, func() { cancel(errSlow) })
	}
	return ctx, func() {
		stop()
		if timer != nil {
			timer.Stop()
		}
		cancel(nil)
	}, nil
}

// fail wraps err with the operation and remembers when the slot must no longer
// be written.
func (e *Engine) fail(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if c, ok := errors.AsType[callbackError](err); ok {
		return c.error
	}
	return e.turn.Failed(op, explain(ctx, err))
}

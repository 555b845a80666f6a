// Package mysql keeps slots in MySQL 8 or MariaDB: the tables of slot N carry
// the prefix holdfast_N_. Several processes may write one slot. Their groups
// are in order because each commit compares the head. A group is one packet:
// the comparison, its rows and the commit (COMMIT.md §3).
//
// The server has synced what is committed; the engine checks its settings for
// that. When a connection is lost while it commits, the outcome is unknown
// until its session has been ended on the server: fence.go. Replicas, failover
// and backups are left to the database.
package mysql

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/seen"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// Engine is a slot in a database.
type Engine struct {
	d *Database
	// own says that the database is closed with the engine.
	own bool
	// name is the slot's in messages, prefix that of its tables.
	name, prefix string
	tables       tables

	turn *turn.Turn // held by the call that uses the writer
	w    *writer
	gate openCalls

	shown   seen.Newest // all of it was on the server's disk (admit.go)
	proofs  *turn.Turn  // held by the reader that proves something to be durable
	numbers table.Numbers
	parts   parts

	pruner  table.HoldPruner
	dropper table.BucketDropper[[]string] // whose places are the literals of the last key

	// unsure is set while the outcome of a commit is unknown.
	unsure atomic.Bool
}

var _ engine.Engine = (*Engine)(nil)

// tables are the names of a slot's tables.
type tables struct {
	head, log, item, hold, key, journal, progress, bucket, gone, schema string
}

func tablesOf(prefix string) tables {
	return tables{
		head: prefix + "head", log: prefix + "log", item: prefix + "item", hold: prefix + "hold", key: prefix + "key",
		journal: prefix + "journal", progress: prefix + "progress", bucket: prefix + "bucket", gone: prefix + "gone", schema: prefix + "slot_schema",
	}
}

// Open opens the slot that the DSN names: Dial and Slot in one.
func Open(ctx context.Context, dsn string, opts ...Option) (*Engine, error) {
	d, err := Dial(ctx, dsn, opts...)
	if err != nil {
		return nil, err
	}
	e, err := d.Slot(ctx, d.source.set)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	e.own = true
	return e, nil
}

// Slot opens a slot of the database. One that does not exist is made; one of
// another version is left alone and the error, an engine.ErrSchema, says what
// to do.
func (d *Database) Slot(ctx context.Context, set int) (*Engine, error) {
	e := d.engine(set)
	err := d.prepareSchema(ctx, e.prefix)
	if err == nil && !d.only {
		err = e.start(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", e.name, explain(err))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots = append(d.slots, e)
	return e, nil
}

func (d *Database) engine(set int) *Engine {
	prefix := prefixOf(set)
	e := &Engine{
		d: d, name: fmt.Sprintf("%s set %d", d.source.name, set), prefix: prefix, tables: tablesOf(prefix), turn: turn.New(),
		proofs: turn.New(),
	}
	e.w = newWriter(e)
	return e
}

func prefixOf(set int) string { return fmt.Sprintf("holdfast_%d_", set) }

// start connects the writer and looks at the log's parts; it leaves nothing
// open when it fails.
func (e *Engine) start(ctx context.Context) error {
	if err := e.w.ready(ctx); err != nil {
		return err
	}
	if err := e.makeRoom(ctx); err != nil {
		e.w.hangUp()
		return err
	}
	return nil
}

// Close waits for writes under way, ends scans under way and closes the
// connections.
func (e *Engine) Close() error {
	if !e.turn.Shut() {
		return nil
	}
	e.turn.Drain()
	e.gate.wait()
	e.w.hangUp()
	if e.own {
		return e.d.Close()
	}
	return nil
}

// fail wraps err with the operation in engine's words and remembers when the
// slot must no longer be written.
func (e *Engine) fail(op string, err error) error { return e.turn.Failed(op, explain(err)) }

// openCalls counts the calls under way, so that Close can wait for them.
type openCalls struct {
	mu    sync.Mutex
	over  bool
	calls sync.WaitGroup
}

func (g *openCalls) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return engine.ErrClosed
	}
	g.calls.Add(1)
	return nil
}

func (g *openCalls) leave() { g.calls.Done() }

// wait refuses new calls and waits for the calls under way.
func (g *openCalls) wait() {
	g.mu.Lock()
	g.over = true
	g.mu.Unlock()
	g.calls.Wait()
}

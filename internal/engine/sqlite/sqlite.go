// Package sqlite keeps a slot in one SQLite file: the embedded default, for a
// single machine and for tills. Several processes may write one file. Their
// groups are in order because each commit compares the head. The package calls
// SQLite directly, without database/sql, because that is the largest cost per
// row.
//
// A commit is one transaction with synchronous=FULL in WAL mode: when Append
// returns, the record has been synced to the disk. Only SQLite's own lock
// separates processes. A process that is stopped (SIGSTOP) while it holds the
// lock blocks the others until it resumes or dies: nothing in SQLite can take
// the lock away. A stuck goroutine cannot do that: its lock is taken back after
// an idle limit.
//
// After an error of the disk nothing in the process writes the file again:
// neither the engine nor others that share its failstop.File.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/pool"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/engine/turn"
	"holdfast.dev/holdfast/internal/failstop"
)

// Engine is a slot in a SQLite file.
type Engine struct {
	path   string
	file   *failstop.File
	idle   time.Duration
	moveAt int // pages

	turn *turn.Turn // held by the call that uses the writer
	w    *writer

	loads, scans *pool.Pool[*reader]

	pruner table.HoldPruner
	// dropper is used by the call that has put something into dropping.
	dropping chan struct{}
	dropper  table.BucketDropper[dropCursor]

	ckpt *checkpointer
}

var _ engine.Engine = (*Engine)(nil)

// Option changes how Open opens.
type Option func(*Engine)

// WithIdle sets how long a Writer may do nothing. The default is
// turn.DefaultIdle.
func WithIdle(d time.Duration) Option { return func(e *Engine) { e.idle = d } }

// WithFile shares what is known of the file's disk with others in this process that
// write the file. The default is a File of the engine's own.
func WithFile(f *failstop.File) Option { return func(e *Engine) { e.file = f } }

// Loads and scans have connections of their own, so that the function of a
// scan can load: a scan never waits for a load.
const (
	maxLoads = 4
	maxScans = 4
)

// Open opens the slot in the file at path. A file that does not exist or has
// no slot in it yet gets one; a slot of another version is left alone and the
// error, an engine.ErrSchema, says what to do.
func Open(ctx context.Context, path string, opts ...Option) (*Engine, error) {
	e := &Engine{path: path, file: &failstop.File{}, idle: turn.DefaultIdle, moveAt: moveAt, turn: turn.New(), dropping: make(chan struct{}, 1)}
	for _, o := range opts {
		o(e)
	}
	if err := e.open(ctx); err != nil {
		e.file.Failed(err)
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	go e.checkpoint()
	return e, nil
}

// open opens the connections; it leaves none open when it fails.
func (e *Engine) open(ctx context.Context) error {
	c, err := connect(ctx, e.path)
	if err != nil {
		return err
	}
	if err := prepareSchema(ctx, c); err != nil {
		return errors.Join(err, c.close())
	}
	if e.w, err = newWriter(c, e.file); err != nil {
		return errors.Join(explain(err), c.close())
	}
	if e.ckpt, err = newCheckpointer(ctx, e.path, e.file); err != nil {
		return errors.Join(err, c.close())
	}
	e.loads = newPool(e.path, maxLoads, e.turn.Closed())
	e.scans = newPool(e.path, maxScans, e.turn.Closed())
	return nil
}

// Close waits for writes under way, ends scans under way and closes the file.
func (e *Engine) Close() error {
	if !e.turn.Shut() {
		return nil
	}
	e.turn.Drain()
	broken := errors.Join(e.turn.Writable(), e.file.Writable()) != nil
	err := errors.Join(e.loads.Drain(), e.scans.Drain(), e.w.close(), e.ckpt.close(broken))
	if err != nil {
		return fmt.Errorf("close %s: %w", e.path, err)
	}
	return nil
}

// fail wraps err with the operation in engine's words and remembers when the
// file must no longer be written.
func (e *Engine) fail(op string, err error) error {
	err = explain(err)
	e.file.Failed(err)
	return e.turn.Failed(op, err)
}

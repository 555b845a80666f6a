package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// store is the tables, whatever database they are in.
type store struct {
	*database
	writer  *sql.DB
	readers *sql.DB
	wait    time.Duration // for the lock of a write
	linger  time.Duration // for commits under way when the store is closed
	stored  func([]Entry) // receives what a write has stored, without bodies
	commits commits
}

const (
	// writeWait is how long a write waits for the database's lock. In SQLite
	// the engine commits one group after another in the same file; between
	// two of them somebody else gets in.
	writeWait = 10 * time.Second
	// writeMost is how long a write may take once it has the lock, and how
	// long its caller waits for the commit.
	writeMost = 20 * time.Second
	// readMost is how long one look may take; VerifyLog, which reads all there
	// is, may take as long as its caller lets it.
	readMost = 10 * time.Second
	// lostMost is how many connections in a row may turn out to be gone when a
	// transaction begins: as many as a pool keeps through a restart.
	lostMost = 4
)

// errTooSlow is why a call of ours was ended before its caller's time was up.
var errTooSlow = fmt.Errorf("the database does not answer: %w", ErrUnavailable)

// openStore opens the database, migrates it if it has no catalog and create
// is set, and refuses one of another version.
func openStore(ctx context.Context, dsn string, create bool) (_ *store, err error) {
	d, err := databaseOf(dsn)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open catalog in %s: %w", d.dsn, err)
		}
	}()
	if err := d.ready(create); err != nil {
		return nil, err
	}
	if create {
		if err := d.migrateNew(ctx); err != nil {
			return nil, err
		}
	}
	s := &store{database: d, wait: writeWait, linger: closeMost}
	if s.writer, err = d.pool(writing); err != nil {
		return nil, err
	}
	if s.readers, err = d.pool(reading); err != nil {
		return nil, errors.Join(err, d.close(s.writer))
	}
	found, err := d.schema(ctx, s.readers)
	if err == nil {
		err = found.Err(d.dsn)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// hurry bounds what close waits for: commits under way are abandoned after
// linger.
func (s *store) hurry() (stop func() bool) {
	return time.AfterFunc(s.linger, s.commits.abandon).Stop
}

// close waits for commits under way and closes the connections.
func (s *store) close() error {
	defer s.hurry()()
	s.commits.refuse()
	s.commits.done.Wait()
	return s.database.close(s.readers, s.writer)
}

// look returns what ask does in a look of the store.
func look[T any](ctx context.Context, s *store, ask func(*read) (T, error)) (answer T, err error) {
	err = s.look(ctx, func(r *read) error {
		answer, err = ask(r)
		return err
	})
	return answer, err
}

// snapshot returns what ask does in a read of the store.
func snapshot[T any](ctx context.Context, s *store, ask func(*read) (T, error)) (answer T, err error) {
	err = s.read(ctx, func(r *read) error {
		answer, err = ask(r)
		return err
	})
	return answer, err
}

// lookUp returns what the database has now of the one thing that ask asks for, or
// ErrUnknown when that is nil.
func lookUp[T any](ctx context.Context, s *store, what, id string, ask func(*read) (*T, error)) (one T, err error) {
	found, err := look(ctx, s, ask)
	switch {
	case err != nil:
		return one, fmt.Errorf("read %s %q: %w", what, id, err)
	case found == nil:
		return one, &UnknownError{What: what, ID: id}
	}
	return *found, nil
}

// look runs ask where each statement sees a moment of its own: right for an
// answer that is one statement, and a third of the round trips of read. It is asked
// anew on another connection when one turns out to be gone.
func (s *store) look(ctx context.Context, ask func(*read) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readMost, errTooSlow)
	defer cancel()
	return retryConflict(ctx, readMost, func() (err error) {
		for range 1 + lostMost {
			if err = ask(&read{ctx: ctx, dialect: s.dialect, on: s.readers}); !errors.Is(err, ErrAway) {
				break
			}
		}
		return err
	})
}

// read runs ask on a snapshot, and once more on another when the database wants
// that.
func (s *store) read(ctx context.Context, ask func(*read) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readMost, errTooSlow)
	defer cancel()
	return retryConflict(ctx, readMost, func() error { return s.readLong(ctx, ask) })
}

// readLong is read for as long as ctx lasts.
func (s *store) readLong(ctx context.Context, ask func(*read) error) error {
	r := &read{ctx: ctx, dialect: s.dialect}
	var tx *sql.Tx
	var err error
	for try := 0; try <= lostMost; try++ {
		if tx, err = s.readers.BeginTx(ctx, s.snapshot); err == nil || !s.lost(err) {
			break
		}
	}
	if err != nil {
		return r.fault(err)
	}
	r.on, r.tx = tx, tx
	err = ask(r)
	if ended := tx.Rollback(); err == nil {
		err = r.fault(ended)
	}
	return err
}

// write runs change under the lock of the log's head and stores what it
// wrote. It runs change once more when that has lost against another write, with
// nothing stored, so change begins anew each time it is called. Waiting for the
// lock ends with ctx, as does waiting for a commit that waits for a standby;
// nothing else does, so that the outcome is known. With the context of a
// transaction that is under way (Once) change is part of that.
func (s *store) write(ctx context.Context, now func() time.Time, change func(*write) error) error {
	if w, ok := ctx.Value(joined{s}).(*write); ok {
		return change(w)
	}
	var entries []Entry
	err := s.amend(ctx, func(w *write, locked func() error) (err error) {
		if w.head, err = w.lockHead(); err != nil {
			return err
		}
		if err := locked(); err != nil {
			return err
		}
		w.now = max(millis(now()), w.head.at)
		after := w.head.seq
		if err = change(w); err == nil {
			err = w.flush()
		}
		if err == nil && w.head.seq > after {
			err = w.moveHead(after)
		}
		entries = w.entries
		return err
	})
	if err == nil && s.stored != nil {
		s.stored(entries)
	}
	return err
}

// alter runs change in a transaction that may write, and stores what it did.
// Until change calls locked, the end of ctx ends it; from then on it does not,
// and writeMost is the bound. Once it commits, commit says what ends it.
func (s *store) alter(ctx context.Context, change func(w *write, locked func() error) error) error {
	return s.transact(ctx, s.change, change)
}

// transact is alter with options of its own. If commits wait for a standby, a
// transaction that changed nothing is committed too, with a mark, because its
// caller treats the data as stored: see prove.
func (s *store) transact(ctx context.Context, opts *sql.TxOptions, change func(w *write, locked func() error) error) error {
	if s.commits.closed() {
		return errClosing
	}
	waiting, cancel := context.WithTimeoutCause(ctx, s.wait, ErrBusy)
	defer cancel()
	inside, end := context.WithCancelCause(context.WithoutCancel(ctx))
	// unbind takes the bound away that ends inside, unless it was reached.
	unbind := context.AfterFunc(waiting, func() { end(reason(waiting)) })
	free := func() { end(nil) }
	ours := true // until commit has it
	defer func() {
		if ours {
			unbind()
			free()
		}
	}()
	w := &write{read: read{ctx: inside, dialect: s.dialect}}
	if err := s.file.Writable(); err != nil {
		return w.fault(err)
	}
	conn, tx, err := s.begin(waiting, inside, opts)
	if err != nil {
		if waiting.Err() != nil {
			return reason(waiting)
		}
		return w.fault(err)
	}
	free = func() {
		end(nil)
		_ = conn.Close() // gives it back; a broken one is replaced
	}
	w.on, w.tx = tx, tx
	locked := func() error {
		if !unbind() { // the end came first
			return reason(waiting)
		}
		unbind = time.AfterFunc(writeMost, func() { end(errTooSlow) }).Stop
		return nil
	}
	err = change(w, locked)
	if err == nil && !w.wrote && s.mark != "" {
		err = w.exec(s.mark)
	}
	if err != nil || !w.wrote {
		if ended := tx.Rollback(); err == nil {
			err = w.fault(ended)
		}
		return err
	}
	if !unbind() {
		<-inside.Done()
		_ = tx.Rollback()
		return reason(inside)
	}
	ours = false
	return s.commit(ctx, w, conn, tx, free)
}

// begin starts a transaction on a connection of its own. SQLite takes its
// write lock here; the connection's own busy handler sleeps longer and
// longer, up to 100 ms, and behind a busy engine that would starve, so it
// gives up after lockWait and is asked again until waiting ends.
func (s *store) begin(waiting, inside context.Context, opts *sql.TxOptions) (*sql.Conn, *sql.Tx, error) {
	for lost := 0; ; lost++ {
		conn, err := s.writer.Conn(waiting)
		if err != nil {
			return nil, nil, err
		}
		var tx *sql.Tx
		for {
			if tx, err = conn.BeginTx(inside, opts); err == nil {
				return conn, tx, nil
			}
			if !s.busy(err) || waiting.Err() != nil {
				break
			}
		}
		_ = conn.Close() // gives it back; a broken one is replaced
		if !s.lost(err) || lost == lostMost {
			return nil, nil, err
		}
	}
}

// reason is why ctx ended: our own bound, or its caller's.
func reason(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ErrUnavailable) || errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return ctx.Err()
}

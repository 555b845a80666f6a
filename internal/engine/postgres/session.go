package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"holdfast.dev/holdfast/internal/engine"
)

// session is a connection in the hands of one caller.
type session struct {
	conn *pgx.Conn
	args params
}

// inBinary says that all parameters, or all columns, are in binary form.
var inBinary = []int16{pgx.BinaryFormatCode}

// step is a statement, its parameters and what happens with its rows.
type step struct {
	sql  string
	bind func(*params)
	row  func(*row) error
	// once says that the statement is not worth preparing. In pipe, that of
	// a step without parameters and rows never is.
	once bool
}

// call runs one statement in a round trip.
func (s *session) call(ctx context.Context, st step) error {
	sd, err := s.conn.Prepare(ctx, st.sql, st.sql)
	if err != nil {
		return err
	}
	s.bind(st)
	rr := s.conn.PgConn().ExecStatement(ctx, sd, s.args.values(), inBinary, inBinary)
	return rows(rr, st.row)
}

// bind writes the parameters of a step.
func (s *session) bind(st step) {
	s.args.reset()
	if st.bind != nil {
		st.bind(&s.args)
	}
}

// rows calls fn for each row of an answer. fn's error is returned when the
// answer has been read to its end.
func rows(rr *pgconn.ResultReader, fn func(*row) error) error {
	var failed error
	for rr.NextRow() {
		if fn == nil || failed != nil {
			continue
		}
		failed = fn(&row{cols: rr.Values()})
	}
	_, err := rr.Close()
	if err != nil {
		return err
	}
	return failed
}

// Transactions that pipe can put its steps in.
const (
	// snapshot is one state of the slot for all steps.
	snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	// unsynced, behind a begin, makes a commit that does not wait for the
	// disk. It cannot weaken Append, whose own commit takes everything before
	// it along.
	begin    = "BEGIN"
	unsynced = "SET LOCAL synchronous_commit = off"
	// synced makes one that does, also where the server's default is another.
	synced = "SET LOCAL synchronous_commit = on"
	commit = "COMMIT"
)

// pipe runs steps in one round trip, each seeing what the ones before it did.
// A transaction that the steps leave open is rolled back.
func (s *session) pipe(ctx context.Context, steps ...step) error {
	var batch pgconn.Batch
	for _, st := range steps {
		if st.once || st.bind == nil && st.row == nil {
			s.bind(st)
			batch.ExecParams(st.sql, s.args.values(), nil, inBinary, nil)
			continue
		}
		sd, err := s.conn.Prepare(ctx, st.sql, st.sql)
		if err != nil {
			return err
		}
		s.bind(st)
		batch.ExecStatement(sd, s.args.values(), inBinary, inBinary)
	}
	mrr := s.conn.PgConn().ExecBatch(ctx, &batch)
	var failed error
	for i := 0; mrr.NextResult(); i++ {
		rr := mrr.ResultReader()
		for rr.NextRow() {
			if steps[i].row != nil && failed == nil {
				failed = steps[i].row(&row{cols: rr.Values()})
			}
		}
		if _, err := rr.Close(); err != nil {
			break // Close below returns it
		}
	}
	if err := mrr.Close(); err != nil {
		failed = err
	}
	if cancelled := unreplicated(s.conn.PgConn()); failed == nil && cancelled {
		return fmt.Errorf("%w: %w", errLost, errUnreplicated)
	}
	return failed
}

// change runs a step in a transaction of its own, which begins with what says
// how it is committed: synced or unsynced.
func (s *session) change(ctx context.Context, how string, st step) error {
	err := s.pipe(ctx, step{sql: begin}, step{sql: how}, st, step{sql: commit})
	s.rollback()
	return err
}

// moveCursor runs a step that answers how many cursors it has moved;
// engine.ErrMoved when none was where the step wants it.
func (s *session) moveCursor(ctx context.Context, st step) error {
	moved := true
	st.row = func(r *row) error { moved = r.int8() == 0; return r.err }
	err := s.change(ctx, unsynced, st)
	if err == nil && moved {
		return engine.ErrMoved
	}
	return err
}

// rollback ends a transaction that is open; a connection on which that fails
// is closed.
func (s *session) rollback() {
	pc := s.conn.PgConn()
	if pc.IsClosed() || pc.TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := pc.Exec(ctx, "ROLLBACK").Close(); err != nil {
		_ = pc.Close(ctx) // the server is gone or ends the session when it finds the connection so
	}
}

func (s *session) closed() bool { return s.conn.IsClosed() }

func (s *session) close() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_ = s.conn.Close(ctx) // the server ends the session anyway when the connection is gone
}

// callbackError is an error of the caller's function: it goes back as it is.
type callbackError struct{ error }

func (c callbackError) Unwrap() error { return c.error }

// pgError returns the server's error, if it is one.
func pgError(err error) (*pgconn.PgError, bool) { return errors.AsType[*pgconn.PgError](err) }

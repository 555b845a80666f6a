package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"holdfast.dev/holdfast/internal/engine"
)

// A commit that may be running is never cancelled
//
// With synchronous replication a COMMIT waits for its standby. When that wait
// is cancelled (by a CancelRequest, pg_cancel_backend, a shutdown), PostgreSQL
// answers with success, although no standby has the transaction. The only sign
// is a warning. So:
//
//   - The group is sent and its answer is read here, without pgconn's handling of
//     contexts. A context that ends, ends the waiting of its caller. The session
//     stays as it is, and the next call that needs it reads the answer first
//     (Engine.finish).
//   - No CancelRequest is sent for a session for writing, by nobody: its dial
//     function refuses to make one (Database.dialer).
//   - Its sessions have no statement_timeout.
//   - A warning of a cancelled wait makes the outcome unknown. The group is
//     acknowledged when a caller finds its record behind a raised fence: the
//     fence is a later commit on the same timeline, and everything written before
//     it is replicated before it.

// sending is a statement whose commit is on its way.
type sending struct {
	form   groupShape
	answer answer
	err    error // the first that the server told
	// fence says that it raises the fence; a group otherwise.
	fence bool
	seq   engine.Seq
	hash  [32]byte
}

// errPending says that the server has not answered before the context ended.
var errPending = errors.New("the server has not answered yet")

// past is a deadline that ends a call of the network at once.
var past = time.Unix(1, 0)

// exchange sends a statement with its parameters and the bytes that follow it,
// and waits for the answer. errPending: it may still be carried out, and the
// session waits for the answer.
func (w *writer) exchange(ctx context.Context, s *sending, send func(*pgproto3.Frontend)) error {
	pc := w.conn.PgConn()
	out := pc.Frontend()
	send(out)
	out.SendSync(&pgproto3.Sync{})
	w.since.Store(time.Now().UnixNano())
	if err := w.flush(ctx, out); err != nil {
		w.since.Store(0)
		w.abandon()
		if pgconn.SafeToRetry(err) {
			return fmt.Errorf("%w (%v)", errUnsent, err)
		}
		return fmt.Errorf("send: %v", err)
	}
	w.sent = s
	return w.receive(ctx, w.patience)
}

// answerWait is how long the sender of a commit waits for its answer, unless a test
// sets another time. If a commit takes longer, because its standby is away, the
// callers that ask for its outcome wait for it.
const answerWait = 2 * time.Second

// errUnsent says that nothing of a group was sent.
var errUnsent = fmt.Errorf("%w: nothing was sent", errLost)

func (w *writer) flush(ctx context.Context, out *pgproto3.Frontend) error {
	conn := w.conn.PgConn().Conn()
	defer interrupt(ctx, conn.SetWriteDeadline)()
	return out.Flush()
}

// interrupt sets a deadline in the past when ctx ends. The function that it
// returns removes deadlines.
func interrupt(ctx context.Context, deadline func(time.Time) error) (end func()) {
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = deadline(past) // of a closed connection: it is over anyway
		close(set)
	})
	return func() {
		if !stop() {
			<-set
		}
		_ = deadline(time.Time{})
	}
}

// receive reads what the server says until it is ready for the next statement.
// When ctx ends first, or limit (0: none) has passed, it returns errPending and
// may be called again.
func (w *writer) receive(ctx context.Context, limit time.Duration) error {
	pc := w.conn.PgConn()
	if limit > 0 {
		_ = pc.Conn().SetReadDeadline(time.Now().Add(limit)) // of a closed connection: reading says so
	}
	defer interrupt(ctx, pc.Conn().SetReadDeadline)()
	s := w.sent
	for {
		msg, err := pc.ReceiveMessage(context.Background())
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && !w.conn.IsClosed() {
				return errPending
			}
			w.answered()
			w.abandon()
			if s.err != nil {
				return s.err
			}
			return fmt.Errorf("receive: %v", err)
		}
		switch msg := msg.(type) {
		case *pgproto3.DataRow:
			if err := w.read(s, &row{cols: msg.Values}); err != nil && s.err == nil {
				s.err = err
			}
		case *pgproto3.ErrorResponse:
			if s.err == nil {
				s.err = pgconn.ErrorResponseToPgError(msg)
			}
		case *pgproto3.ReadyForQuery:
			w.answered()
			if s.err == nil && unreplicated(pc) {
				return errUnreplicated
			}
			return s.err
		}
	}
}

// answered notes that nothing is under way.
func (w *writer) answered() {
	w.sent = nil
	w.since.Store(0)
}

// read takes the one row of an answer.
func (w *writer) read(s *sending, r *row) error {
	if s.fence {
		w.fence, s.seq = r.int8(), r.seq()
		copy(s.hash[:], r.next())
		return r.err
	}
	return s.answer.read(r, s.form)
}

// store sends the statement of a group, the new holds behind it, and a COMMIT if
// the group is stored in a transaction that is open.
func (w *writer) store(ctx context.Context, sd *pgconn.StatementDescription, f groupShape, after engine.Seq, g *engine.Group, open bool) (answer, error) {
	s := &w.group
	*s = sending{form: f, seq: g.Record.Seq, hash: g.Record.Hash}
	err := w.exchange(ctx, s, func(out *pgproto3.Frontend) {
		sendBound(out, sd.Name, w.bind(f, after, g))
		if f.copied {
			w.sendCopy(out, g.Record.Seq)
		}
		if open {
			sendText(out, commit)
		}
	})
	if pe, ok := pgError(err); ok && f.copied && pe.Code == codeMoved {
		return answer{}, nil
	}
	if err == nil && f.copied {
		s.answer.won = true
	}
	return s.answer, err
}

// commit ends the transaction in which the group was stored last.
func (w *writer) commit(ctx context.Context) error {
	return w.exchange(ctx, &w.group, func(out *pgproto3.Frontend) { sendText(out, commit) })
}

// raise raises the fence.
func (w *writer) raise(ctx context.Context, s *sending, sql string) error {
	return w.exchange(ctx, s, func(out *pgproto3.Frontend) { sendText(out, sql) })
}

func sendBound(out *pgproto3.Frontend, name string, values [][]byte) {
	out.SendBind(&pgproto3.Bind{
		PreparedStatement: name, ParameterFormatCodes: inBinary, Parameters: values, ResultFormatCodes: inBinary,
	})
	out.SendExecute(&pgproto3.Execute{})
}

// sendText sends a statement that is not worth preparing and has no parameters.
func sendText(out *pgproto3.Frontend, sql string) {
	out.SendParse(&pgproto3.Parse{Query: sql})
	out.SendBind(&pgproto3.Bind{ResultFormatCodes: inBinary})
	out.SendExecute(&pgproto3.Execute{})
}

// abandon gives the session up without a word to the server.
func (w *writer) abandon() {
	_ = w.conn.PgConn().Conn().Close()
	w.close()
}

// rollback ends a transaction that is open, unless its commit is on its way.
func (w *writer) rollback() {
	if w.sent == nil {
		w.session.rollback()
	}
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// readTries is how often a read is tried when its connection turns out to be
// lost: those of the pool may all date from before a server was started again.
const readTries = 4

// read runs fn with a connection for reading, again when that was lost.
func (e *Engine) read(ctx context.Context, op string, fn func(context.Context, *session) error) error {
	ctx, done, err := e.call(ctx, callWait)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer done()
	return e.fail(ctx, op, e.retry(ctx, fn, func() bool { return true }))
}

// retry runs fn with a connection for reading, again when that was lost and more
// says that fn may be called again.
func (e *Engine) retry(ctx context.Context, fn func(context.Context, *session) error, more func() bool) error {
	for try := 1; ; try++ {
		err := explain(ctx, e.withSession(ctx, fn))
		if !retryable(err) || !more() || try == readTries {
			return err
		}
		if errors.Is(err, errLost) {
			e.db.pool.Reset()
		}
	}
}

// readNumber runs a statement that returns one number, 0 when there is no row.
func (e *Engine) readNumber(ctx context.Context, op, sql string, bind func(*params)) (n int64, err error) {
	err = e.read(ctx, op, func(ctx context.Context, s *session) error {
		return s.call(ctx, step{sql: sql, bind: bind, row: func(r *row) error { n = r.int8(); return r.err }})
	})
	return n, err
}

// withSession runs fn with a connection of the pool.
func (e *Engine) withSession(ctx context.Context, fn func(context.Context, *session) error) error {
	c, err := e.db.pool.Acquire(ctx)
	if err != nil {
		if e.turn.IsShut() {
			return engine.ErrClosed
		}
		return err
	}
	defer c.Release()
	s := &session{conn: c.Conn()}
	if err = fn(ctx, s); stale(err) {
		s.close()
	}
	return err
}

// Head reads the newest record's seq.
func (e *Engine) Head(ctx context.Context) (head engine.Seq, err error) {
	err = e.read(ctx, "head", func(ctx context.Context, s *session) error {
		floor := e.seen.Seq()
		h, err := e.readHead(ctx, s)
		if err != nil {
			return err
		}
		head = h.seq
		return e.admitHead(ctx, s, floor, h)
	})
	return head, err
}

// current is the head as the server has it.
type current struct {
	seq   engine.Seq
	fence int64
	hash  [32]byte // zero before the first record
	// replicated says that the server waits for a standby when it commits.
	replicated bool
}

func (e *Engine) readHead(ctx context.Context, s *session) (h current, err error) {
	found := false
	err = s.call(ctx, step{sql: e.sql.head, row: func(r *row) error {
		h.seq, h.fence, found = r.seq(), r.int8(), true
		copy(h.hash[:], r.next())
		h.replicated = r.bool()
		return r.err
	}})
	if err == nil && !found {
		err = errNoHead
	}
	return h, err
}

// Read reads records. A group may be in doubt: then Read says nothing about its
// record before that is settled, and waits for a server that has crashed.
func (e *Engine) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	patience := time.Duration(0)
	if e.doubt.Load() != 0 {
		patience = settleFor
	}
	for {
		err = persist(ctx, patience, func() error {
			return e.read(ctx, "read", func(ctx context.Context, s *session) error {
				if recs, err = e.records(ctx, s, after, limit); err != nil || len(recs) == 0 {
					return err
				}
				return e.admitRecord(ctx, s, &recs[len(recs)-1])
			})
		})
		if err != nil {
			return nil, err
		}
		said := after + engine.Seq(len(recs)) // the last place that the answer is about
		if len(recs) < limit {
			said++
		}
		if d := engine.Seq(e.doubt.Load()); d <= after || d > said {
			return recs, nil
		}
		if err := e.resolve(ctx); err != nil {
			return nil, err
		}
	}
}

// resolve settles the outcome of the group in doubt, for a reader.
func (e *Engine) resolve(ctx context.Context) error {
	ctx, done, err := e.call(ctx, callWait)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer done()
	return e.fail(ctx, "read", e.settle(ctx))
}

const (
	// maxRead is how many bytes of records Read returns at once, give or take
	// the last record, and maxRecords how many records.
	maxRead    = 16 << 20
	maxRecords = 10_000
)

// records reads the log behind after. Making a part of the log does not wait
// for those who read it, so a statement may see the head and not the part that
// the record is in; that one is read by its name (part.go).
func (e *Engine) records(ctx context.Context, s *session, after engine.Seq, limit int) ([]engine.Record, error) {
	head, recs, err := e.recordsAndHead(ctx, s, e.sql.records, after, limit)
	if err == nil && len(recs) == 0 && limit > 0 && after < head {
		n := e.parts.number(after + 1)
		there, err := hasTable(ctx, s.conn, e.sql.schema, partName(n))
		switch {
		case err != nil:
			return nil, err
		case !there:
			return nil, engine.ErrGone
		}
		head, recs, err = e.recordsAndHead(ctx, s, recordsOf(e.sql.schema, partName(n)), after, limit)
		if err != nil {
			return nil, err
		}
	}
	if err != nil || limit <= 0 || after >= head {
		return nil, err
	}
	return dense(recs, after)
}

// recordsAndHead reads both in one statement.
func (e *Engine) recordsAndHead(ctx context.Context, s *session, sql string, after engine.Seq, limit int) (head engine.Seq, recs []engine.Record, err error) {
	err = s.call(ctx, step{
		sql: sql,
		bind: func(p *params) {
			p.int8(int64(min(after, lastSeq)))
			p.int8(int64(min(max(limit, 0), maxRecords)))
			p.int8(maxRead)
		},
		row: func(r *row) error {
			head = r.seq()
			if r.null() {
				return r.err
			}
			rec, err := r.record()
			recs = append(recs, rec)
			return err
		},
	})
	return head, recs, err
}

// dense looks whether the records are those behind after.
func dense(recs []engine.Record, after engine.Seq) ([]engine.Record, error) {
	switch {
	case len(recs) == 0:
		return nil, fmt.Errorf("%w: record %d is missing", engine.ErrBroken, after+1)
	case recs[0].Seq != after+1:
		return nil, engine.ErrGone
	}
	for i := range recs {
		if want := after + 1 + engine.Seq(i); recs[i].Seq != want {
			return nil, fmt.Errorf("%w: record %d is missing", engine.ErrBroken, want)
		}
	}
	return recs, nil
}

// lastSeq is the largest seq that fits the tables.
const lastSeq = 1<<63 - 1

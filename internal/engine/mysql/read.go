package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/pool"
)

// Head reads the newest record's seq.
func (e *Engine) Head(ctx context.Context) (head engine.Seq, err error) {
	err = e.reading(ctx, "head", e.d.loads, func(c *conn) error {
		at, err := e.askHead(ctx, c, new(text).headOf(e), false)
		head = at.seq
		return err
	})
	return head, err
}

// askHead runs a text whose first result is the head, and lets the caller have
// the results. open says that a transaction is open in c, or that the text begins
// one and does not end it.
func (e *Engine) askHead(ctx context.Context, c *conn, t *text, open bool, fns ...func(row) error) (at current, err error) {
	floor := e.shown.Seq()
	if err := c.ask(ctx, t, append([]func(row) error{at.read}, fns...)...); err != nil {
		return at, err
	}
	if at.seq < floor {
		return at, e.judgeShown(ctx, c)
	}
	return at, e.admit(ctx, c, floor, at, open)
}

// Read reads records.
func (e *Engine) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = e.reading(ctx, "read", e.d.loads, func(c *conn) error {
		recs, err = e.records(ctx, c, after, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return recs, nil
}

const (
	// maxRead is how many bytes of records Read returns at once, give or take
	// the last few records.
	maxRead = 16 << 20
	// firstRecords is how many records are asked for at first, and then twice
	// as many each time: nobody knows how large they are.
	firstRecords = 16
)

// records reads the log behind after. The head is read first: what it counts
// is there, unless it was dropped.
func (e *Engine) records(ctx context.Context, c *conn, after engine.Seq, limit int) (recs []engine.Record, err error) {
	const last = 1<<62 - 1
	if limit <= 0 || after >= last {
		return nil, ctx.Err()
	}
	var t text
	size := 0
	var floor engine.Seq
	for n := firstRecords; len(recs) < limit && size < maxRead; n *= 2 {
		n = min(n, limit-len(recs))
		from := after + engine.Seq(len(recs))
		var at current
		got := 0
		floor = e.shown.Seq()
		t.reset().headOf(e).end()
		t.writeSQL("SELECT ", recordCols, " FROM ", e.tables.log, " WHERE seq>").num(int64(from)).writeSQL(" AND seq<=").num(int64(from) + int64(n))
		t.writeSQL(" ORDER BY seq").end()
		err := c.ask(ctx, &t, at.read, func(r row) error {
			rec, err := recordRow(r)
			if err != nil {
				return err
			}
			got++
			size += len(rec.Body) + len(rec.Text)
			recs = append(recs, rec)
			return nil
		})
		switch {
		case err != nil:
			return nil, err
		case at.seq < floor:
			return nil, e.judgeShown(ctx, c)
		}
		if err := dense(recs, after, at.seq); err != nil {
			return nil, err
		}
		if got < n {
			break
		}
	}
	if k := len(recs); k > 0 {
		last := current{seq: recs[k-1].Seq, hash: recs[k-1].Hash}
		if err := e.admit(ctx, c, floor, last, false); err != nil {
			return nil, err
		}
	}
	return recs, nil
}

// dense looks whether the records are those behind after.
func dense(recs []engine.Record, after, head engine.Seq) error {
	for i := range recs {
		if want := after + engine.Seq(i) + 1; recs[i].Seq != want {
			if i == 0 {
				return engine.ErrGone
			}
			return broken("record %d is missing", want)
		}
	}
	if len(recs) == 0 && after < head {
		return engine.ErrGone
	}
	return nil
}

// reading runs fn with a connection of the pool. A read can be repeated: when
// the connection turns out to be lost, it is repeated on another.
func (e *Engine) reading(ctx context.Context, op string, p *pool.Pool[*conn], fn func(*conn) error) error {
	return e.repeat(ctx, op, func() error {
		if err := e.checkSettled(ctx); err != nil {
			return err
		}
		return e.withConn(ctx, p, fn)
	}, func(error) bool { return true })
}

// repeat calls try until it succeeds, or until it fails with what may not be, or
// is not, worth another try.
func (e *Engine) repeat(ctx context.Context, op string, try func() error, may func(error) bool) error {
	if err := e.gate.enter(); err != nil {
		return e.fail(op, err)
	}
	defer e.gate.leave()
	var f effort
	for {
		err := try()
		if err == nil {
			return nil
		}
		if !may(err) {
			return e.fail(op, err)
		}
		if err := f.pauseForRetry(ctx, e.turn.Closed(), err); err != nil {
			return e.fail(op, err)
		}
	}
}

func (e *Engine) withConn(ctx context.Context, p *pool.Pool[*conn], fn func(*conn) error) error {
	c, err := p.Take(ctx, e.turn.Closed())
	if err != nil {
		return err
	}
	defer give(p, c)
	if err = fn(c); err != nil {
		// A transaction may be open in it, and a snapshot grows old.
		_ = c.close()
	}
	return err
}

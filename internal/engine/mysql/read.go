package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// Head reads the newest record's seq.
func (e *Engine) Head(ctx context.Context) (head engine.Seq, err error) {
	err = e.reading(ctx, "head", e.d.loads, func(c *conn) error {
		var at current
		floor := e.shown.Seq()
		if err := c.ask(ctx, new(text).headOf(e), at.read); err != nil {
			return err
		}
		if at.seq < floor {
			return lostRecords(floor)
		}
		head = at.seq
		return e.admit(ctx, c, floor, at, false)
	})
	return head, err
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
		t.say("SELECT ", recordCols, " FROM ", e.tables.log, " WHERE seq>").num(int64(from)).say(" AND seq<=").num(int64(from) + int64(n))
		t.say(" ORDER BY seq").end()
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
			return nil, lostRecords(floor)
		}
		if err := dense(recs, after, at.seq); err != nil {
			return nil, err
		}
		if got < n {
			break
		}
	}
	if k := len(recs); k > 0 {
		last := current{recs[k-1].Seq, recs[k-1].Hash}
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

// reading runs fn with a connection of the pool. What only reads can be done
// again: when the connection turns out to be lost it is done with another.
func (e *Engine) reading(ctx context.Context, op string, p *pool, fn func(*conn) error) error {
	if err := e.gate.enter(); err != nil {
		return e.fail(op, err)
	}
	defer e.gate.leave()
	for try := 0; ; try++ {
		err := e.settled(ctx)
		if err == nil {
			err = e.with(ctx, p, fn)
		}
		if err == nil || try+1 == tries || !isLost(err) && !codeOf(err).again() {
			return e.fail(op, err)
		}
		if err := pause(ctx, e.gate.closed, backoff(try)); err != nil {
			return e.fail(op, err)
		}
	}
}

func (e *Engine) with(ctx context.Context, p *pool, fn func(*conn) error) error {
	c, err := p.take(ctx, e.gate.closed)
	if err != nil {
		return err
	}
	defer p.give(c)
	if err = fn(c); err != nil {
		// A transaction may be open in it, and a snapshot grows old.
		_ = c.close()
	}
	return err
}

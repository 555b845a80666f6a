package mysql

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Buckets reads the rows of buckets and the head in one snapshot.
func (e *Engine) Buckets(ctx context.Context) (rows []engine.BucketRow, head engine.Seq, err error) {
	err = e.reading(ctx, "buckets", e.d.loads, func(c *conn) error {
		rows = nil
		var at current
		var t text
		t.say(snapshot).end().headOf(e).end()
		t.say("SELECT bucket,seq,packed FROM ", e.tables.bucket, " ORDER BY bucket").end().say("COMMIT").end()
		floor := e.shown.Seq()
		err := c.ask(ctx, &t, at.read, func(r row) error {
			rows = append(rows, engine.BucketRow{Bucket: stock.Bucket(r.num(0)), Seq: engine.Seq(r.num(1)), Packed: r.bytes(2)})
			return nil
		})
		switch {
		case err != nil:
			return err
		case at.seq < floor:
			return lostRecords(floor)
		}
		head = at.seq
		return e.admit(ctx, c, floor, at, false)
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, head, nil
}

// place is how far a walk through the tables has come: items, then holds, then
// keys, each in the order of its key. Nothing is ordered by bucket, so all rows
// are passed.
type place struct {
	bucket stock.Bucket
	row    engine.Seq // that the bucket's row must have
	table  int
	from   []string // the literals of the last key, nil for the beginning
}

func (p *place) begins() bool { return p.table == 0 && p.from == nil }

const dropOp = "drop bucket"

// DropBucket drops rows of the bucket. It goes on where the last call stopped;
// that none is left it only says when one call has gone all the way and found
// none. Rows are found without locking any, and dropped by their keys.
func (e *Engine) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	e.dropping.Lock()
	defer e.dropping.Unlock()
	begin := place{bucket: b, row: sealed}
	var seq engine.Seq
	err := e.reading(ctx, dropOp, e.d.loads, func(c *conn) error {
		t := new(text).say("SELECT seq FROM ", e.tables.bucket, " WHERE ", inBucket(b))
		return c.ask(ctx, t, func(r row) error { seq = engine.Seq(r.num(0)); return nil })
	})
	switch {
	case err != nil:
		return 0, err
	case seq == 0:
		return 0, fmt.Errorf("%s: bucket %d has never moved", dropOp, b)
	case seq != sealed:
		return 0, fmt.Errorf("%s: %w", dropOp, engine.ErrMoved)
	}
	if e.dropped.bucket != b || e.dropped.row != begin.row {
		e.dropped = begin
	}
	tables := []func(context.Context, *place, int) (int, error){e.dropItemsIn, e.dropHoldsIn, e.dropKeysIn}
	for whole := e.dropped.begins(); limit > 0; whole = true {
		for e.dropped.table < len(tables) {
			n, err := tables[e.dropped.table](ctx, &e.dropped, min(limit, dropFound))
			if n > 0 || err != nil {
				return n, err
			}
		}
		if e.dropped = begin; whole {
			break
		}
	}
	return 0, nil
}

// dropFound is how many rows are looked for at a time.
const dropFound = 4000

// numbered is an item's number and key.
type numbered struct {
	no  int64
	key stock.ItemKey
}

func (e *Engine) dropItemsIn(ctx context.Context, at *place, limit int) (int, error) {
	return dropFrom(ctx, e, at, limit, scan[numbered]{
		table: e.tables.item, cols: "no,tenant,product,location,lot", key: []string{"tenant", "product", "location", "lot"},
		row: func(r row) (numbered, error) {
			return numbered{r.num(0), stock.ItemKey{Tenant: r.str(1), Product: r.str(2), Location: r.str(3), Lot: r.str(4)}}, nil
		},
		next: func(i numbered) []string { return itemLiterals(i.key) },
	}, func(t *text, some []numbered) {
		t.say("INSERT IGNORE INTO ", e.tables.gone, " (no,tenant,product,location,lot) VALUES ")
		for i := range some {
			t.row(i).num(some[i].no).comma().itemKey(some[i].key).close()
		}
		t.end()
		for i := range some {
			t.deleteFrom(e.tables.item).say("no=").num(some[i].no).end()
		}
	})
}

func (e *Engine) dropHoldsIn(ctx context.Context, at *place, limit int) (int, error) {
	return dropFrom(ctx, e, at, limit, scan[stock.HoldKey]{
		table: e.tables.hold, cols: "order_id,tenant,bucket", key: []string{"order_id", "tenant", "bucket"},
		row: func(r row) (stock.HoldKey, error) {
			return stock.HoldKey{OrderKey: stock.OrderKey{Order: r.str(0), Tenant: r.str(1)}, Bucket: stock.Bucket(r.num(2))}, nil
		},
		next: holdLiterals,
	}, func(t *text, some []stock.HoldKey) {
		for i := range some {
			t.deleteHold(e, some[i]).end()
		}
	})
}

func (e *Engine) dropKeysIn(ctx context.Context, at *place, limit int) (int, error) {
	return dropFrom(ctx, e, at, limit, scan[int64]{
		table: e.tables.key, cols: "no", key: []string{"no"},
		row:  func(r row) (int64, error) { return r.num(0), nil },
		next: func(no int64) []string { return []string{numLiteral(no)} },
	}, func(t *text, some []int64) {
		for i := range some {
			t.deleteFrom(e.tables.key).say("no=").num(some[i]).end()
		}
	})
}

// dropFrom drops the next rows of a table, at most limit, and moves on.
func dropFrom[R any](ctx context.Context, e *Engine, at *place, limit int, sc scan[R], write func(*text, []R)) (dropped int, err error) {
	sc.where, sc.sparse, sc.limit, sc.from = []string{inBucket(at.bucket)}, true, limit, at.from
	var found []R
	if _, err := walk(ctx, e, dropOp, sc, func(r *R) error { found = append(found, *r); return nil }); err != nil {
		return 0, err
	}
	for rest := found; len(rest) > 0; {
		some := rest[:min(len(rest), dropAtOnce)]
		rest = rest[len(some):]
		n, err := e.dropSome(ctx, at, len(some), func(t *text) { write(t, some) })
		if err != nil {
			return 0, err
		}
		dropped += n
	}
	if len(found) < limit {
		at.table, at.from = at.table+1, nil
	} else {
		at.from = sc.next(found[len(found)-1])
	}
	return dropped, nil
}

// dropSome runs the statements of write, of which the last delete rows one by
// one, as long as the bucket's row is the one of the walk, which it keeps so.
func (e *Engine) dropSome(ctx context.Context, at *place, rows int, write func(*text)) (n int, err error) {
	var t text
	t.say("BEGIN").end()
	t.say("UPDATE ", e.tables.bucket, " SET seq=IF(seq=").num(int64(at.row)).comma().num(int64(at.row)).say(",NULL) WHERE ", inBucket(at.bucket)).end()
	write(&t)
	err = e.chore(ctx, dropOp, func(c *conn) (err error) {
		if n, err = c.affect(ctx, string(t.b), rows); err == nil {
			err = c.exec(ctx, "COMMIT")
		}
		return e.moved(ctx, c, err)
	})
	return n, err
}

package mysql

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/stock"
)

// Buckets reads the rows of buckets and the head in one snapshot.
func (e *Engine) Buckets(ctx context.Context) (rows []engine.BucketRow, head engine.Seq, err error) {
	err = e.reading(ctx, "buckets", e.d.loads, func(c *conn) error {
		rows = nil
		var t text
		t.writeSQL(snapshot).end().headOf(e).end()
		t.writeSQL("SELECT bucket,seq,packed FROM ", e.tables.bucket, " ORDER BY bucket").end().writeSQL("COMMIT").end()
		at, err := e.askHead(ctx, c, &t, false, func(r row) error {
			rows = append(rows, engine.BucketRow{Bucket: stock.Bucket(r.num(0)), Seq: engine.Seq(r.num(1)), Packed: r.bytes(2)})
			return nil
		})
		head = at.seq
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, head, nil
}

const dropOp = "drop bucket"

// DropBucket drops rows of the bucket, table by table in the order of their keys.
// Rows are found without locking any, and dropped by their keys.
func (e *Engine) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	of := table.Sealed{Bucket: b, Row: sealed}
	return e.dropper.Drop(ctx, of, limit, e.bucketSeq, e.dropItemsIn, e.dropHoldsIn, e.dropKeysIn)
}

// bucketSeq reads the seq of the bucket's row.
func (e *Engine) bucketSeq(ctx context.Context, b stock.Bucket) (engine.Seq, error) {
	var seq int64
	err := e.reading(ctx, dropOp, e.d.loads, func(c *conn) (err error) {
		seq, err = c.askNum(ctx, new(text).writeSQL("SELECT seq FROM ", e.tables.bucket, " WHERE ", inBucket(b)))
		return err
	})
	return engine.Seq(seq), err
}

// dropFound is how many rows are looked for at a time.
const dropFound = 4000

// numbered is an item's number and key.
type numbered struct {
	no  int64
	key stock.ItemKey
}

func (e *Engine) dropItemsIn(ctx context.Context, of table.Sealed, from []string, limit int) (int, []string, bool, error) {
	return dropFrom(ctx, e, of, from, limit, scan[numbered]{
		table: e.tables.item, cols: "no,tenant,product,location,lot", key: itemKey,
		row: func(r row) (numbered, error) {
			return numbered{r.num(0), itemKeyRow(r, 1)}, nil
		},
		next: func(i numbered) []string { return itemLiterals(i.key) },
	}, func(t *text, some []numbered) {
		t.writeSQL("INSERT IGNORE INTO ", e.tables.gone, " (no,tenant,product,location,lot) VALUES ")
		for i := range some {
			t.row(i).num(some[i].no).comma().itemKey(some[i].key).close()
		}
		t.end()
		for i := range some {
			t.deleteFrom(e.tables.item).writeSQL("no=").num(some[i].no).end()
		}
	})
}

func (e *Engine) dropHoldsIn(ctx context.Context, of table.Sealed, from []string, limit int) (int, []string, bool, error) {
	return dropFrom(ctx, e, of, from, limit, scan[stock.HoldKey]{
		table: e.tables.hold, cols: "order_id,tenant,bucket", key: holdKey,
		row: func(r row) (stock.HoldKey, error) {
			return holdKeyRow(r), nil
		},
		next: holdLiterals,
	}, func(t *text, some []stock.HoldKey) {
		for i := range some {
			t.deleteHold(e, some[i]).end()
		}
	})
}

func (e *Engine) dropKeysIn(ctx context.Context, of table.Sealed, from []string, limit int) (int, []string, bool, error) {
	return dropFrom(ctx, e, of, from, limit, scan[int64]{
		table: e.tables.key, cols: "no", key: []string{"no"},
		row:  func(r row) (int64, error) { return r.num(0), nil },
		next: func(no int64) []string { return []string{numLiteral(no)} },
	}, func(t *text, some []int64) {
		for i := range some {
			t.deleteFrom(e.tables.key).writeSQL("no=").num(some[i]).end()
		}
	})
}

// dropFrom drops the next rows of a table, as table.DropNext does.
func dropFrom[R any](
	ctx context.Context, e *Engine, of table.Sealed, from []string, limit int, sc scan[R], write func(*text, []R),
) (dropped int, to []string, end bool, err error) {
	limit = min(limit, dropFound)
	sc.where, sc.sparse, sc.limit, sc.from = []string{inBucket(of.Bucket)}, true, limit, from
	var found []R
	if _, err := walk(ctx, e, dropOp, sc, func(r *R) error { found = append(found, *r); return nil }); err != nil {
		return 0, from, false, err
	}
	for some := range slices.Chunk(found, dropAtOnce) {
		n, err := e.dropSome(ctx, of, len(some), func(t *text) { write(t, some) })
		if err != nil {
			return 0, from, false, err
		}
		dropped += n
	}
	if len(found) < limit {
		return dropped, from, true, nil
	}
	return dropped, sc.next(found[len(found)-1]), false, nil
}

// dropSome runs the statements of write, of which the last delete rows one by
// one, as long as the bucket's row is the one, which it keeps so.
func (e *Engine) dropSome(ctx context.Context, of table.Sealed, rows int, write func(*text)) (n int, err error) {
	var t text
	t.writeSQL("BEGIN").end()
	t.writeSQL("UPDATE ", e.tables.bucket, " SET seq=IF(seq=").num(int64(of.Row)).comma().num(int64(of.Row)).writeSQL(",NULL) WHERE ", inBucket(of.Bucket)).end()
	write(&t)
	err = e.chore(ctx, dropOp, func(c *conn) (err error) {
		if n, err = c.affect(ctx, string(t.b), rows); err == nil {
			err = c.exec(ctx, "COMMIT")
		}
		return e.moved(ctx, c, err)
	})
	return n, err
}

package mysql

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/table"
	"holdfast.dev/holdfast/internal/stock"
)

// dropAtOnce is how many rows one transaction drops: an Append may meet the
// same page, and a replica applies it in one go.
const dropAtOnce = 500

// PruneKeys drops the oldest keys. They are at the beginning of their table.
func (e *Engine) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (dropped int, err error) {
	for dropped < limit {
		n, once := 0, min(limit-dropped, dropAtOnce)
		err = e.chore(ctx, "prune keys", func(c *conn) (err error) {
			var t text
			t.writeSQL("DELETE FROM ", e.tables.key, " WHERE no<").num(engine.FirstKeyNo(upTo + 1)).writeSQL(" ORDER BY no LIMIT ").num(int64(once))
			n, err = c.affect(ctx, string(t.b), 1)
			return err
		})
		dropped += n
		if err != nil || n < once {
			break
		}
	}
	return dropped, err
}

// PruneHolds drops ended holds.
func (e *Engine) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	upTo = min(upTo, 1<<62)
	return e.pruner.Prune(upTo, limit, func(behind stock.HoldKey) (rows []engine.HoldRow, err error) {
		err = e.reading(ctx, "prune holds", e.d.scans, func(c *conn) error {
			rows, err = e.holdsBehind(ctx, c, behind)
			return err
		})
		return rows, err
	}, func(old []stock.HoldKey) (dropped int, err error) {
		for some := range slices.Chunk(old, dropAtOnce) {
			n, err := e.dropHolds(ctx, some, upTo)
			if err != nil {
				return dropped, err
			}
			dropped += n
		}
		return dropped, nil
	})
}

// holdsBehind reads the next hold rows behind the key.
func (e *Engine) holdsBehind(ctx context.Context, c *conn, behind stock.HoldKey) (rows []engine.HoldRow, err error) {
	var t text
	t.writeSQL("SELECT order_id,tenant,bucket,open,seq FROM ", e.tables.hold, " WHERE ", beyond(holdKey, holdLiterals(behind)))
	t.writeSQL(" ORDER BY order_id,tenant,bucket LIMIT ").num(table.PruneLooks)
	err = c.ask(ctx, &t, func(r row) error {
		rows = append(rows, engine.HoldRow{Key: holdKeyRow(r), Open: r.flag(3), Seq: engine.Seq(r.num(4))})
		return nil
	})
	return rows, err
}

// dropHolds drops those of the holds that are still as they were found.
func (e *Engine) dropHolds(ctx context.Context, keys []stock.HoldKey, upTo engine.Seq) (n int, err error) {
	var t text
	t.writeSQL("BEGIN").end()
	for _, k := range keys {
		t.deleteHold(e, k).writeSQL(" AND open=0 AND seq<=").num(int64(upTo)).end()
	}
	err = e.chore(ctx, "prune holds", func(c *conn) error {
		n, err = c.affect(ctx, string(t.b), len(keys))
		if err == nil {
			err = c.exec(ctx, "COMMIT")
		}
		return e.moved(ctx, c, err)
	})
	return n, err
}

// deleteFrom begins a DELETE of one row by its key. In this form both servers
// go straight to the row: told to delete a list of keys they read the whole
// table instead when they take it to be small, and wait for everybody's rows.
func (t *text) deleteFrom(table string) *text {
	return t.writeSQL("DELETE t FROM ", table, " t WHERE ")
}

func (t *text) deleteHold(e *Engine, k stock.HoldKey) *text {
	t.deleteFrom(e.tables.hold).writeSQL("order_id=").str(k.Order).writeSQL(" AND tenant=").str(k.Tenant)
	return t.writeSQL(" AND bucket=").num(int64(k.Bucket))
}

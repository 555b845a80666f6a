package mysql

import (
	"cmp"
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// dropAtOnce is how many rows one transaction drops: an Append may meet
	// the same page, and a replica applies it in one go.
	dropAtOnce = 500
	// lookAtMost is how many hold rows one call looks at: they do not lie in
	// the order of their age.
	lookAtMost = 200_000
)

// PruneKeys drops the oldest keys. They lie at the beginning of their table.
func (e *Engine) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (dropped int, err error) {
	for dropped < limit {
		n, once := 0, min(limit-dropped, dropAtOnce)
		err = e.chore(ctx, "prune keys", func(c *conn) (err error) {
			var t text
			t.say("DELETE FROM ", e.tables.key, " WHERE no<").num(firstNo(upTo + 1)).say(" ORDER BY no LIMIT ").num(int64(once))
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

// PruneHolds drops ended holds. It goes on where the last call stopped, from
// the beginning again at the end, and looks at each row at most once a call
// and at lookAtMost rows altogether: on a large table it takes several calls
// to go round.
func (e *Engine) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (dropped int, err error) {
	upTo = min(upTo, 1<<62)
	e.pruning.Lock()
	defer e.pruning.Unlock()
	var old []stock.HoldKey
	start, at, looked, wrapped := e.pruned, e.pruned, 0, false
	for len(old) < limit && looked < lookAtMost {
		n, err := e.lookAtHolds(ctx, at, func(k stock.HoldKey, open bool, seq engine.Seq) bool {
			if wrapped && compareHolds(k, start) > 0 {
				return false
			}
			at = k
			if looked++; !open && seq <= upTo {
				old = append(old, k)
			}
			return len(old) < limit
		})
		if err != nil {
			return 0, err
		}
		if n == pageRows || len(old) == limit {
			continue
		}
		if wrapped {
			break
		}
		at, wrapped = stock.HoldKey{}, true
	}
	for len(old) > 0 && err == nil {
		some := old[:min(len(old), dropAtOnce)]
		old = old[len(some):]
		var n int
		if n, err = e.dropHolds(ctx, some, upTo); err == nil {
			dropped += n
		}
	}
	if err == nil {
		e.pruned = at
	}
	return dropped, err
}

// lookAtHolds shows fn the next hold rows behind the key, at most pageRows,
// until it returns false, and returns how many it showed.
func (e *Engine) lookAtHolds(ctx context.Context, behind stock.HoldKey, fn func(stock.HoldKey, bool, engine.Seq) bool) (n int, err error) {
	var t text
	t.say("SELECT order_id,tenant,bucket,open,seq FROM ", e.tables.hold, " WHERE ", beyond([]string{"order_id", "tenant", "bucket"},
		[]string{strLiteral(behind.Order), strLiteral(behind.Tenant), numLiteral(int64(behind.Bucket))}))
	t.say(" ORDER BY order_id,tenant,bucket LIMIT ").num(pageRows)
	type hold struct {
		key  stock.HoldKey
		open bool
		seq  engine.Seq
	}
	var page []hold
	err = e.reading(ctx, "prune holds", e.d.scans, func(c *conn) error {
		page = page[:0]
		return c.ask(ctx, &t, func(r row) error {
			k := stock.HoldKey{OrderKey: stock.OrderKey{Order: r.str(0), Tenant: r.str(1)}, Bucket: stock.Bucket(r.num(2))}
			page = append(page, hold{k, r.flag(3), engine.Seq(r.num(4))})
			return nil
		})
	})
	for _, h := range page {
		n++
		if !fn(h.key, h.open, h.seq) {
			break
		}
	}
	return n, err
}

// dropHolds drops those of the holds that are still as they were found.
func (e *Engine) dropHolds(ctx context.Context, keys []stock.HoldKey, upTo engine.Seq) (n int, err error) {
	var t text
	t.say("BEGIN").end()
	for _, k := range keys {
		t.deleteHold(e, k).say(" AND open=0 AND seq<=").num(int64(upTo)).end()
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
	return t.say("DELETE t FROM ", table, " t WHERE ")
}

func (t *text) deleteHold(e *Engine, k stock.HoldKey) *text {
	t.deleteFrom(e.tables.hold).say("order_id=").str(k.Order).say(" AND tenant=").str(k.Tenant)
	return t.say(" AND bucket=").num(int64(k.Bucket))
}

// compareHolds orders keys as the table does.
func compareHolds(a, b stock.HoldKey) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Bucket, b.Bucket))
}

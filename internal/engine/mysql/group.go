package mysql

import (
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// group writes the statements that store a group in the tables of e. The
// comparison of the head comes first; the transaction around it is not
// included. Statements that may conflict come first.
//
// The statements fail as follows: 1048 the head is elsewhere (seq must not be
// NULL); 1062 a key, a fresh hold or a fresh item exists; a CHECK when an item
// that should exist does not.
func (t *text) group(e *Engine, after engine.Seq, g *engine.Group) {
	t.compare(e, after, g)
	t.keys(e, g.Keys)
	t.holds(e, g.Holds, true)
	t.holds(e, g.Holds, false)
	t.buckets(e, g.Buckets)
	t.items(e, g, true)
	known := t.items(e, g, false)
	t.record(e, &g.Record, g.Text, known)
}

// compare moves the head if it is at after, if the record there is the one that
// the group goes behind and, on Galera, if nobody has raised the fence.
func (t *text) compare(e *Engine, after engine.Seq, g *engine.Group) {
	t.writeSQL("UPDATE ", e.tables.head, " SET seq=IF(seq=").num(int64(after))
	if g.Prev != [32]byte{} {
		t.writeSQL(" AND hash=").bytes(g.Prev[:])
	}
	if e.w.c != nil && e.w.c.galera {
		t.writeSQL(" AND fence=").num(e.w.fenced)
	}
	t.comma().num(int64(g.Record.Seq)).writeSQL(",NULL),hash=").bytes(g.Record.Hash[:]).writeSQL(" WHERE one=1").end()
}

func (t *text) keys(e *Engine, rows []engine.KeyRow) {
	n, from := 0, 0
	for i := range rows {
		if n == 0 {
			from = len(t.b)
			t.writeSQL("INSERT INTO ", e.tables.key, " (no,hash,bucket,print) VALUES ")
		}
		k := &rows[i]
		t.row(n).num(k.No()).comma().bytes(k.ID[:]).comma().num(int64(k.Bucket)).comma().bytes(k.Print[:]).close()
		if n++; len(t.b)-from > atOnce {
			t.end()
			n = 0
		}
	}
	if n > 0 {
		t.end()
	}
}

// holds writes the fresh holds, whose storing is the proof that they are, or
// the others, which are stored whether they exist or not.
func (t *text) holds(e *Engine, rows []engine.HoldRow, fresh bool) {
	n, from := 0, 0
	finish := func() {
		if n > 0 && !fresh {
			t.writeSQL(e.d.dialect.onDuplicate("open", "deadline", "seq", "packed"))
		}
		if n > 0 {
			t.end()
		}
		n = 0
	}
	for i := range rows {
		h := &rows[i]
		if h.Fresh != fresh {
			continue
		}
		if n == 0 {
			from = len(t.b)
			t.writeSQL("INSERT INTO ", e.tables.hold, " (order_id,tenant,bucket,open,deadline,seq,packed) VALUES ")
		}
		t.row(n).holdKey(h.Key).comma().flag(h.Open).comma().num(int64(h.Deadline)).comma().num(int64(h.Seq)).comma().bytes(h.Packed).close()
		if n++; len(t.b)-from > atOnce {
			finish()
		}
	}
	finish()
}

// holdKey writes the columns of a hold's key in the order of the table.
func (t *text) holdKey(k stock.HoldKey) *text {
	return t.str(k.Order).comma().str(k.Tenant).comma().num(int64(k.Bucket))
}

// buckets writes the rows of buckets, which are few.
func (t *text) buckets(e *Engine, rows []engine.BucketRow) {
	for i := range rows {
		b := &rows[i]
		t.writeSQL("INSERT INTO ", e.tables.bucket, " (bucket,seq,packed) VALUES ")
		t.row(0).num(int64(b.Bucket)).comma().num(int64(b.Seq)).comma().bytes(b.Packed).close()
		t.writeSQL(e.d.dialect.onDuplicate("seq", "packed")).end()
	}
}

// items writes the fresh items, or changes those that exist. Only a statement
// that inserts, and changes on duplicate, changes many rows quickly on both
// servers. The count of rows shows that it has inserted nothing: a changed row
// counts 2, an inserted one 1, and an equal one 0, which seq rules out. items
// returns how many rows the last statement must have changed; record looks.
func (t *text) items(e *Engine, g *engine.Group, fresh bool) (known int) {
	n, from := 0, 0
	for i := range g.Items {
		it := &g.Items[i]
		if it.Fresh != fresh {
			continue
		}
		if n > 0 && len(t.b)-from > atOnce {
			t.endItems(e, fresh)
			if !fresh {
				t.writeSQL("UPDATE ", e.tables.head, " SET seq=IF(ROW_COUNT()=").num(int64(2 * n)).writeSQL(",seq,-1) WHERE one=1").end()
			}
			n = 0
		}
		if n == 0 {
			from = len(t.b)
			t.writeSQL("INSERT INTO ", e.tables.item, " (tenant,product,location,lot,bucket,available,held,on_hand,threshold,",
				"tracked,on_sale,low,version,updated_at,lapses_at,seq,packed) VALUES ")
		}
		t.row(n).itemKey(it.Key).comma().num(int64(it.Bucket)).comma().num(int64(it.Available)).comma().num(int64(it.Held))
		t.comma().num(int64(it.OnHand)).comma().num(int64(it.Threshold)).comma().flag(it.Tracked).comma().flag(it.OnSale)
		t.comma().flag(it.Low).comma().unsigned(it.Version).comma().num(int64(it.UpdatedAt)).comma().num(int64(it.LapsesAt))
		t.comma().num(int64(g.Record.Seq)).comma().bytes(it.Packed).close()
		n++
	}
	if n > 0 {
		t.endItems(e, fresh)
	}
	return n
}

func (t *text) endItems(e *Engine, fresh bool) {
	if !fresh {
		t.writeSQL(e.d.dialect.onDuplicate("bucket", "available", "held", "on_hand", "threshold",
			"tracked", "on_sale", "low", "version", "updated_at", "lapses_at", "seq", "packed"))
	}
	t.end()
}

// record writes the record. It stands right behind the items that exist: a
// count that shows another than known of them makes its seq 0, which a CHECK
// forbids.
func (t *text) record(e *Engine, r *engine.Record, side []byte, known int) {
	t.writeSQL("INSERT INTO ", e.tables.log, " (seq,at,writer,nonce,hash,text,body) VALUES (")
	if known > 0 {
		t.writeSQL("IF(ROW_COUNT()=").num(int64(2 * known)).comma().num(int64(r.Seq)).writeSQL(",0)")
	} else {
		t.num(int64(r.Seq))
	}
	t.comma().num(int64(r.At)).comma().bytes(r.Writer[:]).comma().unsigned(r.Nonce).comma().bytes(r.Hash[:]).comma()
	if side == nil {
		t.writeSQL("NULL")
	} else {
		t.bytes(side)
	}
	t.comma().bytes(r.Body).close().end()
}

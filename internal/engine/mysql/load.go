package mysql

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Load reads the wanted rows and the head in one transaction that sees one
// state, sent in one packet.
func (e *Engine) Load(ctx context.Context, w engine.Want) (l *engine.Loaded, err error) {
	err = e.reading(ctx, "load", e.d.loads, func(c *conn) error {
		var t text
		l, err = e.load(ctx, c, w, &t, snapshot, "COMMIT")
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// keysAtOnce is how many keys one statement asks for: both servers look them
// up one by one as long as the list is not so long that planning it costs too
// much.
const keysAtOnce = 500

// load asks for the rows between the statements begin and end, if there are
// such.
func (e *Engine) load(ctx context.Context, c *conn, w engine.Want, t *text, begin, end string) (*engine.Loaded, error) {
	l := &engine.Loaded{}
	var fns []func(row) error
	t.reset()
	if begin != "" {
		t.writeSQL(begin).end()
	}
	t.headOf(e).end()
	w = w.Distinct()
	item := func(r row) error {
		l.Items = append(l.Items, itemRow(r))
		return nil
	}
	hold := func(r row) error {
		l.Holds = append(l.Holds, holdRow(r))
		return nil
	}
	key := func(r row) error {
		k, err := keyRow(r)
		l.Keys = append(l.Keys, k)
		return err
	}
	lists := func(n int, fn func(row) error) {
		for range n {
			fns = append(fns, fn)
		}
	}
	tb := &e.tables
	lists(list(t, "SELECT "+itemCols+" FROM "+tb.item+" WHERE (tenant,product,location,lot) IN ", w.Items,
		func(k stock.ItemKey) { t.itemKey(k) }), item)
	lists(list(t, "SELECT "+itemCols+" FROM "+tb.item+" WHERE (tenant,product) IN ", w.Products,
		func(k engine.ProductKey) { t.str(k.Tenant).comma().str(k.Product) }), item)
	lists(list(t, "SELECT "+holdCols+" FROM "+tb.hold+" WHERE (order_id,tenant) IN ", w.Orders,
		func(k stock.OrderKey) { t.str(k.Order).comma().str(k.Tenant) }), hold)
	lists(list(t, "SELECT "+keyCols+" FROM "+tb.key+" WHERE hash IN ", w.Keys,
		func(id engine.KeyID) { t.bytes(id[:]) }), key)
	if len(fns) == 0 {
		t.writeSQL("SELECT TIMESTAMPDIFF(MICROSECOND,'1970-01-01',UTC_TIMESTAMP(3)) DIV 1000").end()
		lists(1, func(r row) error {
			l.At = stock.Time(r.num(0))
			return nil
		})
	}
	if end != "" {
		t.writeSQL(end).end()
	}
	at, err := e.askHead(ctx, c, t, false, fns...)
	if err != nil {
		return nil, err
	}
	l.Head = at.seq
	return l, nil
}

// list writes statements that ask for keys, and returns how many there are.
func list[K any](t *text, sql string, keys []K, key func(K)) (statements int) {
	n := 0
	for _, k := range keys {
		if n == 0 {
			t.writeSQL(sql, "(")
			statements++
		}
		t.row(n)
		key(k)
		t.close()
		if n++; n == keysAtOnce {
			t.close().end()
			n = 0
		}
	}
	if n > 0 {
		t.close().end()
	}
	return statements
}

// existing names the keys and fresh holds of the group that were stored by
// earlier records, nil when there are none, and then runs the statement undo
// if there is one.
func (w *writer) existing(ctx context.Context, g *engine.Group, undo string) (*engine.ExistsError, error) {
	t := w.text.reset()
	var fns []func(row) error
	exists := &engine.ExistsError{}
	var ids []engine.KeyID
	for i := range g.Keys {
		ids = append(ids, g.Keys[i].ID)
	}
	for range list(t, "SELECT no,hash FROM "+w.e.tables.key+" WHERE hash IN ", ids, func(id engine.KeyID) { t.bytes(id[:]) }) {
		fns = append(fns, func(r row) error {
			var id engine.KeyID
			if r.num(0) >= engine.FirstKeyNo(g.Record.Seq) {
				return nil // of this group, not yet undone
			}
			err := r.array(1, id[:])
			exists.Keys = append(exists.Keys, id)
			return err
		})
	}
	var holds []stock.HoldKey
	for i := range g.Holds {
		if g.Holds[i].Fresh {
			holds = append(holds, g.Holds[i].Key)
		}
	}
	for range list(t, "SELECT order_id,tenant,bucket,seq FROM "+w.e.tables.hold+" WHERE (order_id,tenant,bucket) IN ", holds,
		func(k stock.HoldKey) { t.holdKey(k) }) {
		fns = append(fns, func(r row) error {
			if engine.Seq(r.num(3)) < g.Record.Seq {
				exists.Holds = append(exists.Holds, holdKeyRow(r))
			}
			return nil
		})
	}
	if undo != "" {
		t.writeSQL(undo).end()
	}
	if len(t.b) > 0 {
		if err := w.c.ask(ctx, t, fns...); err != nil {
			return nil, err
		}
	}
	if len(exists.Keys)+len(exists.Holds) == 0 {
		return nil, nil
	}
	return exists, nil
}

package sqlite

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// reader is a connection with the statements that read rows by their keys.
type reader struct {
	*conn
	sum summer

	item, product, order, key, record *sqlite.Stmt
	cursor, touched                   *sqlite.Stmt
	oldKeys, oldHolds                 *sqlite.Stmt
	first, oldRecords                 *sqlite.Stmt
	buckets, bucketSeq                *sqlite.Stmt
	itemsIn, holdsIn, keysIn          *sqlite.Stmt
}

const (
	itemCols   = "tenant, product, location, lot, bucket, available, held, on_hand, threshold, tracked, on_sale, low, version, updated_at, lapses_at, sum, packed"
	holdNames  = "tenant, order_id, bucket, open, deadline, seq, sum, packed"
	selectItem = "SELECT " + itemCols + " FROM item"
	selectHold = "SELECT " + holdNames + " FROM hold"
	// sameItem selects by the four parameters of bindItemKey.
	sameItem = " WHERE tenant = ?1 AND product = ?2 AND location = ?3 AND lot = ?4"
)

func newReader(c *conn) (*reader, error) {
	r := &reader{conn: c}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	return r, c.prepareAll(map[**sqlite.Stmt]string{
		&r.item:    selectItem + sameItem,
		&r.product: selectItem + " WHERE tenant = ? AND product = ?",
		&r.order:   selectHold + " WHERE order_id = ? AND tenant = ?",
		&r.key:     "SELECT no, bucket, print, sum FROM key WHERE hash = ?",
		&r.record:  "SELECT seq, at, writer, nonce, hash, sum, text_sum, text, body FROM log WHERE seq > ? ORDER BY seq",
		&r.cursor:  "SELECT seq FROM progress WHERE name = ?",
		&r.touched: "SELECT seq, more FROM journal WHERE item = coalesce((SELECT no FROM item" + sameItem + "), (SELECT no FROM gone" + sameItem + "))" +
			" AND seq < ?5 ORDER BY seq DESC LIMIT ?6",
		&r.first: "SELECT seq FROM log ORDER BY seq LIMIT 1",
		// The size of a column is known without reading it.
		&r.oldRecords: "SELECT seq, length(body) + coalesce(length(text), 0) FROM log WHERE seq <= ? ORDER BY seq LIMIT ?",

		&r.oldKeys: "SELECT no FROM key WHERE no < ? ORDER BY no LIMIT ?",
		&r.oldHolds: "SELECT order_id, tenant, bucket, open, seq FROM hold WHERE (order_id, tenant, bucket) > (?, ?, ?)" +
			" ORDER BY order_id, tenant, bucket LIMIT ?",

		&r.buckets:   "SELECT bucket, seq, sum, packed FROM bucket ORDER BY bucket",
		&r.bucketSeq: "SELECT seq FROM bucket WHERE bucket = ?",
		&r.itemsIn:   "SELECT no FROM item WHERE no > ? AND bucket = ? ORDER BY no LIMIT ?",
		&r.holdsIn: "SELECT order_id, tenant FROM hold WHERE (order_id, tenant, bucket) > (?, ?, ?) AND bucket = ?" +
			" ORDER BY order_id, tenant, bucket LIMIT ?",
		&r.keysIn: "SELECT no FROM key WHERE no > ? AND bucket = ? ORDER BY no LIMIT ?",
	})
}

// load reads the wanted rows in the transaction that is open at head.
func (r *reader) load(ctx context.Context, head engine.Seq, w engine.Want) (*engine.Loaded, error) {
	l := &engine.Loaded{Head: head}
	w = w.Distinct()
	if err := r.loadItems(ctx, l, w); err != nil {
		return nil, err
	}
	if err := forEachKey(ctx, w.Orders, func(k stock.OrderKey) error {
		r.order.BindText(1, k.Order)
		r.order.BindText(2, k.Tenant)
		return r.rows(r.order, func() error {
			h, err := r.holdRow(r.order)
			l.Holds = append(l.Holds, h)
			return err
		})
	}); err != nil {
		return nil, err
	}
	err := forEachKey(ctx, w.Keys, func(id engine.KeyID) error {
		r.key.BindBytes(1, id[:])
		return r.rows(r.key, func() error {
			k, err := r.keyRow(r.key, &id)
			l.Keys = append(l.Keys, k)
			return err
		})
	})
	return l, err
}

func (r *reader) loadItems(ctx context.Context, l *engine.Loaded, w engine.Want) error {
	add := func(s *sqlite.Stmt) func() error {
		return func() error {
			it, err := r.itemRow(s)
			l.Items = append(l.Items, it)
			return err
		}
	}
	if err := forEachKey(ctx, w.Items, func(k stock.ItemKey) error {
		bindItemKey(r.item, k)
		return r.rows(r.item, add(r.item))
	}); err != nil {
		return err
	}
	return forEachKey(ctx, w.Products, func(k engine.ProductKey) error {
		r.product.BindText(1, k.Tenant)
		r.product.BindText(2, k.Product)
		return r.rows(r.product, add(r.product))
	})
}

// forEachKey calls fn for each key, and looks at the context now and then.
func forEachKey[K any](ctx context.Context, keys []K, fn func(K) error) error {
	for i, k := range keys {
		if i%1024 == 1023 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := fn(k); err != nil {
			return err
		}
	}
	return nil
}

// rows calls fn for each row of s.
func (r *reader) rows(s *sqlite.Stmt, fn func() error) error {
	for {
		row, err := s.Step()
		if err != nil {
			return err
		}
		if !row {
			return s.Reset()
		}
		if err := fn(); err != nil {
			_ = s.Reset() // fn's error is the one to tell
			return err
		}
	}
}

// seq returns the first column of the one row of s, 0 when there is none.
func (r *reader) seq(s *sqlite.Stmt) (seq engine.Seq, err error) {
	err = r.rows(s, func() error {
		seq = engine.Seq(s.ColumnInt64(0))
		return nil
	})
	return seq, err
}

func (r *reader) itemRow(s *sqlite.Stmt) (engine.ItemRow, error) {
	it := engine.ItemRow{
		Key: stock.ItemKey{
			Tenant: s.ColumnText(0), Product: s.ColumnText(1), Location: s.ColumnText(2), Lot: string(blob(s, 3)),
		},
		Bucket:    stock.Bucket(s.ColumnInt64(4)),
		Available: stock.Qty(s.ColumnInt64(5)),
		Held:      stock.Qty(s.ColumnInt64(6)),
		OnHand:    stock.Qty(s.ColumnInt64(7)),
		Threshold: stock.Qty(s.ColumnInt64(8)),
		Tracked:   s.ColumnBool(9),
		OnSale:    s.ColumnBool(10),
		Low:       s.ColumnBool(11),
		Version:   uint64(s.ColumnInt64(12)),
		UpdatedAt: stock.Time(s.ColumnInt64(13)),
		LapsesAt:  stock.Time(s.ColumnInt64(14)),
		Packed:    blob(s, 16),
	}
	if r.sum.item(&it) != s.ColumnInt64(15) {
		return it, damaged("item", fmt.Sprintf("%q", it.Key))
	}
	return it, nil
}

func (r *reader) holdRow(s *sqlite.Stmt) (engine.HoldRow, error) {
	h := engine.HoldRow{
		Key: stock.HoldKey{
			OrderKey: stock.OrderKey{Tenant: s.ColumnText(0), Order: s.ColumnText(1)},
			Bucket:   stock.Bucket(s.ColumnInt64(2)),
		},
		Open:     s.ColumnBool(3),
		Deadline: stock.Time(s.ColumnInt64(4)),
		Seq:      engine.Seq(s.ColumnInt64(5)),
		Packed:   blob(s, 7),
	}
	if r.sum.hold(&h) != s.ColumnInt64(6) {
		return h, damaged("hold", fmt.Sprintf("%q in bucket %d", h.Key.OrderKey, h.Key.Bucket))
	}
	return h, nil
}

// keyRow reads a key; its hash is id, or the column behind the others.
func (r *reader) keyRow(s *sqlite.Stmt, id *engine.KeyID) (k engine.KeyRow, err error) {
	if id == nil {
		if k.ID, err = bytes16(s, 4); err != nil {
			return k, err
		}
	} else {
		k.ID = *id
	}
	k.SetNo(s.ColumnInt64(0))
	k.Bucket = stock.Bucket(s.ColumnInt64(1))
	if k.Print, err = bytes16(s, 2); err != nil {
		return k, err
	}
	if r.sum.key(&k) != s.ColumnInt64(3) {
		return k, damaged("key", fmt.Sprintf("%x", k.ID))
	}
	return k, nil
}

// maxRead is how many bytes of records Read returns at once, give or take the
// last record.
const maxRead = 16 << 20

// records reads the log behind after in the transaction that is open at head.
func (r *reader) records(ctx context.Context, head, after engine.Seq, limit int) ([]engine.Record, error) {
	if after >= head || limit <= 0 {
		return nil, nil
	}
	var recs []engine.Record
	size := 0
	r.record.BindInt64(1, int64(after))
	for {
		row, err := r.record.Step()
		if err != nil {
			return nil, err
		}
		if !row {
			return recs, r.record.Reset()
		}
		rec, err := r.recordRow()
		switch {
		case err != nil:
		case rec.Seq != after+1 && recs == nil:
			err = engine.ErrGone
		case rec.Seq != after+1:
			err = fmt.Errorf("%w: record %d is missing", engine.ErrBroken, after+1)
		default:
			err = ctx.Err()
		}
		if err != nil {
			_ = r.record.Reset() // err is the one to tell
			return nil, err
		}
		recs = append(recs, rec)
		after++
		if size += len(rec.Body) + len(rec.Text); len(recs) == limit || size >= maxRead {
			return recs, r.record.Reset()
		}
	}
}

func (r *reader) recordRow() (engine.Record, error) {
	s := r.record
	rec := engine.Record{
		Seq:   engine.Seq(s.ColumnInt64(0)),
		At:    stock.Time(s.ColumnInt64(1)),
		Nonce: uint64(s.ColumnInt64(3)),
		Body:  blob(s, 8),
	}
	var err error
	if rec.Writer, err = bytes16(s, 2); err != nil {
		return rec, err
	}
	if n := s.ColumnBytes(4, rec.Hash[:]); n != len(rec.Hash) || s.ColumnLen(4) != n {
		return rec, damaged("record", rec.Seq)
	}
	if r.sum.record(&rec) != s.ColumnInt64(5) {
		return rec, damaged("record", rec.Seq)
	}
	if !s.ColumnIsNull(7) {
		rec.Text = blob(s, 7)
		if r.sum.text(rec.Seq, rec.Text) != s.ColumnInt64(6) {
			return rec, damaged("text of record", rec.Seq)
		}
	}
	return rec, nil
}

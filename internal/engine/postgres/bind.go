package postgres

import (
	"context"
	"maps"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"holdfast.dev/holdfast/internal/engine"
)

// forms are the statements prepared on a connection for writing.
type forms map[groupShape]*pgconn.StatementDescription

// prepare returns the statement for a form, and the form it is for: the one
// asked for or the general one.
func (e *Engine) prepare(ctx context.Context, w *writer, f groupShape) (groupShape, *pgconn.StatementDescription, error) {
	if sd, ok := w.forms[f]; ok {
		return f, sd, nil
	}
	if f.copied {
		if err := e.prepareCopy(ctx, w); err != nil {
			return f, nil, err
		}
	}
	if w.forms == nil {
		w.forms = forms{}
	}
	if err := w.forgetParts(ctx, f.part); err != nil {
		return f, nil, err
	}
	if len(w.forms) >= e.db.forms {
		f = f.general()
		if sd, ok := w.forms[f]; ok {
			return f, sd, nil
		}
	}
	sd, err := w.conn.PgConn().Prepare(ctx, f.name(), f.text(e.sql.schema), nil)
	if err != nil {
		return f, nil, err
	}
	w.forms[f] = sd
	return f, sd, nil
}

// forgetParts drops the statements that write to older parts of the log.
func (w *writer) forgetParts(ctx context.Context, part int64) error {
	for f := range maps.Keys(w.forms) {
		if f.part < part {
			if err := w.conn.PgConn().Deallocate(ctx, f.name()); err != nil {
				return err
			}
			delete(w.forms, f)
		}
	}
	return nil
}

// bind writes the parameters of a group's statement, in the order of
// form.text. The group's rows are sorted.
func (w *writer) bind(f groupShape, after engine.Seq, g *engine.Group) [][]byte {
	p, r := &w.args, &g.Record
	p.reset()
	p.int8(int64(after))
	p.int8(int64(r.Seq))
	p.int8(w.fence)
	if g.Prev == [32]byte{} || after == 0 {
		p.null()
	} else {
		p.bytes(g.Prev[:])
	}
	p.int8(int64(r.At))
	p.uuid(r.Writer)
	p.int8(int64(r.Nonce))
	p.bytes(r.Hash[:])
	if g.Text == nil {
		p.null()
	} else {
		p.bytes(g.Text)
	}
	p.bytes(r.Body)
	w.bindKeys(f, g)
	if !f.copied {
		bindHolds(p, f.newHolds, w.newHolds)
	}
	bindHolds(p, f.holds, w.holds)
	if f.spotHolds > 0 {
		bindHolds(p, f.spotHolds, w.spotHolds)
		bindSpots(p, w.holdSpots)
	}
	if f.buckets > 0 {
		array(p, oidInt2, g.Buckets, func(b []byte, r *engine.BucketRow) []byte { return elemInt2(b, uint16(r.Bucket)) })
		array(p, oidBytes, g.Buckets, func(b []byte, r *engine.BucketRow) []byte { return elem(b, r.Packed) })
	}
	bindItems(p, f.newItems, w.newItems)
	bindItems(p, f.items, w.items)
	if len(w.items) > 0 {
		p.int8(int64(len(w.items)))
	}
	if f.spotItems > 0 {
		bindItems(p, f.spotItems, w.spotItems)
		bindSpots(p, w.itemSpots)
	}
	return p.values()
}

// split sorts rows into those for which fn holds and the others.
func split[R any](rows []R, yes, no []*R, fn func(*R) bool) ([]*R, []*R) {
	for i := range rows {
		if fn(&rows[i]) {
			yes = append(yes, &rows[i])
		} else {
			no = append(no, &rows[i])
		}
	}
	return yes, no
}

// release lets go of the caller's group.
func (w *writer) release() {
	w.used = time.Now()
	w.args.forget()
	w.sorted.forget()
}

func (w *writer) bindKeys(f groupShape, g *engine.Group) {
	p := &w.args
	if f.keys != many {
		for i := range g.Keys {
			k := &g.Keys[i]
			p.uuid(k.ID)
			p.int2(uint16(k.Bucket))
			p.uuid(k.Print)
			p.int8(k.No())
		}
		return
	}
	bindKeyIDs(p, g.Keys)
	array(p, oidInt2, g.Keys, func(b []byte, k *engine.KeyRow) []byte { return elemInt2(b, uint16(k.Bucket)) })
	array(p, oidUUID, g.Keys, func(b []byte, k *engine.KeyRow) []byte { return elemUUID(b, k.Print) })
	array(p, oidInt8, g.Keys, func(b []byte, k *engine.KeyRow) []byte { return elemInt8(b, k.No()) })
}

func bindKeyIDs(p *params, keys []engine.KeyRow) {
	array(p, oidUUID, keys, func(b []byte, k *engine.KeyRow) []byte { return elemUUID(b, k.ID) })
}

func bindSpots(p *params, at []tid) {
	array(p, oidTid, at, func(b []byte, t *tid) []byte { return elem(b, t[:]) })
}

type holdRow = *engine.HoldRow

func bindHolds(p *params, rows int8, holds []holdRow) {
	if rows != many {
		for _, h := range holds {
			p.text(h.Key.Order)
			p.text(h.Key.Tenant)
			p.int2(uint16(h.Key.Bucket))
			p.bool(h.Open)
			p.int8(int64(h.Deadline))
			p.bytes(h.Packed)
		}
		return
	}
	bindHoldKeys(p, holds)
	array(p, oidBool, holds, func(b []byte, h *holdRow) []byte { return elemBool(b, (*h).Open) })
	array(p, oidInt8, holds, func(b []byte, h *holdRow) []byte { return elemInt8(b, int64((*h).Deadline)) })
	array(p, oidBytes, holds, func(b []byte, h *holdRow) []byte { return elem(b, (*h).Packed) })
}

func bindHoldKeys(p *params, holds []holdRow) {
	array(p, oidText, holds, func(b []byte, h *holdRow) []byte { return elem(b, (*h).Key.Order) })
	array(p, oidText, holds, func(b []byte, h *holdRow) []byte { return elem(b, (*h).Key.Tenant) })
	array(p, oidInt2, holds, func(b []byte, h *holdRow) []byte { return elemInt2(b, uint16((*h).Key.Bucket)) })
}

type itemRow = *engine.ItemRow

func bindItems(p *params, rows int8, items []itemRow) {
	if rows != many {
		for _, it := range items {
			p.text(it.Key.Tenant)
			p.text(it.Key.Product)
			p.text(it.Key.Location)
			p.text(it.Key.Lot)
			p.int2(uint16(it.Bucket))
			p.int8(int64(it.Available))
			p.int8(int64(it.Held))
			p.int8(int64(it.OnHand))
			p.int8(int64(it.Threshold))
			p.bool(it.Tracked)
			p.bool(it.OnSale)
			p.bool(it.Low)
			p.int8(int64(it.Version))
			p.int8(int64(it.UpdatedAt))
			p.int8(int64(it.LapsesAt))
			p.bytes(it.Packed)
		}
		return
	}
	array(p, oidText, items, func(b []byte, r *itemRow) []byte { return elem(b, (*r).Key.Tenant) })
	array(p, oidText, items, func(b []byte, r *itemRow) []byte { return elem(b, (*r).Key.Product) })
	array(p, oidText, items, func(b []byte, r *itemRow) []byte { return elem(b, (*r).Key.Location) })
	array(p, oidBytes, items, func(b []byte, r *itemRow) []byte { return elem(b, (*r).Key.Lot) })
	array(p, oidInt2, items, func(b []byte, r *itemRow) []byte { return elemInt2(b, uint16((*r).Bucket)) })
	array(p, oidInt8, items, func(b []byte, r *itemRow) []byte { return elemInt8(b, int64((*r).Available)) })
	array(p, oidInt8, items, func(b []byte, r *itemRow) []byte { return elemInt8(b, int64((*r).Held)) })
	array(p, oidInt8, items, func(b []byte, r *itemRow) []byte { return elemInt8(b, int64((*r).OnHand)) })
	array(p, oidInt8, items, func(b []byte, r *itemRow) []byte { return elemInt8(b, int64((*r).Threshold)) })
	array(p, oidBool, items, func(b []byte, r *itemRow) []byte { return elemBool(b, (*r).Tracked) })
	array(p, oidBool, items, func(b []byte, r *itemRow) []byte { return elemBool(b, (*r).OnSale) })
	array(p, oidBool, items, func(b []byte, r *itemRow) []byte { return elemBool(b, (*r).Low) })
	array(p, oidInt8, items, func(b []byte, r *itemRow) []byte { return elemInt8(b, int64((*r).Version)) })
	array(p, oidInt8, items, func(b []byte, r *itemRow) []byte { return elemInt8(b, int64((*r).UpdatedAt)) })
	array(p, oidInt8, items, func(b []byte, r *itemRow) []byte { return elemInt8(b, int64((*r).LapsesAt)) })
	array(p, oidBytes, items, func(b []byte, r *itemRow) []byte { return elem(b, (*r).Packed) })
}

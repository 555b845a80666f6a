package postgres

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Load reads the wanted rows: in one statement when they are of one kind, else
// in a read-only transaction, in one round trip both ways.
func (e *Engine) Load(ctx context.Context, want engine.Want) (l *engine.Loaded, err error) {
	err = e.read(ctx, "load", func(ctx context.Context, s *session) error {
		l, err = e.load(ctx, s, want, true)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// load reads the wanted rows. Several statements are put in one snapshot,
// unless the caller keeps the head from moving.
func (e *Engine) load(ctx context.Context, s *session, want engine.Want, free bool) (*engine.Loaded, error) {
	l := &engine.Loaded{}
	steps := e.loadSteps(l, want)
	head := false
	for i := range steps {
		inner := steps[i].row
		steps[i].row = func(r *row) error {
			l.Head, head = r.seq(), true
			if r.null() {
				return r.err // nothing was found
			}
			return inner(r)
		}
	}
	var err error
	switch {
	case len(steps) == 1:
		err = s.call(ctx, steps[0])
	case free:
		steps = append(append([]step{{sql: snapshot}}, steps...), step{sql: commit})
		fallthrough
	default:
		err = s.pipe(ctx, steps...)
		if free {
			s.rollback()
		}
	}
	if err == nil && !head {
		err = errNoHead
	}
	return l, err
}

// errNoHead says that somebody has emptied the table of the head.
var errNoHead = fmt.Errorf("%w: the head has lost its row", engine.ErrBroken)

// loadSteps are the statements that read what is wanted into l.
func (e *Engine) loadSteps(l *engine.Loaded, want engine.Want) []step {
	var steps []step
	want = want.Distinct()
	item := func(r *row) error {
		it, _ := r.item()
		no, at := r.int8(), r.tid()
		if r.err == nil {
			e.numbers.Keep(it.Key, no)
			e.spots.keepItem(it.Key, at)
			l.Items = append(l.Items, it)
		}
		return r.err
	}
	if keys := want.Items; len(keys) > 0 {
		steps = append(steps, step{sql: e.sql.items, bind: func(p *params) { bindItemKeys(p, keys) }, row: item})
	}
	if keys := want.Products; len(keys) > 0 {
		steps = append(steps, step{sql: e.sql.products, bind: func(p *params) {
			array(p, oidText, keys, func(b []byte, k *engine.ProductKey) []byte { return elem(b, k.Tenant) })
			array(p, oidText, keys, func(b []byte, k *engine.ProductKey) []byte { return elem(b, k.Product) })
		}, row: item})
	}
	if keys := want.Orders; len(keys) > 0 {
		steps = append(steps, step{sql: e.sql.orders, bind: func(p *params) {
			array(p, oidText, keys, func(b []byte, k *stock.OrderKey) []byte { return elem(b, k.Tenant) })
			array(p, oidText, keys, func(b []byte, k *stock.OrderKey) []byte { return elem(b, k.Order) })
		}, row: func(r *row) error {
			h, _ := r.hold()
			at := r.tid()
			if r.err == nil {
				l.Holds = append(l.Holds, h)
				e.spots.keepHold(h.Key, at)
			}
			return r.err
		}})
	}
	if keys := want.Keys; len(keys) > 0 {
		steps = append(steps, step{sql: e.sql.keys, bind: func(p *params) {
			array(p, oidUUID, keys, func(b []byte, k *engine.KeyID) []byte { return elemUUID(b, *k) })
		}, row: func(r *row) error {
			k, err := r.key()
			l.Keys = append(l.Keys, k)
			return err
		}})
	}
	if len(steps) == 0 {
		steps = append(steps, step{sql: e.sql.moment, row: func(r *row) error {
			l.At = r.time()
			return r.err
		}})
	}
	return steps
}

func bindItemKeys(p *params, keys []stock.ItemKey) {
	array(p, oidText, keys, func(b []byte, k *stock.ItemKey) []byte { return elem(b, k.Tenant) })
	array(p, oidText, keys, func(b []byte, k *stock.ItemKey) []byte { return elem(b, k.Product) })
	array(p, oidText, keys, func(b []byte, k *stock.ItemKey) []byte { return elem(b, k.Location) })
	array(p, oidBytes, keys, func(b []byte, k *stock.ItemKey) []byte { return elem(b, k.Lot) })
}

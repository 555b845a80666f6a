package memory

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Head returns the newest record's seq.
func (e *Engine) Head(ctx context.Context) (engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return 0, fmt.Errorf("head: %w", err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.head(), nil
}

// Read returns the records behind after.
func (e *Engine) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	if err := e.open(ctx); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if after >= e.head() || limit <= 0 {
		return nil, nil
	}
	if after < e.gone {
		return nil, fmt.Errorf("read: %w", engine.ErrGone)
	}
	recs := slices.Clone(e.log[after-e.gone : min(after+engine.Seq(limit), e.head())-e.gone])
	for i := range recs {
		recs[i].Body, recs[i].Text = slices.Clone(recs[i].Body), slices.Clone(recs[i].Text)
	}
	return recs, nil
}

// Load returns the wanted rows.
func (e *Engine) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	if err := e.open(ctx); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.load(w), nil
}

func (e *Engine) load(w engine.Want) *engine.Loaded {
	l := &engine.Loaded{Head: e.head()}
	items := map[stock.ItemKey]bool{}
	for _, k := range w.Items {
		items[k] = true
	}
	for _, p := range w.Products {
		for k := range e.items {
			if k.Tenant == p.Tenant && k.Product == p.Product {
				items[k] = true
			}
		}
	}
	for k := range items {
		if r, ok := e.items[k]; ok {
			r.Packed = slices.Clone(r.Packed)
			l.Items = append(l.Items, r)
		}
	}
	orders := map[stock.OrderKey]bool{}
	for _, o := range w.Orders {
		orders[o] = true
	}
	if len(orders) > 0 {
		for k, r := range e.holds {
			if orders[k.OrderKey] {
				r.Packed = slices.Clone(r.Packed)
				l.Holds = append(l.Holds, r)
			}
		}
	}
	ids := map[engine.KeyID]bool{}
	for _, id := range w.Keys {
		if r, ok := e.keys[id]; ok && !ids[id] {
			ids[id] = true
			l.Keys = append(l.Keys, r)
		}
	}
	return l
}

// ScanItems calls fn for each item of the scan.
func (e *Engine) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return 0, fmt.Errorf("scan items: %w", err)
	}
	e.mu.RLock()
	head, rows := e.head(), selected(e.items, func(r engine.ItemRow) bool { return selects(&s, &r) })
	e.mu.RUnlock()
	slices.SortFunc(rows, func(a, b engine.ItemRow) int { return a.Key.Compare(b.Key) })
	if s.Limit > 0 {
		rows = rows[:min(s.Limit, len(rows))]
	}
	return show(ctx, "scan items", head, rows, func(r *engine.ItemRow) error {
		r.Packed = slices.Clone(r.Packed)
		return fn(r)
	})
}

// selected returns the rows for which fn holds. The function that show calls
// for each row may call the engine, so it gets copies, without the mutex.
func selected[K comparable, R any](rows map[K]R, fn func(R) bool) (all []R) {
	for _, r := range rows {
		if fn(r) {
			all = append(all, r)
		}
	}
	return all
}

// show calls fn for each row and returns the head at which they were read.
func show[R any](ctx context.Context, op string, head engine.Seq, rows []R, fn func(*R) error) (engine.Seq, error) {
	for i := range rows {
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("%s: %w", op, err)
		}
		if err := fn(&rows[i]); err != nil {
			return 0, err
		}
	}
	return head, nil
}

func selects(s *engine.ItemScan, r *engine.ItemRow) bool {
	if !s.All && r.Key.Tenant != s.Tenant ||
		s.Location != "" && r.Key.Location != s.Location ||
		s.Product != "" && r.Key.Product != s.Product ||
		s.Low && !r.Low ||
		s.Lapsed != 0 && (r.LapsesAt == 0 || r.LapsesAt > s.Lapsed) ||
		s.Bucket != nil && r.Bucket != *s.Bucket {
		return false
	}
	if s.After == nil {
		return true
	}
	after := *s.After
	if !s.All {
		after.Tenant = s.Tenant
	}
	return r.Key.Compare(after) > 0
}

// ScanHolds calls fn for each hold of the scan.
func (e *Engine) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return 0, fmt.Errorf("scan holds: %w", err)
	}
	e.mu.RLock()
	head, rows := e.head(), selected(e.holds, func(r engine.HoldRow) bool {
		return (!s.Open || r.Open) && (s.Bucket == nil || r.Key.Bucket == *s.Bucket)
	})
	e.mu.RUnlock()
	return show(ctx, "scan holds", head, rows, func(r *engine.HoldRow) error {
		r.Packed = slices.Clone(r.Packed)
		return fn(r)
	})
}

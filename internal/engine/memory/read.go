package memory

import (
	"context"
	"fmt"
	"maps"
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
	// fn may call the engine, so it runs on copies, without the mutex.
	e.mu.RLock()
	head, all := e.head(), maps.Values(e.items)
	var rows []engine.ItemRow
	for r := range all {
		if s.Lapsed == 0 || selects(&s, &r) { // few are left to be sorted
			rows = append(rows, r)
		}
	}
	e.mu.RUnlock()
	slices.SortFunc(rows, func(a, b engine.ItemRow) int { return a.Key.Compare(b.Key) })
	n := 0
	for i := range rows {
		if !selects(&s, &rows[i]) {
			continue
		}
		if s.Limit > 0 && n == s.Limit {
			break
		}
		n++
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("scan items: %w", err)
		}
		rows[i].Packed = slices.Clone(rows[i].Packed)
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
	head, rows := e.head(), slices.Collect(maps.Values(e.holds))
	e.mu.RUnlock()
	for i := range rows {
		if s.Open && !rows[i].Open || s.Bucket != nil && rows[i].Key.Bucket != *s.Bucket {
			continue
		}
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("scan holds: %w", err)
		}
		rows[i].Packed = slices.Clone(rows[i].Packed)
		if err := fn(&rows[i]); err != nil {
			return 0, err
		}
	}
	return head, nil
}

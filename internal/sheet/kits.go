package sheet

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// A row of kits is one component. The rows of a kit are consecutive and describe it
// completely: they are applied together or not at all.

// readPart reads the columns of a component.
func (c rowReader) readPart() {
	r := c.rec
	r.product = strings.Clone(c.id(product, maxProduct))
	r.component = strings.Clone(c.id(component, maxProduct))
	if r.quantity = c.amount(quantity); !r.quantity.isSet() {
		c.flaw(quantity, "is missing")
	}
}

// compareParts refuses a component that the kit has already, and rows of a kit that are not
// consecutive.
func (t *table) compareParts(rec *record) {
	if rec.product == "" {
		return
	}
	if before, twice := t.items.put(rec.product, rec.component, uint32(rec.line)); twice {
		rec.refuse(codeInvalid, t.header.word(component), fmt.Sprintf("line %d has the same component", before))
	}
	if rec.product != t.kit {
		t.kit = rec.product
		if before, twice := t.units.put(rec.product, "", uint32(rec.line)); twice {
			rec.refuse(codeInvalid, t.header.word(product), fmt.Sprintf("the rows of a kit must stand together: this one begins in line %d", before))
		}
	}
}

// belongsToBatch reports that the next row belongs to the kit or the transfer of the batch's last
// row. A group longer than any valid one is cut.
func (t *table) belongsToBatch(b *batch) bool {
	if t.kind != KindKits && t.kind != KindTransfers || len(b.rows) >= 2*batchRows {
		return false
	}
	last, next := b.rows[len(b.rows)-1].record, t.peek()
	switch {
	case next == nil:
		return false
	case t.kind == KindTransfers:
		return next.transferID() == last.transferID()
	}
	return next.product == last.product
}

// kitTarget applies rows to the kits of the catalog.
type kitTarget struct{ *task }

// kits returns the rows of the batch by kit.
func (b *batch) kits() []rowGroup {
	return b.groups(func(last, w *work) bool { return last.product == w.product })
}

// kit is the kit that the rows describe.
func (g rowGroup) kit() catalog.Kit {
	out := catalog.Kit{Product: g[0].product}
	for _, w := range g {
		out.Components = append(out.Components, catalog.Component{Product: w.component, Qty: w.qty})
	}
	return out
}

// prepare reads the quantities in the units of the components, and settles rows that change
// nothing. A kit with a bad row is refused completely.
func (r kitTarget) prepare(ctx context.Context, b *batch, _ bool) error {
	if err := r.measureParts(ctx, b); err != nil {
		return err
	}
	all := b.kits()
	products := make([]string, len(all))
	for i, k := range all {
		products[i] = k[0].product
		for _, w := range k {
			if w.flaw != nil {
				k.refuse(codeInvalid, r.words.word(product), fmt.Sprintf("line %d of the same kit is bad", w.flaw.Line))
				break
			}
		}
		if len(k) > catalog.MaxComponents {
			k.refuse(codeInvalid, r.words.word(product), fmt.Sprintf("a kit has at most %d components", catalog.MaxComponents))
		}
	}
	are, err := askPatiently(ctx, r.task, func() (map[string]catalog.Kit, error) { return r.desk.rooms.Facts.Kits(ctx, r.job.Tenant, products) })
	if err != nil {
		return err
	}
	for _, k := range all {
		if !k.open() {
			continue
		}
		is, found := are[k[0].product]
		if !found {
			if err := r.refuseStock(ctx, k); err != nil {
				return err
			}
		}
		same := found && is.SameComponents(k.kit())
		for _, w := range k {
			w.settled, w.changed = same, !same
		}
	}
	return nil
}

// refuseKits refuses rows with stock of a kit, which has none of its own. A row with 0
// is allowed.
func (r bookTarget) refuseKits(ctx context.Context, b *batch) error {
	return r.patiently(ctx, func() error {
		for i := range b.rows {
			w := &b.rows[i]
			if !w.ok() || !w.isOfStock() {
				continue
			}
			var kit *stock.Refusal
			err := r.desk.rooms.Door.RefuseKits(ctx, r.job.Tenant, w.product)
			if errors.As(err, &kit) {
				w.refuse(codeState, r.words.word(product), "the product is a kit: it has no stock of its own, its components have")
			} else if err != nil {
				return err
			}
		}
		return nil
	})
}

// isOfStock reports that the row brings units of its product, gives channels rights to them, or
// sets the threshold below which they are few.
func (w *work) isOfStock() bool {
	some := func(a amount) bool { return a.isSet() && !a.zero() }
	if s := w.share; s != nil {
		return some(s.quota) || some(s.level) || s.weight != nil && *s.weight > 0
	}
	return some(w.onHand) || some(w.opening) || some(w.threshold)
}

// measureParts looks up the components and reads their quantities.
func (r kitTarget) measureParts(ctx context.Context, b *batch) error {
	refs := make([]catalog.Ref, len(b.rows))
	for i := range b.rows {
		refs[i] = catalog.Ref{Tenant: r.job.Tenant, Product: b.rows[i].component}
	}
	known, err := askAnew(ctx, r.task, func() ([]catalog.Knowledge, error) { return r.desk.rooms.Door.LookUp(ctx, refs) })
	if err != nil {
		return err
	}
	for i := range b.rows {
		w := &b.rows[i]
		if !w.ok() {
			continue
		}
		w.readQuantity(known[i].Unit, r.words.word(quantity))
	}
	return nil
}

// refuseStock refuses a kit whose product has stock of its own.
func (r kitTarget) refuseStock(ctx context.Context, k rowGroup) error {
	return r.patiently(ctx, func() error {
		q := view.LevelQuery{Tenant: r.job.Tenant, Product: k[0].product}
		_, err := r.desk.rooms.Levels.Scan(ctx, q, func(it *stock.Item) error {
			if it.Figures().OnHand != 0 {
				k.refuse(codeState, r.words.word(product), fmt.Sprintf("the product has stock of its own at %q, so it cannot become a kit", clip(it.Key.Location)))
			}
			return nil
		})
		return err
	})
}

// judge asks the catalog whether it would accept the kits. It sees the kits of its batch
// and the stored ones, not those of earlier rows.
func (r kitTarget) judge(ctx context.Context, b *batch) error {
	return r.kitsTo(ctx, b, func(set []catalog.Kit) error { return r.desk.rooms.Facts.TryKits(ctx, r.job.Tenant, set) })
}

// carryOut sets the kits of the batch.
func (r kitTarget) carryOut(ctx context.Context, b *batch) error {
	return r.kitsTo(ctx, b, func(set []catalog.Kit) error {
		_, err := r.desk.rooms.Facts.SetKits(ctx, r.job.Tenant, set)
		return err
	})
}

// kitsTo calls to with all good kits of the batch. When one is refused, it is left out and
// the others are passed again.
func (r kitTarget) kitsTo(ctx context.Context, b *batch, to func([]catalog.Kit) error) error {
	var open []rowGroup
	for _, k := range b.kits() {
		if k.open() {
			open = append(open, k)
		}
	}
	for len(open) > 0 {
		set := make([]catalog.Kit, len(open))
		for i, k := range open {
			set[i] = k.kit()
		}
		var refused *catalog.RowError
		err := r.patiently(ctx, func() error {
			err := to(set)
			if errors.As(err, &refused) {
				return nil
			}
			return err
		})
		if err != nil || refused == nil {
			return err
		}
		open[refused.Row].refuse(codeInvalid, r.words.word(component), refused.Err.Error())
		open = append(open[:refused.Row], open[refused.Row+1:]...)
	}
	return nil
}

// fieldOf is the field that the catalog names in a refusal.
func fieldOf(err error) string {
	if bad, ok := errors.AsType[*catalog.InvalidError](err); ok {
		return bad.Field
	}
	return ""
}

// kits writes the components of kits, kit by kit.
func (x *export) kits(ctx context.Context) error {
	err := x.heading("product_id", "component_id", "quantity", "unit")
	if err == nil {
		err = x.desk.rooms.Facts.CatchUp(ctx)
	}
	if err != nil {
		return err
	}
	all, err := x.desk.rooms.Facts.AllKits(ctx, x.spec.Tenant)
	if err != nil {
		return err
	}
	for _, k := range all {
		if x.spec.Product != "" && k.Product != x.spec.Product {
			continue
		}
		refs := make([]catalog.Ref, len(k.Components))
		for i, p := range k.Components {
			refs[i] = catalog.Ref{Tenant: x.spec.Tenant, Product: p.Product}
		}
		known, err := x.desk.rooms.Door.LookUp(ctx, refs)
		if err != nil {
			return err
		}
		for i, p := range k.Components {
			x.start()
			x.text(k.Product, p.Product)
			x.units(known[i].Unit.Scale, p.Qty)
			x.text(known[i].Unit.Name)
			if err := x.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

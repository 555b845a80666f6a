package sheet

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// bookTarget applies rows to the books.
type bookTarget struct{ *task }

// batch is a number of rows on their way to the books.
type batch struct {
	rows []work
	err  error
	done chan struct{} // closed when all is known about the rows
}

// work is a record and what is known about it.
type work struct {
	*record
	known catalog.Knowledge
	unit  catalog.Unit // that of the product once the row is done

	qty, least stock.Qty     // on hand or the opening stock, and the threshold
	declares   bool          // the row declares the unit
	place      catalog.Place // what the row makes of a location
	set        stock.QuotaSetting
	opens      opens
	changed    bool // the row changed something
	settled    bool // nothing is left to do
}

// opens is what a row makes known. An introduced row has done so, even if the books refuse it then.
type opens struct {
	product, location, lot bool
	introduced             bool
}

func (w *work) ok() bool { return w.flaw == nil && !w.settled }

func (w *work) item(tenant string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: w.location, Product: w.product}
}

func (w *work) ref(tenant string) catalog.Ref {
	return catalog.Ref{Tenant: tenant, Product: w.product, Location: w.location}
}

func (r bookTarget) prepare(ctx context.Context, b *batch, declare bool) error {
	if err := r.lookUp(ctx, b); err != nil {
		return err
	}
	if err := r.refuseKits(ctx, b); err != nil {
		return err
	}
	news := map[string]catalog.Unit{} // what rows of this batch declare
	var opening []*work
	for i := range b.rows {
		w := &b.rows[i]
		if !w.ok() {
			continue
		}
		has := w.known.Unit
		if u, ok := news[w.product]; ok && has.Scale == 0 {
			has = u
		}
		if !declare && has.Scale == 0 {
			has = w.fileUnit
		}
		r.measure(w, has)
		if !w.ok() || r.job.Kind.mustBeKnown() {
			continue
		}
		if !w.known.Product {
			w.opens.product = true
			r.refuseNew(w, product, "product", w.product, r.job.Kind == KindProducts)
		}
		if w.location != "" && !w.known.Location {
			w.opens.location = true
			r.refuseNew(w, location, "location", w.location, false)
		}
		if !w.ok() {
			continue
		}
		if w.unit != has {
			news[w.product] = w.unit
		}
		if w.unit != has || !w.known.Product || w.location != "" && !w.known.Location {
			w.changed = r.job.Kind == KindProducts
			w.declares = w.unit != has
			opening = append(opening, w)
		}
	}
	if r.job.Kind == KindLots {
		if err := r.lookForLots(ctx, b); err != nil {
			return err
		}
	}
	if !declare || len(opening) == 0 {
		return nil
	}
	return r.makeKnown(ctx, b, opening)
}

// makeKnown makes the products and locations of opening rows known. The first row of each
// product and of each location does so for the others of the batch.
func (r bookTarget) makeKnown(ctx context.Context, b *batch, opening []*work) error {
	all := opening
	products, locations := map[string]*work{}, map[string]*work{}
	for len(opening) > 0 {
		var ins []catalog.Introduction
		var whose, later []*work
		for _, w := range opening {
			p, l := products[w.product], locations[w.location]
			if !w.declares && (w.known.Product || p != nil) && (w.location == "" || w.known.Location || l != nil) {
				later = append(later, w)
				continue
			}
			ins, whose = append(ins, catalog.Introduction{Ref: w.ref(r.job.Tenant), Unit: w.record.unit}), append(whose, w)
			products[w.product], locations[w.location] = w, w
		}
		if err := r.introduce(ctx, ins, whose); err != nil {
			return err
		}
		opening = nil
		for _, w := range later {
			p, l := products[w.product], locations[w.location]
			// A refused row has made nothing known for others.
			if p != nil && p.flaw != nil {
				delete(products, w.product)
				p = nil
			}
			if l != nil && l.flaw != nil {
				delete(locations, w.location)
				l = nil
			}
			if w.follow(p, l); w.known.Opening() == nil && w.location != "" || !w.known.Product {
				opening = append(opening, w)
			}
		}
	}
	r.confirm(b, all)
	return nil
}

// follow takes over what other rows have made known.
func (w *work) follow(p, l *work) {
	if p != nil {
		w.known.Product, w.known.Unit = true, p.known.Unit
	}
	if l != nil {
		w.known.Location, w.known.Spread = true, l.known.Spread
	}
}

// confirm refuses rows that were read in one unit while another node declared a different
// unit for the product.
func (r bookTarget) confirm(b *batch, whose []*work) {
	is := map[string]catalog.Unit{}
	for _, w := range whose {
		if w.flaw == nil {
			is[w.product] = w.known.Unit
		}
	}
	for i := range b.rows {
		w := &b.rows[i]
		if u, ok := is[w.product]; ok && w.ok() && u != w.unit {
			w.refuse(codeInvalid, r.words.word(product), fmt.Sprintf("the product is counted in %q with %d decimals since a moment ago", u.Name, u.Scale))
		}
	}
}

// lookUp asks the catalog about all rows together, once for each product and each
// location.
func (r bookTarget) lookUp(ctx context.Context, b *batch) error {
	var refs []catalog.Ref
	products, locations := map[string]int{}, map[string]int{}
	ask := func(at map[string]int, id string, ref catalog.Ref) {
		if _, asked := at[id]; !asked && id != "" {
			at[id] = len(refs)
			refs = append(refs, ref)
		}
	}
	for i := range b.rows {
		if w := &b.rows[i]; w.ok() {
			ask(products, w.product, catalog.Ref{Tenant: r.job.Tenant, Product: w.product})
			ask(locations, w.location, catalog.Ref{Tenant: r.job.Tenant, Location: w.location})
		}
	}
	if len(refs) == 0 {
		return nil
	}
	known, err := askPatiently(ctx, r.task, func() ([]catalog.Knowledge, error) { return r.desk.rooms.Door.LookUp(ctx, refs) })
	if err != nil {
		return err
	}
	for i := range b.rows {
		w := &b.rows[i]
		if !w.ok() {
			continue
		}
		w.known = known[products[w.product]]
		if w.location != "" {
			at := known[locations[w.location]]
			w.known.Location, w.known.Spread = at.Location, at.Spread
		}
	}
	return nil
}

// measure settles the unit of the row's product, which is counted in has, and reads the
// quantities in it.
func (r bookTarget) measure(w *work, has catalog.Unit) {
	named := w.record.unit
	word := r.words.word
	w.unit = has
	switch {
	case r.job.Kind.mustBeKnown() && !w.known.Product:
		w.refuse(codeNotFound, word(product), fmt.Sprintf("product %q is not known", clip(w.product)))
	case r.job.Kind.mustBeKnown() && !w.known.Location:
		w.refuse(codeNotFound, word(location), fmt.Sprintf("location %q is not known", clip(w.location)))
	case named == (catalog.Unit{}) || named == has:
	case has.Scale != 0 && (named.Name != "" && named.Name != has.Name || named.Scale != 0 && named.Scale != has.Scale):
		w.refuse(codeInvalid, word(unit), fmt.Sprintf("the product is counted in %q with %d decimals, which stays as it is", has.Name, has.Scale))
	case has.Scale != 0:
	case named.Name == "":
		w.refuse(codeInvalid, word(unit), "a scale needs its unit in the same row")
	case named.Scale == 0:
		w.refuse(codeInvalid, word(scale), "a unit needs its scale, 1 to 6 decimals, in the same row")
	case w.lateUnit:
		w.refuse(codeInvalid, word(unit), "the unit must stand in the product's first row: an earlier row counts it in pieces")
	default:
		w.unit = named
	}
	if w.flaw != nil {
		return
	}
	read := func(c column, a amount, n *stock.Qty) {
		if !a.isSet() {
			return
		}
		var why string
		if *n, why = a.inUnit(w.unit); why != "" {
			w.refuse(codeInvalid, word(c), word(c)+" "+why)
		}
	}
	read(onHand, w.onHand, &w.qty)
	read(opening, w.opening, &w.qty)
	read(threshold, w.threshold, &w.least)
	if w.share != nil {
		w.set = w.share.setting(read)
	}
	if w.version != 0 && (!w.known.Product || !w.known.Location) {
		w.refuse(codeVersion, word(version), "there is no such item, so it has no version")
	}
}

// introduce makes products and locations known, as POST /inventory does.
func (r bookTarget) introduce(ctx context.Context, ins []catalog.Introduction, whose []*work) error {
	var answers []catalog.Answer
	err := r.patiently(ctx, func() error {
		answers = r.desk.rooms.Door.Declare(ctx, ins)
		for _, a := range answers {
			if errors.Is(a.Err, catalog.ErrUnavailable) || ctx.Err() != nil {
				return errors.Join(a.Err, ctx.Err())
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, a := range answers {
		w := whose[i]
		if a.Err != nil {
			w.refuse(codeInvalid, r.words.word(unit), a.Err.Error())
			continue
		}
		w.known, w.opens.introduced = a.Knowledge, true
	}
	return nil
}

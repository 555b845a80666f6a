package intake

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// LookUp says what is known of each ref.
func (d *Door) LookUp(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error) {
	return d.directory.KnownAll(ctx, refs)
}

// Declare makes products and locations known, each by itself; later ones see what
// earlier ones made known.
func (d *Door) Declare(ctx context.Context, ins []catalog.Introduction) []catalog.Answer {
	return d.directory.KnowAll(ctx, ins)
}

// MustKnow refuses when a product or a location of the refs is not known. Another
// tenant's is not known either: the answer is the same.
func (d *Door) MustKnow(ctx context.Context, refs []catalog.Ref) error {
	known, err := d.LookUp(ctx, refs)
	if err != nil {
		return err
	}
	for i, ref := range refs {
		if refusal := Unknown(ref, known[i]); refusal != nil {
			return refusal
		}
	}
	return nil
}

// Unknown says that the product or the location of the ref is not known, nil when
// both are known.
func Unknown(ref catalog.Ref, known catalog.Knowledge) *stock.Refusal {
	switch {
	case ref.Product != "" && !known.Product:
		return &stock.Refusal{Code: stock.NotFound, Field: "product", Detail: fmt.Sprintf("product %q is not known", ref.Product)}
	case ref.Location != "" && !known.Location:
		return &stock.Refusal{Code: stock.NotFound, Field: "location", Detail: fmt.Sprintf("location %q is not known", ref.Location)}
	}
	return nil
}

// LookUpExactly is LookUp for quantities in declared units: a unit declared a
// moment ago on another node counts.
func (d *Door) LookUpExactly(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error) {
	known, err := d.directory.KnownAll(ctx, refs)
	if err != nil {
		return nil, err
	}
	return known, d.exactUnits(ctx, refs, known)
}

// lookUp asks the catalog once for all that the asks need.
func (b *batch) lookUp(ctx context.Context) error {
	refs := b.oneRef[:0]
	for i := range b.asks {
		a, o := &b.asks[i], &b.outcomes[i]
		if o.Err, o.Known = a.Refused, a.Known; a.Refused == nil && a.Known == nil {
			before := len(refs)
			refs = a.appendRefs(refs, b.tenant)
			o.refs = len(refs) - before
		}
	}
	if len(refs) == 0 {
		return nil
	}
	known, err := b.directory.KnownAll(ctx, refs)
	if err != nil {
		return err
	}
	next := 0
	for i := range b.asks {
		o := &b.outcomes[i]
		if o.refs == 0 {
			continue
		}
		from := next
		next += o.refs
		if o.Known = known[from:next:next]; len(b.asks[i].Decimals) > 0 {
			o.Err = b.exactUnits(ctx, refs[from:next], o.Known)
		}
	}
	return nil
}

// exactUnits asks again for units that the catalog's memory does not know yet.
func (d *Door) exactUnits(ctx context.Context, refs []catalog.Ref, known []catalog.Knowledge) error {
	for i := range refs {
		if !known[i].Product || known[i].Unit.Scale != 0 {
			continue
		}
		p, err := d.directory.Product(ctx, refs[i].Tenant, refs[i].Product)
		if err != nil && !errors.Is(err, catalog.ErrUnknown) {
			return err
		}
		known[i].Unit = p.Unit
	}
	return nil
}

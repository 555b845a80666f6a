package intake

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
)

// declare makes known what the asks declare. An ask sees the declarations of the
// asks before it, and none of those after it. An ask that is refused here leaves
// no trace.
func (b *batch) declare(ctx context.Context) {
	var ins []catalog.Introduction
	var whose []int
	for i := range b.asks {
		a, o := &b.asks[i], &b.outcomes[i]
		if a.Declares == nil || o.Err != nil {
			continue
		}
		var in catalog.Introduction
		var isNew bool
		if in, isNew, o.Err = a.introduction(b.tenant, o.Known[0]); o.Err == nil && isNew {
			ins, whose = append(ins, in), append(whose, i)
		}
	}
	if len(ins) == 0 {
		return
	}
	news := news{units: map[string]catalog.Unit{}, spread: map[string]bool{}}
	next := 0
	for i, answers := 0, b.directory.KnowAll(ctx, ins); i < len(b.asks); i++ {
		o := &b.outcomes[i]
		if next < len(whose) && whose[next] == i {
			if o.Err = answers[next].Err; o.Err == nil {
				o.Known[0] = answers[next].Knowledge
				news.units[ins[next].Product] = o.Known[0].Unit
				news.spread[ins[next].Location] = o.Known[0].Spread
			}
			next++
			continue
		}
		if next > 0 && o.Err == nil {
			news.tell(b.asks[i].appendRefs(nil, b.tenant), o.Known)
		}
	}
}

// news is what earlier asks of a batch made known: the units of products, and
// whether locations are spread.
type news struct {
	units  map[string]catalog.Unit
	spread map[string]bool
}

// tell adds the news to what is known of the refs.
func (n *news) tell(refs []catalog.Ref, known []catalog.Knowledge) {
	for i, ref := range refs {
		if unit, isNew := n.units[ref.Product]; isNew {
			known[i].Product, known[i].Unit = true, unit
		}
		if spread, isNew := n.spread[ref.Location]; isNew {
			known[i].Location, known[i].Spread = true, spread
		}
	}
}

// introduction is the things that the ask makes known, and whether any of them
// is new. known is what is known of its item.
func (a *Ask) introduction(tenant string, known catalog.Knowledge) (in catalog.Introduction, isNew bool, err error) {
	unit, err := declaredUnit(a.Declares.Unit, known.Unit)
	if err == nil {
		err = a.readDecimals(func(int) catalog.Unit { return unit })
	}
	if err != nil {
		return in, false, err
	}
	if spread := a.Declares.Spread; spread != nil && known.Location && *spread != known.Spread {
		return in, false, &catalog.InvalidError{Field: "spread", Reason: fmt.Sprintf("the location is known and its spread is %v, which stays as it is", known.Spread)}
	}
	in = catalog.Introduction{Ref: a.appendRefs(nil, tenant)[0], Unit: a.Declares.Unit, Spread: a.Declares.Spread}
	return in, !known.Product || !known.Location || unit != known.Unit, nil
}

// declaredUnit is the unit of a product after named was declared, when it had
// has before.
func declaredUnit(named, has catalog.Unit) (catalog.Unit, error) {
	switch none := (catalog.Unit{}); {
	case named == none || named == has:
		return has, nil
	case has != none:
		if named.Name != "" && named.Name != has.Name || named.Scale != 0 && named.Scale != has.Scale {
			return has, &catalog.InvalidError{Field: "unit", Reason: fmt.Sprintf("the product is counted in %q with scale %d, which stays as it is", has.Name, has.Scale)}
		}
		return has, nil
	case named.Name == "":
		return has, &catalog.InvalidError{Field: "unit", Reason: "must be named together with scale"}
	case named.Scale == 0:
		return has, &catalog.InvalidError{Field: "scale", Reason: "must be named together with unit"}
	}
	return named, nil
}

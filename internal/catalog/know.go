package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// Introduction makes a product and a location known. Product or Location may
// be empty, not both.
//
// The first introduction that names a Unit fixes it. Later ones may name it
// again, or only its Name or Scale; anything else is ErrUnitFixed.
type Introduction struct {
	Ref
	Unit Unit
	// Spread is how a location that is not known yet is to be placed; nil
	// leaves it as it is, unspread when it is new.
	Spread *bool
}

// Answer is the outcome of one Introduction: all of it was stored, or nothing.
type Answer struct {
	Knowledge Knowledge
	Err       error // ErrInvalid, ErrUnknown (the tenant), ErrUnitFixed, ErrSpreadFixed, ErrUnavailable
}

// maxIntroductions bounds one transaction of introductions. About 50 µs each,
// they keep the engine from the database's write lock for 15 ms.
const maxIntroductions = 256

func (in Introduction) check() error {
	if in.Product == "" && in.Location == "" {
		return &InvalidError{Field: "product_id", Reason: "must have 1 to 128 bytes"}
	}
	if in.Product != "" {
		if err := checkID("product_id", in.Product, maxProduct); err != nil {
			return err
		}
	}
	if in.Location != "" {
		if err := checkID("location_id", in.Location, maxLocation); err != nil {
			return err
		}
	}
	if in.Unit.Name != "" {
		if err := checkID("unit", in.Unit.Name, maxUnit); err != nil {
			return err
		}
	}
	if in.Unit.Scale < 0 || in.Unit.Scale > 6 {
		return &InvalidError{Field: "scale", Reason: "must be 1 to 6"}
	}
	return nil
}

// settle returns the unit of a product that has the unit has after the
// introduction, or why the introduction is refused.
func (in Introduction) settle(has Unit) (Unit, error) {
	named := in.Unit
	switch {
	case named == Unit{} || named == has:
		return has, nil
	case has == Unit{} && named.Name == "":
		return has, &InvalidError{Field: "unit", Reason: "must be named together with scale"}
	case has == Unit{} && named.Scale == 0:
		return has, &InvalidError{Field: "scale", Reason: "must be 1 to 6 and named together with unit"}
	case has == Unit{}:
		return named, nil
	case (named.Name == "" || named.Name == has.Name) && (named.Scale == 0 || named.Scale == has.Scale):
		return has, nil
	}
	return has, &UnitFixedError{Product: in.Product, Fixed: has}
}

// Know makes a product and a location known in one step. When nothing is new
// it writes nothing, and mostly answers from memory. Calls that wait for the
// database at the same time are stored in one transaction.
func (c *Catalog) Know(ctx context.Context, in Introduction) (Knowledge, error) {
	answer, settled := c.answerFromMemory(in)
	err := answer.Err
	if !settled {
		if answer, err = c.introductions.wait(ctx, in); err == nil {
			err = answer.Err
		}
	}
	if err != nil {
		return Knowledge{}, fmt.Errorf("make %q at %q known: %w", in.Product, in.Location, err)
	}
	return answer.Knowledge, nil
}

// KnowAll is Know for many. Each is judged by itself; the answers are in the
// order of ins, and later ones see what earlier ones made known.
func (c *Catalog) KnowAll(ctx context.Context, ins []Introduction) []Answer {
	answers := make([]Answer, len(ins))
	var open []int
	for i, in := range ins {
		var settled bool
		if answers[i], settled = c.answerFromMemory(in); !settled {
			open = append(open, i)
		}
	}
	for len(open) > 0 {
		n := min(len(open), maxIntroductions)
		part := make([]Introduction, n)
		for j, i := range open[:n] {
			part[j] = ins[i]
		}
		for j, answer := range c.introduce(ctx, part) {
			answers[open[j]] = answer
		}
		open = open[n:]
	}
	return answers
}

// answerFromMemory answers from memory if the answer there is final.
func (c *Catalog) answerFromMemory(in Introduction) (Answer, bool) {
	if err := in.check(); err != nil {
		return Answer{Err: err}, true
	}
	k, complete := c.remembered(in.Ref)
	if !complete {
		return Answer{}, false
	}
	if err := in.placed(k); err != nil {
		return Answer{Knowledge: k, Err: err}, true
	}
	if in.Unit == (Unit{}) && (k.Unit.Scale != 0 || c.recent()) {
		return Answer{Knowledge: k}, true
	}
	if k.Unit.Scale == 0 {
		return Answer{}, false // one may have been declared elsewhere
	}
	_, err := in.settle(k.Unit)
	return Answer{Knowledge: k, Err: err}, true
}

// Foresee returns the answers of KnowAll, and stores nothing.
func Foresee(ctx context.Context, c *Catalog, ins []Introduction) ([]Answer, error) {
	answers, _, err := planAll(ctx, c, ins)
	for i, in := range ins {
		if err := in.check(); err != nil {
			answers[i] = Answer{Err: err}
		}
	}
	return answers, err
}

func refsOf(ins []Introduction) []Ref {
	refs := make([]Ref, len(ins))
	for i, in := range ins {
		refs[i] = in.Ref
	}
	return refs
}

// planAll looks what is new, and what the answers are. Later introductions see what earlier ones make known.
func planAll(ctx context.Context, c *Catalog, ins []Introduction) (answers []Answer, news bool, err error) {
	answers = make([]Answer, len(ins))
	refs := refsOf(ins)
	err = c.store.decide(ctx, func(r *read) error {
		if err := r.loadProducts(refs); err != nil {
			return err
		}
		for i, in := range ins {
			p, err := planFor(r, in)
			if err != nil {
				return err
			}
			answers[i] = p.Answer
			if p.hasNews() {
				news = true
				r.foresee(in.Ref, p.Knowledge)
			}
		}
		return nil
	})
	return answers, news, err
}

// introduce looks what is new and stores it in one transaction. The
// introductions have passed check.
func (c *Catalog) introduce(ctx context.Context, ins []Introduction) []Answer {
	products, locations := c.products.generation(), c.locations.generation()
	var declared []rowKey
	refs := refsOf(ins)
	answers, news, err := planAll(ctx, c, ins)
	if err == nil && news {
		err = c.store.write(ctx, c.now, func(w *write) error {
			declared = nil
			if err := w.loadProducts(refs); err != nil {
				return err
			}
			for i, in := range ins {
				p, err := introduce(w, in)
				if err != nil {
					return err
				}
				answers[i] = p.Answer
				if p.declares {
					declared = append(declared, rowKey{in.Tenant, in.Product})
				}
			}
			return nil
		})
	}
	if err != nil {
		for i := range answers {
			answers[i] = Answer{Err: err}
		}
		return answers
	}
	for i, in := range ins {
		if answers[i].Err == nil {
			c.remember(in.Ref, answers[i].Knowledge, products, locations)
		}
	}
	for _, product := range declared {
		c.products.drop(product)
	}
	return answers
}

// placed refuses to place a location that is known in another way.
func (in Introduction) placed(k Knowledge) error {
	if in.Spread != nil && k.Location && *in.Spread != k.Spread {
		return &SpreadFixedError{Location: in.Location, Spread: k.Spread}
	}
	return nil
}

// plan is the result of an introduction: its answer, and the rows that have to
// be written first.
type plan struct {
	Answer
	opensProduct, opensLocation, declares bool
}

func (p plan) hasNews() bool { return p.opensProduct || p.opensLocation || p.declares }

// planFor says what an introduction comes to.
func planFor(r *read, in Introduction) (plan, error) {
	k, err := r.knowledge(in.Ref)
	if err != nil {
		return plan{}, err
	}
	unit, refused := in.settle(k.Unit)
	if refused == nil {
		refused = in.placed(k)
	}
	if refused != nil {
		return plan{Answer: Answer{Err: refused}}, nil
	}
	p := plan{
		opensProduct:  in.Product != "" && !k.Product,
		opensLocation: in.Location != "" && !k.Location,
		declares:      k.Product && unit != k.Unit,
	}
	if p.opensLocation && in.Spread != nil {
		k.Spread = *in.Spread
	}
	k.Product, k.Location, k.Unit = in.Product != "", in.Location != "", unit
	p.Knowledge = k
	return p, nil
}

// open makes what ref names known.
func (w *write) open(ref Ref) error {
	p, err := introduce(w, Introduction{Ref: ref})
	return cmp.Or(err, p.Err)
}

// introduce carries out the plan for in.
func introduce(w *write, in Introduction) (plan, error) {
	p, err := planFor(&w.read, in)
	if err != nil || !p.hasNews() {
		return p, err
	}
	if err := w.findTenant(in.Tenant); errors.Is(err, ErrUnknown) {
		return plan{Answer: Answer{Err: err}}, nil
	} else if err != nil {
		return p, err
	}
	if p.opensLocation {
		err = (&Location{Tenant: in.Tenant, ID: in.Location, Spread: in.Spread != nil && *in.Spread, Created: Moment{w.time()}}).open(w)
	}
	if err == nil && p.opensProduct {
		err = (&Product{Tenant: in.Tenant, ID: in.Product, Unit: p.Knowledge.Unit, Created: Moment{w.time()}}).open(w)
	}
	if err == nil && p.declares {
		err = declareUnit(w, in.Tenant, in.Product, p.Knowledge.Unit)
	}
	return p, err
}

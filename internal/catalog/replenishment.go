package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Replenishment is a stored rule of replenishment: how much of products a
// location is to have, and how often that is seen to (docs/adr/0022).
type Replenishment struct {
	Tenant   string   `json:"-"`
	ID       string   `json:"-"`
	To       string   `json:"to"`
	From     []string `json:"from"`               // 1 to MaxSources, the first first
	Products []string `json:"products,omitempty"` // at most MaxSet; none: all that the location has
	// When there are less than Min, they are filled up to Target, by a multiple
	// of Multiple; 0 is 1.
	Min      int64  `json:"min"`
	Target   int64  `json:"target"`
	Multiple int64  `json:"multiple,omitempty"`
	Active   bool   `json:"active"`
	Every    Period `json:"every_ms"` // whole seconds, 1 s to MaxPeriod
	Changed  Moment `json:"changed"`
	// Due is when it is carried out next, zero while it is not active.
	Due time.Time `json:"-"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
}

const (
	// MaxPeriod is the longest period of something that is done again and
	// again: a month.
	MaxPeriod = Period(31 * 24 * time.Hour)
	// MaxSources is how many locations a rule may fill up from.
	MaxSources = 100

	maxRule = 64
	maxQty  = 1<<53 - 1
)

// Boundary is the first end of a period after the moment. Periods are counted
// from 1970 on, so all servers agree on them.
func Boundary(after time.Time, every Period) time.Time {
	step := time.Duration(every).Milliseconds()
	return fromMillis((after.UnixMilli()/step + 1) * step)
}

func (p *Replenishment) check() error {
	if err := checkID("rule_id", p.ID, maxRule); err != nil {
		return err
	}
	if err := checkID("to_location_id", p.To, maxLocation); err != nil {
		return err
	}
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	for i, from := range p.From {
		if err := checkID("from_location_ids", from, maxLocation); err != nil {
			return err
		}
		if from == p.To || slices.Contains(p.From[:i], from) {
			return bad("from_location_ids", "must name other locations, each once")
		}
	}
	seen := make(map[string]bool, len(p.Products))
	for _, product := range p.Products {
		if err := checkID("product_ids", product, maxProduct); err != nil {
			return err
		}
		if seen[product] {
			return bad("product_ids", "names a product twice")
		}
		seen[product] = true
	}
	switch {
	case len(p.From) < 1 || len(p.From) > MaxSources:
		return bad("from_location_ids", fmt.Sprintf("must be 1 to %d", MaxSources))
	case len(p.Products) > MaxSet:
		return bad("product_ids", fmt.Sprintf("must be at most %d", MaxSet))
	case p.Min < 1 || p.Min > maxQty:
		return bad("min", "is out of range")
	case p.Target < p.Min || p.Target > maxQty:
		return bad("target", "must be at least min")
	case p.Multiple < 0 || p.Multiple > maxQty:
		return bad("multiple", "is out of range")
	case !p.Every.regular():
		return bad("every_seconds", fmt.Sprintf("must be 1 to %d", MaxPeriod/Period(time.Second)))
	}
	return nil
}

// Replenishments keeps rules of replenishment.
type Replenishments struct {
	settable[Replenishment, *Replenishment]
}

func (p *Replenishment) refs() []Ref {
	refs := []Ref{{Tenant: p.Tenant, Location: p.To}}
	for _, id := range p.From {
		refs = append(refs, Ref{Tenant: p.Tenant, Location: id})
	}
	return refs
}

func (p *Replenishment) stamp(at time.Time) error {
	p.Changed, p.Due = Moment{at}, time.Time{}
	if p.Active {
		p.Due = Boundary(at, p.Every)
	}
	return nil
}

func (p *Replenishment) sameAs(q *Replenishment) bool {
	return p.To == q.To && slices.Equal(p.From, q.From) && slices.Equal(p.Products, q.Products) &&
		p.Min == q.Min && p.Target == q.Target && p.Multiple == q.Multiple && p.Active == q.Active && p.Every == q.Every
}

// Done says that a rule was carried out for the period that ended at its
// Due, and with which transfers: both are stored, or neither. It is due again at
// the first end of a period after the moment. If somebody else has carried it
// out, or it was changed, or there is a transfer above newest, it is ErrStale.
func (d Replenishments) Done(ctx context.Context, p Replenishment, at time.Time, newest int64, made ...StockTransfer) error {
	for i := range made {
		if err := made[i].check(); err != nil {
			return fmt.Errorf("create transfer %q: %w", made[i].ID, err)
		}
	}
	err := d.store.write(ctx, d.now, func(w *write) error {
		if err := d.kind.done(w, &p, millis(Boundary(at, p.Every))); err != nil {
			return err
		}
		return openTransfers(w, newest, made)
	})
	return during(err, "carry out replenishment %q", p.ID)
}

var replenishmentKind = documentKind[Replenishment]{
	name: "replenishment", title: "replenishment",
	pack: func(p *Replenishment) document {
		return document{tenant: p.Tenant, id: p.ID, due: millis(p.Due), seq: p.Revision}
	},
	unpack: func(d *document, p *Replenishment) {
		p.Tenant, p.ID, p.Due, p.Revision = d.tenant, d.id, fromMillis(d.due), d.seq
	},
}

package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Recall is a recall of lots of a product, by some of their attributes (docs/adr/0088). It holds for
// all their units, wherever and whenever they come, until it is lifted. Items keep it too (stock.RecallRule).
type Recall struct {
	Tenant string `json:"-"`
	// ID follows from product, location and lot.
	ID       string `json:"-"`
	Product  string `json:"product"`
	Location string `json:"location,omitempty"` // "": everywhere
	// Lot has the attributes that all the lots have.
	Lot    map[string]string `json:"lot"`
	Reason string            `json:"reason,omitempty"`
	By     string            `json:"by,omitempty"`
	Since  Moment            `json:"since"`
	// Except are lots that are sold all the same.
	Except []RecallExcept `json:"except,omitempty"`
	// Lifted is when it ended, and LiftReason and LiftBy who said so and why.
	Lifted     Moment `json:"lifted,omitzero"`
	LiftReason string `json:"lift_reason,omitempty"`
	LiftBy     string `json:"lift_by,omitempty"`
	Changed    Moment `json:"changed"`
	// Due is when servers bring it to the items next, zero when they have.
	Due time.Time `json:"-"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
}

// RecallExcept are lots that a recall does not hold for, because they were lifted alone.
type RecallExcept struct {
	Location string            `json:"location,omitempty"` // "": wherever the recall holds
	Lot      map[string]string `json:"lot"`
	Reason   string            `json:"reason,omitempty"`
	By       string            `json:"by,omitempty"`
}

// RecallCall says which lots of which product are recalled, or no longer, by whom and why.
type RecallCall struct {
	Tenant, Product, Location string // Location "": everywhere
	Lot                       stock.Lot
	Reason, By                string
}

// The states of a recall, by which lists choose.
const (
	RecallInForce = "in_force"
	RecallLifted  = "lifted"
)

// MaxRecallText bounds the texts of a recall, in bytes.
const MaxRecallText = 1024

// recallLooks are how long after a change of a recall servers look again whether all items have it. An
// item may be opened meanwhile by a call that does not know of the change.
var recallLooks = []time.Duration{5 * time.Second, time.Minute}

// State is RecallInForce or RecallLifted.
func (r *Recall) State() string {
	if r.Lifted.IsZero() {
		return RecallInForce
	}
	return RecallLifted
}

func attributesOf(lot stock.Lot) map[string]string {
	attrs, _ := lot.Attributes()
	m := make(map[string]string, len(attrs))
	for _, a := range attrs {
		m[a.Name] = a.Value
	}
	return m
}

// lotOf is the lot with the attributes; "" for attributes that are none.
func lotOf(attrs map[string]string) stock.Lot {
	lot, err := stock.MakeLot(attrs)
	if err != nil {
		return ""
	}
	return lot
}

// Names are the lots that it is about.
func (r *Recall) Names() stock.Lot { return lotOf(r.Lot) }

// RuleAt is what an item at the location keeps of the recall; false when it does not hold there.
func (r *Recall) RuleAt(location string) (stock.RecallRule, bool) {
	rule := stock.RecallRule{Lot: r.Names(), Since: stock.Time(r.Changed.UnixMilli())}
	if r.State() == RecallLifted || r.Location != "" && r.Location != location {
		return rule, false
	}
	for i := range r.Except {
		e := &r.Except[i]
		if e.Location != "" && e.Location != location {
			continue
		}
		lot := lotOf(e.Lot)
		if rule.Lot.Has(lot) {
			return rule, false
		}
		rule.Except = append(rule.Except, lot)
	}
	slices.Sort(rule.Except)
	rule.Except = slices.Compact(rule.Except)
	return rule, true
}

// Lift has the recall no longer hold for what the call names, and reports whether that is a change.
func (r *Recall) Lift(c *RecallCall, at time.Time) (bool, error) {
	lot := r.Names()
	switch {
	case r.State() == RecallLifted || r.Location != "" && c.Location != "" && r.Location != c.Location || !lot.Meets(c.Lot):
		return false, nil
	case lot.Has(c.Lot) && (c.Location == "" || c.Location == r.Location):
		r.Lifted, r.LiftReason, r.LiftBy = Moment{at}, c.Reason, c.By
		return true, nil
	}
	except := RecallExcept{Lot: attributesOf(c.Lot), Reason: c.Reason, By: c.By}
	if r.Location == "" {
		except.Location = c.Location
	}
	if slices.ContainsFunc(r.Except, func(e RecallExcept) bool { return e.Location == except.Location && lotOf(e.Lot) == c.Lot }) {
		return false, nil
	}
	if len(r.Except) >= stock.MaxRecallExcepts {
		return false, &stock.Refusal{Code: stock.InvalidState, Detail: fmt.Sprintf(
			"the recall %s of product %q has %d exceptions, which is the most: lift it, and recall the other lots by more of their attributes, or at their locations",
			r.ID, r.Product, len(r.Except))}
	}
	r.Except = append(r.Except, except)
	return true, nil
}

// Change notes that the recall changes. No two changes have the same time, by which items know the states apart.
func (r *Recall) Change(at time.Time) {
	changed := at
	if next := r.Changed.Add(time.Millisecond); changed.Before(next) {
		changed = next
	}
	r.Changed, r.Due = Moment{changed}, at
}

func recallID(product, location string, lot stock.Lot) string {
	sum := sha256.Sum256([]byte(product + "\x00" + location + "\x00" + string(lot)))
	return hex.EncodeToString(sum[:16])
}

// Recall is the recall of the lots, as it is before it is stored.
func (c RecallCall) Recall() Recall {
	return Recall{Tenant: c.Tenant, ID: recallID(c.Product, c.Location, c.Lot), Product: c.Product, Location: c.Location, Lot: attributesOf(c.Lot), Reason: c.Reason, By: c.By}
}

// Recalls keeps recalls.
type Recalls struct{ documents[Recall] }

// Set recalls the lots, and returns the recall. One that holds already without exceptions stays as it is.
func (d Recalls) Set(ctx context.Context, c RecallCall) (Recall, error) {
	r := c.Recall()
	err := d.store.write(ctx, d.now, func(w *write) error {
		is, _, err := recallKind.get(&w.read, r.Tenant, r.ID)
		if err != nil {
			return err
		}
		if is != nil && is.State() == RecallInForce && len(is.Except) == 0 {
			r = *is
			return nil
		}
		if err := w.mustKnow(Ref{Tenant: c.Tenant, Product: c.Product, Location: c.Location}); err != nil {
			return err
		}
		all, err := recallsInForce(&w.read, c.Tenant, c.Product)
		if err != nil {
			return err
		}
		if len(all) >= stock.MaxRecalls {
			return &stock.Refusal{Code: stock.InvalidState, Detail: fmt.Sprintf("product %q has %d recalls, which is the most: lift those of lots that are gone", c.Product, len(all))}
		}
		r.Since = Moment{w.time()}
		if is != nil && is.State() == RecallInForce {
			r.Since = is.Since
		}
		if is != nil {
			r.Changed = is.Changed
		}
		r.Change(w.time())
		return recallKind.put(w, &r, is)
	})
	return result(r, err, "recall lots of product %q", c.Product)
}

// Lift ends the recalls whose lots all have the attributes, and has others not hold for lots with
// them. It returns those that it changed.
func (d Recalls) Lift(ctx context.Context, c RecallCall) (changed []Recall, err error) {
	err = d.store.write(ctx, d.now, func(w *write) error {
		changed = nil
		all, err := recallsInForce(&w.read, c.Tenant, c.Product)
		if err != nil {
			return err
		}
		for i := range all {
			was, r := all[i], &all[i]
			r.Except = slices.Clone(r.Except)
			does, err := r.Lift(&c, w.time())
			if err != nil {
				return err
			}
			if !does {
				continue
			}
			r.Change(w.time())
			if err := recallKind.put(w, r, &was); err != nil {
				return err
			}
			changed = append(changed, *r)
		}
		return nil
	})
	return result(changed, err, "lift recalls of product %q", c.Product)
}

// Of returns all recalls of a product, lifted ones too, as the database has them now.
func (d Recalls) Of(ctx context.Context, tenant, product string) ([]Recall, error) {
	return d.list(ctx, func(r *read) ([]Recall, error) {
		if !storable(tenant) || !storable(product) {
			return nil, nil
		}
		return recallKind.find(r, `tenant = ? AND parent = ? AND NOT gone ORDER BY id`, tenant, product)
	})
}

// RecallQuery asks for recalls, by id.
type RecallQuery struct {
	Tenant, Product, State string // "": all
	After                  string
	Limit                  int
}

// Page returns recalls with ids behind After.
func (d Recalls) Page(ctx context.Context, q RecallQuery) ([]Recall, error) {
	return d.list(ctx, func(r *read) ([]Recall, error) {
		if !storable(q.Tenant) || !storable(q.Product) || !storable(q.After) {
			return nil, nil
		}
		where, args := []string{`tenant = ?`, `id > ?`, `NOT gone`}, []any{q.Tenant, q.After}
		if q.Product != "" {
			where, args = append(where, `parent = ?`), append(args, q.Product)
		}
		if q.State != "" {
			where, args = append(where, `state = ?`), append(args, q.State)
		}
		return recallKind.find(r, strings.Join(where, ` AND `)+` ORDER BY id LIMIT ?`, append(args, pageSize(q.Limit))...)
	})
}

// Carried says that the items had the recall at the moment. Servers look a few times more. If it was
// changed since, it is ErrStale.
func (d Recalls) Carried(ctx context.Context, r Recall, at time.Time) error {
	next := int64(0)
	for _, after := range recallLooks {
		if look := r.Changed.Add(after); look.After(r.Due) && next == 0 {
			next = max(millis(look), millis(at))
		}
	}
	err := d.store.write(ctx, d.now, func(w *write) error { return d.kind.done(w, &r, next) })
	return during(err, "end the look at recall %q", r.ID)
}

func recallsInForce(r *read, tenant, product string) ([]Recall, error) {
	if !storable(tenant) || !storable(product) {
		return nil, nil
	}
	return recallKind.find(r, `tenant = ? AND parent = ? AND state = ? AND NOT gone ORDER BY id`, tenant, product, RecallInForce)
}

func readRecalls(r *read, tenant string) (map[string][]Recall, error) {
	if !storable(tenant) {
		return nil, nil
	}
	all, err := recallKind.find(r, `tenant = ? AND state = ? AND NOT gone ORDER BY id`, tenant, RecallInForce)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	by := map[string][]Recall{}
	for _, k := range all {
		by[k.Product] = append(by[k.Product], k)
	}
	return by, nil
}

// RecallsAt are the recalls that hold for a product at a location, as an item keeps them: sorted by
// lot. They come from memory as those of Places do.
func (c *facts) RecallsAt(ctx context.Context, tenant, product, location string) ([]stock.RecallRule, error) {
	by, err := c.recalls.get(ctx, tenant)
	if err != nil || len(by[product]) == 0 {
		return nil, err
	}
	return RecallRules(by[product], location), nil
}

// RecallRules are what an item at the location keeps of recalls of its product.
func RecallRules(all []Recall, location string) (rules []stock.RecallRule) {
	for i := range all {
		rule, holds := all[i].RuleAt(location)
		if !holds {
			continue
		}
		at, has := slices.BinarySearchFunc(rules, rule.Lot, func(r stock.RecallRule, lot stock.Lot) int { return strings.Compare(string(r.Lot), string(lot)) })
		if !has {
			rules = slices.Insert(rules, at, rule)
			continue
		}
		// Everywhere, and at the location: what one of them covers is recalled.
		is := &rules[at]
		is.Since = max(is.Since, rule.Since)
		is.Except = slices.DeleteFunc(is.Except, func(lot stock.Lot) bool { return !slices.Contains(rule.Except, lot) })
	}
	return rules
}

var recallKind = documentKind[Recall]{
	name: "recall", title: "recall",
	pack: func(r *Recall) document {
		return document{tenant: r.Tenant, id: r.ID, parent: r.Product, state: r.State(), due: millis(r.Due), seq: r.Revision}
	},
	unpack: func(d *document, r *Recall) {
		r.Tenant, r.ID, r.Due, r.Revision = d.tenant, d.id, fromMillis(d.due), d.seq
	},
}

package stock

import (
	"cmp"
	"slices"
)

// RecallRule is a recall that an item keeps (docs/adr/0088): no lot that has all attributes of Lot is
// sold, whenever and however its units come, except those that have all attributes of a lot in Except.
type RecallRule struct {
	Lot Lot
	// Since is when the recall was changed last: no two states of it have the same. A rule without
	// one is over.
	Since Time
	// Except are in ascending order.
	Except []Lot `json:",omitempty"`
}

const (
	// MaxRecalls is how many recalls an item may keep: each is in its row, like a lot.
	MaxRecalls = 1000
	// MaxRecallExcepts is how many exceptions a recall may have.
	MaxRecallExcepts = 100
)

// Covers reports whether lots with exactly these attributes are recalled.
func (r *RecallRule) Covers(lot Lot) bool {
	return lot.Has(r.Lot) && !slices.ContainsFunc(r.Except, lot.Has)
}

// Same reports whether both rules say the same, whenever they began.
func (r *RecallRule) Same(o *RecallRule) bool {
	return r.Lot == o.Lot && slices.Equal(r.Except, o.Except)
}

// Meets reports whether a lot may have all attributes of both: no attribute has two values.
func (l Lot) Meets(other Lot) bool {
	own, _ := l.Attributes()
	attrs, _ := other.Attributes()
	for _, a := range attrs {
		if slices.ContainsFunc(own, func(b Attribute) bool { return b.Name == a.Name && b.Value != a.Value }) {
			return false
		}
	}
	return true
}

// without is the rule once a recall of lots with the attributes is lifted: it is over if all its
// lots have them, has an exception if some may have them, or is as it was.
func (r RecallRule) without(lot Lot) RecallRule {
	switch at, has := slices.BinarySearch(r.Except, lot); {
	case r.Lot.Has(lot):
		return RecallRule{Lot: r.Lot}
	case !has && r.Lot.Meets(lot):
		r.Except = slices.Insert(slices.Clone(r.Except), at, lot)
	}
	return r
}

// recalls reports whether a rule covers the lot.
func recalls(rules []RecallRule, lot Lot) bool {
	return slices.ContainsFunc(rules, func(r RecallRule) bool { return r.Covers(lot) })
}

func findRecall(rules []RecallRule, lot Lot) (at int, ok bool) {
	return slices.BinarySearchFunc(rules, lot, func(r RecallRule, lot Lot) int { return cmp.Compare(r.Lot, lot) })
}

// withRecall returns the rules after the rule is set, or removed when it is over.
func withRecall(rules []RecallRule, r RecallRule) []RecallRule {
	at, ok := findRecall(rules, r.Lot)
	switch {
	case ok && r.Since == 0:
		rules = slices.Delete(rules, at, at+1)
	case ok:
		rules[at] = r
	case r.Since != 0:
		rules = slices.Insert(rules, at, r)
	}
	if len(rules) == 0 {
		return nil
	}
	return rules
}

// rulesAfter are the recalls of the item after the draft.
func rulesAfter(d *draft) []RecallRule {
	rules := d.was.Recalls
	if len(d.to.Recalls) > 0 {
		rules = slices.Clone(rules)
	}
	for _, r := range d.to.Recalls {
		rules = withRecall(rules, r)
	}
	return rules
}

// beginRecalls has an item that is opened keep the recalls of its product.
func beginRecalls(d *draft) {
	for _, r := range d.was.Recalls {
		if _, set := findRecall(d.to.Recalls, r.Lot); !set {
			d.to.Recalls = append(d.to.Recalls, r)
		}
	}
}

// check refuses what an item cannot keep as a recall.
func (r *RecallRule) check(k ItemKey) *Refusal {
	if refused := r.Lot.check(k); refused != nil {
		return refused
	}
	if len(r.Except) > MaxRecallExcepts {
		return lotsRefused(k, "has a recall with %d exceptions, which is the most: lift it, and recall the other lots by more of their attributes", MaxRecallExcepts)
	}
	for i, lot := range r.Except {
		if refused := lot.check(k); refused != nil {
			return refused
		}
		if lot == "" || i > 0 && r.Except[i-1] >= lot {
			return invalid("lot", "the exceptions of a recall must be lots in ascending order")
		}
	}
	return nil
}

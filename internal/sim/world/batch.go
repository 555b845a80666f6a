package world

import (
	"encoding/json"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// batch says how the contract spells a parcel of several commands.
func (p *parcel) batch() (method, path string, body object) {
	commands := make([]object, len(p.questions))
	for i, q := range p.questions {
		_, _, o := q.call()
		if q.verb == "threshold" || q.sharing() {
			o["product_id"] = q.item.product // not in the path here
		}
		commands[i] = object{"idempotency_key": q.key, verbs[q.verb].batch: o}
	}
	return "POST", "/v1/commands:batch", object{"commands": commands}
}

// unpack makes the results of a batch the answers that the commands alone
// would have had.
func (a *answer) unpack(n int) ([]*answer, error) {
	var body struct{ Results []json.RawMessage }
	if err := json.Unmarshal([]byte(a.raw), &body); err != nil {
		return nil, err
	}
	if len(body.Results) != n {
		return nil, fmt.Errorf("a batch of %d has %d results", n, len(body.Results))
	}
	all := make([]*answer, n)
	for i, raw := range body.Results {
		var r struct {
			OK       bool
			Replayed bool
			Error    struct {
				answerBody
				Status int
			}
		}
		one := &answer{status: 200, raw: string(raw), batch: a}
		err := json.Unmarshal(raw, &r)
		if err == nil {
			err = json.Unmarshal(raw, &one.body)
		}
		if err != nil {
			return nil, err
		}
		one.replayed = r.Replayed
		if one.body.Inventory != nil {
			one.body.inventory = *one.body.Inventory
		}
		if !r.OK {
			one.status, one.code, one.detail = r.Error.Status, r.Error.Code, r.Error.Detail
			one.body.Shortages = r.Error.Shortages
		}
		all[i] = one
	}
	return all, nil
}

// inOrder checks that commands of one batch about the same item or order took
// effect in the order given.
func (v *verdict) inOrder() {
	for _, q := range v.w.questions {
		if q.parcel.name != q.id {
			continue
		}
		for i, a := range q.parcel.questions {
			// A command that is refused because its order is unknown may succeed later: nobody keeps that.
			if a.ofOrder() && (!v.w.isSeveral() || v.refusable[a]) || a.verb == "change" || a.verb == "relocate" || a.verb == "withdraw" || a.receivesFor() || a.isChecked() || v.first[a.id] == 0 {
				continue
			}
			// A command that several slots decide is sent again by the node that finds one of its
			// buckets elsewhere.
			if v.w.moving() && v.isOverSlots(a) {
				continue
			}
			for _, b := range q.parcel.questions[i+1:] {
				if v.first[b.id] != 0 && v.first[b.id] < v.first[a.id] && a.overlaps(b) {
					v.w.violate("%s (%s) came before %s (%s), which stood before it in its batch", b.id, &b.command, a.id, &a.command)
				}
			}
		}
	}
}

// mentions reports whether the order of the command is for the log only.
func (c *command) mentions() bool { return c.verb == "return" || c.verb == "sold_elsewhere" }

// isChecked reports whether the command is a return that the order must allow.
func (c *command) isChecked() bool { return c.verb == "return" && c.order != "" && !c.fact }

// counts reports whether the event counts units of a return that another slot books.
func counts(e *stock.Event) bool {
	return e.Op == stock.OpReturn && e.Refusal == nil && len(e.Items) == 0
}

// receivesFor reports whether units come in for an order.
func (c *command) receivesFor() bool { return c.verb == "restock" && c.order != "" }

// overlaps reports whether two commands are about the same item or order.
func (q *question) overlaps(o *question) bool {
	if q.order != "" && q.order == o.order && !q.mentions() && !o.mentions() {
		return true
	}
	for _, k := range q.items() {
		for _, other := range o.items() {
			if k == other && k != (itemKey{}) { // a whole order names none
				return true
			}
		}
	}
	return false
}

func (q *question) items() []itemKey {
	if q.verb == "relocate" {
		return []itemKey{q.item, q.goal()}
	}
	if q.verb != "reserve" && q.verb != "change" {
		return []itemKey{q.item}
	}
	var all []itemKey
	for _, d := range q.lines {
		all = append(all, d.itemKey)
	}
	return all
}

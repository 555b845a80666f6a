package transfer

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// The actions of a transfer, in the words of the contract.
const (
	ActionRequest = "request"
	ActionApprove = "approve"
	ActionShip    = "ship"
	ActionReceive = "receive"
	ActionCancel  = "cancel"
)

// How a step ended; a step that has not is pending.
const (
	StepPending = ""
	StepDone    = "done"
	StepRefused = "refused"
)

// Step is one thing that happened to a transfer, or was refused, or is
// about to happen: it is written before the books are asked, and again when
// they have answered.
type Step struct {
	Action  string     `json:"action"`
	At      stock.Time `json:"at"`
	Outcome string     `json:"outcome,omitempty"`
	// Key stands for the caller's idempotency key and Print for the request.
	Key   string `json:"key,omitempty"`
	Print string `json:"print,omitempty"`
	// Expected is the date that the step brings, 0: none.
	Expected stock.Time      `json:"expected,omitempty"`
	Lines    []TransferMoved `json:"lines,omitempty"`
	// For is the order that the received units came for.
	For       string       `json:"for,omitempty"`
	Refusal   *stepRefusal `json:"refusal,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Reference string       `json:"reference,omitempty"`
	Operator  string       `json:"operator,omitempty"`
}

// TransferMoved is what a step does to a line, by its place in the document:
// units shipped, received or returned; lost and surplus when received.
type TransferMoved struct {
	Line    int       `json:"n"`
	Qty     stock.Qty `json:"qty,omitempty"`
	Lost    stock.Qty `json:"lost,omitempty"`
	Surplus stock.Qty `json:"surplus,omitempty"`
	// ForOrder are units that the order of the step got.
	ForOrder stock.Qty `json:"forOrder,omitempty"`
}

// stepRefusal is why a step was refused, as it is kept.
type stepRefusal struct {
	Code      stock.Code       `json:"code"`
	Detail    string           `json:"detail"`
	State     string           `json:"state,omitempty"`
	Shortages []stock.Shortage `json:"shortages,omitempty"`
}

func keep(r *stock.Refusal) *stepRefusal {
	return &stepRefusal{r.Code, r.Error(), r.State, r.Shortages}
}

// Refused is why the step was refused, nil when it was not.
func (s *Step) Refused() *stock.Refusal {
	if s.Refusal == nil {
		return nil
	}
	return &stock.Refusal{Code: s.Refusal.Code, Detail: s.Refusal.Detail, State: s.Refusal.State, Shortages: s.Refusal.Shortages}
}

// apply folds a step into the transfer. Only a step that ended well changes it.
func (t *Transfer) apply(s *Step) {
	t.Changed = s.At
	if s.Outcome != StepDone {
		return
	}
	if s.Expected != 0 {
		t.Expected = s.Expected
	}
	switch s.Action {
	case ActionRequest:
		t.State, t.Created = Requested, s.At
		t.Reason, t.Reference, t.Operator = s.Reason, s.Reference, s.Operator
	case ActionApprove:
		t.State = Approved
	case ActionShip:
		t.State = InTransit
		for _, m := range s.Lines {
			t.Lines[m.Line].Shipped += m.Qty
		}
	case ActionReceive:
		for _, m := range s.Lines {
			l := &t.Lines[m.Line]
			l.Received, l.Lost, l.Surplus = l.Received+m.Qty, l.Lost+m.Lost, l.Surplus+m.Surplus
		}
		if !t.isUnderway() {
			t.State = Received
		}
	case ActionCancel:
		for _, m := range s.Lines {
			t.Lines[m.Line].Returned += m.Qty
		}
		if !t.isUnderway() {
			t.State = Cancelled
		}
	}
}

// isUnderway reports whether units are in transit.
func (t *Transfer) isUnderway() bool {
	return slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Transit() > 0 })
}

// actions are the states in which an action is possible.
var actions = map[string][]string{
	ActionApprove: {Requested},
	ActionShip:    {Approved},
	ActionReceive: {InTransit},
	ActionCancel:  OpenStates,
}

// begin makes the step that an act asks for, or says why it cannot be. If it returns no
// step and no refusal there is nothing to do: it was done before. With a key even that is a
// step, without lines: the same call has the same answer also when more has happened since.
func (t *Transfer) begin(a *Act, now stock.Time) (*Step, *stock.Refusal) {
	s := &Step{
		Action: a.Action, At: now, Key: a.keyHash(), Print: a.print(), Expected: a.Expected, For: a.For,
		Reason: a.Reason, Reference: a.Reference, Operator: a.Operator,
	}
	if slices.Contains(actions[a.Action], t.State) {
		return s, t.fill(s, a.Lines)
	}
	if a.Action == ActionApprove && t.State == Approved && a.Expected == 0 || a.Action == ActionCancel && t.State == Cancelled {
		if a.Key == "" || len(t.Steps) >= maxSteps {
			return nil, nil
		}
		return s, nil
	}
	return s, t.refuse("the transfer is %s, which does not allow to %s it", t.State, a.Action)
}

// fill works out what the step does to each line.
func (t *Transfer) fill(s *Step, parts []CallLine) *stock.Refusal {
	if len(parts) == 0 {
		for i := range t.Lines {
			if m := (TransferMoved{Line: i, Qty: t.defaultQuantity(s.Action, &t.Lines[i])}); m.Qty > 0 {
				s.Lines = append(s.Lines, m)
			}
		}
		return nil
	}
	named := map[int]bool{}
	for i, p := range parts {
		n, refusal := t.lineOf(i, &p)
		if refusal != nil {
			return refusal
		}
		if named[n] { // with its lot, and without
			return namedTwice(i)
		}
		named[n] = true
		l := &t.Lines[n]
		switch most := t.defaultQuantity(s.Action, l); {
		case s.Action == ActionShip && p.Qty > most:
			return t.refuse("product %q: %d units were asked for, %d cannot be shipped", p.Product, most, p.Qty)
		case p.Qty > most || p.Lost > most-p.Qty:
			return t.refuse("product %q: %d units are in transit, %d cannot be received and %d lost; what arrives beyond them is surplus", p.Product, most, p.Qty, p.Lost)
		case p.Surplus > stock.MaxQty-l.Surplus || p.Surplus > stock.MaxQty-p.Qty:
			return &stock.Refusal{Code: stock.Invalid, Field: "lines", Detail: fmt.Sprintf("product %q: the surplus would leave its range", p.Product)}
		}
		if p.Qty > 0 || p.Lost > 0 || p.Surplus > 0 {
			s.Lines = append(s.Lines, TransferMoved{Line: n, Qty: p.Qty, Lost: p.Lost, Surplus: p.Surplus})
		}
	}
	if len(s.Lines) == 0 {
		return &stock.Refusal{Code: stock.Invalid, Field: "lines", Detail: "must name some units"}
	}
	return nil
}

// lineOf is the place of the line that part i of a call is about: the one of its lot, or without
// a lot the product's only one.
func (t *Transfer) lineOf(i int, p *CallLine) (int, *stock.Refusal) {
	found, lots := -1, 0
	for n := range t.Lines {
		if l := &t.Lines[n]; l.Product == p.Product {
			if l.Lot == p.Lot {
				return n, nil
			}
			found, lots = n, lots+1
		}
	}
	refuse := func(field, why string) (int, *stock.Refusal) {
		return -1, &stock.Refusal{Code: stock.Invalid, Field: fmt.Sprintf("lines[%d].%s", i, field), Detail: why}
	}
	switch {
	case lots == 0:
		return refuse("product_id", "is no product of the transfer")
	case p.Lot != "":
		return refuse("lot", "is no lot of the product in the transfer")
	case lots > 1:
		return refuse("lot", fmt.Sprintf("is missing: the transfer has %d lots of the product", lots))
	}
	return found, nil
}

// defaultQuantity is what the action does to a line when the call gives no quantity.
func (t *Transfer) defaultQuantity(action string, l *Line) stock.Qty {
	switch action {
	case ActionShip:
		return l.Requested
	case ActionReceive, ActionCancel:
		return l.Transit()
	}
	return 0
}

// refuse refuses what the transfer's state does not allow.
func (t *Transfer) refuse(format string, args ...any) *stock.Refusal {
	return &stock.Refusal{Code: stock.InvalidState, State: t.State, Detail: fmt.Sprintf(format, args...)}
}

package replay

import (
	"fmt"
	"slices"
)

// outcome reads the answers to a task's commands. An answer that no correct server gives in this
// run is an error: the replay stops instead of counting it.
func (p *Plan) outcome(t *Task, commands []Command, results []Result) (Outcome, error) {
	if len(commands) == 0 {
		return Outcome{}, nil
	}
	if t.Kind == Sale {
		taken, err := p.reserved(t, results[0])
		if err == nil && len(results) > 1 {
			err = p.deducted(t, taken, results[1])
		}
		if err != nil || taken == 0 {
			return Outcome{}, err
		}
		site, err := p.siteOf(t, results[0])
		return Outcome{Units: taken, Site: site}, err
	}
	refusal := results[0].Refusal
	switch body := commands[0].Body.(type) {
	case Restock:
		if refusal == nil {
			return Outcome{Units: body.Quantity}, nil
		}
		return Outcome{}, p.unexpected(t, "return", refusal)
	default:
		switch {
		case refusal == nil:
			return Outcome{Units: full(t)}, nil
		case refusal.Code == codeShort && t.Qty < 0:
			return Outcome{}, nil
		}
		return Outcome{}, p.unexpected(t, "adjust", refusal)
	}
}

// siteOf is the site of a sale's reservation: only one, because a line is not
// split.
func (p *Plan) siteOf(t *Task, r Result) (int32, error) {
	if p.Mode != Warehouses {
		return 0, nil
	}
	site := -1
	if len(r.Reservations) == 1 {
		site = slices.IndexFunc(p.Network.Sites, func(s Site) bool { return s.ID == r.Reservations[0].LocationID })
	}
	if site < 0 {
		return 0, fmt.Errorf("seq %d: the server reserved order %s at none of the sites alone: %+v", t.Seq, p.orderID(t), r.Reservations)
	}
	return int32(site), nil
}

// reserved is the number of units that a sale's reserve took.
func (p *Plan) reserved(t *Task, r Result) (int64, error) {
	if r.Refusal != nil {
		if r.Refusal.Code == codeShort {
			return 0, nil
		}
		return 0, p.unexpected(t, "reserve", r.Refusal)
	}
	var taken int64
	for _, line := range r.Reservations {
		// All three: in a repeated answer, a line may have left already.
		taken += line.Quantity + line.Deducted + line.Released
	}
	if taken > t.Qty || taken < 0 || taken < t.Qty && p.Mode != ByPart {
		return 0, fmt.Errorf("seq %d: the server reserved %d of %d units for order %s", t.Seq, taken, t.Qty, p.orderID(t))
	}
	return taken, nil
}

// deducted checks that exactly the reserved units left. After a refused reserve there is
// nothing to deduct, and a batch that asks for it gets that answer.
func (p *Plan) deducted(t *Task, taken int64, r Result) error {
	if taken == 0 {
		if r.Refusal != nil && (r.Refusal.Code == codeNotFound || r.Refusal.Code == codeState) {
			return nil
		}
		return fmt.Errorf("seq %d: order %s has no reservation, but its deduct was answered otherwise: %+v", t.Seq, p.orderID(t), r)
	}
	if r.Refusal != nil {
		return p.unexpected(t, "deduct", r.Refusal)
	}
	var left int64
	for _, line := range r.Reservations {
		left += line.Deducted
	}
	if left != taken {
		return fmt.Errorf("seq %d: order %s had %d units reserved, but %d left", t.Seq, p.orderID(t), taken, left)
	}
	return nil
}

// unexpected explains a refusal that ends the run to the person who started
// it.
func (p *Plan) unexpected(t *Task, step string, refusal *Refusal) error {
	return fmt.Errorf("seq %d, %s: %w%s", t.Seq, step, refusal, advice(refusal))
}

func advice(refusal *Refusal) string {
	switch refusal.Code {
	case codeNoKey, codeNoScope:
		return "; a replay needs an admin key"
	case codeKeyClash:
		return "; the same run id was used with other settings or another file: choose another --run"
	case codeExists:
		return "; the server has it from another run: choose another --prefix, --location or --run"
	case codeExpired:
		return "; the run was interrupted for too long: start another one with --run and --prefix"
	}
	return ""
}

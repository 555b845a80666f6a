package stock

// Way is the direction in which units may go with a reason.
type Way uint8

// The ways of a reason.
const (
	BothWays Way = iota
	InOnly
	OutOnly
	ways
)

// ReasonCode is the Field of a refusal that is about the reason code.
const ReasonCode = "reason_code"

// judgeReason refuses an event whose reason code does not fit: the server found that, or
// the units on hand went the other way. A release that was done before is not refused: its
// natural key answers it.
func (e *Event) judgeReason() *Refusal {
	n := &e.Note
	if n.Denied != "" && (e.Op != OpRelease || e.changes()) {
		return invalid(ReasonCode, "%s", n.Denied)
	}
	if n.Way == BothWays {
		return nil
	}
	switch delta := e.onHand(); {
	case delta > 0 && n.Way == OutOnly:
		return invalid(ReasonCode, "%q is for units that go out, here %d come in", n.Code, delta)
	case delta < 0 && n.Way == InOnly:
		return invalid(ReasonCode, "%q is for units that come in, here %d go out", n.Code, -delta)
	}
	return nil
}

// changes reports whether the event changed anything.
func (e *Event) changes() bool {
	for i := range e.Items {
		if e.Items[i].Changed {
			return true
		}
	}
	for i := range e.Lines {
		if e.Lines[i].Changed {
			return true
		}
	}
	return false
}

// onHand is by how much the event changed what is on hand of all its items.
func (e *Event) onHand() (delta Qty) {
	for i := range e.Items {
		for _, p := range e.Items[i].Postings {
			if p.To.Physical() {
				delta += p.Qty
			}
			if p.From.Physical() {
				delta -= p.Qty
			}
		}
	}
	return delta
}

// text is the free text of the note, without the code: it is kept next to the record.
func (n Note) text() Note {
	return Note{Reason: n.Reason, Reference: n.Reference, Operator: n.Operator}
}

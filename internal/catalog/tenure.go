package catalog

import "time"

// Tenure says which relay has a sink or a source, and until when.
type Tenure struct {
	// Epoch is the fencing token: it grows with each change, and each relay that takes
	// the document.
	Epoch int64 `json:"epoch"`
	// Turn is the last call of the epoch that was noted.
	Turn int64 `json:"turn,omitempty"`
	// Owner is the relay that has it, until Lease.
	Owner string `json:"owner,omitempty"`
	Lease Moment `json:"lease,omitzero"`
}

// fence shuts out the current owner.
func (t *Tenure) fence(at time.Time) {
	*t = Tenure{Epoch: max(t.Epoch+1, at.UnixMilli())}
}

// isHeldBy reports whether the epoch is the current one of the relay. It ends with its
// lease: a relay that stood still for longer has to claim anew, and gets another epoch,
// also when no other relay came in between.
func (t *Tenure) isHeldBy(relay string, epoch int64, at time.Time) bool {
	return t.Owner == relay && t.Epoch == epoch && t.Lease.After(at)
}

// checkTurn reports whether a report of the relay repeats the last one, which is not
// stored again. ErrFenced: the relay no longer has the epoch, or it counts turns that were
// counted before, as one does that began anew under an epoch in use. Nothing of such a
// report is stored, and nothing of it may be taken for stored.
func (t *Tenure) checkTurn(relay string, epoch, turn int64, at time.Time) (again bool, err error) {
	if !t.isHeldBy(relay, epoch, at) || turn < t.Turn {
		return false, ErrFenced
	}
	return turn == t.Turn, nil
}

// Holder is the relay that has a sink or a source now, "" when none has.
func (c *core) Holder(t *Tenure) string {
	if t.Lease.After(c.now()) {
		return t.Owner
	}
	return ""
}

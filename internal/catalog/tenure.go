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

// Holder is the relay that has a sink or a source now, "" when none has.
func (c *core) Holder(t *Tenure) string {
	if t.Lease.After(c.now()) {
		return t.Owner
	}
	return ""
}

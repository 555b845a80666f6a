package stock

// At returns the line as it counts at the time now: a due line has expired at its deadline,
// whether or not its units have been given back.
func (l Line) At(now Time) Line {
	if !l.Due(now) {
		return l
	}
	l.Released += l.Quantity()
	l.Drawn = nil
	l.End = EndExpired
	l.UpdatedAt = l.Deadline
	return l
}

// The states of a reservation, in the words of the contract.
const (
	StateActive    = "active"
	StateConfirmed = "confirmed"
	StateCancelled = "cancelled"
	StateExpired   = "expired"
)

// State is the reservation's state: active while anything is held, then confirmed if
// anything left, otherwise cancelled or expired. Call it on a line that At returned.
func (l *Line) State() string {
	switch {
	case l.End == Open:
		return StateActive
	case l.Confirmed > 0:
		return StateConfirmed
	case l.End == EndExpired:
		return StateExpired
	}
	return StateCancelled
}

// Granted is what the line got at first. Less than Requested means that it was
// placed in part.
func (l *Line) Granted() Qty { return l.Quantity() + l.Confirmed + l.Released }

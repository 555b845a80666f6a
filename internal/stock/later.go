package stock

// Plain reports whether the event only says that the command was granted in full, and
// changed everything that it is about, in this slot. Place of a new order, Commit, Confirm
// and Release have such events.
func (e *Event) Plain() bool {
	switch e.Op {
	case OpPlace, OpCommit, OpConfirm, OpRelease:
	default:
		return false
	}
	for i := range e.Items {
		if c := &e.Items[i]; !c.Changed || c.Promises != nil {
			return false
		}
	}
	for i := range e.Lines {
		if c := &e.Lines[i]; !c.Changed || c.Line.Leg != nil {
			return false
		}
	}
	return len(e.Lines) > 0 && len(e.Short) == 0 && e.Refusal == nil
}

// Steady reports whether the item stays the same until it is changed: nothing of it begins
// or ends by itself.
func (i *Item) Steady() bool {
	return len(i.Rules) == 0 && len(i.Lots) == 0 && i.Promises == nil
}

// Until is when the first open line of the holds ends by itself, 0 when none does.
func Until(holds []*Hold) Time {
	var first Time
	for _, h := range holds {
		for i := range h.Lines {
			if l := &h.Lines[i]; l.End == Open && l.Deadline != 0 && (first == 0 || l.Deadline < first) {
				first = l.Deadline
			}
		}
	}
	return first
}

// Later turns a plain event that was decided at the time then into the event that a
// decision at now would have given. That is possible when its items are steady and no line
// of its order has ended by itself until now.
func (e *Event) Later(then, now Time) {
	for i := range e.Items {
		e.Items[i].UpdatedAt = now
	}
	for i := range e.Lines {
		l := &e.Lines[i].Line
		l.UpdatedAt = now
		if e.Op != OpPlace {
			continue
		}
		l.CreatedAt = now
		if l.Deadline != 0 { // a line that a till holds has none
			l.Deadline += now - then
		}
	}
}

package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// ofHolder returns the holder whose log the event was carried out from.
func (e *followedEvent) ofHolder() (holder string, ok bool) {
	for i := range e.Items {
		if holder, ok = e.Items[i].Key.OfHolder(); ok {
			return holder, true
		}
	}
	return "", false
}

// checkMirrored says what is wrong with a line that a holder's log brought to its
// state in the holder's books: it has no deadline, holds units of the holder only,
// and loses none.
func checkMirrored(old, l *stock.Line, holder string, e *followedEvent) string {
	for _, d := range l.Drawn {
		if of, _, ok := d.Account.Escrow(); d.Account != stock.Uncounted && (!ok || of != holder) {
			return fmt.Sprintf("a line of till %s has drawn %d from account %q", holder, d.Qty, d.Account)
		}
	}
	switch {
	case l.Leg != nil || l.Deadline != 0 || l.UpdatedAt != e.at || l.Tallied || l.Period != 0:
		return fmt.Sprintf("a line of a till is %+v", *l)
	case old == nil && (e.Call == nil || l.CreatedAt != e.at):
		return "a line of a till is new and of no reserve call"
	case old == nil:
		return ""
	case l.Call != old.Call || l.Channel != old.Channel || l.Customer != old.Customer || l.CreatedAt != old.CreatedAt:
		return fmt.Sprintf("%s of a till changes what was asked", e.Op)
	case l.Quantity()+l.Confirmed+l.Released < old.Quantity()+old.Confirmed+old.Released:
		return fmt.Sprintf("%s of a till loses units of the line: %+v before, %+v now", e.Op, *old, *l)
	}
	return ""
}

// checkTakenOver says what is wrong with a line that its holder no longer keeps.
func checkTakenOver(old, l *stock.Line, e *followedEvent) string {
	if old == nil {
		return "a line is taken over that was never placed"
	}
	want := *old
	want.UpdatedAt, want.Drawn, want.Left, want.Kept = e.at, l.Drawn, l.Left, l.Kept
	switch {
	case !want.Equal(l) || total(l.Drawn) != total(old.Drawn) || total(l.Left) != total(old.Left):
		return fmt.Sprintf("taking over leaves the line as %+v, it was %+v", *l, *old)
	case old.Drawn == nil && old.Left == nil && old.Kept == nil:
		return "a line is taken over that no till kept"
	}
	if _, kept := l.KeptBy(); kept {
		return "a line is taken over, and a till keeps it"
	}
	return ""
}

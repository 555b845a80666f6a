package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// checkWrittenBack says what is wrong with a line that a task of Redis made, or
// took from: other commands could have made it too, except for the moment at which
// it gets its deadline.
func checkWrittenBack(old, l *stock.Line, e *followedEvent) string {
	if _, kept := l.KeptBy(); kept || l.Deadline != 0 && l.Deadline <= e.at {
		return fmt.Sprintf("a task of Redis leaves the line as %+v at %d", *l, e.at)
	}
	if old == nil {
		if e.Op != stock.OpPlace || l.Quantity() != l.Requested {
			return fmt.Sprintf("%s of a task of Redis makes the line %+v", e.Op, *l)
		}
		until := *l
		until.Deadline = e.at + 1
		return checkPlaced(nil, &until, e)
	}
	want, took := *old, old.Quantity()-l.Quantity()
	want.UpdatedAt, want.Deadline, want.Drawn = e.at, l.Deadline, drawnAfterTaking(old, l)
	switch e.Op {
	case stock.OpConfirm:
		want.Confirmed, want.LastConfirmed = want.Confirmed+took, took
		want.Left, want.End = leftAfterLeaving(old, l), endIf(l, stock.EndConfirmed)
	case stock.OpRelease:
		want.Released, want.LastReleased = want.Released+took, took
		want.End = endIf(l, stock.EndReleased)
	}
	if old.End != stock.Open || old.Due(e.at) || took <= 0 || !want.Equal(l) {
		return fmt.Sprintf("%s of a task of Redis leaves the line as %+v, it was %+v", e.Op, *l, *old)
	}
	return ""
}

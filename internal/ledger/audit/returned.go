package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// checkReturned says what is wrong with a line against which the units of a return were
// counted: nothing else of it changes.
func checkReturned(old, l *stock.Line, e *followedEvent) string {
	switch {
	case old == nil:
		return "a return of a line that was never placed"
	case old.Follows():
		return "a return is counted where its line is not decided"
	}
	want := *old
	want.Returned, want.UpdatedAt = l.Returned, e.at
	if l.Returned == old.Returned || !want.Equal(l) {
		return fmt.Sprintf("%s leaves the line as %+v, it should be %+v", e.Op, *l, want)
	}
	return ""
}

// checkReturns says what is wrong with how a return was counted, and of which item: what its lines
// say, and what it says itself, are the same units.
func checkReturns(e *followedEvent) (k stock.ItemKey, fault string) {
	if e.Op != stock.OpReturn || e.Refusal != nil {
		return k, ""
	}
	if len(e.Items) > 0 {
		k = e.Items[0].Key
	}
	var lines stock.Qty
	for i := range e.Lines {
		c := &e.Lines[i]
		if !c.Changed {
			continue
		}
		k = c.Line.Item
		lines += c.Line.Returned
		if h := e.hold(c.Bucket); h != nil {
			if old := h.Find(c.Line.Item); old != nil {
				lines -= old.Returned
			}
		}
	}
	switch back := e.Back; {
	case back == nil && lines != 0:
		return k, fmt.Sprintf("a return that is counted against no order changes its lines by %d", lines)
	case back == nil:
	case back.Beyond < 0 || lines != back.Counted && lines != back.Counted+back.Beyond:
		return k, fmt.Sprintf("a return counted %d units, and %d beyond what had left, and its lines changed by %d", back.Counted, back.Beyond, lines)
	}
	return k, ""
}

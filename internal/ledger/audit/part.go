package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// checkPairs checks that each leg that an order is split into has its copy at the
// home, and the other way round.
func (e *followedEvent) checkPairs(m moves, to faults) {
	twins := make([]int, len(e.Lines))
	for i := range e.Lines {
		l := &e.Lines[i].Line
		twins[i] = slices.IndexFunc(e.Lines, func(o stock.LineChange) bool {
			return o.Line.Item == l.Item && l.Leg != nil && o.Line.Leg != nil && o.Line.Leg.Key == l.Leg.Key && o.Line.Copied() != l.Copied()
		})
	}
	for i, twin := range twins {
		if twin < 0 || twins[twin] != i {
			to.addItemViolation(e.Lines[i].Line.Item, "it parts and is not one leg and one copy")
			return
		}
		if leg, own := &e.Lines[i], &e.Lines[twin]; !leg.Line.Copied() {
			if fault := e.checkPair(m, leg, own); fault != "" {
				to.addItemViolation(leg.Line.Item, fault)
			}
		}
	}
}

// checkPair says why the two are not the leg and the copy of one line.
func (e *followedEvent) checkPair(m moves, leg, own *stock.LineChange) string {
	want := leg.Line
	want.Leg, want.Call, want.Tallied, want.Period = own.Line.Leg, own.Line.Call, false, 0
	at, home := e.hold(leg.Bucket), e.hold(own.Bucket)
	switch {
	case !want.Equal(&own.Line):
		return fmt.Sprintf("the leg is %+v, its copy at the home %+v", leg.Line, own.Line)
	case leg.Line.Call >= len(at.Calls) || own.Line.Call >= len(home.Calls):
		return "it parts and is of no reserve call"
	case leg.Bucket == own.Bucket || at.Calls[leg.Line.Call].HomeBucket != own.Bucket || !sameHome(&at.Calls[leg.Line.Call], &home.Calls[own.Line.Call]):
		return fmt.Sprintf("the leg in bucket %d has its copy in bucket %d, which is not the home of its call", leg.Bucket, own.Bucket)
	case m.stage(leg.Bucket) != stock.Leaving && m.stage(own.Bucket) != stock.Leaving:
		return fmt.Sprintf("a line of buckets %d and %d parts, and neither is leaving", leg.Bucket, own.Bucket)
	}
	return ""
}

// checkPartedLine says what is wrong with one of the two lines, given the line
// before it, nil when there was none.
func checkPartedLine(was *stock.Line, c *stock.LineChange, e *followedEvent) string {
	l := &c.Line
	switch {
	case checkLine(l, e) != "":
		return checkLine(l, e)
	case l.Leg == nil:
		return "it parts into a line that is no leg and no copy"
	case l.Copied() && was != nil:
		return "the home gets a copy of a line that it has"
	case l.Copied():
		return ""
	case was == nil || was.Leg != nil || was.End != stock.Open:
		return "what parts is no open line of its own"
	}
	want := *was
	want.Leg = &stock.Leg{Key: l.Leg.Key}
	if !want.Equal(l) {
		return fmt.Sprintf("part leaves the line as %+v, it should be %+v", *l, want)
	}
	return ""
}

package compare

import "time"

// pace divides the rest of a time budget among the remaining measurements, whatever a slow
// machine needed for the earlier ones.
type pace struct {
	end      time.Time // zero: no budget
	left     int
	made     int
	last     time.Time
	given    time.Duration
	overhead time.Duration // what those made took in addition to their own time
}

// shortest is the shortest measurement with a meaningful result.
const shortest = 80 * time.Millisecond

func newPace(budget time.Duration, measurements int) *pace {
	p := &pace{left: measurements}
	if budget > 0 {
		p.end = time.Now().Add(budget)
	}
	return p
}

// next is how long the next measurement may take, at most most.
func (p *pace) next(now time.Time, most time.Duration) time.Duration {
	if p.end.IsZero() {
		return most
	}
	if !p.last.IsZero() {
		p.overhead += max(now.Sub(p.last)-p.given, 0)
		p.made++
	}
	share := p.end.Sub(now)/time.Duration(max(p.left, 1)) - p.extra()
	p.left--
	p.last, p.given = now, max(min(most, share), min(shortest, most))
	return p.given
}

// late reports that the remaining measurements do not fit into the rest of the budget, however
// short they are.
func (p *pace) late(now time.Time) bool {
	return !p.end.IsZero() && p.end.Sub(now) < time.Duration(p.left)*(p.extra()+shortest)
}

// extra is what a measurement takes in addition to its own time: connections, fresh
// tables, checks.
func (p *pace) extra() time.Duration { return p.overhead / time.Duration(max(p.made, 1)) }

// skip removes measurements that are not made.
func (p *pace) skip(n int) { p.left -= n }

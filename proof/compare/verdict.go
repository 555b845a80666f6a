package compare

import (
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/peer"
)

// conclude reports the results of the rounds of a contest.
func (c *contest) conclude() {
	of := func(pick func(e *entrant) bool) *entrant {
		var best *entrant
		for i := range c.entrants {
			e := &c.entrants[i]
			if pick(e) && (best == nil || e.side.Middle().PerSecond > best.side.Middle().PerSecond) {
				best = e
			}
		}
		return best
	}
	tuned := func(pick func(peer.Form) bool) *entrant {
		return of(func(e *entrant) bool { return !e.crowd && pick(e.form) })
	}
	if len(c.Forms) == 1 {
		c.reportAgainst("submit-vs-one-tx", tuned(func(peer.Form) bool { return true }), true)
	} else {
		for _, form := range c.Forms {
			c.reportAgainst("submit-vs-"+form.String(), tuned(func(f peer.Form) bool { return f == form }), true)
		}
		c.reportAgainst("submit-vs-best-textbook", tuned(peer.Form.Textbook), false)
		c.reportAgainst("submit-vs-expert", tuned(func(f peer.Form) bool { return !f.Textbook() }), false)
		c.reportAgainst("submit-vs-best", tuned(func(peer.Form) bool { return true }), false)
		c.reportAgainst("submit-vs-unbounded", of(func(e *entrant) bool { return e.pool == c.callers }), false)
	}
	if c.floored() {
		c.report(bench.Result{
			Name: c.name("submit-vs-floor"), A: c.ours.Middle(), B: c.floor.Middle(), Ratio: load.Ratio(&c.ours, &c.floor),
			Note: "the rows of Holdfast's own groups as multi-row inserts by one goroutine, no decision",
		})
	}
	c.limits()
}

// reportAgainst reports Holdfast against an entrant, if there is one.
func (c *contest) reportAgainst(of string, e *entrant, sweep bool) {
	if e == nil {
		return
	}
	res := bench.Result{Name: c.name(of), A: c.ours.Middle(), B: e.side.Middle(), Ratio: load.Ratio(&c.ours, &e.side)}
	res.Note = fmt.Sprintf("%s, pool of %d", e.form, e.pool)
	if e.pool == c.callers && c.callers > 1 {
		res.Note += ", one connection for each caller"
	}
	if sweep {
		for _, s := range c.swept {
			if s.Form == e.form.String() {
				res.Sweep = append(res.Sweep, s)
			}
		}
	}
	c.report(res)
}

// limits reports a figure of Holdfast with its upper limit.
func (c *contest) limits() {
	const callers = 256
	a := c.ours.Middle()
	if c.callers != callers || c.v.Keys {
		return
	}
	value := func(of string, v, limit float64, unit, note string) {
		c.report(bench.Result{Name: c.name(of), A: a, Value: v, Limit: limit, Unit: unit, Note: note})
	}
	if c.on.Engine() == "postgres" {
		if a.CPUMicros > 0 {
			value("cpu", a.CPUMicros, 12, "µs", "CPU time of callers, Holdfast and server per reservation")
		}
		value("wal", a.RedoBytes, 320, "B", "redo per reservation")
	}
	if c.w.Name == "hot" {
		limit := 10.0
		if c.FsyncDelay > 0 {
			limit = 30
		}
		value("p99", a.P99Micros/1e3, limit, "ms", "99 of 100 reservations took less")
	}
}

func (c *contest) report(res bench.Result) {
	res.Goal = peerGoals[res.Name]
	if c.FsyncDelay > 0 {
		// The goals of a slow disk are those of 2 ms, whatever the delay.
		res.Goal = slowGoals[strings.TrimSuffix(res.Name, fmt.Sprintf("+fsync%v", c.FsyncDelay))]
	}
	res.Server, res.Rounds = c.says, len(c.ours.Rounds)
	if c.note != "" {
		res.Note = strings.TrimPrefix(res.Note+"; "+c.note, "; ")
	}
	c.results = append(c.results, res)
	c.Report(res)
}

// peerGoals are the ratios to reach, by name. A missing name has no goal.
var peerGoals = map[string]float64{
	"postgres/hot/256/submit-vs-best-textbook":  50,
	"postgres/hot/256/submit-vs-expert":         30,
	"postgres/zipf/256/submit-vs-best-textbook": 15,
	"postgres/zipf/256/submit-vs-expert":        8,
	"mysql/hot/256/submit-vs-best-textbook":     25,
	"mysql/hot/256/submit-vs-expert":            12,
	"mysql/zipf/256/submit-vs-best-textbook":    10,
	"mysql/zipf/256/submit-vs-expert":           8,

	"postgres/hot/256/submit-vs-floor":  0.6,
	"postgres/zipf/256/submit-vs-floor": 0.6,
	"mysql/hot/256/submit-vs-floor":     0.6,
	"mysql/zipf/256/submit-vs-floor":    0.6,

	"postgres/hot/1/submit-vs-expert":  0.9,
	"postgres/zipf/1/submit-vs-expert": 0.9,
	"mysql/hot/1/submit-vs-expert":     0.9,
	"mysql/zipf/1/submit-vs-expert":    0.9,
}

// slowGoals are the goals with every fsync 2 ms slower.
var slowGoals = map[string]float64{
	"postgres/hot/256/submit-vs-best":       40,
	"postgres/zipf/256/submit-vs-best":      8,
	"postgres/hot/256/submit-vs-unbounded":  60,
	"postgres/zipf/256/submit-vs-unbounded": 12,
}

package slot

import "time"

// pace finds out whether a crowd is served faster when all of it makes one group,
// or when it makes two groups that take turns: then one is decided while the other
// is being stored (sketch). One group waits for the disk only once. Two groups keep
// processor and store at work at the same time, which gains more the faster the
// disk is. So from time to time the other way is tried for some groups, and
// compared with the usual way right before and after it.
type pace struct {
	halves bool

	groups, commands int           // of this trial
	since            time.Duration // when it began; 0: none has

	trials        int     // since the ways were compared
	rest          int     // how many trials there are until the other way is tried, 0: trialsLeast
	before, other float64 // commands a second right before that, and with it
	gain          float64 // of the other way, lately: 0.1 is a tenth more
}

const (
	// trialGroups is how many groups of a whole crowd are timed together.
	trialGroups = 16
	// trialLongest is the time after which groups are too far apart to be those of
	// a crowd.
	trialLongest = time.Second
	// trialsLeast and trialsMost bound for how many trials the better way is kept:
	// each time it is found better, for twice as many.
	trialsLeast, trialsMost = 3, 31
	// gainLeast is by how much the other way must be better. gainMost bounds the
	// weight of one comparison: other work disturbs the machine.
	gainLeast, gainMost = 0.02, 0.3
)

// answered notes that a group of the crowd was answered.
func (p *pace) answered(commands int, now time.Duration) {
	if p.since == 0 || now-p.since > trialLongest {
		p.begin(now)
		return
	}
	p.groups++
	p.commands += commands
	timed := trialGroups
	if p.halves {
		timed *= 2
	}
	if p.groups < timed || now == p.since {
		return
	}
	p.addTrial(float64(p.commands) / (now - p.since).Seconds())
	p.begin(now)
}

func (p *pace) begin(now time.Duration) { p.groups, p.commands, p.since = 0, 0, now }

// addTrial adds the rate of a trial.
func (p *pace) addTrial(rate float64) {
	p.trials++
	switch rest := max(p.rest, trialsLeast); {
	case p.trials < rest:
	case p.trials == rest:
		p.before, p.halves = rate, !p.halves
	case p.trials == rest+1:
		p.other, p.halves = rate, !p.halves
	default:
		p.compared(2*p.other/(p.before+rate) - 1)
	}
}

// compared adds by how much the other way was faster.
func (p *pace) compared(gain float64) {
	p.trials = 0
	p.gain += (min(max(gain, -gainMost), gainMost) - p.gain) / 8
	p.rest = min(2*max(p.rest, trialsLeast)+1, trialsMost)
	if gain > gainLeast {
		p.rest = trialsLeast // it may have changed
	}
	if p.gain > gainLeast {
		p.halves, p.gain = !p.halves, -p.gain
	}
}

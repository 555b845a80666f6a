package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/sim/load"
)

// homeKilled kills the home of the slot while three nodes work, and watches the other
// two.
func (r *nodes) homeKilled(ctx context.Context) error {
	w := hotIn(1)
	name := r.ground.engine + "/" + w.Name + "/1-slot/home-killed"
	failed, back, last := 0, time.Duration(0), 1.0
	for n := range r.Kills {
		r.Progress(fmt.Sprintf("%s, %d of %d", name, n+1, r.Kills))
		err := r.runWithCrews(ctx, name, func(crews ...*crew) error {
			seen, err := r.killHome(ctx, crews[0])
			if err != nil {
				return err
			}
			f, b, l := seen.summarize(r.Before)
			failed, back, last = failed+f, max(back, b), min(last, l)
			return nil
		}, crewConfig{nodes: 3, slots: 1, databases: 1, forward: true, w: w})
		if err != nil {
			return err
		}
	}
	r.find(Finding{
		Name: name + "-failed", Value: float64(failed), Unit: "commands", Goal: 0, AtMost: true, Rounds: r.Kills,
		Note: "of the other two nodes, whose commands were with the home or on their way",
	})
	r.find(Finding{
		Name: name + "-back", Value: back.Seconds(), Unit: "s", Goal: 1, AtMost: true, Rounds: r.Kills,
		Note: fmt.Sprintf("until the callers of the other two nodes had 0.8 of their rate before again, the longest time; at the end they had %.2f", last),
	})
	return nil
}

// homeOf is the node that is home of slot 0.
func (a *crew) homeOf() *member {
	for _, m := range a.members {
		if _, own := m.node.Home(0); own {
			return m
		}
	}
	return a.members[0]
}

// killHome lets all callers call, kills the home, and returns what the callers of the others saw.
func (r *nodes) killHome(ctx context.Context, a *crew) (*seen, error) {
	warm := r.Before / 2
	long := warm + r.Before + r.After
	home := a.homeOf()
	see := newSeen(long)
	killed := make(chan error, 1)
	kill := time.AfterFunc(warm+r.Before, func() {
		see.kill.Store(int64(time.Since(see.start)))
		killed <- home.kill(&a.fleet)
	})
	_, err := load.Drive(ctx, r.Callers, 1, long, func(ctx context.Context, caller int) error {
		m := a.member(caller)
		if m.dead.Load() {
			return load.ErrOver
		}
		switch err := a.reserve(ctx, caller); {
		case m == home && m.dead.Load():
			return load.ErrOver // a customer without an answer asks another node; that is done later
		case m == home:
			return err
		case err != nil:
			see.failed.Add(1)
			return load.ErrAgain
		default:
			see.answer()
		}
		return nil
	})
	if !kill.Stop() {
		err = errors.Join(err, <-killed)
	}
	if err == nil && !home.dead.Load() {
		err = fmt.Errorf("node %s was not killed", home.name)
	}
	return see, err
}

// seen is what the callers of the other nodes saw, in steps of time.
type seen struct {
	start  time.Time
	steps  []atomic.Int64 // answers
	kill   atomic.Int64   // when, since start
	failed atomic.Int64
}

const (
	seenStep = 10 * time.Millisecond
	// seenWindow is the number of steps over which a rate is measured.
	seenWindow = 10
	// seenShare is the share of the earlier rate that counts as recovered.
	seenShare = 0.8
)

func newSeen(long time.Duration) *seen {
	return &seen{start: time.Now(), steps: make([]atomic.Int64, long/seenStep)}
}

// answer records an answer now.
func (s *seen) answer() {
	if at := int(time.Since(s.start) / seenStep); at < len(s.steps) {
		s.steps[at].Add(1)
	}
}

func (s *seen) sum(from, to int) (n float64) {
	for i := max(from, 0); i < min(to, len(s.steps)); i++ {
		n += float64(s.steps[i].Load())
	}
	return n
}

// summarize reports how many commands failed, how long the rate took to recover after it had
// fallen below the share of the earlier rate, and which share of that rate it reached at the
// end.
func (s *seen) summarize(before time.Duration) (failed int, back time.Duration, last float64) {
	kill := int(time.Duration(s.kill.Load()) / seenStep)
	span := int(before / seenStep)
	want := s.sum(kill-span, kill) / float64(max(span, 1)) * seenWindow
	if want == 0 {
		want = 1
	}
	enough := func(from int) bool { return s.sum(from, from+seenWindow) >= seenShare*want }
	end := len(s.steps) - seenWindow
	at := kill
	for at < end && enough(at) {
		at++
	}
	if at < end {
		for at < end && !enough(at) {
			at++
		}
		back = time.Duration(at+seenWindow-kill) * seenStep
	}
	tail := max(span/2, seenWindow)
	return int(s.failed.Load()), back, s.sum(len(s.steps)-tail, len(s.steps)) / float64(tail) * seenWindow / want
}

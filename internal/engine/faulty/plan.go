package faulty

import (
	"context"
	"math/rand/v2"
	"sync"

	"holdfast.dev/holdfast/internal/engine/wrap"
)

// Method names a call for a plan.
type Method = wrap.Method

// Fault is what befalls a call.
type Fault struct {
	// Err is what the call returns; nil leaves its outcome alone.
	Err error
	// After lets the call take effect first: Append with engine.ErrUnknown
	// and After is a lost reply. A call that fails by itself keeps its error.
	After bool
	// Arrived is closed when the call has come, before anything else.
	Arrived chan struct{}
	// Go, when not nil, holds the call until it is closed or the call's
	// context ends: before it takes effect, or, with After, afterwards.
	Go <-chan struct{}
}

// Plan says which fault befalls a call; nil is none. It is asked once per
// call, by many callers at once.
type Plan interface {
	Next(Method) *Fault
}

// Gate is a plan that is also called before and after each call, where it may
// delay the caller or refuse the call. A simulation uses it to let nodes die
// and hang.
type Gate interface {
	Plan
	// Enter is called before anything else. Its error is the call's, which then
	// has no effect.
	Enter(context.Context, Method) error
	// Leave is called when the engine has answered. Its error is what the call
	// returns instead, whatever has happened.
	Leave(context.Context, Method) error
}

// Script is a plan that lists the faults call by call. The zero value plans
// nothing.
type Script struct {
	mu    sync.Mutex
	steps []plannedFault
}

type plannedFault struct {
	method Method
	left   int // calls of the method to come before it
	fault  Fault
}

// On plans the fault for the n-th call of the method from now on, 1 for the
// next.
func (s *Script) On(m Method, n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, plannedFault{m, n, f})
}

// Left is how many planned faults have not come yet.
func (s *Script) Left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps)
}

// Next counts the call and returns its fault. If two are planned for one
// call, the one planned first comes and the other is dropped.
func (s *Script) Next(m Method) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var hit *Fault
	kept := s.steps[:0]
	for _, st := range s.steps {
		if st.method == m {
			st.left--
		}
		switch {
		case st.left > 0 || st.method != m:
			kept = append(kept, st)
		case hit == nil:
			f := st.fault
			hit = &f
		}
	}
	clear(s.steps[len(kept):])
	s.steps = kept
	return hit
}

// Chance is how likely a fault is to befall a call of a method.
type Chance struct {
	Method Method
	// P is between 0 and 1.
	P     float64
	Fault Fault
}

// Dice is a plan of chances. The same seed gives the same faults to the same
// order of calls.
type Dice struct {
	mu      sync.Mutex
	rnd     *rand.Rand
	chances []Chance
	off     bool
}

// NewDice returns a plan of chances. Several chances of one method are tried
// in the order given.
func NewDice(seed uint64, chances ...Chance) *Dice {
	return &Dice{rnd: rand.New(rand.NewPCG(seed, 0)), chances: chances}
}

// Stop ends all faults, so that a run can end in peace.
func (d *Dice) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
}

// Next throws the dice for a call.
func (d *Dice) Next(m Method) *Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil
	}
	for i := range d.chances {
		if c := &d.chances[i]; c.Method == m && d.rnd.Float64() < c.P {
			f := c.Fault
			return &f
		}
	}
	return nil
}

package stores

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/outpost"
)

// message is a call on its way over a line, or its answer.
type message struct {
	m    *machine
	life *life
	what string
	// ready reports whether there is something to carry.
	ready func() bool
	fate  chan fate
	// again carries it once more, for nobody.
	again func()
}

// fate is what happens to a message.
type fate int

const (
	arrives fate = iota
	lost
	doubled
	late
)

var errDown = errors.New("the line is down")

// wait waits until the message is carried, and returns how.
func (r *run) wait(ctx context.Context, msg *message) fate {
	msg.fate = make(chan fate, 1)
	r.mu.Lock()
	if r.over || msg.m.cut {
		r.mu.Unlock()
		return lost
	}
	r.queue = append(r.queue, msg)
	r.mu.Unlock()
	select {
	case f := <-msg.fate:
		return f
	case <-ctx.Done():
		r.mu.Lock()
		defer r.mu.Unlock()
		r.queue = slices.DeleteFunc(r.queue, func(o *message) bool { return o == msg })
		return lost
	}
}

// carry carries a message, and reports whether there was one.
func (r *run) carry() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.late); n > 0 && (r.calm || r.rnd.IntN(20) == 0) {
		i := r.rnd.IntN(n)
		msg := r.late[i]
		r.late = slices.Delete(r.late, i, i+1)
		r.trace.note("late " + msg.m.name + " " + msg.what)
		msg.again()
		return true
	}
	var ready []*message
	for _, msg := range r.queue {
		if !msg.m.cut && (msg.ready == nil || msg.ready()) {
			ready = append(ready, msg)
		}
	}
	if len(ready) == 0 {
		return false
	}
	slices.SortStableFunc(ready, func(a, b *message) int { return cmp.Or(cmp.Compare(a.m.name, b.m.name), cmp.Compare(a.what, b.what)) })
	msg := ready[r.rnd.IntN(len(ready))]
	f := r.fate(msg)
	r.queue = slices.DeleteFunc(r.queue, func(o *message) bool { return o == msg })
	r.stats.Messages++
	r.trace.note("line " + msg.m.name + " " + msg.what + " " + []string{"arrives", "lost", "doubled", "late"}[f])
	msg.fate <- f
	return true
}

// fate decides what happens to the message. The caller holds mu.
func (r *run) fate(msg *message) fate {
	if r.calm || r.rnd.IntN(100) >= r.weather.lose {
		return arrives
	}
	switch n := r.rnd.IntN(4); {
	case n < 2 || msg.again == nil:
		r.stats.Lost++
		return lost
	case n == 2:
		r.stats.Doubled++
		return doubled
	}
	r.stats.Late++
	return late
}

// cutLine cuts the line of a machine, and loses what is on its way; or mends it.
func (r *run) cutLine(m *machine, cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.cut = cut
	if !cut {
		return
	}
	r.queue = slices.DeleteFunc(r.queue, func(msg *message) bool {
		if msg.m == m {
			msg.fate <- lost
		}
		return msg.m == m
	})
}

// exchange carries a call to the centre, and its answer back.
func exchange[T any](ctx context.Context, l *line, what string, call func(context.Context, *outpost.Desk) (T, error)) (answer T, err error) {
	r, c := l.m.r, l.m.r.centre
	again := func() {
		if home := c.life; home != nil && !home.isDead() {
			home.all.Go(func() { _, _ = serve(home.ctx, c, call) }) // nobody waits for it
		}
	}
	msg := &message{m: l.m, life: l.life, what: what, again: again}
	switch r.wait(ctx, msg) {
	case lost:
		return answer, errDown
	case late:
		r.mu.Lock()
		r.late = append(r.late, msg)
		r.mu.Unlock()
		return answer, errDown
	case doubled:
		_, _ = serve(ctx, c, call) // the other one is answered
	}
	if err := l.admit(ctx); err != nil {
		return answer, err
	}
	answer, err = serve(ctx, c, call)
	if r.wait(ctx, &message{m: l.m, life: l.life, what: what + " answer"}) == lost {
		return answer, errDown
	}
	return answer, err
}

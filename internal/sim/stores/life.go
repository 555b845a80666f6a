package stores

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
)

// life is one process, from its start to its death.
type life struct {
	r      *run
	name   string
	ctx    context.Context //nolint:containedctx // it is the life: everything in it ends with it
	cancel context.CancelFunc
	all    sync.WaitGroup

	mu   sync.Mutex
	dead bool
	// dies says at which door of the next write it dies, "" for none.
	dies string
	died func() // called once, when it dies
}

func (r *run) newLife(name string, died func()) *life {
	l := &life{r: r, name: name, died: died}
	l.ctx, l.cancel = context.WithCancel(r.ctx)
	return l
}

// kill ends the life: nothing that it does has an effect from now on.
func (l *life) kill() {
	l.mu.Lock()
	was := l.dead
	l.dead = true
	l.mu.Unlock()
	if !was {
		l.died()
		l.cancel()
	}
}

func (l *life) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// dieAt makes it die before its next write, or when that write is stored and nobody has its answer.
func (l *life) dieAt(door string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dies = door
}

const before, after = "before", "after"

// random fills what the life draws.
func (l *life) random() func([]byte) {
	var mu sync.Mutex
	var seed uint64
	for _, c := range []byte(l.name) {
		seed = seed*31 + uint64(c)
	}
	bits := rand.New(rand.NewPCG(l.r.cfg.Seed, seed))
	return func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		for i := range b {
			b[i] = byte(bits.Uint32())
		}
	}
}

// doors wrap every call of the life to its disk.
type doors struct{ l *life }

var _ faulty.Gate = doors{}

// errDead is the error that a dead machine gets from its calls.
var errDead = fmt.Errorf("the machine is dead: %w", engine.ErrClosed)

// Enter lets a call in while the machine lives.
func (d doors) Enter(_ context.Context, m faulty.Method) error { return d.pass(m, before) }

// Leave lets a call out while the machine lives.
func (d doors) Leave(_ context.Context, m faulty.Method) error { return d.pass(m, after) }

// Next is no fault: lives end, and lines are cut.
func (d doors) Next(faulty.Method) *faulty.Fault { return nil }

func (d doors) pass(m faulty.Method, door string) error {
	writes := m == "Append" || m == "Writer.Append"
	d.l.mu.Lock()
	dies := writes && d.l.dies == door && !d.l.dead
	d.l.mu.Unlock()
	if dies {
		time.Sleep(time.Nanosecond) //nolint:forbidigo // of the bubble: callers with an answer receive it first
		d.l.r.note("%s dies %s a write", d.l.name, door)
		d.l.kill()
	}
	if d.l.isDead() {
		return errDead
	}
	return nil
}

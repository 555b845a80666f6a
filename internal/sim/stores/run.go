package stores

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

const (
	tenant = catalog.DefaultTenant
	shop   = "shop"
)

// run is one run. Its fields belong to the scheduler, except those below mu.
type run struct {
	cfg     Config
	rnd     *rand.Rand
	mood    *rand.Rand // of the person who decides cases: no other draw depends on it
	begun   time.Time
	ctx     context.Context //nolint:containedctx // it is the run: everything in it ends with it
	weather weather

	centre   *centre
	machines []*machine // all that ever were, in their order
	tills    []string
	products []string
	backup   *backup
	lastRisk map[string]bool // tills that ever might sell at risk

	mu     sync.Mutex
	queue  []*message // that wait to be carried
	late   []*message // that their senders have given up, and that may still arrive
	trace  trace
	stats  Stats
	wrong  []string
	step   int
	calm   bool // no more faults are injected
	over   bool
	orders int
	busy   int // requests that are not answered
}

// weather is how hard the run is.
type weather struct {
	harm, lose int  // of 1000 steps, of 100 messages
	risky      bool // some tills sell at risk
	copies     bool // files are copied and put back
	restores   bool // the centre is put back
	lost       bool // tills are written off and paired anew
	jumps      bool // clocks jump
	counts     bool // what is on the shelf is counted
	decides    bool // somebody decides cases
	retires    bool // products are retired at the centre, and reinstated
}

// Run runs the config in the bubble of the caller.
func Run(cfg Config) (*Result, error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	r := &run{
		cfg: cfg, rnd: rand.New(rand.NewPCG(cfg.Seed, 0x7111)), mood: rand.New(rand.NewPCG(cfg.Seed, 0xca5e)), begun: time.Now(), ctx: ctx, lastRisk: map[string]bool{},
		products: []string{"cup", "mug", "pot"},
	}
	r.weather = weather{
		harm: 10 + r.rnd.IntN(50), lose: r.rnd.IntN(12), risky: r.rnd.IntN(2) == 0, copies: r.rnd.IntN(3) == 0,
		restores: r.rnd.IntN(5) < 2, lost: r.rnd.IntN(2) == 0, jumps: r.rnd.IntN(3) == 0, counts: r.rnd.IntN(3) == 0,
	}
	r.weather.decides = r.weather.copies && r.mood.IntN(3) > 0
	r.weather.retires = cfg.Seed%4 == 1
	for i := range cfg.Tills {
		r.tills = append(r.tills, fmt.Sprintf("t%d", i+1))
	}
	if err := r.open(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	for r.step = 1; r.step <= cfg.Steps && len(r.wrong) == 0; r.step++ {
		r.rest()
		if r.weather.decides {
			r.decides()
		}
		r.act()
		if r.step%lookEvery == 0 {
			r.rest()
			judge{r}.look()
		}
	}
	if len(r.wrong) == 0 {
		judge{r}.settle()
	}
	if len(r.wrong) == 0 {
		judge{r}.judgeAll()
	}
	r.mu.Lock()
	r.trace.rest(r.step, r.elapsed())
	r.over = true
	r.mu.Unlock()
	stop()
	err := r.close()
	res := &Result{Violations: r.wrong, Hash: r.trace.sum, Tail: r.trace.tail, Stats: r.stats}
	return res, err
}

// open opens the centre with its stock, and pairs its tills.
func (r *run) open() error {
	r.centre = &centre{r: r, disk: newDisk(), clock: newClock()}
	if err := r.centre.furnish(); err != nil {
		return err
	}
	for _, id := range r.tills {
		if err := r.centre.setTill(id); err != nil {
			return err
		}
		r.pair(id)
	}
	return nil
}

func (r *run) close() error {
	var errs []error
	for _, m := range r.machines {
		m.kill()
		m.end()
	}
	errs = append(errs, r.centre.end())
	return errors.Join(errs...)
}

// rest waits until every goroutine is idle and the followers have read the logs.
func (r *run) rest() {
	for some := true; some; {
		synctest.Wait()
		if some = r.centre.disk.tell(r, "centre"); some && r.centre.alive() {
			r.centre.logs.Notify(0, engine.Seq(r.centre.head()))
			synctest.Wait()
		}
		for _, m := range r.machines {
			if m.disk.tell(r, m.name) && m.alive() {
				m.program.Wake()
				some = true
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trace.rest(r.step, r.elapsed())
}

// act does one thing.
func (r *run) act() {
	switch n := r.rnd.IntN(1000); {
	case n < r.weather.harm:
		nemesis{r}.injectFault()
	case n < 250:
		r.pass(r.someTime())
	case n < 450 && r.asks() < 6:
		r.operate()
	default:
		if !r.carry() {
			if r.asks() < 6 && r.rnd.IntN(2) == 0 {
				r.operate()
				return
			}
			r.pass(r.someTime())
		}
	}
}

// asks is how many requests wait for their answer.
func (r *run) asks() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.busy
}

// someTime is mostly short.
func (r *run) someTime() time.Duration {
	switch n := r.rnd.IntN(40); {
	case n == 0:
		return time.Duration(20+r.rnd.IntN(40)) * time.Second
	case n < 8:
		return time.Duration(1+r.rnd.IntN(5)) * time.Second
	}
	return time.Duration(10+r.rnd.IntN(400)) * time.Millisecond
}

// pass lets time pass.
func (r *run) pass(d time.Duration) {
	time.Sleep(d)   //nolint:forbidigo // the clock of the bubble: nobody sleeps
	synctest.Wait() // others wait for the same moment
	r.note("time %s", d)
}

func (r *run) elapsed() time.Duration { return time.Since(r.begun) }

func (r *run) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trace.note(fmt.Sprintf(format, args...))
}

const maxWrong = 20

// violate notes what is wrong.
func (r *run) violate(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	r.trace.note("WRONG " + text)
	if len(r.wrong) < maxWrong {
		r.wrong = append(r.wrong, text)
	}
}

// pick is one of them.
func pick[T any](r *run, all []T) T { return all[r.rnd.IntN(len(all))] }

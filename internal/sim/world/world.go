package world

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/recall"
)

// world is one run.
type world struct {
	*stage
	*stores
	encounters
	goods
	freight
	cfg     Config
	rnd     *rand.Rand // of the scheduler
	weather weather
	ctx     context.Context //nolint:containedctx // it is the run: everything in it ends with it
	end     context.CancelFunc

	// settled says that no more faults will come.
	settled bool
	died    map[string]int
	faults  *rand.Rand
	away    *away
	relays  *rand.Rand

	// The fields below belong to the scheduler.
	hasty          bool  // time passes as soon as no goroutine can continue, and quickly
	harms          []int // the steps at which something was harmed
	directory      directory
	recalls        recall.Stored
	bearer         string // the key of all clients
	closeDirectory func() error
	nodes          []*node
	clients        []*client
	slot           bound
	land           *land
	all            sync.WaitGroup
	left           int // clients that have not ended, guarded by mu
	recent         []string
	sold           []sale     // the latest orders of sundries
	lotted         []lotSale  // the latest lines that hold units of several lots
	shuttles       []string   // orders that leave and come back
	watcher        *watcher   // nil: nobody watches
	cases          cases.Kept // nil: nobody decides any
	campaigns      catalog.Campaigns
	packs          []command // the reserves of packs
	kitted         []command // those of orders that one client has for itself
	single         *command  // the latest of them that is sourced and of one kit, nil when it has a rival
	questions      []*question
}

// storm is the most decisions with faults in a run.
const storm = 12_000

// Run simulates. It must be called in a bubble of testing/synctest.
func Run(cfg Config) (*Result, error) {
	if cfg.Planted != "" && cfg.Planted != TornGroup && !HasPlanted() {
		return nil, errSound
	}
	seen := newStage()
	kept := &stores{stage: seen}
	w := &world{
		stage: seen, stores: kept, cfg: cfg, died: map[string]int{}, closeDirectory: func() error { return nil },
		encounters: encounters{
			stores: kept, travel: drawTravel(cfg.Seed), relay: drawRelay(cfg.Seed), hangs: rand.New(rand.NewPCG(cfg.Seed, 4)), laden: map[string]bool{},
		},
		rnd:    rand.New(rand.NewPCG(cfg.Seed, 1)),
		faults: rand.New(rand.NewPCG(cfg.Seed, 2)), relays: rand.New(rand.NewPCG(cfg.Seed, 7)), away: newAway(cfg.Seed),
	}
	w.weather = drawWeather(w.rnd)
	if w.curt() {
		w.weather.stop = 30
	}
	w.ctx, w.end = context.WithCancel(context.Background())
	defer w.end()
	var err error
	if err = w.openDisks(w); err != nil {
		return nil, err
	}
	w.land = newLand(len(w.disks))
	most := 3
	if w.moving() {
		most = w.travel.settled
	}
	w.goods = drawGoods(cfg.Seed, w.rnd, len(w.disks), most)
	if w.isSeveral() {
		// More happens at the same time, so time passes more slowly.
		w.weather.pass /= 8
	}
	if err = w.openDirectory(); err != nil {
		return nil, err
	}
	for _, name := range []string{"A", "B"} {
		w.nodes = append(w.nodes, &node{w: w, name: name, clock: nodeClock{begun: w.begun}})
	}
	err = w.play()
	if err == nil {
		err = w.judge()
	}
	err = errors.Join(err, w.closeDisks(), w.closeDirectory())
	if err != nil {
		return nil, fmt.Errorf("simulate seed %d: %w", cfg.Seed, err)
	}
	return &Result{
		Hash: w.trace.hash, Violations: w.violations, Tail: w.trace.tail(w.wrongAt), Stats: w.stats, Died: w.died,
		moments: w.trace.lines,
	}, nil
}

// play runs the simulation and returns when all goroutines are gone.
func (w *world) play() error {
	w.calm = true
	for _, n := range w.nodes {
		w.start(n)
	}
	setup := w.newClient(0, w.openings())
	w.live(setup)
	w.runUntil(func() bool { return w.left == 0 })
	if w.watched() {
		w.watcher = newWatcher(w)
		w.all.Go(w.watcher.run)
	}
	w.calm = false
	for id := range w.cfg.Clients {
		w.live(w.newClient(id+1, nil))
	}
	if w.transfers {
		for range carriers {
			c := w.newClient(len(w.clients), nil)
			c.carries = true
			w.live(c)
		}
	}
	w.runUntil(func() bool { return w.left == 0 || w.step > storm })
	w.settleDown()
	w.runUntil(func() bool { return w.left == 0 })
	// Everything that has a deadline soon passes it, and is swept.
	late := w.elapsed() + longestWait
	if w.isSeveral() {
		late, w.hasty = late+longestLeg, true
	}
	w.runUntil(func() bool { return w.elapsed() > late })
	late = w.elapsed() + longestDuty
	var err error
	w.runUntil(func() (done bool) {
		done, err = w.delivered(w.ctx)
		return done || err != nil || w.elapsed() > late
	})
	audits, failed := w.lookAtAll(w.ctx)
	rulings, unread := caseAudits(w)
	if err = errors.Join(err, failed, unread); err != nil {
		return err
	}
	w.live(w.newClient(len(w.clients), slices.Concat(w.audits(), audits, packAudits(w), rulings, promotionAudits(w))))
	w.runUntil(func() bool { return w.left == 0 && w.caughtUp(w.ctx) && (w.watcher == nil || w.watcher.caughtUp()) })
	late = w.elapsed() + longestMove
	w.runUntil(func() bool { return w.land.quiet() || w.elapsed() > late })
	for _, m := range w.land.list() {
		w.violate("a move does not end: %+v", m)
	}
	w.stats.Decisions = w.step
	return w.stop()
}

// runUntil decides again and again until done.
func (w *world) runUntil(done func() bool) {
	for idle := 0; ; {
		synctest.Wait()
		w.settle()
		w.mu.Lock()
		ended := done() || len(w.violations) > 0
		w.mu.Unlock()
		if ended {
			return
		}
		if w.step > 40*storm {
			w.violate("the run does not end")
			return
		}
		if w.decide() {
			idle = 0
		} else if idle++; idle > 1000 {
			w.violate("nobody goes on")
			return
		}
	}
}

// stop ends all nodes and clients.
func (w *world) stop() error {
	w.mu.Lock()
	w.trace.closed = true
	w.over = true
	w.mu.Unlock()
	for _, n := range w.nodes {
		if n.life != nil {
			w.kill(n.life)
		}
	}
	w.end()
	w.release(func(*seat) bool { return true })
	w.all.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gather()
	return nil
}

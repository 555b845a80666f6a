package world

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// node is a place where a server runs, dies and is started again.
type node struct {
	w     *world
	name  string
	clock nodeClock
	lives int
	life  *life
}

// life is one server process, from its start to its death.
type life struct {
	w      *world
	node   *node
	name   string
	ctx    context.Context //nolint:containedctx // it is the life: everything in it ends with it
	cancel context.CancelFunc
	// front answers REST calls once the node is up.
	front http.Handler
	books *ledger.Ledger
	tail  *feed.Tail
	// endBooks tells the books to finish what they accepted, and to end.
	endBooks context.CancelFunc

	// Guarded by the world's mu:
	inside        int           // calls
	stopping      time.Duration // since when it stops
	ending, ended bool          // its rooms, its books
	up            bool          // it takes calls
	dead          bool
	frozen        bool          // by the scheduler only
	asleep        time.Duration // until when it surely stays so
	broken        bool          // its books have stopped
	// faulted says that something failed while it was started.
	faulted bool
}

type whoKey struct{}

func withCaller(ctx context.Context, who string) context.Context {
	return context.WithValue(ctx, whoKey{}, who)
}

// start starts the node's server.
func (w *world) start(n *node) {
	n.lives++
	l := &life{w: w, node: n, name: n.name + strconv.Itoa(n.lives)}
	l.ctx, l.cancel = context.WithCancel(w.ctx)
	w.mu.Lock()
	n.life = l
	w.mu.Unlock()
	w.note("start", l.name, "")
	w.boundSlotTime()
	w.all.Go(l.run)
}

// run opens the rooms as cmd/holdfast does and runs them.
func (l *life) run() {
	w := l.w
	random := rand.New(rand.NewPCG(w.cfg.Seed, uint64(l.name[0])<<32|uint64(l.node.lives)))
	log := l.log()
	engines := make([]engine.Engine, len(w.disks))
	for i, d := range w.disks {
		engines[i] = faulty.New(d.engine, &doors{l, d})
	}
	ctx := withCaller(l.ctx, l.name+"/open")
	w.wait(l.name+"/open", "start", l)
	spread := func(n time.Duration) time.Duration { return time.Duration(random.Int64N(int64(n))) }
	if w.isSeveral() { // who draws first must not matter
		spread = func(n time.Duration) time.Duration {
			return time.Duration(rand.New(rand.NewPCG(w.cfg.Seed, uint64(w.elapsed()))).Int64N(int64(n)))
		}
	}
	// Each follower has a log of its own. Nothing here decides which of two reads first
	// when both are notified at the same moment.
	logs, heard, streamed := feed.NewLogs(engines), feed.NewLogs(engines), feed.NewLogs(engines)
	tail := feed.NewTail(streamed, log, feed.WithPoll(200*time.Millisecond), feed.WithRandom(spread), tailPlanted(w.cfg.Planted))
	journal := view.NewJournal(logs, log, view.WithPace(20*time.Millisecond), view.WithRandom(spread))
	var drawing sync.Mutex
	bits := rand.New(rand.NewPCG(w.cfg.Seed, uint64(l.name[0])<<40|uint64(l.node.lives)))
	opts := w.plant([]ledger.Option{
		ledger.WithLog(log), ledger.WithClock(&l.node.clock), ledger.WithPoints(l.point), ledger.WithSleep(l.sleep),
		ledger.WithStored(func(slot uint16, seq engine.Seq, at stock.Time, entries []*stock.Event, size int) {
			logs.Stored(slot, seq, at, entries, size)
			heard.Stored(slot, seq, at, entries, size)
			streamed.Stored(slot, seq, at, entries, size)
		}),
		ledger.WithNotify(func(p ledger.Position) {
			logs.Notify(p.Slot, p.Seq)
			heard.Notify(p.Slot, p.Seq)
			streamed.Notify(p.Slot, p.Seq)
			w.wait(fmt.Sprintf("%s/notify@%d", l.name, p.Slot), "notified", l)
		}),
		ledger.WithMaxGroup(w.weather.group), ledger.WithQueue(w.weather.queue),
		ledger.WithRandom(func(b []byte) {
			drawing.Lock() // goroutines of a dead node run at the same time
			defer drawing.Unlock()
			for i := range b {
				b[i] = byte(bits.Uint32())
			}
		}),
	})
	c := newChart(l)
	if w.isSeveral() {
		opts = append(opts, ledger.WithAtlas(c))
	}
	if w.relay.on {
		opts = append(opts, ledger.WithPeers(&peers{l, map[uint16]int{}}))
	}
	books, err := ledger.OpenSlots(ctx, engines, opts...)
	if err != nil {
		l.fell(err)
		return
	}
	deliveries := feed.NewRunner(log, "delivery", 100*time.Millisecond, time.Second)
	deliveries.SetRandom(spread)
	feed.ProjectEntries(deliveries, heard, ledger.DeliveryName, ledger.DeliveryPace, books.Deliveries())
	house := server.Rooms{
		Books: books, Directory: w.directory, Facts: server.Facts{Answers: w.directory}, Keys: w.directory, Levels: view.NewLevels(engines, l.node.clock.Wall),
		Journal: journal, Ready: []server.Dependency{{Name: "books", Check: books.Ready}},
	}
	door := intake.New(books, w.directory, nil)
	if w.sourced {
		catalog := &mainDatabase{w.directory, l}
		orders := fulfil.New(books, catalog, catalog)
		plantOrders(orders, w.cfg.Planted)
		house.Facts.Answers, door = catalog, intake.New(books, w.directory, orders)
	}
	recalls := recall.New(door, books, w.recalls, w.directory, recall.WithKeys(books))
	opening := recalls.WithOpenings(door)
	house.Recalls, house.Door = recalls, opening
	transfers := l.transfers(opening, books)
	if w.transfers {
		house.Transfers = transfers
	}
	keepsCases := func(context.Context) {}
	if w.shortages {
		keepsCases = l.decides(&house, engines, log, spread)
	}
	appliesCampaigns := l.promotes(&house, log)
	front, err := server.New(house, server.WithLog(log), server.WithPublicRate(0))
	if err != nil {
		l.fell(err)
		return
	}
	w.wait(l.name+"/open", "opened", l)
	rooms, end := context.WithCancel(l.ctx)
	w.mu.Lock()
	l.front, l.books, l.tail, l.endBooks = front.REST(), books, tail, end
	l.up = !l.dead
	w.mu.Unlock()
	w.all.Go(func() {
		if err := books.Run(withCaller(rooms, l.name)); err != nil {
			l.broke()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		l.ended = l.ending
	})
	w.all.Go(func() {
		if err := journal.Run(withCaller(l.ctx, l.name+"/view")); err != nil && !errors.Is(err, context.Canceled) {
			l.fell(err)
		}
	})
	w.all.Go(func() {
		if err := tail.Run(withCaller(l.ctx, l.name+"/feed")); err != nil && !errors.Is(err, context.Canceled) {
			l.fell(err)
		}
	})
	w.all.Go(func() {
		if err := deliveries.Run(withCaller(l.ctx, l.name+"/legs")); err != nil && !errors.Is(err, context.Canceled) {
			l.fell(err)
		}
	})
	if w.transfers {
		l.completes(rooms, transfers)
	}
	keepsCases(rooms)
	appliesCampaigns(rooms)
	l.travels(c)
}

// lives lets the node do work that a caller outside it waits for. It stops where the work is done,
// and reports whether the node lived that long. A caller that waits for a node that dies learns
// that at once: the rest of its goroutines' work, and its end, may differ from run to run.
func (l *life) lives(work func(), who, done string) bool {
	w := l.w
	ended := make(chan struct{})
	w.all.Go(func() {
		defer close(ended)
		work()
	})
	select {
	case <-ended:
		w.wait(who, done, l)
	case <-l.ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return !l.dead
}

// fell notes that the node could not start; it counts as dead.
func (l *life) fell(err error) {
	w := l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if !l.dead {
		w.trace.note("fell", l.name, err.Error())
		if w.calm && !l.faulted {
			w.violate("%s cannot start, though nothing fails any more: %v", l.name, err)
		}
	}
	l.dead = true
}

// broke notes that the node's books have stopped: it has to be started again.
func (l *life) broke() {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	l.broken = true
}

// point stops a goroutine of the ledger.
func (l *life) point(ctx context.Context, p ledger.Point) {
	l.w.wait(l.nameGoroutine(ctx), "ledger "+string(p), l)
}

// sleep waits for a ledger, and stops when the time is over: others may wait for the same moment.
func (l *life) sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.w.wait(l.nameGoroutine(ctx), "slept", l)
	return ctx.Err()
}

// nameGoroutine names the goroutine, by its context.
func (l *life) nameGoroutine(ctx context.Context) string {
	name, ok := ctx.Value(whoKey{}).(string)
	branch, _ := pprof.Label(ctx, "branch")
	switch {
	case !ok:
		return l.name + "/nobody"
	case name != l.name:
		return name + branch
	}
	task, _ := pprof.Label(ctx, "task")
	return l.name + "/" + task + branch
}

// doors wrap every call of a node to a slot's store.
type doors struct {
	l *life
	d *disk
}

var _ faulty.Gate = (*doors)(nil)

// errDead is the error that a dead node gets from every call.
var errDead = fmt.Errorf("the node is dead: %w", engine.ErrClosed)

// Enter stops the caller before the call takes effect.
func (d *doors) Enter(ctx context.Context, m faulty.Method) error {
	return d.stop(ctx, string(m)+" comes")
}

// Leave stops the caller when the call has taken effect.
func (d *doors) Leave(ctx context.Context, m faulty.Method) error {
	return d.stop(ctx, string(m)+" came back")
}

func (d *doors) stop(ctx context.Context, at string) error {
	who := d.l.nameGoroutine(ctx)
	if d.l.w.isSeveral() {
		who += "@" + strconv.Itoa(d.d.slot)
	}
	d.l.w.wait(who, "store "+at, d.l)
	d.l.w.mu.Lock()
	defer d.l.w.mu.Unlock()
	if d.l.dead {
		return errDead
	}
	return nil
}

var (
	errCable = errors.New("the cable is loose")
	errBreak = fmt.Errorf("the disk has failed: %w", engine.ErrBroken)
)

// Next plans the fault of a call.
func (d *doors) Next(m faulty.Method) *faulty.Fault {
	w := d.l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calm || d.l.dead {
		return nil
	}
	if w.gaps && w.away.calls(d.d.slot) {
		w.stats.Faults++
		w.harms = append(w.harms, w.step)
		d.l.faulted = d.l.faulted || !d.l.up
		w.trace.note("away", d.l.name, fmt.Sprintf("%s at slot %d", m, d.d.slot))
		return &faulty.Fault{Err: errCable}
	}
	if w.weather.fault == 0 || w.faults.IntN(10_000) >= w.weather.fault {
		return nil
	}
	f := &faulty.Fault{Err: errCable}
	if m == "Append" || m == "Writer.Append" {
		switch w.faults.IntN(8) {
		case 0, 1:
			f.Err, f.After = engine.ErrUnknown, true
		case 2:
			f.Err = engine.ErrUnknown
		case 3:
			f.Err = engine.ErrFull
		case 4:
			f.Err = engine.ErrMoved
		case 5:
			f.Err, f.After = errors.Join(errBreak, engine.ErrUnknown), w.faults.IntN(2) == 0
		}
	} else {
		f.After = w.faults.IntN(2) == 0
	}
	w.stats.Faults++
	w.harms = append(w.harms, w.step)
	d.l.faulted = d.l.faulted || !d.l.up
	w.trace.note("fault", d.l.name, fmt.Sprintf("%s: %v, after: %t", m, f.Err, f.After))
	return f
}

// log is what the node logs to.
func (l *life) log() *slog.Logger { return slog.New(&ear{l}) }

// ear receives a node's log lines. Only injected faults may be logged as errors.
type ear struct{ l *life }

func (e *ear) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

func (e *ear) Handle(_ context.Context, r slog.Record) error {
	w := e.l.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.l.dead || w.over {
		return nil
	}
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	w.trace.note("log", e.l.name, text)
	switch r.Message {
	case "slot stopped":
		e.l.broken = true
		if !strings.Contains(text, "the disk has failed") && !strings.Contains(text, "outcome unknown") {
			w.violate("%s: %s", e.l.name, text)
		}
	case "journal fails, trying again", "delivery fails, trying again", "feed fails, trying again", "cases fails, trying again", "case is not looked at":
	default:
		w.violate("%s: %s", e.l.name, text)
	}
	return nil
}

func (e *ear) WithAttrs([]slog.Attr) slog.Handler { return e }
func (e *ear) WithGroup(string) slog.Handler      { return e }

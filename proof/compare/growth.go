package compare

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/proof/history"
)

// RunGrowth makes the long measurements on each server: many items, many open holds and much
// history, orders of three lines, and many holds that are due at once. It uses one slot, with
// views running.
func RunGrowth(ctx context.Context, c Config) ([]bench.Result, error) {
	r := &peers{Config: c, pace: newPace(0, 0)}
	for _, dsn := range c.Servers {
		if err := r.server(ctx, dsn, r.growth); err != nil {
			return r.results, err
		}
	}
	return r.results, nil
}

func (r *peers) growth(ctx context.Context) error {
	for _, step := range []func(context.Context) error{r.manyItems, r.longHistory, r.threeLines, r.manyDue} {
		if err := errors.Join(step(ctx), r.on.Forget(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// rival is one side of a comparison of Holdfast with itself.
type rival struct {
	*bench.Slot
	// op is one call, which makes count operations.
	op    func(ctx context.Context, caller int) error
	count int
	side  load.Side
}

// slot opens set n of the scratch database.
func (r *peers) slot(ctx context.Context, n int, w *load.Workload, v bench.Variant) (*rival, error) {
	store, err := slotsOn(r.on)(ctx, n)
	if err != nil {
		return nil, err
	}
	a, err := bench.OpenSlot(ctx, store, w, v, bench.Whole, false)
	if err != nil {
		return nil, err
	}
	return &rival{Slot: a, op: a.Reserve, count: 1}, nil
}

// duel lets 256 callers use one side and then the other, round by round.
func (r *peers) duel(ctx context.Context, name string, goal float64, note string, a, b *rival) error {
	const callers = 256
	c := &contest{peers: r, callers: callers}
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("%s, round %d of %d", name, round+1, r.Rounds))
		for _, one := range []*rival{a, b} {
			before, err := c.gauge(ctx)
			if err != nil {
				return err
			}
			s, err := load.Drive(ctx, callers, one.count, r.Cell, one.op)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			f, err := c.figureSince(ctx, before, s)
			if err != nil {
				return err
			}
			one.side.Add(f)
		}
	}
	r.tell(bench.Result{Name: name, A: a.side.Middle(), B: b.side.Middle(), Ratio: load.Ratio(&a.side, &b.side), Goal: goal, Note: note, Rounds: r.Rounds})
	return nil
}

// tell reports a result of this server.
func (r *peers) tell(res bench.Result) {
	res.Server = r.says
	r.results = append(r.results, res)
	r.Report(res)
}

// manyItems compares many items with a thousand, all equally in demand.
func (r *peers) manyItems(ctx context.Context) (err error) {
	var sides [2]*rival
	for n, items := range []int{r.Many, 1000} {
		r.Progress(fmt.Sprintf("opening %d items", items))
		if sides[n], err = r.slot(ctx, n, load.Uniform(items), bench.Variant{Views: true}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[n].Close()) }()
		if _, err := history.CatchUp(ctx, sides[n].Slot); err != nil {
			return err
		}
	}
	return r.duel(ctx, r.on.Engine()+"/uniform/256/many-items-vs-1000", 0.7, fmt.Sprintf("%d items, all wanted alike", r.Many), sides[0], sides[1])
}

// longHistory compares many open holds and five times as many events with an
// empty slot.
func (r *peers) longHistory(ctx context.Context) (err error) {
	w := load.SpreadOver(r.Items)
	var sides [2]*rival
	for n := range sides {
		if sides[n], err = r.slot(ctx, n, w, bench.Variant{Views: true}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[n].Close()) }()
	}
	r.Progress(fmt.Sprintf("filling a slot with %d open holds and %d events", r.Many, 5*r.Many))
	if err := history.Pairs(ctx, sides[0].Slot, 2*r.Many); err != nil {
		return err
	}
	if err := history.PlaceMany(ctx, sides[0].Slot, r.Many); err != nil {
		return err
	}
	for _, s := range sides {
		if _, err := history.CatchUp(ctx, s.Slot); err != nil {
			return err
		}
	}
	return r.duel(ctx, r.on.Engine()+"/spread/256/grown-vs-empty", 0.9, fmt.Sprintf("%d open holds and %d events against an empty slot", r.Many, 5*r.Many), sides[0], sides[1])
}

// threeLines compares orders of three lines with orders of one, by the line.
func (r *peers) threeLines(ctx context.Context) (err error) {
	w := load.SpreadOver(r.Items)
	var sides [2]*rival
	for n := range sides {
		if sides[n], err = r.slot(ctx, n, w, bench.Variant{Views: true}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[n].Close()) }()
		if _, err := history.CatchUp(ctx, sides[n].Slot); err != nil {
			return err
		}
	}
	three := sides[0]
	three.count = 3
	three.op = func(ctx context.Context, _ int) error {
		n := three.IDs.Next()
		request := three.Place(n)
		place := request.Command.(stock.Place)
		for i := range uint64(2) {
			place.Lines = append(place.Lines, stock.Demand{Item: bench.ItemKey(load.Product(w.Pick(n*2 + i + load.PicksLength/2))), Bucket: bench.Bucket, Qty: 1})
		}
		request.Command = place
		return three.Ledger.Submit(ctx, request)[0].Err
	}
	return r.duel(ctx, r.on.Engine()+"/spread/256/three-lines-vs-one", 0.8, "lines a second, of orders in one bucket", sides[0], sides[1])
}

// leap is a clock that can be set forward.
type leap struct {
	start time.Time
	ahead atomic.Int64
}

func (l *leap) Wall() stock.Time {
	return stock.Time(time.Now().Add(time.Duration(l.ahead.Load())).UnixMilli())
}

func (l *leap) Elapsed() time.Duration { return time.Since(l.start) + time.Duration(l.ahead.Load()) }

var _ ledger.Clock = (*leap)(nil)

// manyDue lets many holds become due at once while others continue reserving.
func (r *peers) manyDue(ctx context.Context) (err error) {
	const callers = 16
	due := r.Many
	clock := &leap{start: time.Now()}
	a, err := r.slot(ctx, 0, load.SpreadOver(r.Items), bench.Variant{Views: true, Clock: clock})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r.Progress(fmt.Sprintf("opening %d holds that will be due together", due))
	if err := history.PlaceMany(ctx, a.Slot, due); err != nil {
		return err
	}
	if _, err := history.CatchUp(ctx, a.Slot); err != nil {
		return err
	}
	clock.ahead.Store(int64(time.Duration(bench.TTL)*time.Millisecond + time.Minute))
	start := time.Now()
	var took time.Duration
	watching, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		poll := time.NewTicker(20 * time.Millisecond)
		defer poll.Stop()
		for a.Ledger.Stats().Expired < uint64(due) {
			select {
			case <-poll.C:
			case <-watching.Done():
				return
			}
		}
		took = time.Since(start)
		stop()
	}()
	const patience = 5 * time.Minute
	s, err := load.Drive(watching, callers, 1, patience, a.Reserve)
	stop()
	<-done
	if took == 0 {
		return errors.Join(err, ctx.Err(), fmt.Errorf("%d of %d holds have expired", a.Ledger.Stats().Expired, due))
	}
	if s == nil {
		return err
	}
	f := s.Figure()
	name := r.on.Engine() + "/spread/16/sweep"
	r.tell(bench.Result{Name: name, A: f, Value: took.Seconds(), Limit: float64(due) / 50_000, Unit: "s", Note: fmt.Sprintf("until %d holds that were due together had expired", due)})
	r.tell(bench.Result{Name: name + "-p99", A: f, Value: f.P99Micros / 1e3, Limit: 20, Unit: "ms", Note: "of 16 callers who reserved meanwhile"})
	return nil
}

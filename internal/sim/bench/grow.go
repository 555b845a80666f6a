package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// RunGrowth measures on each server what takes long: many items, many open
// holds and much history, orders of three lines, and many holds that are due
// at once. One slot, views running.
func RunGrowth(ctx context.Context, c PeersConfig) ([]Result, error) {
	r := &peers{PeersConfig: c, pace: newPace(0, 0)}
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
	*ours
	// op is one call, which does count operations.
	op    func(ctx context.Context, caller int) error
	count int
	side  side
}

// slot opens set n of the scratch database.
func (r *peers) slot(ctx context.Context, n int, w *workload, v variant) (*rival, error) {
	store, err := slotsOn(r.on)(ctx, n)
	if err != nil {
		return nil, err
	}
	a, err := openOn(ctx, store, w, v, whole, false)
	if err != nil {
		return nil, err
	}
	return &rival{ours: a, op: a.reserve, count: 1}, nil
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
			s, err := drive(ctx, callers, one.count, r.Cell, one.op)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			f, err := c.since(ctx, before, s)
			if err != nil {
				return err
			}
			one.side.add(f)
		}
	}
	r.tell(Result{Name: name, A: a.side.middle(), B: b.side.middle(), Ratio: ratio(&a.side, &b.side), Goal: goal, Note: note, Rounds: r.Rounds})
	return nil
}

// tell reports a result of this server.
func (r *peers) tell(res Result) {
	res.Server = r.says
	r.results = append(r.results, res)
	r.Report(res)
}

// manyItems compares many items with a thousand, all wanted alike.
func (r *peers) manyItems(ctx context.Context) (err error) {
	var sides [2]*rival
	for n, items := range []int{r.Many, 1000} {
		r.Progress(fmt.Sprintf("opening %d items", items))
		if sides[n], err = r.slot(ctx, n, uniform(items), variant{views: true}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[n].close()) }()
		if _, err := sides[n].catchUp(ctx); err != nil {
			return err
		}
	}
	return r.duel(ctx, r.on.Engine()+"/uniform/256/many-items-vs-1000", 0.7, fmt.Sprintf("%d items, all wanted alike", r.Many), sides[0], sides[1])
}

// longHistory compares many open holds and five times as many events with an
// empty slot.
func (r *peers) longHistory(ctx context.Context) (err error) {
	w := spreadOver(r.Items)
	var sides [2]*rival
	for n := range sides {
		if sides[n], err = r.slot(ctx, n, w, variant{views: true}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[n].close()) }()
	}
	r.Progress(fmt.Sprintf("filling a slot with %d open holds and %d events", r.Many, 5*r.Many))
	if err := sides[0].pairs(ctx, 2*r.Many); err != nil {
		return err
	}
	if err := sides[0].placeMany(ctx, r.Many); err != nil {
		return err
	}
	for _, s := range sides {
		if _, err := s.catchUp(ctx); err != nil {
			return err
		}
	}
	return r.duel(ctx, r.on.Engine()+"/spread/256/grown-vs-empty", 0.9, fmt.Sprintf("%d open holds and %d events against an empty slot", r.Many, 5*r.Many), sides[0], sides[1])
}

// threeLines compares orders of three lines with orders of one, by the line.
func (r *peers) threeLines(ctx context.Context) (err error) {
	w := spreadOver(r.Items)
	var sides [2]*rival
	for n := range sides {
		if sides[n], err = r.slot(ctx, n, w, variant{views: true}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[n].close()) }()
		if _, err := sides[n].catchUp(ctx); err != nil {
			return err
		}
	}
	three := sides[0]
	three.count = 3
	three.op = func(ctx context.Context, _ int) error {
		n := three.ids.next()
		request := three.place(n)
		place := request.Command.(stock.Place)
		for i := range uint64(2) {
			place.Lines = append(place.Lines, stock.Demand{Item: itemKey(product(w.pick(n*2 + i + picksLength/2))), Bucket: bucket, Qty: 1})
		}
		request.Command = place
		return three.ledger.Submit(ctx, request)[0].Err
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

// manyDue lets many holds become due at once while others go on reserving.
func (r *peers) manyDue(ctx context.Context) (err error) {
	const callers = 16
	due := r.Many
	clock := &leap{start: time.Now()}
	a, err := r.slot(ctx, 0, spreadOver(r.Items), variant{views: true, clock: clock})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	r.Progress(fmt.Sprintf("opening %d holds that will be due together", due))
	if err := a.placeMany(ctx, due); err != nil {
		return err
	}
	if _, err := a.catchUp(ctx); err != nil {
		return err
	}
	clock.ahead.Store(int64(time.Duration(ttl)*time.Millisecond + time.Minute))
	start := time.Now()
	var took time.Duration
	watching, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		poll := time.NewTicker(20 * time.Millisecond)
		defer poll.Stop()
		for a.ledger.Stats().Expired < uint64(due) {
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
	s, err := drive(watching, callers, 1, patience, a.reserve)
	stop()
	<-done
	if took == 0 {
		return errors.Join(err, ctx.Err(), fmt.Errorf("%d of %d holds have expired", a.ledger.Stats().Expired, due))
	}
	if s == nil {
		return err
	}
	f := s.figure()
	name := r.on.Engine() + "/spread/16/sweep"
	r.tell(Result{Name: name, A: f, Value: took.Seconds(), Limit: float64(due) / 50_000, Unit: "s", Note: fmt.Sprintf("until %d holds that were due together had expired", due)})
	r.tell(Result{Name: name + "-p99", A: f, Value: f.P99Micros / 1e3, Limit: 20, Unit: "ms", Note: "of 16 callers who reserved meanwhile"})
	return nil
}

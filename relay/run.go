package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"holdfast.dev/holdfast/client"
)

const (
	claimEvery = 500 * time.Millisecond
	claimWait  = 2 * time.Second
	// finishWait is how long deliveries under way may take when the relay stops.
	finishWait = 5 * time.Second
)

// Options say how a relay works.
type Options struct {
	ID      string // unique among the relays of the tenant; each process makes a new one
	Tenant  string // until the first claim returns it
	Log     *slog.Logger
	Metrics *Metrics // nil: nothing is counted
	// Claimed gets the outcome of each claim, nil: it has the sinks. It may be nil.
	Claimed func(error)
	// Consuming is what is needed to consume sources, nil: the relay consumes none.
	Consuming *Consuming
}

// Run claims sinks and delivers their events, and claims sources and consumes their
// messages, until ctx ends. Then it finishes the work under way, and returns sinks and
// sources, within 5 s.
func Run(ctx context.Context, books Books, leaves Leaves, o Options) error {
	r := &relay{books: books, leaves: leaves, o: o, tours: map[endpoint]*tour{}, begun: map[endpoint]int64{}}
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		r.claim(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	r.finish(context.WithoutCancel(ctx))
	return nil
}

// relay keeps the sinks and sources that a relay has.
type relay struct {
	books   Books
	leaves  Leaves
	o       Options
	tours   map[endpoint]*tour
	begun   map[endpoint]int64 // the epoch of the newest worker: no second one begins under it
	failed  bool               // the last claim has failed
	refused string             // why it gets no sources, as last logged
}

// endpoint names a sink or a source.
type endpoint struct {
	source bool
	name   string
}

// worker is a courier or a consumer: it has one sink or source.
type worker interface {
	// run works until the lease is lost, which ends lost, or until stop is closed. Then it
	// finishes the work under way.
	run(lost context.Context, stop <-chan struct{})
}

// tour is a worker at work.
type tour struct {
	worker
	epoch   int64
	until   time.Time   // the end of the lease
	expire  *time.Timer // ends it with the lease
	cancel  context.CancelFunc
	stop    chan struct{}
	done    chan struct{}
	halting sync.Once
}

// halt makes it finish the work under way.
func (t *tour) halt() { t.halting.Do(func() { close(t.stop) }) }

func (t *tour) isOver() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// isLost reports whether it is over, or its lease is. After the process stood still the
// timer that ends it may not have run yet.
func (t *tour) isLost(now time.Time) bool {
	if !now.Before(t.until) {
		t.cancel()
		return true
	}
	return t.isOver()
}

// question is what a claim reports about the couriers and consumers at work. It names none
// whose lease is over: what it had is to be claimed under another epoch.
func (r *relay) question() client.ClaimSinks {
	q := client.ClaimSinks{RelayID: r.o.ID, Held: map[string]int64{}, Consumes: r.o.Consuming != nil, HeldSources: map[string]int64{}}
	now := time.Now()
	for at, t := range r.tours {
		switch {
		case t.isOver():
			delete(r.tours, at)
		case t.isLost(now):
		case at.source:
			q.HeldSources[at.name] = t.epoch
		default:
			q.Held[at.name] = t.epoch
		}
	}
	return q
}

// claim renews the leases and starts and ends couriers and consumers.
func (r *relay) claim(ctx context.Context) {
	asked := time.Now()
	waiting, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	got, err := r.books.Claim(waiting, r.question())
	if r.o.Claimed != nil {
		r.o.Claimed(err)
	}
	if err != nil {
		if !r.failed && ctx.Err() == nil {
			r.o.Log.Warn("cannot claim sinks and sources", "err", err)
		}
		r.failed = true
		return
	}
	r.failed = false
	r.noSources(got.NoSources)
	if got.Tenant != "" {
		r.o.Tenant = got.Tenant
	}
	lease := time.Until(asked.Add(got.Lease))
	given := map[endpoint]bool{}
	for _, s := range got.Sinks {
		at := endpoint{name: s.Name}
		given[at] = true
		if t := r.renew(at, s.Epoch, lease); t != nil {
			newest(t.worker.(*courier).orders, s)
			continue
		}
		kind, known := r.leaves[s.Kind]
		if !known {
			kind = Kind{Open: func(context.Context, Target) (Leaf, error) { return nil, errUnknown("sinks of kind " + s.Kind) }}
		}
		r.start(at, s.Epoch, newCourier(s, r.books, kind, r.o), lease)
	}
	for _, s := range got.Sources {
		at, order := endpoint{source: true, name: s.Name}, sourceOrder{s, asked}
		given[at] = true
		if t := r.renew(at, s.Epoch, lease); t != nil {
			newest(t.worker.(*consumer).orders, order)
			continue
		}
		kind, known := r.o.Consuming.Inlets[s.Kind]
		if !known {
			kind = func(context.Context, Origin) (Inlet, error) { return nil, errUnknown("sources of kind " + s.Kind) }
		}
		r.start(at, s.Epoch, newConsumer(order, kind, r.o), lease)
	}
	for name, t := range r.tours {
		if !given[name] {
			t.halt() // its lease ends it if it does not
		}
	}
}

// newest replaces the value that waits in a channel of size one.
func newest[T any](waiting chan T, v T) {
	select {
	case <-waiting:
	default:
	}
	waiting <- v
}

// noSources logs once why the relay gets no sources, "": it gets them.
func (r *relay) noSources(why string) {
	if why != "" && why != r.refused {
		r.o.Log.Warn("no sources are consumed", "err", why)
	}
	r.refused = why
}

// renew returns the tour that works there under the epoch, nil: there is none.
func (r *relay) renew(at endpoint, epoch int64, lease time.Duration) *tour {
	t, now := r.tours[at], time.Now()
	if t == nil || t.epoch != epoch || t.isLost(now) {
		return nil
	}
	t.until = now.Add(lease)
	t.expire.Reset(lease)
	return t
}

// start starts a worker, in place of an earlier one. A worker does not know what an earlier
// one of its epoch has reported, so none begins under an epoch that had one: the next claim
// no longer names it, and gets another.
func (r *relay) start(at endpoint, epoch int64, w worker, lease time.Duration) {
	if r.begun[at] == epoch || lease <= 0 {
		return
	}
	r.begun[at] = epoch
	before := r.tours[at]
	ctx, cancel := context.WithCancel(context.Background())
	t := &tour{
		worker: w, epoch: epoch, until: time.Now().Add(lease), expire: time.AfterFunc(lease, cancel), cancel: cancel,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	r.tours[at] = t
	go func() {
		defer close(t.done)
		defer cancel()
		defer t.expire.Stop()
		if before != nil {
			before.cancel()
			<-before.done
		}
		t.run(ctx, t.stop)
	}()
}

// finish ends all workers, and returns sinks and sources.
func (r *relay) finish(ctx context.Context) {
	for _, t := range r.tours {
		t.halt()
	}
	limit := time.NewTimer(finishWait)
	defer limit.Stop()
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for _, t := range r.tours {
		for !t.isOver() {
			select {
			case <-t.done:
			case <-tick.C:
				r.keep(ctx)
			case <-limit.C:
				for _, late := range r.tours {
					late.cancel()
				}
				<-t.done
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	if _, err := r.books.Claim(ctx, client.ClaimSinks{RelayID: r.o.ID, Leaving: true}); err != nil {
		r.o.Log.Debug("sinks and sources are free when their leases end", "err", err)
	}
}

// keep renews the leases of workers that finish, and starts none.
func (r *relay) keep(ctx context.Context) {
	asked := time.Now()
	ctx, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	got, err := r.books.Claim(ctx, r.question())
	if err != nil {
		return
	}
	lease := time.Until(asked.Add(got.Lease))
	for _, s := range got.Sinks {
		r.renew(endpoint{name: s.Name}, s.Epoch, lease)
	}
	for _, s := range got.Sources {
		r.renew(endpoint{source: true, name: s.Name}, s.Epoch, lease)
	}
}

type errUnknown string

func (e errUnknown) Error() string { return "this relay has no way to " + string(e) }

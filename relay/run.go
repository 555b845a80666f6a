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
	ID      string // names the relay among those of the tenant; made anew by each process
	Tenant  string // until the first claim says it
	Log     *slog.Logger
	Metrics *Metrics // nil: nothing is counted
	// Claimed is told what became of each claim, nil: it has the sinks. It may be nil.
	Claimed func(error)
}

// Run claims sinks and delivers their events until ctx ends. Then deliveries under
// way are finished and the sinks given back, within 5 s.
func Run(ctx context.Context, books Books, leaves Leaves, o Options) error {
	r := &relay{books: books, leaves: leaves, o: o, tours: map[string]*tour{}}
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

// relay is the sinks that a relay has.
type relay struct {
	books  Books
	leaves Leaves
	o      Options
	tours  map[string]*tour
	failed bool // the last claim has failed
}

// tour is a courier at work.
type tour struct {
	courier *courier
	expire  *time.Timer // ends it with the lease
	cancel  context.CancelFunc
	stop    chan struct{}
	done    chan struct{}
	halting sync.Once
}

// halt has the courier finish what is under way.
func (t *tour) halt() { t.halting.Do(func() { close(t.stop) }) }

func (t *tour) over() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// held are the epochs of the sinks that couriers work on.
func (r *relay) held() map[string]int64 {
	held := map[string]int64{}
	for name, t := range r.tours {
		if t.over() {
			delete(r.tours, name)
			continue
		}
		held[name] = t.courier.sink.Epoch
	}
	return held
}

// claim renews the leases and starts and ends couriers.
func (r *relay) claim(ctx context.Context) {
	asked := time.Now()
	waiting, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	got, err := r.books.Claim(waiting, client.ClaimSinks{RelayID: r.o.ID, Held: r.held()})
	if r.o.Claimed != nil {
		r.o.Claimed(err)
	}
	if err != nil {
		if !r.failed && ctx.Err() == nil {
			r.o.Log.Warn("cannot claim sinks", "err", err)
		}
		r.failed = true
		return
	}
	r.failed = false
	if got.Tenant != "" {
		r.o.Tenant = got.Tenant
	}
	lease := time.Until(asked.Add(got.Lease))
	given := map[string]bool{}
	for _, s := range got.Sinks {
		given[s.Name] = true
		t := r.tours[s.Name]
		if t != nil && !t.over() && t.courier.sink.Epoch == s.Epoch {
			t.expire.Reset(lease)
			select { // the newest order counts
			case <-t.courier.orders:
			default:
			}
			t.courier.orders <- s
			continue
		}
		r.start(s, lease)
	}
	for name, t := range r.tours {
		if !given[name] {
			t.halt() // its lease ends it if it does not
		}
	}
}

// start starts a courier, in the place of one that had the sink before.
func (r *relay) start(s client.ClaimedSink, lease time.Duration) {
	kind, known := r.leaves[s.Kind]
	if !known {
		kind = Kind{Open: func(context.Context, Target) (Leaf, error) { return nil, errUnknown(s.Kind) }}
	}
	before := r.tours[s.Name]
	ctx, cancel := context.WithCancel(context.Background())
	t := &tour{
		courier: newCourier(s, r.books, kind, r.o), expire: time.AfterFunc(lease, cancel), cancel: cancel,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	r.tours[s.Name] = t
	go func() {
		defer close(t.done)
		defer cancel()
		defer t.expire.Stop()
		if before != nil {
			before.cancel()
			<-before.done
		}
		t.courier.run(ctx, t.stop)
	}()
}

// finish ends all couriers, and gives the sinks back.
func (r *relay) finish(ctx context.Context) {
	for _, t := range r.tours {
		t.halt()
	}
	limit := time.NewTimer(finishWait)
	defer limit.Stop()
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for _, t := range r.tours {
		for !t.over() {
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
		r.o.Log.Debug("the sinks are free when their leases end", "err", err)
	}
}

// keep renews the leases of couriers that finish, and starts none.
func (r *relay) keep(ctx context.Context) {
	asked := time.Now()
	ctx, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	held := map[string]int64{}
	for name, t := range r.tours {
		if !t.over() {
			held[name] = t.courier.sink.Epoch
		}
	}
	got, err := r.books.Claim(ctx, client.ClaimSinks{RelayID: r.o.ID, Held: held})
	if err != nil {
		return
	}
	for _, s := range got.Sinks {
		if t := r.tours[s.Name]; t != nil && t.courier.sink.Epoch == s.Epoch {
			t.expire.Reset(time.Until(asked.Add(got.Lease)))
		}
	}
}

type errUnknown string

func (e errUnknown) Error() string { return "this relay has no way to sinks of kind " + string(e) }

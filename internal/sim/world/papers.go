package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/transfer"
)

// In every other run stock is sent from one location to another. The documents of
// transfers are the main database's: it outlives every node, and a call to it may fail,
// or succeed without an answer.

// drawTransfers says whether a run has them.
func drawTransfers(seed uint64) bool { return rand.New(rand.NewPCG(seed, 18)).IntN(2) == 0 }

// papers are transfers in memory, as the catalog keeps them.
type papers struct {
	mu   sync.Mutex
	all  []catalog.StockTransfer // by number
	last int64                   // revision
}

var _ transfer.Documents = (*papers)(nil)

func (p *papers) find(id string) int {
	return slices.IndexFunc(p.all, func(t catalog.StockTransfer) bool { return t.ID == id })
}

// Get returns a transfer.
func (p *papers) Get(_ context.Context, _, id string) (catalog.StockTransfer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.find(id); n >= 0 {
		return p.all[n], nil
	}
	return catalog.StockTransfer{}, &catalog.UnknownError{What: "transfer", ID: id}
}

// Create stores new transfers, all or none.
func (p *papers) Create(_ context.Context, newest int64, made ...catalog.StockTransfer) ([]catalog.StockTransfer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.all); newest != catalog.Whenever && n > 0 && p.all[n-1].Number > newest {
		return nil, catalog.ErrStale
	}
	for i := range made {
		if p.find(made[i].ID) >= 0 {
			return nil, catalog.ErrStale
		}
	}
	made = slices.Clone(made)
	for i := range made {
		p.last++
		t := &made[i]
		t.Number, t.Revision = p.last, p.last
		t.Created, t.Changed = catalog.Moment{Time: time.Now()}, catalog.Moment{Time: time.Now()}
		p.all = append(p.all, *t)
	}
	return made, nil
}

// Update stores a transfer anew unless somebody else was faster.
func (p *papers) Update(_ context.Context, t catalog.StockTransfer) (catalog.StockTransfer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.find(t.ID)
	if n < 0 || p.all[n].Revision != t.Revision {
		return catalog.StockTransfer{}, catalog.ErrStale
	}
	p.last++
	t.Revision, t.Changed = p.last, catalog.Moment{Time: time.Now()}
	p.all[n] = t
	return t, nil
}

// List lists those that the query names, the newest first.
func (p *papers) List(_ context.Context, q catalog.TransferQuery) ([]catalog.StockTransfer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(p.all), func(t catalog.StockTransfer) bool {
		return len(q.States) > 0 && !slices.Contains(q.States, t.State) || q.Location != "" && q.Location != t.From && q.Location != t.To ||
			q.Before > 0 && t.Number >= q.Before
	})
	slices.Reverse(all)
	return all[:min(len(all), cmp.Or(q.Limit, len(all)))], nil
}

// Due lists those whose step was cut off.
func (p *papers) Due(_ context.Context, since time.Time, limit int) ([]catalog.StockTransfer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var due []catalog.StockTransfer
	for _, t := range p.all {
		if t.Pending && !t.Changed.After(since) {
			due = append(due, t)
		}
	}
	slices.SortStableFunc(due, func(a, b catalog.StockTransfer) int { return a.Changed.Compare(b.Changed.Time) })
	return due[:min(limit, len(due))], nil
}

// desk are the papers as a node reaches them.
type desk struct {
	l      *life
	papers transfer.Documents
}

var _ transfer.Documents = desk{}

// at does something at the main database, which may not answer.
func at[T any](ctx context.Context, d desk, what string, do func() (T, error)) (T, error) {
	var got T
	writes := what == "Create" || what == "Update"
	done, err := false, error(nil)
	fault := d.l.ask(d.l.nameGoroutine(ctx), what, func() error {
		got, err = do()
		done = true
		return err
	})
	switch {
	case fault == nil:
		return got, nil
	case errors.Is(fault, errDead):
	case errors.Is(fault, errCable) && done && writes && err == nil:
		fault = fmt.Errorf("%w: %w", catalog.ErrIndeterminate, fault)
	case errors.Is(fault, errCable):
		fault = fmt.Errorf("%w: %w", catalog.ErrUnavailable, errCable)
	}
	var none T
	return none, fault
}

// Get returns a transfer.
func (d desk) Get(ctx context.Context, tenant, id string) (catalog.StockTransfer, error) {
	return at(ctx, d, "Get", func() (catalog.StockTransfer, error) { return d.papers.Get(ctx, tenant, id) })
}

// Create stores new transfers.
func (d desk) Create(ctx context.Context, newest int64, made ...catalog.StockTransfer) ([]catalog.StockTransfer, error) {
	return at(ctx, d, "Create", func() ([]catalog.StockTransfer, error) { return d.papers.Create(ctx, newest, made...) })
}

// Update stores a transfer anew.
func (d desk) Update(ctx context.Context, t catalog.StockTransfer) (catalog.StockTransfer, error) {
	return at(ctx, d, "Update", func() (catalog.StockTransfer, error) { return d.papers.Update(ctx, t) })
}

// List lists transfers.
func (d desk) List(ctx context.Context, q catalog.TransferQuery) ([]catalog.StockTransfer, error) {
	return at(ctx, d, "List", func() ([]catalog.StockTransfer, error) { return d.papers.List(ctx, q) })
}

// Due lists those whose step was cut off.
func (d desk) Due(ctx context.Context, since time.Time, limit int) ([]catalog.StockTransfer, error) {
	return at(ctx, d, "Due", func() ([]catalog.StockTransfer, error) { return d.papers.Due(ctx, since, limit) })
}

// patience is how long a transfer whose step was cut off must stay unwritten before another node
// completes the step. It is shorter than calls may take, so that both happen.
const patience = time.Second

// transfers are those that the node carries out.
func (l *life) transfers(door transfer.Door, books *ledger.Ledger) *transfer.Transfers {
	return transfer.New(door, books, desk{l, l.w.papers}, nil, transfer.WithPatience(patience), transfer.WithLog(l.log()), transfersPlanted(l.w.cfg.Planted))
}

// completes completes steps that were cut off, as long as the node's rooms are open.
func (l *life) completes(ctx context.Context, all *transfer.Transfers) {
	l.w.all.Go(func() {
		_ = duty.New(l.log(), all.Completion()).Run(withCaller(ctx, l.name+"/duty")) // it ends with ctx
	})
}

// freight is what is known of transfers outside the books.
type freight struct {
	papers transfer.Documents
	// Guarded by mu: the transfers as carriers know them, and the source of the one that
	// is being received, and by whom, "" when that is over.
	shipments []shipment
	leaves    itemKey
	receiver  string
}

// delivered reports whether no step is half done.
func (f *freight) delivered(ctx context.Context) (bool, error) {
	due, err := f.papers.Due(ctx, time.Now().Add(time.Hour), 1)
	return len(due) == 0, err
}

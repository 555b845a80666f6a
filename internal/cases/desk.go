package cases

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Kept is the cases that the catalog keeps (catalog.Cases).
type Kept interface {
	Open(ctx context.Context, c catalog.Case) (catalog.Case, error)
	// Get is catalog.ErrUnknown for one that never was, Update catalog.ErrStale for one
	// that somebody else has written.
	Get(ctx context.Context, tenant, id string) (catalog.Case, error)
	Update(ctx context.Context, c catalog.Case) (catalog.Case, error)
	List(ctx context.Context, q catalog.CaseQuery) ([]catalog.Case, error)
	Due(ctx context.Context, at time.Time, limit int) ([]catalog.Case, error)
	Later(ctx context.Context, c catalog.Case, at time.Time) error
}

// Door is the way to the books (intake.Door).
type Door interface {
	// Submit carries out the asks, each by itself, in their order.
	Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error)
	// Command returns the command that an ask becomes.
	Command(ctx context.Context, tenant string, a intake.Ask) (stock.Command, []catalog.Knowledge, error)
}

// Books reads the books (ledger.Ledger).
type Books interface {
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error)
	// TryAll judges commands one after another, and stores nothing.
	TryAll(ctx context.Context, commands ...stock.Command) ([]error, error)
}

// Tills knows the logs of tills (outpost.Desk).
type Tills interface {
	// HasArrived reports whether a lost entry is in the books by now. It refuses an answer for
	// an entry that may still arrive by itself.
	HasArrived(ctx context.Context, c *catalog.Case) (bool, error)
}

// Messages are the parked messages of sources (catalog.Sources).
type Messages interface {
	// Accept has a message carried out, and what is not there booked and owed. ErrStale: it is
	// not kept whole.
	Accept(ctx context.Context, tenant, source, id, by string) error
	// GiveUp ends a message, and its case by the decision.
	GiveUp(ctx context.Context, tenant, source, id, decision, by string) error
}

// Desk opens cases, carries out what people decide, and sees when they are settled.
// It is safe for concurrent use, by any number of processes.
type Desk struct {
	kept     Kept
	door     Door
	books    Books
	tills    Tills    // nil: there are no tills
	messages Messages // nil: there are no sources
	now      func() time.Time
}

// Option changes how a Desk works.
type Option func(*Desk)

// WithTills sets the Tills, which know the logs of tills. Without them, nothing that a till
// has lost is booked.
func WithTills(t Tills) Option { return func(d *Desk) { d.tills = t } }

// WithMessages sets the parked messages of sources. Without them, no case about one is decided.
func WithMessages(m Messages) Option { return func(d *Desk) { d.messages = m } }

// WithClock sets the clock that says when a case is due. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(d *Desk) { d.now = now } }

// New returns the desk of the books behind the door.
func New(kept Kept, door Door, books Books, opts ...Option) *Desk {
	d := &Desk{kept: kept, door: door, books: books, now: time.Now}
	for _, set := range opts {
		set(d)
	}
	return d
}

const (
	// lookEvery is how often servers look for cases that are due, maxDue how many
	// they look at before they look again.
	lookEvery = 5 * time.Second
	maxDue    = 200
	// A case is looked at again after a tenth of its age, within these bounds.
	soonest, latest = 15 * time.Second, 10 * time.Minute
)

// Duty settles cases whose promises are covered, and those of entries that have arrived. It completes
// decisions that a server began and did not end.
func (d *Desk) Duty() duty.Kind {
	return &duty.Duty[catalog.Case]{
		Failing: "case is not looked at", Every: lookEvery, Most: maxDue,
		Due: func(ctx context.Context, limit int) ([]catalog.Case, error) { return d.kept.Due(ctx, d.now(), limit) },
		Name: func(c *catalog.Case) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%s/%s@%d", c.Tenant, c.ID, c.Revision), About: []any{"tenant", c.Tenant, "case", c.ID}}
		},
		CarryOut: func(ctx context.Context, due []catalog.Case) []error {
			outcomes := make([]error, len(due))
			err := d.settle(ctx, due)
			for i, c := range due {
				switch outcomes[i] = err; {
				case err != nil:
				case isUnderWay(&c):
					outcomes[i] = d.carryOn(ctx, &c)
				case c.State == catalog.CaseSettled:
				case c.Lost != nil:
					outcomes[i] = d.settleLost(ctx, &c)
				default:
					outcomes[i] = d.kept.Later(ctx, c, d.nextLook(&c))
				}
			}
			return outcomes
		},
	}
}

// nextLook is when a case is looked at again.
func (d *Desk) nextLook(c *catalog.Case) time.Time {
	now := d.now()
	return now.Add(min(max(soonest, now.Sub(c.Opened.Time)/10), latest))
}

// settle notes which of the cases are settled: those of items that owe nothing. That is by the log: a hold
// that is past its deadline by the clock of this server alone may still be bought.
func (d *Desk) settle(ctx context.Context, all []catalog.Case) error {
	var keys []stock.ItemKey
	var open []*catalog.Case
	for i := range all {
		if c := &all[i]; c.State != catalog.CaseSettled && !c.ByHand {
			open = append(open, c)
			keys = append(keys, stock.ItemKey{Tenant: c.Tenant, Location: c.Location, Product: c.Product})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	levels, _, err := d.books.Items(ctx, keys)
	if err != nil {
		return fmt.Errorf("look whether cases are settled: %w", err)
	}
	for i, c := range open {
		if it := levels[i].Committed(); it != nil && it.Of(stock.Oversold) < 0 {
			continue
		}
		to := *c
		to.State = catalog.CaseSettled
		switch stored, err := d.kept.Update(ctx, to); {
		case errors.Is(err, catalog.ErrStale): // somebody else has, or decides about it
			if stored, err = d.kept.Get(ctx, c.Tenant, c.ID); err != nil {
				return err
			}
			*c = stored
		case err != nil:
			return err
		default:
			*c = stored
		}
	}
	return nil
}

// Get returns a case as it is now, or catalog.ErrUnknown.
func (d *Desk) Get(ctx context.Context, tenant, id string) (catalog.Case, error) {
	c, err := d.kept.Get(ctx, tenant, id)
	if err != nil {
		return c, err
	}
	one := []catalog.Case{c}
	err = d.settle(ctx, one)
	return one[0], err
}

// List lists cases as they are now, the newest first. A page may have fewer than were
// asked for, although others follow: those that are settled by now are in no list of
// open ones.
func (d *Desk) List(ctx context.Context, q catalog.CaseQuery) (page []catalog.Case, last int64, err error) {
	all, err := d.kept.List(ctx, q)
	if err == nil {
		err = d.settle(ctx, all)
	}
	if err != nil {
		return nil, 0, err
	}
	if len(all) == q.Limit {
		last = all[len(all)-1].Number
	}
	for _, c := range all {
		if q.State == "" || c.State == q.State {
			page = append(page, c)
		}
	}
	return page, last, nil
}

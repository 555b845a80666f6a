package server

import (
	"context"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Books is the ledger's interface for the server.
type Books interface {
	// Items, Product and Order are strong reads, as of one moment each.
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error)
	Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error)
	// Try returns what a command about items would do now, and the state of the first of
	// them afterwards.
	Try(ctx context.Context, cmd stock.Command) (*stock.Event, *stock.Item, stock.Time, error)
	// TryAll returns the refusals of commands that come one after another, nil for each that would be
	// carried out.
	TryAll(ctx context.Context, commands ...stock.Command) ([]error, error)
	// After returns nil when the books have reached the position, or ledger.ErrBehind.
	After(ctx context.Context, p ledger.Position) error
	// Places are this node's positions in each slot, by number.
	Places() []ledger.Position
	// Behind reports that not all answered writes are visible in all items yet.
	Behind() bool
	// Sweep expires the due holds of a tenant and returns how many lines ended.
	Sweep(ctx context.Context, tenant string) (int, error)
}

// Directory is the catalog's interface for the server.
type Directory interface {
	// KnownAll returns what is known of each ref.
	KnownAll(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	// Places are the known locations of a tenant, sorted by id, from memory.
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
}

// write is one request of the API that changes the books.
type write interface {
	// check checks the form of the request.
	check(f *requestForm)
	// ask converts the request, whose form is right, for the books.
	ask(c *call) (intake.Ask, error)
}

// prepared is a write that needs to read more from the books before it can
// ask.
type prepared interface {
	prepare(ctx context.Context, s *core, c *call) error
}

// askOf is the write's ask for the books.
func (s *core) askOf(ctx context.Context, c *call, w write) (intake.Ask, error) {
	if p, ok := w.(prepared); ok {
		if err := p.prepare(ctx, s, c); err != nil {
			a, _ := w.ask(c) // what it is about
			return a, err
		}
	}
	a, err := w.ask(c)
	if err == nil {
		err = s.giveReason(ctx, c, w, &a)
	}
	return a, err
}

// job is a write of a call and its outcome.
type job struct {
	write  write
	key    string
	err    error
	result *intake.Outcome // nil until the job was carried out
}

// carryOut submits the jobs without an error to the books. They take effect in the order
// of the jobs.
func (s *core) carryOut(ctx context.Context, c *call, jobs []job) error {
	asks := make([]intake.Ask, len(jobs))
	for i := range jobs {
		j, a := &jobs[i], &asks[i]
		if j.err == nil {
			*a, j.err = s.askOf(ctx, c, j.write)
		}
		a.Key = j.key
		refuseAsk(a, j.err)
	}
	outcomes, err := s.submit(ctx, c, asks)
	if err != nil {
		return err
	}
	for i := range jobs {
		jobs[i].result, jobs[i].err = &outcomes[i], outcomes[i].Err
	}
	return nil
}

// refuseAsk has the ask answered with err, if there is one.
func refuseAsk(a *intake.Ask, err error) {
	if err != nil {
		a.Refused, a.Unanswered = err, problemOf(err).code == codeUnavailable
	}
}

// writeOne carries out a single write and returns its outcome.
func (s *core) writeOne(ctx context.Context, c *call, w write) (*intake.Outcome, error) {
	var f requestForm
	f.write(w)
	if err := f.err(); err != nil {
		return nil, err
	}
	a, err := s.askOf(ctx, c, w)
	if err != nil {
		return nil, err
	}
	a.Key = c.key
	outcomes, err := s.submit(ctx, c, []intake.Ask{a})
	if err != nil {
		return nil, err
	}
	c.replayed = outcomes[0].Replayed
	return &outcomes[0], outcomes[0].Err
}

// submit submits asks and records the positions in the books that show them.
func (s *core) submit(ctx context.Context, c *call, asks []intake.Ask) ([]intake.Outcome, error) {
	if err := s.await(ctx, c); err != nil {
		return nil, err
	}
	for i := range asks {
		if c.bounds != nil && asks[i].Refused == nil {
			refuseAsk(&asks[i], s.keepWithin(ctx, c, &asks[i]))
		}
	}
	outcomes, err := s.door.Submit(ctx, c.tenant, asks)
	for i := range outcomes {
		s.reached(c, outcomes[i].Position)
		for _, p := range outcomes[i].Positions {
			s.reached(c, p)
		}
	}
	return outcomes, err
}

// reached takes a write's position over into the answer's. Writes in several slots are
// answered with a position in all of them.
func (s *core) reached(c *call, p ledger.Position) {
	switch {
	case p.Seq == 0:
	case !c.wrote || p.Slot == c.position.Slot && c.places == nil:
		if !c.wrote || p.Seq > c.position.Seq {
			c.position, c.wrote = p, true
		}
	default:
		if c.places == nil {
			for _, at := range s.books.Places() {
				c.places = append(c.places, feed.Behind(at.Slot, at.Seq))
			}
			c.places.reach(c.position)
		}
		c.places.reach(p)
	}
}

// everywhere is a position in every slot.
type everywhere feed.Cursors

func (at everywhere) reach(p ledger.Position) {
	if int(p.Slot) < len(at) && at[p.Slot].Seq < p.Seq {
		at[p.Slot] = feed.Behind(p.Slot, p.Seq)
	}
}

// positionText is the position of the call's writes, in the form of the header.
func (s *core) positionText(c *call) string {
	if c.shown != "" {
		return c.shown
	}
	if c.places != nil {
		return s.histories.Stamp(feed.Cursors(c.places)).String()
	}
	return s.histories.Mark(feed.Behind(c.position.Slot, c.position.Seq)).String()
}

// await waits until the books show what the caller has seen.
func (s *core) await(ctx context.Context, c *call) error {
	for _, at := range c.after {
		if err := s.books.After(ctx, ledger.Position{Slot: at.Slot, Seq: at.Seq}); err != nil {
			return err
		}
	}
	return nil
}

// item is the item of a write: at the tenant's default location when none is
// named.
func (c *call) item(product, location string) stock.ItemKey {
	if location == "" {
		location = c.settings.DefaultLocation
	}
	return stock.ItemKey{Tenant: c.tenant, Location: location, Product: product}
}

// ref is what must be looked up about an item.
func (c *call) ref(product, location string) catalog.Ref {
	k := c.item(product, location)
	return catalog.Ref{Tenant: k.Tenant, Product: k.Product, Location: k.Location}
}

// note is the free text of a write.
func (c *call) note(reason, reference string) stock.Note {
	return stock.Note{Reason: reason, Reference: reference, Operator: c.operator}
}

package kit

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
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

// Write is one request of the API that changes the books.
type Write interface {
	// Check checks the form of the request.
	Check(f *Form)
	// Ask converts the request, whose form is right, for the books.
	Ask(c *Call) (intake.Ask, error)
}

// prepared is a write that needs to read more from the books before it can
// ask.
type prepared interface {
	Prepare(ctx context.Context, s *Core, c *Call) error
}

// askOf is the write's ask for the books.
func askOf(ctx context.Context, s *Core, c *Call, w Write) (intake.Ask, error) {
	if p, ok := w.(prepared); ok {
		if err := p.Prepare(ctx, s, c); err != nil {
			a, _ := w.Ask(c) // what it is about
			return a, err
		}
	}
	a, err := w.Ask(c)
	if err == nil {
		err = giveReason(ctx, s.Reasons, c, w, &a)
	}
	return a, err
}

// Job is a write of a call and its outcome.
type Job struct {
	Method *Method // with which the write would be a call of its own
	Write  Write
	Key    string
	Err    error
	Result *intake.Outcome // nil until the job was carried out
}

// CarryOut submits the jobs without an error to the books. They take effect in the order
// of the jobs.
func (s *Core) CarryOut(ctx context.Context, c *Call, jobs []Job) error {
	asks := make([]intake.Ask, len(jobs))
	for i := range jobs {
		j, a := &jobs[i], &asks[i]
		if j.Err == nil {
			*a, j.Err = askOf(ctx, s, c, j.Write)
		}
		a.Key = j.Key
		refuseAsk(a, j.Err)
	}
	outcomes, err := s.Submit(ctx, c, asks)
	if err != nil {
		return err
	}
	for i := range jobs {
		jobs[i].Result, jobs[i].Err = &outcomes[i], outcomes[i].Err
	}
	return nil
}

// refuseAsk has the ask answered with err, if there is one.
func refuseAsk(a *intake.Ask, err error) {
	if err != nil {
		a.Refused, a.Unanswered = err, ProblemOf(err).Code == CodeUnavailable
	}
}

// WriteOne carries out a single write and returns its outcome.
func (s *Core) WriteOne(ctx context.Context, c *Call, w Write) (*intake.Outcome, error) {
	var f Form
	f.Write(w)
	if err := f.Err(); err != nil {
		return nil, err
	}
	a, err := askOf(ctx, s, c, w)
	if err != nil {
		return nil, err
	}
	a.Key = c.Key
	outcomes, err := s.Submit(ctx, c, []intake.Ask{a})
	if err != nil {
		return nil, err
	}
	c.Replayed = outcomes[0].Replayed
	if c.Dry && outcomes[0].Err == nil {
		c.preview = s.Preview(&outcomes[0])
	}
	return &outcomes[0], outcomes[0].Err
}

// Submit submits asks and records the positions in the books that show them.
func (s *Core) Submit(ctx context.Context, c *Call, asks []intake.Ask) ([]intake.Outcome, error) {
	if err := s.Await(ctx, c); err != nil {
		return nil, err
	}
	for i := range asks {
		if c.Bounds != nil && asks[i].Refused == nil {
			refuseAsk(&asks[i], keepWithin(ctx, s.Books, c, &asks[i]))
		}
	}
	if c.Dry {
		return s.Door.DryRun(ctx, c.Tenant, asks)
	}
	outcomes, err := s.Door.Submit(ctx, c.Tenant, asks)
	for i := range outcomes {
		s.Reached(c, outcomes[i].Position)
		for _, p := range outcomes[i].Positions {
			s.Reached(c, p)
		}
	}
	return outcomes, err
}

// Reached takes a write's position over into the answer's. Writes in several slots are
// answered with a position in all of them.
func (s *Core) Reached(c *Call, p ledger.Position) {
	switch {
	case p.Seq == 0:
	case !c.Wrote || p.Slot == c.position.Slot && c.places == nil:
		if !c.Wrote || p.Seq > c.position.Seq {
			c.position, c.Wrote = p, true
		}
	default:
		if c.places == nil {
			for _, at := range s.Books.Places() {
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

// PositionText is the position of the call's writes, in the form of the header.
func (s *Core) PositionText(c *Call) string {
	if c.shown != "" {
		return c.shown
	}
	if c.places != nil {
		return s.Histories.Stamp(feed.Cursors(c.places)).String()
	}
	return s.Histories.Mark(feed.Behind(c.position.Slot, c.position.Seq)).String()
}

// Await waits until the books show what the caller has seen.
func (s *Core) Await(ctx context.Context, c *Call) error {
	for _, at := range c.After {
		if err := s.Books.After(ctx, ledger.Position{Slot: at.Slot, Seq: at.Seq}); err != nil {
			return err
		}
	}
	return nil
}

// Item is the item of a write: at the tenant's default location when none is
// named.
func (c *Call) Item(product, location string) stock.ItemKey {
	if location == "" {
		location = c.Settings.DefaultLocation
	}
	return stock.ItemKey{Tenant: c.Tenant, Location: location, Product: product}
}

// Ref is what must be looked up about an item.
func (c *Call) Ref(product, location string) catalog.Ref {
	k := c.Item(product, location)
	return catalog.Ref{Tenant: k.Tenant, Product: k.Product, Location: k.Location}
}

// Note is the free text of a write.
func (c *Call) Note(reason, reference string) stock.Note {
	return stock.Note{Reason: reason, Reference: reference, Operator: c.Operator}
}

// OneItem carries out a write about one item and shows the item afterwards.
func (s *Core) OneItem(ctx context.Context, c *Call, w Write) (*holdfastv1.Inventory, error) {
	o, err := s.WriteOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return s.ChangedItem(ctx, o)
}

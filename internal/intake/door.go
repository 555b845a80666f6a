package intake

import (
	"context"
	"log/slog"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Directory is the catalog as the door uses it.
type Directory interface {
	// KnownAll says what is known of each ref.
	KnownAll(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	// KnowAll makes products and locations known, each by itself.
	KnowAll(ctx context.Context, ins []catalog.Introduction) []catalog.Answer
	// Product is exact about a unit that was declared a moment ago elsewhere.
	Product(ctx context.Context, tenant, id string) (catalog.Product, error)
	// Places are the known locations of a tenant, sorted by id. They are asked
	// for with every reserve, come from memory and are not changed.
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
	// RecallsAt are the recalls of a product that hold at a location, from memory.
	RecallsAt(ctx context.Context, tenant, product, location string) ([]stock.RecallRule, error)
}

// Orders carries out what needs a choice. A *fulfil.Orders is one.
type Orders interface {
	// KitAmong returns the first of the products that is a kit, "" when none is.
	KitAmong(ctx context.Context, tenant string, products []string) (string, error)
	// HadKit reports whether one of the products is a kit or has been one. It is
	// asked for every reserve.
	HadKit(ctx context.Context, tenant string, products []string) (bool, error)
	// Reserve chooses and holds. There may be an answer together with an error.
	Reserve(ctx context.Context, r fulfil.Reserve) (*fulfil.Answer, error)
	// ChangeKit moves the units of a kit of an order, or their deadline; false when
	// the order has no such kit.
	ChangeKit(ctx context.Context, p fulfil.KitChange) (*fulfil.KitChanged, bool, error)
	// ChangeOrder changes what an order holds; false when the change names no kit.
	ChangeOrder(ctx context.Context, p fulfil.OrderChange) (*fulfil.KitChanged, bool, error)
}

// Door brings asks to the books. It is safe for concurrent use.
type Door struct {
	books     ledger.Submitter
	directory Directory
	orders    Orders // nil: no location is chosen, and no product is a kit
	log       *slog.Logger
	refusals  Refusals // nil: nobody counts them
	underWay  keysUnderWay
	dry       *dryRooms // nil: it has no dry run
}

// Option changes how a Door works.
type Option func(*Door)

// WithLog sets the log for what an operator must know. The default drops it.
func WithLog(l *slog.Logger) Option { return func(d *Door) { d.log = l } }

// Refusals counts reserves that got nothing.
type Refusals interface {
	// Refused counts a reserve that is in no log. at is when it was refused (0: now). It does
	// not wait.
	Refused(tenant, channel string, at stock.Time, missing []stock.Shortage)
}

// WithRefusals tells r of each reserve that got nothing and is in no log.
func WithRefusals(r Refusals) Option { return func(d *Door) { d.refusals = r } }

// New returns the door to the books. Without orders, which may be nil, no
// location is chosen and no product is a kit.
func New(books ledger.Submitter, directory Directory, orders Orders, opts ...Option) *Door {
	d := &Door{books: books, directory: directory, orders: orders, log: slog.New(slog.DiscardHandler)}
	for _, set := range opts {
		set(d)
	}
	return d
}

// Submit carries out asks of a tenant and returns an outcome for each, in their
// order. Each succeeds or fails by itself; those about the same order or item
// take effect in the order given, and are held back (ledger.ErrHeldBack) while one of
// them has no outcome. An error says that the catalog does not
// answer: then nothing has happened.
func (d *Door) Submit(ctx context.Context, tenant string, asks []Ask) ([]Outcome, error) {
	b := newBatch(d, tenant, asks)
	if err := b.lookUp(ctx); err != nil {
		return nil, err
	}
	b.refuseStockOfKits(ctx)
	b.declare(ctx)
	b.fillIn(ctx)
	b.writes = b.holdBack(b.writes)
	switch choosing := slices.ContainsFunc(b.writes, func(w write) bool { return w.chooses }); {
	case !choosing:
		b.submit(ctx, b.writes)
	case len(b.writes) == 1:
		b.choose(ctx, &b.writes[0])
	default:
		b.carryOutInTurns(ctx)
	}
	b.askKeepers(ctx)
	if d.refusals != nil {
		b.countRefusals()
	}
	return b.outcomes, nil
}

// Command returns the command that an ask becomes, for a caller that only wants
// to try it, and what is known of its items.
func (d *Door) Command(ctx context.Context, tenant string, a Ask) (stock.Command, []catalog.Knowledge, error) {
	b := newBatch(d, tenant, []Ask{a})
	if err := b.lookUp(ctx); err != nil {
		return nil, nil, err
	}
	if b.fillIn(ctx); len(b.writes) == 0 {
		return nil, nil, b.outcomes[0].Err
	}
	return b.writes[0].command, b.outcomes[0].Known, nil
}

// batch is the asks of one Submit on their way to the books.
type batch struct {
	*Door
	tenant   string
	asks     []Ask
	outcomes []Outcome // by ask; Known is set from lookUp on
	writes   []write   // the asks that go to the books, in their order
	choosing int       // how many of them choose
	// wide are the asks that choose and may take from any product: those about kits.
	wide map[int]bool

	// Most batches are one ask about one item: these spare it allocations.
	oneRef     [1]catalog.Ref
	oneOutcome [1]Outcome
	oneWrite   [1]write
	oneRequest [1]ledger.Request
	products   []string // of one ask at a time
	oneProduct [1]string
}

func newBatch(d *Door, tenant string, asks []Ask) *batch {
	b := &batch{Door: d, tenant: tenant, asks: asks}
	b.outcomes, b.products = b.oneOutcome[:], b.oneProduct[:]
	if len(asks) != 1 {
		b.outcomes = make([]Outcome, len(asks))
	}
	return b
}

// write pairs an ask with the command it became.
type write struct {
	ask     int // its number
	command stock.Command
	chooses bool     // it is not for the books alone: fulfil carries it out
	about   subjects // nothing while all writes go to the books together
}

// open reports that the ask has not been refused so far.
func (b *batch) open(i int) bool { return b.outcomes[i].Err == nil }

// fillIn makes the commands of the asks that are open.
func (b *batch) fillIn(ctx context.Context) {
	b.writes = b.oneWrite[:0]
	if len(b.asks) > 1 {
		b.writes = make([]write, 0, len(b.asks))
	}
	for i := range b.asks {
		if !b.open(i) {
			continue
		}
		a, o := &b.asks[i], &b.outcomes[i]
		w := write{ask: i}
		if o.Err = a.readDecimals(func(item int) catalog.Unit { return o.Known[item].Unit }); o.Err != nil {
			continue
		}
		if w.chooses, o.Err = b.chooses(ctx, a); o.Err != nil {
			continue
		}
		if o.Err = b.markInactive(ctx, a); o.Err != nil {
			continue
		}
		w.command = a.fillIn(o.Known)
		if o.Err = b.bringRecalls(ctx, a, &w); o.Err != nil {
			continue
		}
		if b.writes = append(b.writes, w); !w.chooses {
			continue
		}
		b.choosing++
		if a.Sourcing == nil && len(b.asks) > 1 {
			if b.wide == nil {
				b.wide = map[int]bool{}
			}
			b.wide[i] = true
		}
	}
}

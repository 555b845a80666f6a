package hot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

var (
	// ErrLedger means that the ledger decides: it sells the item, or knows the order.
	ErrLedger = errors.New("redis: the ledger decides")
	// ErrBusy means that nobody can decide now: the item is on its way to Redis or from
	// there, or Redis is lost. Nothing was acknowledged; the same call may be made again.
	ErrBusy = errors.New("the item cannot be sold at the moment")
	// ErrDatabase is the part of ErrBusy in which the database of the tasks and the books does not answer, or says
	// that it cannot. Redis may be well.
	ErrDatabase = errors.New("the database does not answer")
	// ErrUnknown means that it is not known whether the order has its units. The same call
	// again shows it.
	ErrUnknown = errors.New("redis: it is not known whether the order has its units")
	// errBeyond means that the balance has more units than the ledger gave it, or than came back to it.
	errBeyond = errors.New("redis: the balance has units that the ledger did not give")
	// ErrOther means that the order holds another quantity of the item, or holds it for another
	// channel or customer.
	ErrOther = errors.New("redis: the order holds the item in another way")
)

// Road is the way of reservations through Redis into the books. It is safe for concurrent
// use, and any number of processes may have one.
type Road struct {
	*roll
	*redisGate
	Waiting *waitingOrders
	Reads   bookReader
	Keys    keyBook
	books   ledgerOf
	log     *slog.Logger
	now     func() time.Time
	era     uint64
	// rounds counts how often the items were tended.
	rounds atomic.Int64
	// compensated is called for each taking that was given back because it did not become durable.
	compensated func(stock.ItemKey)

	inserts *gather[Take, Landing]

	mu     sync.Mutex
	lanes  map[int64]*lane
	choice choice
}

// lane gathers the scripts of an item in one epoch.
type lane struct {
	epoch int64
	asks  *gather[Ask, Answer]
}

const (
	// asksMost bounds the work of a script: it stays well below a millisecond.
	asksMost = 64
	// takesMost bounds a statement.
	takesMost = 512
)

// Option changes how a Road works.
type Option func(*Road)

// WithClock sets what tells the time. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(r *Road) { r.now = now } }

// WithLog sets the log for what an operator must know. The default drops it.
func WithLog(l *slog.Logger) Option { return func(r *Road) { r.log = l } }

// WithEra sets which epoch the books are in: balances made from books of another one are made
// again. The default is 0.
func WithEra(era uint64) Option { return func(r *Road) { r.era = era } }

// TellCompensations sets a function that is called for each taking that is given back because it did
// not become durable. Call it before the road is used.
func (r *Road) TellCompensations(to func(stock.ItemKey)) { r.compensated = to }

// NewRoad returns the road through the balances.
func NewRoad(redis *Balances, store Store, books Ledger, opts ...Option) *Road {
	r := &Road{
		roll: &roll{store, newItemMemory(store)}, redisGate: &redisGate{redis: redis.withOwnChoice()}, Reads: newBookReader(books), Keys: newKeyBook(store), books: ledgerOf{books}, log: slog.New(slog.DiscardHandler), now: time.Now, compensated: func(stock.ItemKey) {},
		lanes: map[int64]*lane{}, choice: choice{after: takeoverAfter},
	}
	for _, set := range opts {
		set(r)
	}
	r.Waiting = &waitingOrders{items: r.known, tasks: store, gate: r.redisGate, books: r.books, pull: r.Pull}
	r.calm.now = r.now
	r.inserts = &gather[Take, Landing]{serve: store.Insert, most: takesMost}
	return r
}

// Reservation is one line of an order.
type Reservation struct {
	Item     stock.ItemKey
	Order    string
	Qty      stock.Qty
	Channel  string
	Customer string
	Deadline stock.Time
	// Key is the caller's idempotency key, "" when there is none.
	Key  string
	Use  KeyUse
	Note stock.Note
	// ForLedger says that the units are for the ledger. The order only names the taking; the customer says
	// for which command they are, "": for the pool (stock.BroughtFor).
	ForLedger bool
	// NewIn is an epoch of the item in which it was open before the caller read in the books that they do not
	// have the order's line; 0: the caller has not read it.
	NewIn int64
	// Again, when it is not nil, is called with the taking that the call repeats.
	Again func(*Task)
}

// sameAs reports whether the task is a taking for such a reservation.
func (c *Reservation) sameAs(t *Task) bool {
	channel, customer, _, err := Decode(t)
	return err == nil && t.Qty == c.Qty && channel == c.Channel && customer == c.Customer
}

// body is the data that a task keeps for the books in addition to its figures.
type body struct {
	Channel  string `json:",omitempty"`
	Customer string `json:",omitempty"`
	Note     stock.Note
}

// Reserve takes units of the item. When it returns nil they are the order's, whatever fails
// afterwards. A *stock.Refusal says that there are not enough. Other errors are ErrLedger,
// ErrOther, ErrBusy and ErrUnknown.
func (r *Road) Reserve(ctx context.Context, c Reservation) error {
	l, err := r.open(ctx, c.Item)
	if err != nil {
		return err
	}
	if c.NewIn != l.Epoch { // within an epoch of Redis, only its tasks bring the line into the books
		if err := r.Reads.knowsNot(ctx, c); err != nil {
			return err
		}
	}
	got, err := r.ask(ctx, l, Ask{Order: c.Order, Qty: c.Qty, Past: c.ForLedger && c.Customer == ""})
	switch {
	case err != nil:
		return err
	case got.Outcome == Refused:
		if err := r.Reads.knowsNot(ctx, c); err != nil {
			return err // the order was taken, and is in the books, meanwhile
		}
		return r.refuse(ctx, l, c)
	case got.Outcome == InBooks:
		return r.afterTasks(ctx, l, c)
	case got.Outcome == Repeated:
		return r.repeated(ctx, l, c, got)
	}
	return r.insert(ctx, l, c, got.N)
}

// open returns the item as it was known last, when Redis sells it.
func (r *Road) open(ctx context.Context, k stock.ItemKey) (Listed, error) {
	l := r.known.lastRead(k)
	if l.State != Open {
		var err error
		if l, err = r.known.look(ctx, k); err != nil {
			return Listed{}, err
		}
	}
	switch l.State {
	case Off:
		return Listed{}, ErrLedger
	case Open:
		if l.Era == r.era {
			return l, nil
		}
		fallthrough // Tend makes its balance again
	default:
		return Listed{}, ErrBusy
	}
}

// ask runs the script, together with those of others.
func (r *Road) ask(ctx context.Context, l Listed, a Ask) (Answer, error) {
	r.known.use(l.Key)
	got, err := r.laneOf(l).do(ctx, a)
	switch {
	case err == nil:
		return got, nil
	case answered(err):
		r.suspect(ctx, l, err)
	}
	return Answer{}, fmt.Errorf("%w: %w", ErrBusy, err)
}

func (r *Road) laneOf(l Listed) *gather[Ask, Answer] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := r.lanes[l.ID]; at != nil && at.epoch == l.Epoch {
		return at.asks
	}
	g := &gather[Ask, Answer]{most: asksMost, serve: func(ctx context.Context, asks []Ask) (answers []Answer, err error) {
		err = r.calm.ask(ctx, func(ctx context.Context) error {
			answers, err = r.redis.Reserve(ctx, l.Key, l.Epoch, r.now(), asks)
			return err
		})
		return answers, err
	}}
	r.lanes[l.ID] = &lane{l.Epoch, g}
	return g
}

// suspect makes the balance anew unless somebody else does so, or has done so.
func (r *Road) suspect(ctx context.Context, l Listed, why error) {
	now, err := r.known.look(ctx, l.Key)
	if err != nil || now.Epoch != l.Epoch || now.State != Open {
		return
	}
	r.log.WarnContext(ctx, "a balance in Redis is lost", "product", l.Key.Product, "location", l.Key.Location, "epoch", l.Epoch, "err", why)
	if err = (mender{r}).mendBalance(ctx, now, why); err != nil { // Tend tries again
		r.log.ErrorContext(ctx, "a balance in Redis was not made again", "product", l.Key.Product, "location", l.Key.Location, "err", err)
	}
}

// mendBalance makes a balance anew that cannot be used.
func (r mender) mendBalance(ctx context.Context, l Listed, why error) error {
	if kind, text := r.judge(why); text != "" {
		if err := r.count(ctx, kind, text, 0, l); err != nil {
			return err
		}
	}
	failed, err := maker{road: r.road}.renew(ctx, []Listed{l})
	return errors.Join(err, failed[l.ID])
}

// insert makes a taking durable.
func (r *Road) insert(ctx context.Context, l Listed, c Reservation, n int64) error {
	text, err := json.Marshal(body{c.Channel, c.Customer, c.Note})
	if err != nil {
		return fmt.Errorf("write the task of order %q: %w", c.Order, err)
	}
	kind := stock.Taken
	if c.ForLedger {
		kind = stock.ForLedger
	}
	landed, err := r.inserts.do(ctx, Take{Item: l.ID, Epoch: l.Epoch, N: n, Kind: kind, Order: c.Order, Qty: c.Qty, At: r.now(), Until: c.Deadline, Key: c.Key, Use: c.Use, Body: text})
	switch {
	case errors.Is(err, errWaited): // it was never sent
		r.rollback(ctx, l, Taking{c.Order, n})
		return databaseError(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled): // Scan finds out
		return fmt.Errorf("%w: order %q: %w", ErrUnknown, c.Order, err)
	}
	if err != nil {
		return r.resolveDoubt(ctx, l, Taking{c.Order, n}, err)
	}
	switch landed {
	case Landed:
		r.known.nudge(l.Key)
		return nil
	case Before:
		if err := r.undo(ctx, l, Taking{c.Order, n}); err != nil {
			return err
		}
		return r.afterTasks(ctx, l, c)
	case KeyTaken:
		if err := r.undo(ctx, l, Taking{c.Order, n}); err != nil {
			return err
		}
		return ErrKeyReused
	case Voided:
		r.rollback(ctx, l, Taking{c.Order, n})
	case Beyond:
		r.suspect(ctx, l, errBeyond)
	case TooLate:
		_, _ = r.known.look(ctx, l.Key) // the next call sees where the item is, or asks again
	}
	return ErrBusy
}

// resolveDoubt finds out whether a taking is durable after its insert failed. If doubt cannot
// find out, Scan does so later.
func (r *Road) resolveDoubt(ctx context.Context, l Listed, t Taking, why error) error {
	voided, err := r.store.Void(context.WithoutCancel(ctx), l.ID, l.Epoch, t.N)
	switch {
	case err != nil:
		return fmt.Errorf("%w: order %q: %w", ErrUnknown, t.Order, errors.Join(why, err))
	case voided:
		r.rollback(ctx, l, t)
		return databaseError(why)
	}
	r.known.nudge(l.Key)
	return nil
}

// undo gives up a taking that did not land.
func (r *Road) undo(ctx context.Context, l Listed, t Taking) error {
	voided, err := r.store.Void(context.WithoutCancel(ctx), l.ID, l.Epoch, t.N)
	if err != nil {
		return databaseError(err)
	}
	if voided {
		r.rollback(ctx, l, t)
	}
	return nil
}

// rollback gives back a taking that is void. If it fails here, Scan does it
// later.
func (r *Road) rollback(ctx context.Context, l Listed, t Taking) {
	r.compensated(l.Key)
	err := r.calm.ask(ctx, func(ctx context.Context) error {
		_, err := r.redis.Rollback(ctx, l.Key, l.Epoch, []Taking{t})
		return err
	})
	if err != nil {
		r.log.DebugContext(ctx, "a void taking waits for the scan", "order", t.Order, "err", err)
	}
}

// refuse says how many units there are.
func (r *Road) refuse(ctx context.Context, l Listed, c Reservation) error {
	var is Balance
	if err := r.calm.ask(ctx, func(ctx context.Context) (err error) {
		is, err = r.redis.Look(ctx, l.Key, l.Epoch)
		return err
	}); err != nil {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	left := min(is.Free(), c.Qty-1) // units may have come since
	short := stock.Shortage{Location: c.Item.Location, Product: c.Item.Product, Requested: c.Qty, Available: left}
	return stock.NotEnough(short)
}

// repeated judges an order that has a taking already.
func (r *Road) repeated(ctx context.Context, l Listed, c Reservation, got Answer) error {
	tasks, err := r.store.Of(ctx, l.ID, c.Order)
	switch {
	case err != nil:
		return databaseError(err)
	case !taken(tasks) && got.Reserved == c.Qty:
		return r.insert(ctx, l, c, got.N)
	case !taken(tasks): // its caller left it, and nobody received an answer
		if err := r.undo(ctx, l, Taking{c.Order, got.N}); err != nil {
			return err
		}
		return ErrBusy
	case c.Key != "" && tasks[0].Key == c.Key && tasks[0].Print != c.Use.Print:
		return ErrKeyReused
	case !c.sameAs(&tasks[0]):
		return ErrOther
	case len(tasks) > 1: // something was done with it since
		return r.afterTasks(ctx, l, c)
	}
	if c.Again != nil {
		c.Again(&tasks[0])
	}
	return nil
}

// taken reports whether the tasks of an order begin with a taking; they may be a fence.
func taken(tasks []Task) bool { return len(tasks) > 0 && tasks[0].Kind == stock.Taken }

// afterTasks lets the ledger decide about an order whose tasks are in the books.
func (r *Road) afterTasks(ctx context.Context, l Listed, c Reservation) error {
	if err := r.Settle(ctx, l, c.Order); err != nil {
		return err
	}
	return ErrLedger
}

// databaseError is an error of the database, as a part of ErrBusy.
func databaseError(err error) error { return fmt.Errorf("%w: %w: %w", ErrBusy, ErrDatabase, err) }

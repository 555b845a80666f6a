package hot

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// State says who sells an item.
type State uint8

// The numbers are those in the table hot_item.
const (
	// Off: the ledger sells it.
	Off State = 0
	// Opening: nobody sells it until its balance is in Redis.
	Opening State = 1
	// Open: Redis sells it.
	Open State = 2
	// Sealed: Redis no longer sells it; what Redis took goes into the books.
	Sealed State = 3
)

// String names the state.
func (s State) String() string {
	return [...]string{"off", "opening", "open", "sealed"}[s&3]
}

// Listed is an item that sells through Redis, or did.
type Listed struct {
	ID  int64 // of its row, in the database of its slot
	Key stock.ItemKey
	// Epoch counts the balances that Redis was given.
	Epoch int64
	State State
	// Holder is the epoch of the item's holder in the ledger.
	Holder uint64
	// Floor is how many units stay in the ledger.
	Floor stock.Qty
	// Era is the epoch of the books that its balance was made from. Books that were restored
	// have another.
	Era uint64
	// Given and Free are written by MoveAll: what the ledger gave Redis in this epoch of the holder,
	// and how many units of that tasks may still take.
	Given, Free stock.Qty
	// Counted says that the row counts the units of this epoch. An earlier version did not.
	Counted bool
}

// Take is a taking that is to become durable.
type Take struct {
	Item     int64
	Epoch, N int64
	Kind     stock.WriteBackKind // Taken or ForLedger
	Order    string
	Qty      stock.Qty
	At       time.Time
	// Until is when the reservation ends by itself, for the books.
	Until stock.Time
	// Key is the caller's idempotency key, "" when there is none.
	Key  string
	Use  KeyUse
	Body []byte
}

// Landing is the outcome of a Take.
type Landing uint8

const (
	// TooLate means that the item is not open in this epoch, or another order has the taking's name. It
	// can never become durable.
	TooLate Landing = iota
	// Landed means that the taking is durable, from now or from before.
	Landed
	// Voided means that it was given up before.
	Voided
	// Before means that the order had a taking of the item already.
	Before
	// KeyTaken means that the key was used for another request. The taking never becomes durable.
	KeyTaken
	// Beyond means that the ledger did not give Redis as many units: the balance in Redis is wrong.
	// Nothing was stored.
	Beyond
)

// TaskState is how far a task is.
type TaskState uint8

const (
	// New waits to be sent to the books.
	New TaskState = 0
	// Sent is on its way to the books.
	Sent TaskState = 1
	// Finished is in the books.
	Finished TaskState = 2
)

// Task is a row of the log of an item.
type Task struct {
	ID       int64
	Order    string
	Step     int64 // 0: the taking
	Epoch, N int64 // of the taking
	Kind     stock.WriteBackKind
	Qty      stock.Qty
	State    TaskState
	Seq      uint64 // in the books, of tasks that Claim returns
	Key      string
	Print    [16]byte // of the request, when it has a key and Of returned the task
	At       time.Time
	Until    stock.Time // of the taking
	Body     []byte
	// Last says that no later task of its order comes before the books have this one.
	Last bool
}

// Step is a release or confirm that is to join the tasks of an order.
type Step struct {
	Order string
	Kind  stock.WriteBackKind
	// Qty 0 means all that is left. A part needs a key.
	Qty  stock.Qty
	Key  string
	Use  KeyUse
	At   time.Time
	Body []byte
	// RepeatOnly says that the step may be a repeat, and not a new one.
	RepeatOnly bool
}

// Items are the items that sell through Redis, in the databases of their slots.
type Items interface {
	// Find returns the item, nil when it never sold through Redis.
	Find(ctx context.Context, k stock.ItemKey) (*Listed, error)
	// All returns the items that are not off.
	All(ctx context.Context) ([]Listed, error)
	// Page returns up to most items of the tenant behind the product and location, in that order, those that are off too.
	Page(ctx context.Context, after stock.ItemKey, most int) ([]Listed, error)
	// Places returns the tenants and locations of all items that are or were not off.
	Places(ctx context.Context) ([]stock.ItemKey, error)
	// Add returns the item, with a new row when it has none.
	Add(ctx context.Context, k stock.ItemKey) (Listed, error)
	// Move changes epoch, state, holder, floor and era of an item whose epoch and state are still
	// those it had. With another holder, tasks are numbered from 1 again. A taking of the epoch
	// before has landed by then, or never does.
	Move(ctx context.Context, was, to Listed) (moved bool, err error)
	// MoveAll moves each item whose epoch and state are still those it had, and returns those that it
	// moved, as they are now. It locks their rows in the order of their ids. The choice is that of the
	// same moment. Takings of the new epoch may take the Free units of an item.
	MoveAll(ctx context.Context, was []Listed, to Turn) (now []Listed, at Choice, err error)
}

// Choices say which Redis is in use.
type Choices interface {
	// Chosen returns the latest choice.
	Chosen(ctx context.Context) (Choice, error)
	// Choose makes the next choice, unless was is no longer the latest one.
	Choose(ctx context.Context, was Choice, second bool) (done bool, err error)
}

// Choice says which Redis is in use. Its term only grows.
type Choice struct {
	Term   int64
	Second bool
}

// Turn is what happens to items that move together.
type Turn struct {
	Raise int64 // of their epochs
	State State
	Era   uint64
}

// Of is the item after the turn.
func (t Turn) Of(l Listed) Listed {
	l.Epoch, l.State, l.Era, l.Counted = l.Epoch+t.Raise, t.State, t.Era, true
	return l
}

// Tasks are the log of what Redis took. A change that a method reports as done survives
// a crash. After an error other than those of this package the outcome is unknown.
type Tasks interface {
	// Insert makes takings durable, each that can be: those of an item are never more than the units
	// that it was given and that came back. It is where a balance in Redis that is too large is found.
	Insert(ctx context.Context, all []Take) ([]Landing, error)
	// Raise counts the units that the ledger has given the item in this epoch, in all. A repeat or an
	// earlier figure does nothing. Redis gets them afterwards.
	Raise(ctx context.Context, item, epoch int64, given stock.Qty) error
	// Void makes sure that the taking never becomes durable, unless it is already.
	Void(ctx context.Context, item, epoch, n int64) (voided bool, err error)
	// Join adds a step to an order whose taking was not sent yet. A repeat returns the step
	// of the first time. Errors are ErrSent, also for a new step that may only be a repeat,
	// ErrTooMany, ErrKeyReused.
	Join(ctx context.Context, item int64, s Step) (Task, error)
	// Fence makes sure that no taking of the order becomes durable, unless one is already.
	Fence(ctx context.Context, item int64, order string) error
	// Deny keeps refusals under their keys, and reports which of them it has kept: a key that was used before keeps its
	// first use.
	Deny(ctx context.Context, all []Denial) ([]bool, error)
	// Used returns for what a key was used, nil for nothing, as far as tasks are kept.
	Used(ctx context.Context, id [16]byte) (*Used, error)
	// Of returns the tasks of an order, in order.
	Of(ctx context.Context, item int64, order string) ([]Task, error)
}

// Outbox are the tasks on their way into the books.
type Outbox interface {
	// Claim returns up to most tasks that were sent and are not finished, in the order of their
	// ids, with their numbers in the books, which are dense. When there are none, it sends new
	// ones and returns those.
	Claim(ctx context.Context, item int64, most int) ([]Task, error)
	// Finish says that the books have the tasks up to this one, which Claim returned.
	Finish(ctx context.Context, item int64, last Task) error
	// Pending reports whether the item has tasks that are not finished.
	Pending(ctx context.Context, item int64) (bool, error)
	// Unfinished returns which of the items have tasks that are not finished.
	Unfinished(ctx context.Context, items []int64) ([]int64, error)
	// Unwritten returns the items with tasks of the order that are not finished.
	Unwritten(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error)
	// Took returns the items with tasks of the order.
	Took(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error)
	// Which returns the outcomes of takings of an epoch: true for those with a row, false for
	// those that are void. Others have no row yet.
	Which(ctx context.Context, item, epoch int64, takings []int64) (map[int64]bool, error)
	// Prune drops up to most of the oldest takings and voids of the item, with the steps of
	// their orders: those that are older than before, of which all steps are as old and
	// finished, and fences that are older. The order of the last task in the books stays. It
	// reports how many rows went.
	Prune(ctx context.Context, item int64, before time.Time, most int) (int, error)
}

// Store keeps items and their tasks.
type Store interface {
	Items
	Tasks
	Outbox
	Choices
	Mends
}

var (
	// ErrSent means that the order has no taking here, or one that is on its way to the books
	// or in them: the ledger decides, once Pending has ended.
	ErrSent = errors.New("redis: the order is not, or no longer, among the tasks of the item")
	// ErrTooMany means that the order does not hold as many units.
	ErrTooMany = errors.New("redis: the order does not hold as many units")
	// ErrKeyReused means that the key was used for another request.
	ErrKeyReused = errors.New("redis: the key was used for another request")
)

// NextStep judges a step against the tasks of its order, the taking first: the one it is a
// repeat of, or the task that it becomes. Stores call it while they have the order locked.
func NextStep(tasks []Task, s Step) (t Task, repeated bool, err error) {
	if len(tasks) == 0 || tasks[0].Kind != stock.Taken {
		return Task{}, false, ErrSent
	}
	left := tasks[0].Qty
	for _, t := range tasks[1:] {
		left -= t.Qty
		if s.Key == "" || t.Key != s.Key {
			continue
		}
		if t.Kind != s.Kind || s.Qty != 0 && t.Qty != s.Qty || t.Print != s.Use.Print {
			return Task{}, false, ErrKeyReused
		}
		return t, true, nil
	}
	if last := tasks[len(tasks)-1]; s.Qty == 0 && left == 0 && last.Kind == s.Kind {
		return last, true, nil // it ended so before
	}
	switch {
	case tasks[0].State != New || s.RepeatOnly:
		return Task{}, false, ErrSent
	case s.Qty == 0:
		s.Qty = left
	case s.Key == "":
		return Task{}, false, ErrTooMany
	}
	if s.Qty > left || s.Qty <= 0 {
		return Task{}, false, ErrTooMany
	}
	return Task{
		Order: s.Order, Step: tasks[len(tasks)-1].Step + 1, Epoch: tasks[0].Epoch, N: tasks[0].N, Kind: s.Kind, Qty: s.Qty, Key: s.Key, Until: tasks[0].Until, Body: s.Body,
	}, false, nil
}

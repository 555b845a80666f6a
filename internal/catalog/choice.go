package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Choice is the choice for one reserve call of an order whose lines had to be
// chosen or put together before the books could be asked (docs/adr/0017). A
// repeat of the call uses this choice and chooses nothing itself.
type Choice struct {
	Tenant, Order string
	Number        int       // of the call among those of the order, from 0
	Version       int64     // grows by one with each change, from 1
	Print         [16]byte  // what makes two calls of the order the same
	Body          string    // the plan, in the form of the caller that chose
	At            time.Time // of the last change; not looked at when it is stored
	// Drops is another choice of the order, as it was read, that goes in the same write;
	// nil: none does. It is not read.
	Drops *Choice
}

// ChoiceKey is an idempotency key that such a call came with.
type ChoiceKey struct {
	Tenant string
	ID     [16]byte // stands for the operation and the key
	Print  [16]byte // of the whole request
	// Outcome is the refusal of the request, in the form of the caller that
	// refused it, "" while the order itself shows the outcome.
	Outcome string
	// New says that whoever stores the outcome has found no such key; it is not read.
	New bool
}

// ErrKeyTaken says that the idempotency key was used for another request
// before. Nothing was stored.
var ErrKeyTaken = errors.New("the idempotency key was used for another request")

const (
	// choiceKept is how long choices are kept from their last change: as long
	// as an ended hold keeps its natural key (API.md, Conventions).
	choiceKept = 90 * 24 * time.Hour
	// pruneEach is after how many choices stored by this process old ones are
	// dropped. pruneMost is how many are dropped at a time: more than are
	// added.
	pruneEach = 256
	pruneMost = 1024
	// maxOrder is how many bytes the id of an order may have.
	maxOrder = 128
	// maxPlan bounds the size of one choice, in bytes.
	maxPlan = 4 << 20
	// maxChosen bounds the bytes that one transaction stores: a few
	// milliseconds of the disk's time. Each choice counts chosenWeight more, so
	// that there are at most 256.
	maxChosen    = 1 << 20
	chosenWeight = 4 << 10
	// maxAsked bounds how many calls one reading answers.
	maxAsked = 256
)

// orderChoices stores the choices for orders.
type orderChoices struct {
	*core
	choosing gather[chosen, error]
	choices  gather[asked, choicesAnswer]
	pruned   int // choices stored since old ones were dropped, of the choosing goroutine
}

// Choices returns the choices for the calls of an order, by number. If key is
// not nil, it also returns what is known of the key, nil when it was never
// used. Both are as of one moment. Calls that wait for the database at the same
// time are answered from one read.
func (c *orderChoices) Choices(ctx context.Context, tenant, order string, key *[16]byte) (all []Choice, known *ChoiceKey, err error) {
	answer, err := c.choices.wait(ctx, asked{orderKey{tenant, order}, key})
	if err == nil {
		err = answer.err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read what was chosen for order %q: %w", order, err)
	}
	return answer.choices, answer.key, nil
}

// Choose stores a choice and the key that its call came with, both or neither;
// one of them may be nil. A choice with version 1 is stored when the order has
// none with its number, one with a later version replaces the one before it. The choice in Drops is dropped in the same transaction, and must be
// stored as it was read. If somebody else was faster, or the key has an outcome meanwhile or is there although it is New, it is ErrStale and nothing is stored: read again and
// use the stored choice. A key of another request is ErrKeyTaken. If exactly the same is stored already, that is no error, so the call may be
// repeated. Calls that wait for the database at the same time are stored in one transaction, each as if it were alone; if the transaction fails,
// none of them is stored.
func (c *orderChoices) Choose(ctx context.Context, choice *Choice, key *ChoiceKey) error {
	q := chosen{choice, key}
	err := q.check()
	if err == nil {
		var answer error
		if answer, err = c.choosing.wait(ctx, q); err == nil {
			err = answer
		}
	}
	return during(err, "store what was chosen")
}

// pruneChoices drops some rows whose retention is over. It is a transaction of
// its own: a choice is stored even if the pruning fails.
func (c *orderChoices) pruneChoices(ctx context.Context) {
	for _, table := range []string{"{choice}", "{choice_key}"} {
		if err := c.prune(ctx, table, "", millis(c.now().Add(-choiceKept))); err != nil {
			c.log.WarnContext(ctx, "old choices are not dropped yet", "err", err)
		}
	}
}

// prune drops the oldest rows of a table with a column at that are older than
// before and fit the rest of the condition: about pruneMost of them. It takes the lock of a write only when
// there are any.
func (c *core) prune(ctx context.Context, table, rest string, before int64) error {
	last, old := before, false
	err := c.store.look(ctx, func(r *read) (err error) {
		if old, err = r.readRow(`SELECT at FROM `+table+` WHERE at < ?`+rest+` ORDER BY at LIMIT 1`, []any{before}, new(int64)); err != nil || !old {
			return err
		}
		// This is the time of the last row to be dropped now. If fewer rows are
		// old, there is none, and all of them are dropped.
		_, err = r.readRow(`SELECT at FROM `+table+` WHERE at < ?`+rest+` ORDER BY at LIMIT 1 OFFSET ?`, []any{before, pruneMost - 1}, &last)
		return err
	})
	if err != nil || !old {
		return err
	}
	return c.store.amend(ctx, func(w *write, _ func() error) error {
		return w.exec(`DELETE FROM `+table+` WHERE at <= ? AND at < ?`+rest, last, before)
	})
}

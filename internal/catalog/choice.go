package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Choice is what was chosen for one reserve call of an order whose lines had
// to be chosen or put together before the books could be asked (docs/adr/0017).
// Whoever repeats the call goes by what is here and chooses nothing itself.
type Choice struct {
	Tenant, Order string
	Number        int       // of the call among those of the order, from 0
	Version       int64     // grows by one with each change, from 1
	Print         [16]byte  // what makes two calls of the order the same
	Body          string    // the plan, in the form of whoever chose
	At            time.Time // of the last change; not looked at when it is stored
}

// ChoiceKey is an idempotency key that such a call came with.
type ChoiceKey struct {
	Tenant string
	ID     [16]byte // stands for the operation and the key
	Print  [16]byte // of the whole request
	// Outcome is what the request was refused with, in the form of whoever
	// refused it, "" while the order itself tells.
	Outcome string
}

// ErrKeyTaken says that the idempotency key came with another request before.
// Nothing was stored.
var ErrKeyTaken = errors.New("the idempotency key was used for another request")

const (
	// choiceKept is how long choices are kept from their last change: as long
	// as an ended hold keeps its natural key (API.md, Conventions).
	choiceKept = 90 * 24 * time.Hour
	// pruneEach is after how many choices stored by this process old ones are
	// dropped, and pruneMost how many of them at a time: more than come.
	pruneEach = 256
	pruneMost = 1024
	// maxOrder is how many bytes the id of an order may have.
	maxOrder = 128
	// maxPlan bounds what one choice keeps, in bytes.
	maxPlan = 4 << 20
)

// Choices returns what was chosen for the calls of an order, by number; and, if
// key is not nil, what is known of the key, nil when it never came. Both are as
// of one moment.
func (c *Catalog) Choices(ctx context.Context, tenant, order string, key *[16]byte) (all []Choice, known *ChoiceKey, err error) {
	ask := func(r *read) (err error) {
		if key != nil {
			if known, err = r.choiceKey(tenant, *key); err != nil {
				return err
			}
		}
		all, err = r.choices(tenant, order)
		return err
	}
	if key == nil {
		err = c.store.look(ctx, ask)
	} else {
		err = c.store.read(ctx, ask)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read what was chosen for order %q: %w", order, err)
	}
	return all, known, nil
}

// Choose stores a choice and the key that its call came with, both or neither;
// one of them may be nil. A choice with version 1 is stored when the order has
// none with its number, one with a later version in place of the one before
// it. Where somebody else was faster, or the key has an outcome by now, it is
// ErrStale and nothing is stored: read again and go by what is there. A key of
// another request is ErrKeyTaken. What is there already, just so, is no error,
// so that the call may be repeated.
func (c *Catalog) Choose(ctx context.Context, choice *Choice, key *ChoiceKey) error {
	err := c.store.alter(ctx, func(w *write, _ func() error) error {
		if key != nil {
			if err := w.putChoiceKey(key, millis(c.now())); err != nil {
				return err
			}
		}
		if choice == nil {
			return nil
		}
		if err := choice.check(); err != nil {
			return err
		}
		return w.putChoice(choice, millis(c.now()))
	})
	if err != nil {
		return fmt.Errorf("store what was chosen: %w", err)
	}
	if choice != nil && c.chosen.Add(1)%pruneEach == 0 {
		c.pruneChoices(ctx)
	}
	return nil
}

func (ch *Choice) check() error {
	if err := checkID("order_id", ch.Order, maxOrder); err != nil {
		return err
	}
	if len(ch.Body) > maxPlan || !storable(ch.Body) {
		return &InvalidError{Field: "items", Reason: fmt.Sprintf("come to a plan of more than %d bytes", maxPlan)}
	}
	return nil
}

// pruneChoices drops some of what has outlived its keeping. It is a
// transaction of its own: what was chosen is stored whatever becomes of it.
func (c *Catalog) pruneChoices(ctx context.Context) {
	before := millis(c.now().Add(-choiceKept))
	for _, table := range []string{"{choice}", "{choice_key}"} {
		err := c.store.alter(ctx, func(w *write, _ func() error) error {
			last := before
			// Up to the time of the last one that goes this time; where fewer
			// are old, there is none and all of them go.
			_, err := w.one(`SELECT at FROM `+table+` WHERE at < ? ORDER BY at LIMIT 1 OFFSET ?`, []any{before, pruneMost - 1}, &last)
			if err != nil {
				return err
			}
			return w.exec(`DELETE FROM `+table+` WHERE at <= ? AND at < ?`, last, before)
		})
		if err != nil {
			c.log.WarnContext(ctx, "old choices are not dropped yet", "err", err)
		}
	}
}

func (r *read) choices(tenant, order string) ([]Choice, error) {
	if !storable(tenant) || !storable(order) {
		return nil, nil
	}
	return list(r, func(scan func(...any) error, ch *Choice) error {
		var digest []byte
		var at int64
		ch.Tenant, ch.Order = tenant, order
		err := scan(&ch.Number, &ch.Version, &digest, &ch.Body, &at)
		copy(ch.Print[:], digest)
		ch.At = fromMillis(at)
		return err
	}, `SELECT number, version, print, body, at FROM {choice} WHERE tenant = ? AND order_id = ? ORDER BY number`, tenant, order)
}

func (r *read) choiceKey(tenant string, id [16]byte) (*ChoiceKey, error) {
	k := ChoiceKey{Tenant: tenant, ID: id}
	if !storable(tenant) {
		return nil, nil
	}
	var digest []byte
	found, err := r.one(`SELECT print, outcome FROM {choice_key} WHERE tenant = ? AND id = ?`, []any{tenant, id[:]}, &digest, &k.Outcome)
	if err != nil || !found {
		return nil, err
	}
	copy(k.Print[:], digest)
	return &k, nil
}

// putChoice stores the choice unless another one is in its place. What is done
// to a row that is there changes nothing; it waits for whoever is storing it,
// so that the row read afterwards is the one that counts.
func (w *write) putChoice(ch *Choice, now int64) error {
	var err error
	if ch.Version == 1 {
		err = w.exec(`INSERT INTO {choice} (tenant, order_id, number, version, print, body, at) VALUES (?, ?, ?, ?, ?, ?, ?)
			{on tenant, order_id, number} tenant = {new tenant}`,
			ch.Tenant, ch.Order, ch.Number, ch.Version, ch.Print[:], ch.Body, now)
	} else {
		err = w.exec(`UPDATE {choice} SET version = ?, print = ?, body = ?, at = ? WHERE tenant = ? AND order_id = ? AND number = ? AND version = ?`,
			ch.Version, ch.Print[:], ch.Body, now, ch.Tenant, ch.Order, ch.Number, ch.Version-1)
	}
	if err != nil {
		return err
	}
	var version int64
	var digest []byte
	var body string
	found, err := w.one(`SELECT version, print, body FROM {choice} WHERE tenant = ? AND order_id = ? AND number = ?`,
		[]any{ch.Tenant, ch.Order, ch.Number}, &version, &digest, &body)
	if err == nil && (!found || version != ch.Version || string(digest) != string(ch.Print[:]) || body != ch.Body) {
		err = ErrStale
	}
	return err
}

func (w *write) putChoiceKey(k *ChoiceKey, now int64) error {
	err := w.exec(`INSERT INTO {choice_key} (tenant, id, print, outcome, at) VALUES (?, ?, ?, '', ?)
		{on tenant, id} tenant = {new tenant}`, k.Tenant, k.ID[:], k.Print[:], now)
	if err == nil && k.Outcome != "" {
		err = w.exec(`UPDATE {choice_key} SET outcome = ?, at = ? WHERE tenant = ? AND id = ? AND print = ? AND outcome = ''`,
			k.Outcome, now, k.Tenant, k.ID[:], k.Print[:])
	}
	if err != nil {
		return err
	}
	is, err := w.choiceKey(k.Tenant, k.ID)
	switch {
	case err != nil:
		return err
	case is == nil:
		return ErrStale
	case is.Print != k.Print:
		return ErrKeyTaken
	case is.Outcome != k.Outcome:
		return ErrStale
	}
	return nil
}

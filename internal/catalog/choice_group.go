package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// This file stores the choices of many calls in one transaction, and reads
// them in one.

// orderKey names an order.
type orderKey struct{ tenant, order string }

// asked is one call of Choices, and its answer.
type asked struct {
	orderKey
	key *[16]byte
}

type choicesAnswer struct {
	choices []Choice
	key     *ChoiceKey
	err     error
}

// chosen is one call of Choose.
type chosen struct {
	choice *Choice
	key    *ChoiceKey
}

func (q chosen) check() error {
	if q.key != nil && !storable(q.key.Tenant) {
		return &UnknownError{What: "tenant", ID: q.key.Tenant}
	}
	ch := q.choice
	if ch == nil {
		return nil
	}
	if !storable(ch.Tenant) {
		return &UnknownError{What: "tenant", ID: ch.Tenant}
	}
	if err := checkID("order_id", ch.Order, maxOrder); err != nil {
		return err
	}
	if len(ch.Body) > maxPlan || !storable(ch.Body) {
		return &InvalidError{Field: "items", Reason: fmt.Sprintf("come to a plan of more than %d bytes", maxPlan)}
	}
	return nil
}

func (q chosen) weight() int {
	n := chosenWeight
	if q.choice != nil {
		n += len(q.choice.Body)
	}
	if q.key != nil {
		n += len(q.key.Outcome)
	}
	return n
}

// choicesOf answers many calls of Choices as of one moment.
func (c *orderChoices) choicesOf(ctx context.Context, all []asked) []choicesAnswer {
	answers := make([]choicesAnswer, len(all))
	var orders []orderKey
	var keys []keyRow
	for _, q := range all {
		orders = append(orders, q.orderKey)
		if q.key != nil {
			keys = append(keys, keyRow{q.tenant, *q.key})
		}
	}
	view := c.store.look // each order is read by one statement
	if len(keys) > 0 || c.store.commits.isDoubtful() {
		view = c.store.decide
	}
	err := view(ctx, func(r *read) error {
		known, err := readChoiceKeys(r, keys)
		if err != nil {
			return err
		}
		choices, err := readChoices(r, orders)
		for i, q := range all {
			answers[i].choices = slices.Clone(choices[q.orderKey])
			if q.key == nil {
				continue
			}
			if k, ok := known[keyRow{q.tenant, *q.key}]; ok {
				answers[i].key = &k
			}
		}
		return err
	})
	if err != nil {
		for i := range answers {
			answers[i] = choicesAnswer{err: err}
		}
	}
	return answers
}

// chooseAll carries out many calls of Choose. If several are about the same
// row, the first comes first, and the others see what it has stored.
func (c *orderChoices) chooseAll(ctx context.Context, all []chosen) []error {
	errs := make([]error, len(all))
	stored := 0
	for left := firstNumbers(len(all)); len(left) > 0; {
		part, later := splitByRows(all, left)
		err := c.chooseApart(ctx, all, part, errs)
		for _, i := range part {
			if err != nil {
				errs[i] = err
			} else if errs[i] == nil && all[i].choice != nil {
				stored++
			}
		}
		left = later
	}
	if c.pruned += stored; c.pruned >= pruneEach {
		c.pruned = 0
		c.pruneChoices(ctx)
	}
	return errs
}

func firstNumbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// splitByRows divides calls into those that touch different rows and those that have
// to wait for one of them.
func splitByRows(all []chosen, numbers []int) (part, later []int) {
	choices, keys := map[choiceRow]bool{}, map[keyRow]bool{}
	for _, i := range numbers {
		q := &all[i]
		taken := q.key != nil && keys[q.key.row()]
		for _, row := range q.choice.touched() {
			taken = taken || choices[row]
			choices[row] = true
		}
		if taken {
			later = append(later, i)
		} else {
			part = append(part, i)
		}
		if q.key != nil {
			keys[q.key.row()] = true
		}
	}
	return part, later
}

// maxChooseTries bounds how often a transaction is begun anew because another
// process has stored one of its rows since it looked.
const maxChooseTries = 8

// chooseApart stores, in one transaction, the calls with these numbers that
// have no conflict; errs has the conflict of each other call. When it returns
// an error, none is stored.
func (c *orderChoices) chooseApart(ctx context.Context, all []chosen, numbers []int, errs []error) (err error) {
	for range maxChooseTries {
		err = c.store.amend(ctx, func(w *write, _ func() error) error {
			return storeChosen(w, all, numbers, errs, millis(c.now()))
		})
		if !errors.Is(err, errTaken) {
			return err
		}
	}
	return err
}

// storeChosen reads the stored rows and stores the choices that may be stored. Rows
// are locked in the order of their keys, so that two processes do not wait for each
// other. errTaken says that another process was faster since this one read.
func storeChosen(w *write, all []chosen, numbers []int, errs []error, now int64) error {
	var orders []orderKey
	var ids []keyRow
	for _, i := range numbers {
		if ch := all[i].choice; ch != nil {
			orders = append(orders, orderKey{ch.Tenant, ch.Order})
		}
		if k := all[i].key; k != nil {
			ids = append(ids, k.row())
		}
	}
	known, err := readChoiceKeys(&w.read, ids)
	if err != nil {
		return err
	}
	rows, err := readChoices(&w.read, orders)
	if err != nil {
		return err
	}
	var keys []keyed
	var choices []dropped
	for _, i := range numbers {
		key, keyErr := all[i].key.missingIn(known)
		choice, choiceErr := all[i].choice.missingIn(rows)
		if errs[i] = cmp.Or(keyErr, choiceErr); errs[i] != nil {
			continue
		}
		if key != nil {
			keys = append(keys, *key)
		}
		if choice != nil {
			choices = append(choices, dropped{choice, false})
			if choice.Drops != nil {
				choices = append(choices, dropped{choice.Drops, true})
			}
		}
	}
	slices.SortFunc(keys, func(a, b keyed) int { return a.row().compare(b.row()) })
	slices.SortFunc(choices, func(a, b dropped) int { return a.row().compare(b.row()) })
	for _, k := range keys {
		if err := k.put(w, now); err != nil {
			return err
		}
	}
	for _, ch := range choices {
		if err := ch.put(w, now); err != nil {
			return err
		}
	}
	return w.flush()
}

// keyed is a key that has to be stored: a new one, or a new outcome of one.
type keyed struct {
	*ChoiceKey
	known bool
}

// missingIn returns the part of a key that has to be stored, nil when nothing has
// to be.
func (k *ChoiceKey) missingIn(known map[keyRow]ChoiceKey) (*keyed, error) {
	if k == nil {
		return nil, nil
	}
	is, there := known[k.row()]
	switch {
	case !there:
		return &keyed{k, false}, nil
	case is.Print != k.Print:
		return nil, ErrKeyTaken
	case is.Outcome == k.Outcome:
		return nil, nil
	case is.Outcome == "" && !k.New:
		return &keyed{k, true}, nil
	}
	return nil, ErrStale
}

// dropped is a choice that has to be stored, or is gone.
type dropped struct {
	*Choice
	gone bool
}

// touched are the rows that storing a choice is about.
func (ch *Choice) touched() []choiceRow {
	switch {
	case ch == nil:
		return nil
	case ch.Drops == nil:
		return []choiceRow{ch.row()}
	}
	return []choiceRow{ch.row(), ch.Drops.row()}
}

// missingIn returns the part of a choice that has to be stored, nil when nothing
// has to be.
func (ch *Choice) missingIn(rows map[orderKey][]Choice) (*Choice, error) {
	if ch == nil {
		return nil, nil
	}
	version, there := int64(0), ch.Drops == nil
	for _, is := range rows[orderKey{ch.Tenant, ch.Order}] {
		if old := ch.Drops; old != nil && is.row() == old.row() && is.Version == old.Version {
			there = true
		}
		if is.Number != ch.Number {
			continue
		}
		if is.Version == ch.Version && is.Print == ch.Print && is.Body == ch.Body {
			return nil, nil
		}
		version = is.Version
	}
	if version != ch.Version-1 || !there {
		return nil, ErrStale
	}
	return ch, nil
}

package fulfil

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// keyedChange is a change of an order under the caller's key, if it has one.
type keyedChange struct {
	choices Choices
	order   stock.OrderKey
	id      [16]byte // of the operation and the key, zero without one
	print   [16]byte // of the request
	known   bool     // the key was known when the order was read
}

// findKept returns the change that was decided under the key, whichever call of the order it is
// of; nil when there is none.
func (k *keyedChange) findKept(rows []*plannedChoice) (*plannedChoice, int) {
	if k.asked() == nil {
		return nil, 0
	}
	for _, r := range rows {
		for i := range r.Changes {
			if r.Changes[i].Key == k.id {
				return r, i
			}
		}
	}
	return nil, 0
}

// of is what the key stands for among the keys of choices: an order has its own.
func (k *keyedChange) of() [16]byte {
	d := digest{2}
	d = append(d, k.id[:]...)
	d.text(k.order.Order)
	return d.sum()
}

// asked is the key to ask about, nil without one.
func (k *keyedChange) asked() *[16]byte {
	if k.id == [16]byte{} {
		return nil
	}
	id := k.of()
	return &id
}

// keyed is the key as it is stored, nil without one. The outcome is empty while the order itself shows it.
func (k *keyedChange) keyed(outcome string) *catalog.ChoiceKey {
	if k.asked() == nil {
		return nil
	}
	return &catalog.ChoiceKey{Tenant: k.order.Tenant, ID: k.of(), Print: k.print, Outcome: outcome, New: !k.known && outcome != ""}
}

// carryOut carries out the change: repeat when the order has one under its key already, which is of
// that number, or anew. It begins again while somebody else changes the order.
func (k *keyedChange) carryOut(
	ctx context.Context,
	repeat func(r *plannedChoice, number int) (*KitChanged, error), anew func(rows []*plannedChoice) (*KitChanged, bool, error),
) (changed *KitChanged, found bool, err error) {
	for range maxRounds {
		choices, key, err := k.choices.Choices(ctx, k.order.Tenant, k.order.Order, k.asked())
		if err != nil {
			return nil, false, err
		}
		rows, err := readRows(choices)
		if err != nil {
			return nil, false, err
		}
		k.known = key != nil
		r, number := k.findKept(rows)
		switch {
		case r != nil:
			found = true
			if changed, err = repeat(r, number); changed == nil {
				changed = &KitChanged{}
			}
			changed.Replayed = true
		case k.known && key.Print != k.print:
			found, err = true, catalog.ErrKeyTaken
		case k.known && key.Outcome != "":
			found = true
			changed, err = replayedChange(key.Outcome)
		default:
			changed, found, err = anew(rows)
		}
		switch {
		case errors.Is(err, catalog.ErrStale):
			continue
		case errors.Is(err, catalog.ErrKeyTaken):
			return nil, true, ledger.ErrKeyReused
		}
		return changed, found, err
	}
	return nil, true, ErrContended
}

// keepRefusal keeps what a change was refused with under its key, so that a repeat is refused too. It returns
// the error to answer with.
func (k *keyedChange) keepRefusal(ctx context.Context, err error) error {
	refusal, is := errors.AsType[*stock.Refusal](err)
	if !is || !refusal.Kept() || k.asked() == nil {
		return err
	}
	text, failed := json.Marshal(keptResult{Refusal: refusal})
	if failed != nil {
		return fmt.Errorf("write the outcome of a call: %w", failed)
	}
	if failed := k.choices.Choose(ctx, nil, k.keyed(string(text))); failed != nil {
		return failed
	}
	return err
}

// replayedChange is the answer to a change that was refused before.
func replayedChange(outcome string) (*KitChanged, error) {
	var out keptResult
	if err := json.Unmarshal([]byte(outcome), &out); err != nil {
		return nil, fmt.Errorf("read the outcome of a call: %w", err)
	}
	return &KitChanged{Replayed: true}, out.Refusal
}

package world

import (
	"context"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// choices are what was chosen for orders, in memory.
type choices struct {
	rows map[string][]catalog.Choice // by order
	keys map[[16]byte]catalog.ChoiceKey
}

// Lanes says that nobody knows what sending costs.
func (t *town) Lanes(context.Context, string) ([]catalog.Lane, error) { return nil, nil }

// Kits are those of the products that are kits.
func (t *town) Kits(_ context.Context, _ string, products []string) (map[string]catalog.Kit, error) {
	found := map[string]catalog.Kit{}
	for _, p := range products {
		if parts := kits[p]; parts != nil {
			found[p] = catalog.Kit{Product: p, Components: parts}
		}
	}
	return found, nil
}

// HadKit reports whether one of the products is a kit.
func (t *town) HadKit(_ context.Context, _ string, products []string) (bool, error) {
	return slices.ContainsFunc(products, func(p string) bool { return kits[p] != nil }), nil
}

// Choices returns what was chosen for an order, and what is known of the key.
func (t *town) Choices(_ context.Context, _, order string, key *[16]byte) ([]catalog.Choice, *catalog.ChoiceKey, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := slices.Clone(t.choices.rows[order])
	if key != nil {
		if k, known := t.choices.keys[*key]; known {
			return rows, &k, nil
		}
	}
	return rows, nil, nil
}

// Choose stores a choice and a key, both or neither.
func (t *town) Choose(_ context.Context, choice *catalog.Choice, key *catalog.ChoiceKey) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if key != nil {
		switch is, known := t.choices.keys[key.ID]; {
		case known && is.Print != key.Print:
			return catalog.ErrKeyTaken
		case known && is.Outcome != key.Outcome && (is.Outcome != "" || key.New):
			return catalog.ErrStale
		}
	}
	if choice != nil {
		rows := t.choices.rows[choice.Order]
		n := slices.IndexFunc(rows, func(c catalog.Choice) bool { return c.Number == choice.Number })
		kept := *choice
		kept.At = time.Now()
		switch {
		case n >= 0 && rows[n].Version == kept.Version-1:
			rows[n] = kept
		case n < 0 && kept.Version == 1:
			t.choices.rows[choice.Order] = append(rows, kept)
		case n < 0 || rows[n].Version != kept.Version || rows[n].Body != kept.Body || rows[n].Print != kept.Print:
			return catalog.ErrStale
		}
	}
	if key != nil {
		t.choices.keys[key.ID] = *key
	}
	return nil
}

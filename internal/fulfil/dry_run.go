package fulfil

import (
	"context"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/catalog"
)

// NewDryRun returns orders that choose as o does, over books that store nothing, and keep no
// choice. Keys are not looked up. It is meant for one call.
func NewDryRun(o *Orders, books Ledger) *Orders {
	return &Orders{books: books, directory: o.directory, choices: &forgetful{kept: o.choices, drawn: map[[2]string][]catalog.Choice{}}, channel: o.channel}
}

// forgetful has the choices that are kept, and in memory those of a dry run.
type forgetful struct {
	kept Choices

	mu    sync.Mutex
	drawn map[[2]string][]catalog.Choice // by tenant and order
}

func (c *forgetful) Choices(ctx context.Context, tenant, order string, _ *[16]byte) ([]catalog.Choice, *catalog.ChoiceKey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if drawn, some := c.drawn[[2]string{tenant, order}]; some {
		return slices.Clone(drawn), nil, nil
	}
	kept, _, err := c.kept.Choices(ctx, tenant, order, nil)
	return kept, nil, err
}

func (c *forgetful) Choose(ctx context.Context, choice *catalog.Choice, _ *catalog.ChoiceKey) error {
	if choice == nil {
		return nil
	}
	all, _, err := c.Choices(ctx, choice.Tenant, choice.Order, nil)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all = slices.DeleteFunc(all, func(old catalog.Choice) bool {
		return old.Number == choice.Number || choice.Drops != nil && old.Number == choice.Drops.Number
	})
	c.drawn[[2]string{choice.Tenant, choice.Order}] = append(all, *choice)
	return nil
}

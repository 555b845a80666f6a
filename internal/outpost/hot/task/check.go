package task

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// checkTries is how often Check reads an item that servers change meanwhile.
const checkTries = 5

// Check compares the items that sell through Redis with the books in the engines, and returns what is wrong and which
// items are neither the ledger's nor Redis'. Servers may be at work: an item that is never quiet is left out.
func Check(ctx context.Context, s Store, books []engine.Engine) (faults, notes []string, err error) {
	all, err := s.All(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the items of Redis: %w", err)
	}
	for _, l := range all {
		if l.State == hot.Sealed || l.State == hot.Opening {
			notes = append(notes, fmt.Sprintf("product %q at location %q is %s in Redis: until a server has finished that, nobody sells it (holdfast redis rebuild)", l.Key.Product, l.Key.Location, l.State))
		}
		fault, err := checkItem(ctx, s, books, l)
		if err != nil {
			return nil, nil, err
		}
		if fault != "" {
			faults = append(faults, fmt.Sprintf("product %q at location %q: %s", l.Key.Product, l.Key.Location, fault))
		}
	}
	return faults, notes, nil
}

func checkItem(ctx context.Context, s Store, books []engine.Engine, l hot.Listed) (fault string, err error) {
	for range checkTries {
		needs, err := s.Owed(ctx, l.ID)
		if err != nil {
			return "", err
		}
		is, err := s.Find(ctx, l.Key)
		if err != nil || is == nil || is.State == hot.Off {
			return "", err
		}
		it, err := newest(ctx, books, l.Key)
		if err != nil || it == nil {
			return "", err
		}
		after, err := s.Owed(ctx, l.ID)
		if err != nil {
			return "", err
		}
		again, err := s.Find(ctx, l.Key)
		if err != nil || again == nil {
			return "", err
		}
		if after != needs || *again != *is {
			continue
		}
		var given stock.Qty
		holder := stock.RedisHolder(l.Key.Product)
		if rec := it.EscrowRecord(holder); rec != nil {
			given = rec.Added
		}
		has := it.InEscrow(holder)
		switch {
		case needs.Units > has:
			return fmt.Sprintf("tasks that are not in the books need %d units, and Redis was given %d: a server with --redis books them, and what is missing is oversold", needs.Units, has), nil
		case is.State == hot.Open && is.Counted && needs.Tasks == 0 && is.Given <= given && is.Free != has-(given-is.Given):
			return fmt.Sprintf("tasks may take %d units, and by the books %d (holdfast redis compare)", is.Free, has-(given-is.Given)), nil
		}
		return "", nil
	}
	return "", nil
}

// newest is the item in the engine that has its newest state, nil when none has it.
func newest(ctx context.Context, books []engine.Engine, k stock.ItemKey) (found *stock.Item, err error) {
	for _, e := range books {
		v, err := e.Load(ctx, engine.Want{Items: []stock.ItemKey{k}})
		if err != nil {
			return nil, err
		}
		for _, row := range v.Items {
			it, err := stock.DecodeItem(row.Key, row.Packed)
			if err != nil {
				return nil, err
			}
			if found == nil || it.Version > found.Version {
				found = it
			}
		}
	}
	return found, nil
}

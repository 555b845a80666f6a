package audit

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Explanation is what an item says of itself, and what its open lines say.
type Explanation struct {
	Item  *stock.Item
	Lines []ExplainedLine
	// Sums is what the lines hold.
	Sums stock.LineSums
	// Faults say in words where the item contradicts its lines, or itself.
	Faults []string
}

// ExplainedLine is an open line of the item.
type ExplainedLine struct {
	Order string
	stock.Line
}

// ErrNoItem says that no slot has the item.
var ErrNoItem = errors.New("there is no such item")

// explainTries bounds how often an item is read that changes meanwhile.
const explainTries = 20

// Explain reads an item and its open lines, as of one version of the item. It only reads, and
// writers may run at the same time.
func Explain(ctx context.Context, engines []engine.Engine, k stock.ItemKey) (*Explanation, error) {
	for range explainTries {
		it, eng, err := findItem(ctx, engines, k)
		if err != nil {
			return nil, err
		}
		e := &Explanation{Item: it}
		if err := e.readLines(ctx, eng); err != nil {
			return nil, err
		}
		again, _, err := findItem(ctx, engines, k)
		if err != nil {
			return nil, err
		}
		if again.Version == it.Version {
			e.compare()
			return e, nil
		}
	}
	return nil, fmt.Errorf("product %q at location %q changes all the time: try again", k.Product, k.Location)
}

// findItem returns the newest row of the item, and where it is.
func findItem(ctx context.Context, engines []engine.Engine, k stock.ItemKey) (it *stock.Item, at engine.Engine, err error) {
	for _, eng := range engines {
		loaded, err := eng.Load(ctx, engine.Want{Items: []stock.ItemKey{k}})
		if err != nil {
			return nil, nil, fmt.Errorf("read product %q at location %q: %w", k.Product, k.Location, err)
		}
		for i := range loaded.Items {
			row := &loaded.Items[i]
			is, err := stock.DecodeItem(row.Key, row.Packed)
			if err != nil {
				return nil, nil, fmt.Errorf("read product %q at location %q: %w", k.Product, k.Location, err)
			}
			if is.Bucket = row.Bucket; it == nil || is.Version > it.Version {
				it, at = is, eng
			}
		}
	}
	if it == nil {
		return nil, nil, fmt.Errorf("product %q at location %q of tenant %q: %w", k.Product, k.Location, k.Tenant, ErrNoItem)
	}
	return it, at, nil
}

func (e *Explanation) readLines(ctx context.Context, eng engine.Engine) error {
	_, err := eng.ScanHolds(ctx, engine.HoldScan{Open: true, Bucket: &e.Item.Bucket}, func(row *engine.HoldRow) error {
		if row.Key.Tenant != e.Item.Key.Tenant {
			return nil
		}
		h, err := stock.DecodeHold(row.Key, row.Packed)
		if err != nil {
			return fmt.Errorf("order %q: %w", row.Key.Order, err)
		}
		if l := h.Find(e.Item.Key); l != nil && l.End == stock.Open {
			e.Lines = append(e.Lines, ExplainedLine{row.Key.Order, *l})
			e.Sums.Add(l)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the open lines of product %q: %w", e.Item.Key.Product, err)
	}
	return nil
}

// compare finds the faults.
func (e *Explanation) compare() {
	it := e.Item
	if held := it.Of(stock.Held); held != e.Sums.Held {
		e.Faults = append(e.Faults, fmt.Sprintf("its account held has %d, its open lines hold %d", held, e.Sums.Held))
	}
	for i := range it.Channels {
		c := &it.Channels[i]
		if lines := e.Sums.Of(c.ID); lines.Held != c.Held || lines.Pool != c.PoolHeld {
			e.Faults = append(e.Faults, fmt.Sprintf("channel %q is said to hold %d of its quota and %d of the pool, its open lines hold %d and %d",
				c.ID, c.Held, c.PoolHeld, lines.Held, lines.Pool))
		}
	}
	for _, lines := range e.Sums.Channels {
		if it.Channel(lines.ID) == nil {
			e.Faults = append(e.Faults, fmt.Sprintf("open lines hold %d of the quota of channel %q and %d of the pool, and the item has no record of it", lines.Held, lines.ID, lines.Pool))
		}
	}
	if err := it.Sound(); err != nil {
		e.Faults = append(e.Faults, err.Error())
	}
	owes := -it.Of(stock.Oversold)
	// A till may have been advanced units.
	if sale := unitsForSale(it, it.UpdatedAt); owes > 0 && sale > 0 && it.Of(stock.Granted) == 0 {
		e.Faults = append(e.Faults, describeOwing(owes, min(owes, sale), 0))
	}
}

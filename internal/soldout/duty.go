package soldout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Levels lists the items at a location (view.Levels).
type Levels interface {
	Scan(ctx context.Context, q view.LevelQuery, fn func(*stock.Item) error) (view.Snapshot, error)
}

const (
	// lookEvery is how often servers look for locations that serve other channels than
	// before, maxDue how many they look at before they look again.
	lookEvery = time.Second
	maxDue    = 100
)

// Duty looks at the products of locations that were opened or closed, or serve other
// channels than before.
func (t *Teller) Duty() duty.Kind {
	return &duty.Duty[catalog.Place]{
		Failing: "it is not told what a location serves", Every: lookEvery, Most: maxDue,
		Due: t.directory.PlacesDue,
		Name: func(p *catalog.Place) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%s/%s@%d", p.Tenant, p.ID, p.Revision), About: []any{"tenant", p.Tenant, "location", p.ID}}
		},
		CarryOut: duty.EachAlone(t.seePlace),
	}
}

// seePlace looks at all products of a location. It notes the place as seen afterwards:
// products that a crash leaves out are looked at again.
func (t *Teller) seePlace(ctx context.Context, p *catalog.Place) error {
	var of []question
	channels := slices.Concat(p.Channels, p.Before)
	_, err := t.levels.Scan(ctx, view.LevelQuery{Tenant: p.Tenant, Location: p.ID}, func(it *stock.Item) error {
		of = append(of, question{engine.ProductKey{Tenant: p.Tenant, Product: it.Key.Product}, channels})
		return nil
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(of, maxProducts) {
		if err := t.look(ctx, part); err != nil {
			return err
		}
	}
	return t.directory.PlaceSeen(ctx, *p)
}

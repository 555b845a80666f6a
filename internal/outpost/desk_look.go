package outpost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// errEnough ends a scan.
var errEnough = errors.New("enough")

// items calls fn, which must not wait, for each item at the till's location, by product,
// behind the one named.
func (d *Desk) items(ctx context.Context, t *catalog.Till, after string, fn func(*stock.Item) error) error {
	q := view.LevelQuery{Tenant: t.Tenant, Location: t.Location}
	if after != "" {
		q.After = &stock.ItemKey{Tenant: t.Tenant, Location: t.Location, Product: after}
	}
	_, err := d.levels.Scan(ctx, q, func(it *stock.Item) error {
		if it.Key.Lot != "" || it.Key.Product <= after {
			return nil
		}
		return fn(it)
	})
	return err
}

// Units are the till's units of up to limit products behind the one named, by product.
func (d *Desk) Units(ctx context.Context, tenant, till, after string, limit int) ([]Units, error) {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return nil, err
	}
	units := []Units{}
	err = d.items(ctx, &t, after, func(it *stock.Item) error {
		units = append(units, unitsOf(it, &t))
		if len(units) == limit {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read the units of till %q: %w", till, err)
	}
	return units, nil
}

// Holding is the units of a product that a till has to itself.
type Holding struct {
	Units

	// Has is how many units it has, as far as the books know.
	Has int64
}

// Holdings are the products behind the one named of which the till has units, up to limit, by product.
func (d *Desk) Holdings(ctx context.Context, tenant, till, after string, limit int) ([]Holding, error) {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return nil, err
	}
	all := []Holding{}
	err = d.items(ctx, &t, after, func(it *stock.Item) error {
		if n := it.InEscrow(t.ID); n > 0 {
			all = append(all, Holding{Units: unitsOf(it, &t), Has: int64(n)})
		}
		if len(all) == limit {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read what till %q has: %w", till, err)
	}
	return all, nil
}

// unitsOf returns the units that the till has of the item.
func unitsOf(it *stock.Item, t *catalog.Till) Units {
	u := Units{
		Product: it.Key.Product, Unit: it.Unit, Scale: it.Scale, Tracked: it.Tracked, Keep: -1,
		OnSale: it.OnSale, Off: it.Off, OnHand: int64(it.Figures().OnHand), Version: it.Version, Rules: rulesOf(it),
	}
	if rec := it.EscrowRecord(t.ID); rec != nil && nameOf(rec.Epoch) == t.Epoch {
		u.Added = int64(rec.Added)
		if rec.Capped {
			u.Keep = int64(rec.Keep)
		}
	}
	return u
}

// Glance is the state of a till, as far as it is known without reading the books.
func (d *Desk) Glance(t *catalog.Till) Standing {
	heard := d.heardOf(t)
	return Standing{
		Paired: t.Epoch != "", Epoch: t.Epoch, Heard: heard.At.Time, Last: heard.Last, Behind: heard.Behind.Time,
		Offset: time.Duration(t.Offset), Terms: heard.Terms,
		Condition: conditionOf(t, &heard, d.now()),
	}
}

// Standings are the states of tills, in their order. Each location is read once.
func (d *Desk) Standings(ctx context.Context, tills []catalog.Till) ([]Standing, error) {
	keys := make([]stock.ItemKey, len(tills))
	for i := range tills {
		keys[i] = stock.HolderItem(tills[i].Tenant, tills[i].Location, tills[i].ID)
	}
	levels, _, err := d.books.Items(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read how tills stand: %w", err)
	}
	all, at := make([]Standing, len(tills)), map[tenantLocation][]int{}
	for i := range tills {
		t, s := &tills[i], &all[i]
		*s = d.Glance(t)
		if it := levels[i].Item; it != nil && it.Holder != nil && nameOf(it.Holder.Epoch) == t.Epoch {
			s.Seq = it.Holder.Seq
			if booked := time.UnixMilli(int64(it.UpdatedAt)).UTC(); it.Holder.Ticket != 0 && booked.After(s.Heard) {
				s.Heard = booked
			}
		}
		if s.Last = max(s.Last, s.Seq); s.Paired {
			p := tenantLocation{t.Tenant, t.Location}
			at[p] = append(at[p], i)
		}
	}
	for _, some := range at {
		err := d.items(ctx, &tills[some[0]], "", func(it *stock.Item) error {
			for _, i := range some {
				if n := it.InEscrow(tills[i].ID); n > 0 {
					all[i].Escrow++
					all[i].Units += int64(n)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

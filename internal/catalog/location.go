package catalog

import (
	"context"
	"fmt"
	"time"
)

// Location is a location as the database has it.
type Location struct {
	Tenant  string
	ID      string
	Spread  bool // its items are placed by product too
	Created time.Time
}

// Location returns a location as the database has it now, or ErrUnknown.
func (c *Catalog) Location(ctx context.Context, tenant, id string) (l Location, err error) {
	found := false
	err = c.store.look(ctx, func(r *read) error {
		l, found, err = r.location(tenant, id)
		return err
	})
	if err != nil {
		return Location{}, fmt.Errorf("read location %q: %w", id, err)
	}
	if !found {
		return Location{}, &UnknownError{What: "location", ID: id}
	}
	return l, nil
}

// OpenLocation makes a location known, spread or not, and returns it. One
// that is known and placed the same way is returned as it is. Another way is
// ErrSpreadFixed and nothing is stored: its items have to move first (holdfast
// shards spread), and then SpreadLocation says so.
func (c *Catalog) OpenLocation(ctx context.Context, tenant, id string, spread bool) (Location, error) {
	if err := checkID("location_id", id, maxLocation); err != nil {
		return Location{}, err
	}
	var l Location
	err := c.store.write(ctx, c.now, func(w *write) error {
		var found bool
		var err error
		l, found, err = w.location(tenant, id)
		switch {
		case err != nil:
			return err
		case found && l.Spread != spread:
			return &SpreadFixedError{Location: id, Spread: l.Spread}
		case found:
			return nil
		}
		if _, known, err := w.tenant(tenant); err != nil {
			return err
		} else if !known {
			return &UnknownError{What: "tenant", ID: tenant}
		}
		l = Location{Tenant: tenant, ID: id, Spread: spread, Created: w.at()}
		return w.openLocation(l)
	})
	if err != nil {
		return Location{}, fmt.Errorf("open location %q: %w", id, err)
	}
	c.locations.put(rowKey{tenant, id}, l.Spread, c.locations.generation())
	return l, nil
}

// SpreadLocation notes that the items of a location are placed by product from
// now on, or no more, and returns it; ErrUnknown when there is none. Who calls it
// has moved them. One that is placed so is returned as it is.
func (c *Catalog) SpreadLocation(ctx context.Context, tenant, id string, spread bool) (Location, error) {
	var l Location
	err := c.store.write(ctx, c.now, func(w *write) error {
		var found bool
		var err error
		l, found, err = w.location(tenant, id)
		switch {
		case err != nil:
			return err
		case !found:
			return &UnknownError{What: "location", ID: id}
		case l.Spread == spread:
			return nil
		}
		l.Spread = spread
		return w.spreadLocation(l)
	})
	if err != nil {
		return Location{}, fmt.Errorf("note how location %q is spread: %w", id, err)
	}
	c.locations.drop(rowKey{tenant, id})
	return l, nil
}

// Spread says whether the items of a location are placed by product too. It
// answers from memory, which hears of a change as Run does: until then the ledger
// refuses what is sent to where items do not lie. A location that memory does not
// have is asked for, and one that is not known is ErrUnknown: how it will be placed
// is not decided yet.
func (c *Catalog) Spread(ctx context.Context, tenant, location string) (bool, error) {
	key := rowKey{tenant, location}
	if spread, known := c.locations.get(key); known {
		return spread, nil
	}
	generation := c.locations.generation()
	l, err := c.Location(ctx, tenant, location)
	if err != nil {
		return false, err
	}
	c.locations.put(key, l.Spread, generation)
	return l.Spread, nil
}

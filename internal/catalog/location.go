package catalog

import (
	"context"
	"fmt"
)

// Location is a location as the database has it.
type Location struct {
	Tenant  string `json:"-"`
	ID      string `json:"-"`
	Created Moment `json:"created"`
	Spread  bool   `json:"spread,omitempty"` // its items are placed by product too
}

// Location returns a location as the database has it now, or ErrUnknown.
func (c *Catalog) Location(ctx context.Context, tenant, id string) (Location, error) {
	return lookUp(ctx, c.store, "location", id, func(r *read) (*Location, error) { return readLocation(r, tenant, id) })
}

// SpreadLocation notes that the items of a location are placed by product from
// now on, or no longer, and returns it; ErrUnknown when there is none. The caller
// has moved the items before. A location that is already placed so is returned as
// it is.
func (c *Catalog) SpreadLocation(ctx context.Context, tenant, id string, spread bool) (Location, error) {
	var l *Location
	err := c.store.write(ctx, c.now, func(w *write) (err error) {
		l, err = readLocation(&w.read, tenant, id)
		switch {
		case err != nil:
			return err
		case l == nil:
			return &UnknownError{What: "location", ID: id}
		case l.Spread == spread:
			return nil
		}
		l.Spread = spread
		return l.place(w)
	})
	if err != nil {
		return Location{}, fmt.Errorf("note how location %q is spread: %w", id, err)
	}
	c.locations.drop(rowKey{tenant, id})
	return *l, nil
}

// Spread says whether the items of a location are placed by product too. It answers
// from memory, which receives a change when Run does. Until then the ledger refuses
// commands sent to buckets that do not hold the items. A location that is not in
// memory is read from the database. An unknown location is ErrUnknown: how it will
// be placed is not decided yet.
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

// readLocation returns a location, nil when there is none.
func readLocation(r *read, tenant, id string) (*Location, error) {
	if !storable(tenant) || !storable(id) {
		return nil, nil
	}
	l := Location{Tenant: tenant, ID: id}
	var created int64
	found, err := r.readRow(`SELECT spread, created FROM {location} WHERE tenant = ? AND id = ?`,
		[]any{tenant, id}, &l.Spread, &created)
	if err != nil || !found {
		return nil, err
	}
	l.Created = Moment{fromMillis(created)}
	return &l, nil
}

// open stores a new location.
func (l *Location) open(w *write) error {
	seq, err := w.log(l.Tenant, KindLocationCreated, l.ID, l)
	if err != nil {
		return err
	}
	w.insert(`{location} (tenant, id, spread, created, seq)`, l.Tenant, l.ID, l.Spread, millis(l.Created.Time), seq)
	w.sawPlace(rowKey{l.Tenant, l.ID}, l.Spread, true)
	return nil
}

// place stores how the items of a location that is there are placed.
func (l *Location) place(w *write) error {
	seq, err := w.log(l.Tenant, KindLocationSpread, l.ID, l)
	if err != nil {
		return err
	}
	w.sawPlace(rowKey{l.Tenant, l.ID}, l.Spread, true)
	return w.exec(`UPDATE {location} SET spread = ?, seq = ? WHERE tenant = ? AND id = ?`, l.Spread, seq, l.Tenant, l.ID)
}

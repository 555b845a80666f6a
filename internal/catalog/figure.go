package catalog

import (
	"context"
	"math"
)

// Figures stores sums of the entries in the logs of the slots, by minute and by hour. The
// caller makes the sums from the logs.
//
// A slot stands in the tables as its number and the generation: what the sums count changes
// from one to the next, and those of another generation are not read. So servers of two
// versions can sum the logs side by side, each for itself.
type Figures struct{ *core }

const (
	// figureGeneration grows with each change of what the sums count: they are made anew.
	figureGeneration = 4
	// oldestFigures is the first slot of the generation, as it is stored.
	oldestFigures = figureGeneration << 16
	// looseFigures stands in the place of a slot for sums of what is in no log. They cannot be
	// made anew, so they are of all generations.
	looseFigures = math.MaxInt32
)

func storedSlot(slot uint16) int64 { return oldestFigures + int64(slot) }

// FigureKey says what a row of sums is of.
type FigureKey struct {
	Tenant   string
	Location string // "": all of them
	Span     int64  // minutes
	At       int64  // the minute since 1970 with which they begin
}

// FigureRow is a row of sums, of one slot.
type FigureRow struct {
	At   int64
	Body []byte
}

// Cursor returns up to which record of the slot's log the sums have what it says.
func (c Figures) Cursor(ctx context.Context, slot uint16) (seq int64, err error) {
	var found bool
	err = c.store.look(ctx, func(r *read) (err error) {
		found, err = r.readRow(`SELECT seq FROM {figure_cursor} WHERE slot = ?`, []any{storedSlot(slot)}, &seq)
		return err
	})
	if err == nil && !found {
		// The row is there before anything is added: it is what is locked then.
		err = c.store.amend(ctx, func(w *write, _ func() error) error {
			w.upsert(`{figure_cursor} (slot, seq)`, ` {on slot} slot = {new slot}`, storedSlot(slot), 0)
			return w.flush()
		})
	}
	return seq, during(err, "read how far the sums of slot %d are", slot)
}

// Add replaces the rows of the slot with the results of merge, and moves the cursor from
// from to to, all or nothing. merge receives the stored row (nil: none). ErrStale: the
// cursor is elsewhere, and nothing was stored.
func (c Figures) Add(ctx context.Context, slot uint16, from, to int64, keys []FigureKey, merge func(FigureKey, []byte) ([]byte, error)) error {
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		var at int64
		found, err := w.readRow(`SELECT seq FROM {figure_cursor} WHERE slot = ?{lock}`, []any{storedSlot(slot)}, &at)
		if err != nil {
			return err
		}
		if !found || at != from {
			return ErrStale
		}
		if err := mergeFigures(w, storedSlot(slot), keys, merge); err != nil {
			return err
		}
		return w.exec(`UPDATE {figure_cursor} SET seq = ? WHERE slot = ?`, to, storedSlot(slot))
	})
	return during(err, "add to the sums of slot %d", slot)
}

// AddLoose is Add for sums of what is in no log.
func (c Figures) AddLoose(ctx context.Context, keys []FigureKey, merge func(FigureKey, []byte) ([]byte, error)) error {
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		// The row is there only to be locked: servers add one after another.
		w.upsert(`{figure_cursor} (slot, seq)`, ` {on slot} slot = {new slot}`, int64(looseFigures), 0)
		if err := w.flush(); err != nil {
			return err
		}
		if err := mergeFigures(w, looseFigures, keys, merge); err != nil {
			return err
		}
		return w.flush()
	})
	return during(err, "add to the sums of what is in no log")
}

func mergeFigures(w *write, slot int64, keys []FigureKey, merge func(FigureKey, []byte) ([]byte, error)) error {
	stored, err := readFigures(&w.read, slot, keys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		body, err := merge(k, stored[k])
		if err != nil {
			return err
		}
		w.upsert(`{figure} (tenant, location, span, at, slot, body)`, ` {on tenant, location, span, at, slot} body = {new body}`,
			k.Tenant, k.Location, k.Span, k.At, slot, body)
	}
	return nil
}

// readFigures reads the rows of a slot, as it is stored, those of one moment of a tenant at once.
func readFigures(r *read, slot int64, keys []FigureKey) (map[FigureKey][]byte, error) {
	locations := map[FigureKey][]any{}
	for _, k := range keys {
		moment := k
		moment.Location = ""
		locations[moment] = append(locations[moment], k.Location)
	}
	type row struct {
		location string
		body     []byte
	}
	stored := map[FigureKey][]byte{}
	for k, names := range locations {
		rows, err := listIn(r, func(scan func(...any) error, x *row) error { return scan(&x.location, &x.body) },
			`SELECT location, body FROM {figure} WHERE tenant = ? AND span = ? AND at = ? AND slot = ? AND location IN `,
			[]any{k.Tenant, k.Span, k.At, slot}, names)
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			k.Location = x.location
			stored[k] = x.body
		}
	}
	return stored, nil
}

// Rows returns the rows of all slots that begin in [since, until), by time.
func (c Figures) Rows(ctx context.Context, tenant, location string, span, since, until int64) ([]FigureRow, error) {
	if !storable(tenant) || !storable(location) {
		return nil, nil
	}
	rows, err := look(ctx, c.store, func(r *read) ([]FigureRow, error) {
		return list(r, func(scan func(...any) error, x *FigureRow) error { return scan(&x.At, &x.Body) },
			`SELECT at, body FROM {figure} WHERE tenant = ? AND location = ? AND span = ? AND at >= ? AND at < ? AND slot >= ? ORDER BY at, slot`,
			tenant, location, span, since, until, oldestFigures)
	})
	return result(rows, err, "read the sums of tenant %q", tenant)
}

// Prune drops rows of a span that begin before a minute, those of one beginning at a time,
// and reports whether there are more.
func (c Figures) Prune(ctx context.Context, span, before int64) (more bool, err error) {
	var oldest int64
	err = c.store.look(ctx, func(r *read) (err error) {
		more, err = r.readRow(`SELECT at FROM {figure} WHERE span = ? AND at < ? ORDER BY at LIMIT 1`, []any{span, before}, &oldest)
		return err
	})
	if err == nil && more {
		err = c.store.amend(ctx, func(w *write, _ func() error) error {
			return w.exec(`DELETE FROM {figure} WHERE span = ? AND at = ?`, span, oldest)
		})
	}
	return more && err == nil, during(err, "drop old sums")
}

// PruneOld drops sums of earlier generations, those of one beginning at a time, and reports
// whether there are more. A server that still makes them makes them anew.
func (c Figures) PruneOld(ctx context.Context) (more bool, err error) {
	var slot, span, at int64
	found := false
	err = c.store.look(ctx, func(r *read) (err error) {
		// The cursors go last, so without one there is nothing to look for.
		if found, err = r.readRow(`SELECT slot FROM {figure_cursor} WHERE slot < ? LIMIT 1`, []any{oldestFigures}, &slot); err == nil && found {
			more, err = r.readRow(`SELECT span, at FROM {figure} WHERE slot < ? ORDER BY span, at LIMIT 1`, []any{oldestFigures}, &span, &at)
		}
		return err
	})
	if err == nil && found {
		err = c.store.amend(ctx, func(w *write, _ func() error) error {
			if more {
				return w.exec(`DELETE FROM {figure} WHERE span = ? AND at = ? AND slot < ?`, span, at, oldestFigures)
			}
			if err := w.exec(`DELETE FROM {figure} WHERE slot < ?`, oldestFigures); err != nil {
				return err
			}
			return w.exec(`DELETE FROM {figure_cursor} WHERE slot < ?`, oldestFigures)
		})
	}
	return more && err == nil, during(err, "drop the sums of an earlier version")
}

// Restart drops all sums of the slot: they are made anew from the beginning of its log.
func (c Figures) Restart(ctx context.Context, slot uint16) error {
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		if err := w.exec(`UPDATE {figure_cursor} SET seq = 0 WHERE slot = ?`, storedSlot(slot)); err != nil {
			return err
		}
		return w.exec(`DELETE FROM {figure} WHERE slot = ?`, storedSlot(slot))
	})
	return during(err, "drop the sums of slot %d", slot)
}

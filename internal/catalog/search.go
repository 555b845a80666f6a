package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// SearchIndexes keeps the indexes that products are found by. Each tenant has one that
// answers, and sometimes a second one that is built to replace it (docs/adr/0047). The
// caller makes their content from the details and the books.
type SearchIndexes struct{ *core }

// SearchIndex is one index.
type SearchIndex struct {
	ID     int64
	Tenant string
	State  string
	// Built is up to which number of details an index that is built has them all.
	Built int64
	lease int64
}

// The states of an index.
const (
	SearchLive     = "live"
	SearchBuilding = "building"
	SearchDropping = "dropping"
)

const searchColumns = `id, tenant, state, built, lease`

func scanSearchIndex(scan func(...any) error, x *SearchIndex) error {
	return scan(&x.ID, &x.Tenant, &x.State, &x.Built, &x.lease)
}

func readSearchIndexes(r *read, tenant string) ([]SearchIndex, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return list(r, scanSearchIndex, `SELECT `+searchColumns+` FROM {search_index} WHERE tenant = ? AND state <> ? ORDER BY id`, tenant, SearchDropping)
}

// Of returns the indexes of a tenant that are kept up to date, at most two.
func (c SearchIndexes) Of(ctx context.Context, tenant string) ([]SearchIndex, error) {
	all, err := look(ctx, c.store, func(r *read) ([]SearchIndex, error) { return readSearchIndexes(r, tenant) })
	return result(all, err, "read the indexes of tenant %q", tenant)
}

// Begin makes the index of a tenant that is in the state, empty, if it has none.
func (c SearchIndexes) Begin(ctx context.Context, tenant, state string) error {
	err := c.store.write(ctx, c.now, func(w *write) error {
		if err := w.findTenant(tenant); err != nil {
			return err
		}
		all, err := readSearchIndexes(&w.read, tenant)
		if err != nil || slices.ContainsFunc(all, func(x SearchIndex) bool { return x.State == state }) {
			return err
		}
		var last int64
		if _, err := w.readRow(`SELECT id FROM {search_index} ORDER BY id DESC LIMIT 1`, nil, &last); err != nil {
			return err
		}
		w.insert(`{search_index} (`+searchColumns+`)`, last+1, tenant, state, 0, 0)
		return nil
	})
	return during(err, "begin an index of tenant %q", tenant)
}

// Due returns indexes that are to be built or dropped and that no server works on.
func (c SearchIndexes) Due(ctx context.Context, limit int) ([]SearchIndex, error) {
	all, err := look(ctx, c.store, func(r *read) ([]SearchIndex, error) {
		return list(r, scanSearchIndex, `SELECT `+searchColumns+` FROM {search_index} WHERE state <> ? AND lease <= ? ORDER BY id LIMIT ?`,
			SearchLive, millis(c.now()), pageSize(limit))
	})
	return result(all, err, "list indexes that are built or dropped")
}

// Claim keeps other servers from an index for a while. ErrStale: one was faster.
func (c SearchIndexes) Claim(ctx context.Context, x *SearchIndex, d time.Duration) error {
	return c.lease(ctx, x, millis(c.now().Add(d)))
}

// Free lets other servers work on an index that was claimed.
func (c SearchIndexes) Free(ctx context.Context, x *SearchIndex) error { return c.lease(ctx, x, 0) }

func (c SearchIndexes) lease(ctx context.Context, x *SearchIndex, until int64) error {
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		n, err := w.affect(`UPDATE {search_index} SET lease = ? WHERE id = ? AND tenant = ? AND state = ? AND lease = ?`, until, x.ID, x.Tenant, x.State, x.lease)
		if err == nil && n == 0 {
			err = ErrStale
		}
		return err
	})
	if err == nil {
		x.lease = until
	}
	return during(err, "claim index %d", x.ID)
}

// Swap lets an index that is built answer in place of the one that does, if it has all
// details that there are. It reports whether it does.
func (c SearchIndexes) Swap(ctx context.Context, x *SearchIndex) (swapped bool, err error) {
	err = c.store.write(ctx, c.now, func(w *write) error {
		swapped = false
		is, err := first(&w.read, scanSearchIndex, `SELECT `+searchColumns+` FROM {search_index} WHERE id = ?{lock}`, x.ID)
		if err != nil || is == nil || is.Tenant != x.Tenant || is.State != SearchBuilding {
			return err
		}
		rest, err := readUnbuilt(&w.read, *is, 1)
		if err != nil || len(rest) > 0 {
			return err
		}
		swapped = true
		if err := w.exec(`UPDATE {search_index} SET state = ? WHERE tenant = ? AND state = ?`, SearchDropping, x.Tenant, SearchLive); err != nil {
			return err
		}
		return w.exec(`UPDATE {search_index} SET state = ?, lease = 0 WHERE id = ?`, SearchLive, x.ID)
	})
	return result(swapped, err, "swap the index of tenant %q", x.Tenant)
}

// dropRows is about how many rows of an index are dropped at a time.
const dropRows = 2000

// Drop drops a part of an index that no longer answers, and reports whether that was
// the rest of it.
func (c SearchIndexes) Drop(ctx context.Context, x *SearchIndex) (done bool, err error) {
	err = c.store.amend(ctx, func(w *write, _ func() error) error {
		done = false
		for _, part := range [...]struct{ table, column string }{{"search_term", "term"}, {"search_entry", "number"}} {
			var last any
			of := `FROM {` + part.table + `} WHERE index_id = ?`
			more, err := w.readRow(`SELECT `+part.column+` `+of+` ORDER BY `+part.column+` LIMIT 1 OFFSET `+fmt.Sprint(dropRows), []any{x.ID}, &last)
			if err != nil {
				return err
			}
			if more {
				return w.exec(`DELETE `+of+` AND `+part.column+` <= ?`, x.ID, last)
			}
			if err := w.exec(`DELETE `+of, x.ID); err != nil {
				return err
			}
		}
		done = true
		return w.exec(`DELETE FROM {search_index} WHERE id = ? AND state = ?`, x.ID, SearchDropping)
	})
	return result(done, err, "drop index %d", x.ID)
}

// SearchCursor is up to which entry of the catalog's log the indexes have what it says.
type SearchCursor struct {
	Seq   int64
	lease int64
}

// Followed returns the cursor.
func (c SearchIndexes) Followed(ctx context.Context) (SearchCursor, error) {
	at, err := look(ctx, c.store, func(r *read) (at SearchCursor, err error) {
		_, err = r.readRow(`SELECT seq, lease FROM {search_cursor} WHERE one = 1`, nil, &at.Seq, &at.lease)
		return at, err
	})
	return result(at, err, "read how far the log is in the indexes")
}

// Follow claims the entries behind the cursor for a while. ErrStale: another server takes
// them in.
func (c SearchIndexes) Follow(ctx context.Context, at *SearchCursor, d time.Duration) error {
	if at.lease > millis(c.now()) {
		return ErrStale
	}
	return c.moveCursor(ctx, at, SearchCursor{at.Seq, millis(c.now().Add(d))})
}

// Extend claims the entries for a while longer. ErrStale: another server has taken over.
func (c SearchIndexes) Extend(ctx context.Context, at *SearchCursor, d time.Duration) error {
	return c.moveCursor(ctx, at, SearchCursor{at.Seq, millis(c.now().Add(d))})
}

// Advance moves the cursor to an entry and frees it. ErrStale: another server has taken
// over.
func (c SearchIndexes) Advance(ctx context.Context, at *SearchCursor, to int64) error {
	return c.moveCursor(ctx, at, SearchCursor{to, 0})
}

func (c SearchIndexes) moveCursor(ctx context.Context, at *SearchCursor, to SearchCursor) error {
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		n, err := w.affect(`UPDATE {search_cursor} SET seq = ?, lease = ? WHERE one = 1 AND seq = ? AND lease = ?`, to.Seq, to.lease, at.Seq, at.lease)
		if err == nil && n == 0 {
			err = ErrStale
		}
		return err
	})
	if err == nil {
		*at = to
	}
	return during(err, "move the cursor of the indexes to %d", to.Seq)
}

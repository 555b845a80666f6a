package catalog

import (
	"context"
	"slices"
)

func (s *store) head(ctx context.Context) (head, error) {
	return look(ctx, s, (*read).readHead)
}

func readLog(r *read, after int64, limit int) ([]Entry, error) {
	return list(r, func(scan func(...any) error, e *Entry) error {
		var at int64
		var hash, body []byte
		err := scan(&e.Seq, &at, &e.Tenant, &e.Kind, &e.Subject, &body, &hash)
		e.At, e.Body = fromMillis(at), body
		copy(e.Hash[:], hash)
		return err
	}, `SELECT seq, at, tenant, kind, subject, body, hash FROM {catalog_log} WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
}

// changes is what makes memory untrue that was true at some seq.
type changes struct {
	head    int64
	anew    bool    // forget everything; keys are all there are
	entries []Entry // without body and hash
	keys    []Key
	layout  *Layout // nil: as it was, or none when anew
	// histories are those of all slots, nil: as they were.
	histories map[uint16]History
}

// changes returns what happened behind seq after, in one snapshot. Further
// behind than most, or with a log that got shorter (another file was put in
// its place), it says to start anew. Mostly nothing happened, and that is
// asked with one statement.
func (s *store) changes(ctx context.Context, after, most int64) (c changes, err error) {
	h, err := s.head(ctx)
	if err != nil || h.seq == after {
		return changes{head: after}, err
	}
	return snapshot(ctx, s, func(r *read) (changes, error) { return readChanges(r, after, most) })
}

func readChanges(r *read, after, most int64) (c changes, err error) {
	h, err := r.readHead()
	if err != nil {
		return c, err
	}
	c.head = h.seq
	if after < 0 || h.seq < after || h.seq-after > most {
		c.anew = true
		if c.keys, err = readAllKeys(r); err == nil {
			c.layout, err = readLayout(r)
		}
		if err == nil {
			c.histories, err = readHistories(r)
		}
		return c, err
	}
	if c.entries, err = readFollowed(r, after); err != nil {
		return c, err
	}
	read := map[string]bool{}
	for _, e := range c.entries {
		switch {
		case slices.Contains(layoutKinds, e.Kind) && c.layout == nil:
			if c.layout, err = readLayout(r); err != nil {
				return c, err
			}
		case e.Kind == KindEpochBegun && c.histories == nil:
			if c.histories, err = readHistories(r); err != nil {
				return c, err
			}
		case slices.Contains(keyKinds, e.Kind) && !read[e.Subject]:
			read[e.Subject] = true
			k, err := readKey(r, e.Subject)
			if err != nil {
				return c, err
			}
			if k != nil {
				c.keys = append(c.keys, *k)
			}
		}
	}
	return c, nil
}

// followedKinds are those of entries that make something in memory untrue.
// Created rows do not, keys, the layout, epochs and what is kept by table
// apart: nobody remembers that a row is missing.
var (
	keyKinds    = []string{KindKeyCreated, KindKeyRotated, KindKeyRevoked}
	layoutKinds = []string{KindLayoutCreated, KindLayoutSlots, KindLayoutMoved}
	// A table of a tenant is remembered whole, so a new row makes it untrue.
	tableKinds    = []string{KindLocationCreated, KindPlaceSet, KindLaneSet, KindLaneDropped, KindKitSet, KindKitDropped, KindReasonsSet, KindRecallSet}
	followedKinds = slices.Concat([]string{KindTenantSettings, KindTenantDeleted, KindProductUnit, KindLocationSpread, KindEpochBegun}, keyKinds, layoutKinds, tableKinds)
)

func readFollowed(r *read, after int64) ([]Entry, error) {
	args := []any{after}
	for _, kind := range followedKinds {
		args = append(args, kind)
	}
	return list(r, func(scan func(...any) error, e *Entry) error { return scan(&e.Tenant, &e.Kind, &e.Subject) },
		`SELECT tenant, kind, subject FROM {catalog_log} WHERE seq > ? AND kind IN `+tuples(1, len(followedKinds))+` ORDER BY seq`, args...)
}

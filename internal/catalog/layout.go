package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/stock"
)

// SlotPlace says where a slot is kept.
type SlotPlace struct {
	Number   uint16 `json:"number"`
	Database string `json:"database"` // a name that the configuration resolves; the DSN, with its password, stays there
	Set      int    `json:"set"`      // of the sets of tables in that database
	// Since is the position in the slot that a copy of it must have passed to
	// have all the buckets that this layout has there.
	Since uint64 `json:"since,omitempty"`
}

// Layout is the bucket map: which slot each bucket is in, and where the slots
// are. All callers share it, so nobody may change it.
type Layout struct {
	Version int64 // grows by one with each change
	Slots   []SlotPlace
	Buckets [stock.Buckets]uint16 // the number of the slot
}

// Place returns where the slot is kept.
func (l *Layout) Place(slot uint16) (SlotPlace, bool) {
	for _, p := range l.Slots {
		if p.Number == slot {
			return p, true
		}
	}
	return SlotPlace{}, false
}

// maxSlots bounds a layout: a slot without a bucket is of no use to anybody.
const maxSlots = stock.Buckets

// layoutID is the subject of the layout's entries in the log.
const layoutID = "layout"

// slots keeps which slot each bucket is in.
type slots struct {
	*core
	layout atomic.Pointer[Layout]
}

// Layout returns the bucket map as this process knows it, or ErrNoLayout. It
// answers from memory and without the database, however long that is away: the
// slots refuse commands that a stale map has misdirected. Run takes over
// changes of other processes within a second; FreshLayout does so at once.
func (c *slots) Layout(context.Context) (Layout, error) {
	if l := c.layout.Load(); l != nil {
		return *l, nil
	}
	return Layout{}, ErrNoLayout
}

// SlotOf returns the slot that the bucket lives in as this process knows it,
// 0 when there is no layout. It is what every request asks.
func (c *slots) SlotOf(b stock.Bucket) uint16 {
	if l := c.layout.Load(); l != nil {
		return l.Buckets[b]
	}
	return 0
}

// FreshLayout returns the bucket map as the database has it, or ErrNoLayout.
func (c *slots) FreshLayout(ctx context.Context) (Layout, error) {
	if err := c.follow(ctx, 0); err != nil {
		return Layout{}, err
	}
	return c.Layout(ctx)
}

// LayOut stores the first map: places become the slots 0, 1, 2, … whatever
// their Number, and bucket b lives in slot b % len(places). For two databases
// with four sets each list db0/0, db1/0, db0/1, …: then a bucket's database
// is b % 2 and its set b / 2 % 4. If there is a map already, that one is
// returned unchanged.
func (c *slots) LayOut(ctx context.Context, places []SlotPlace) (Layout, error) {
	first := Layout{Version: 1, Slots: slices.Clone(places)}
	for i := range first.Slots {
		first.Slots[i].Number, first.Slots[i].Since = uint16(i), 0
	}
	err := checkSlots(first.Slots)
	if err == nil {
		for b := range first.Buckets {
			first.Buckets[b] = uint16(b % len(places))
		}
		err = c.writeLayout(ctx, &first, func(stored *Layout) (*Layout, string, error) {
			if stored != nil {
				return stored, "", nil
			}
			return &first, KindLayoutCreated, nil
		})
	}
	return result(first, err, "lay out the buckets")
}

// AddSlots adds places to the map of that version, as slots with the next
// numbers, whatever their Number. No bucket is there yet. If the map has
// another version, nothing is stored: ErrStale, with the current map. A call
// that was carried out may be repeated.
func (c *slots) AddSlots(ctx context.Context, version int64, places []SlotPlace) (Layout, error) {
	var next Layout
	err := c.writeLayout(ctx, &next, func(stored *Layout) (*Layout, string, error) {
		switch {
		case stored == nil:
			return nil, "", ErrNoLayout
		case stored.Version == version+1 && stored.endsWith(places):
			return stored, "", nil
		case stored.Version != version:
			return stored, "", ErrStale
		}
		l := *stored
		l.Slots = slices.Clone(stored.Slots)
		for _, p := range places {
			p.Number, p.Since = uint16(len(l.Slots)), 0
			l.Slots = append(l.Slots, p)
		}
		if err := checkSlots(l.Slots); err != nil {
			return stored, "", err
		}
		l.Version++
		return &l, KindLayoutSlots, nil
	})
	return next, during(err, "add %d slots to layout %d", len(places), version)
}

// endsWith reports that the newest slots are at places.
func (l *Layout) endsWith(places []SlotPlace) bool {
	first := len(l.Slots) - len(places)
	return len(places) > 0 && first >= 0 && slices.EqualFunc(l.Slots[first:], places, func(a, b SlotPlace) bool {
		return a.Database == b.Database && a.Set == b.Set
	})
}

// MoveBucket says that a bucket is in another slot from now on, since that
// position there, if the map still has that version. If it has another version,
// nothing is stored: ErrStale, with the current map. If the bucket is there
// already since then, nothing changes, for any version, so a call that was
// carried out may be repeated.
func (c *slots) MoveBucket(ctx context.Context, version int64, b stock.Bucket, to uint16, since uint64) (Layout, error) {
	var next Layout
	err := c.writeLayout(ctx, &next, func(stored *Layout) (*Layout, string, error) {
		switch {
		case stored == nil:
			return nil, "", ErrNoLayout
		case b >= stock.Buckets:
			return stored, "", &InvalidError{Field: "bucket", Reason: fmt.Sprintf("must be below %d", stock.Buckets)}
		}
		at, known := stored.Place(to)
		switch {
		case known && stored.Buckets[b] == to && at.Since >= since:
			return stored, "", nil
		case stored.Version != version:
			return stored, "", ErrStale
		case !known:
			return stored, "", &UnknownError{What: "slot", ID: fmt.Sprint(to)}
		}
		l := *stored
		l.Slots = slices.Clone(stored.Slots)
		for i := range l.Slots {
			if l.Slots[i].Number == to {
				l.Slots[i].Since = max(at.Since, since)
			}
		}
		l.Buckets[b] = to
		l.Version++
		return &l, KindLayoutMoved, nil
	})
	return next, during(err, "move bucket %d to slot %d in layout %d", b, to, version)
}

// writeLayout calls change with the stored layout (nil: none). It stores the
// layout that change returns when the version differs, and uses it in this
// process. result is that layout, also when there is an error.
func (c *slots) writeLayout(ctx context.Context, result *Layout, change func(*Layout) (*Layout, string, error)) error {
	var next *Layout
	err := c.store.write(ctx, c.now, func(w *write) error {
		stored, err := readLayout(&w.read)
		if err != nil {
			return err
		}
		var kind string
		next, kind, err = change(stored)
		if err != nil || stored != nil && next.Version == stored.Version {
			return err
		}
		return next.put(w, kind)
	})
	if next != nil {
		*result = *next
	}
	if err != nil && !errors.Is(err, ErrStale) {
		return err
	}
	c.followOwn(ctx, "own layout")
	return err
}

func checkSlots(slots []SlotPlace) error {
	if len(slots) == 0 || len(slots) > maxSlots {
		return &InvalidError{Field: "slots", Reason: fmt.Sprintf("must be 1 to %d", maxSlots)}
	}
	taken := map[SlotPlace]bool{}
	for _, p := range slots {
		if err := checkID("database", p.Database, maxDatabase); err != nil {
			return err
		}
		if p.Set < 0 || p.Set > maxSet {
			return &InvalidError{Field: "set", Reason: fmt.Sprintf("must be 0 to %d", maxSet)}
		}
		place := SlotPlace{Database: p.Database, Set: p.Set}
		if taken[place] {
			return &InvalidError{Field: "slots", Reason: fmt.Sprintf("has database %q, set %d twice", p.Database, p.Set)}
		}
		taken[place] = true
	}
	return nil
}

// layoutBody is a layout in the log and in its row.
type layoutBody struct {
	Version int64       `json:"version"`
	Slots   []SlotPlace `json:"slots"`
	Buckets []uint16    `json:"buckets"`
}

func (l *Layout) body() layoutBody { return layoutBody{l.Version, l.Slots, l.Buckets[:]} }

// readLayout returns the map that is stored, nil when there is none.
func readLayout(r *read) (*Layout, error) {
	var packed []byte
	found, err := r.readRow(`SELECT body FROM {layout} WHERE id = ?`, []any{layoutID}, &packed)
	if err != nil || !found {
		return nil, err
	}
	var b layoutBody
	if err := json.Unmarshal(packed, &b); err != nil {
		return nil, fmt.Errorf("unpack the layout: %w", err)
	}
	if len(b.Buckets) != stock.Buckets {
		return nil, fmt.Errorf("unpack the layout: it has %d buckets", len(b.Buckets))
	}
	l := &Layout{Version: b.Version, Slots: b.Slots, Buckets: [stock.Buckets]uint16(b.Buckets)}
	for b, slot := range l.Buckets {
		if _, known := l.Place(slot); !known {
			return nil, fmt.Errorf("unpack the layout: bucket %d lives in slot %d, which is nowhere", b, slot)
		}
	}
	return l, nil
}

// put stores a map; kind says whether it is the first.
func (l *Layout) put(w *write, kind string) error {
	seq, err := w.log("", kind, layoutID, l.body())
	if err != nil {
		return err
	}
	packed, err := json.Marshal(l.body())
	if err != nil {
		return fmt.Errorf("pack the layout: %w", err)
	}
	if kind == KindLayoutCreated {
		w.insert(`{layout} (id, version, body, seq)`, layoutID, l.Version, string(packed), seq)
		return nil
	}
	return w.exec(`UPDATE {layout} SET version = ?, body = ?, seq = ? WHERE id = ?`, l.Version, string(packed), seq, layoutID)
}

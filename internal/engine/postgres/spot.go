package postgres

import (
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// spots remember the places of the rows that a Load has read. A row that was
// read is usually changed next, and in a table of a million rows finding it
// again by its key costs as much as changing it. A spot is valid until anybody
// changes its row. A statement that does not find the row there by its key
// changes nothing, and is sent again without spots.
type spots struct {
	mu    sync.Mutex
	items map[stock.ItemKey]tid
	holds map[stock.HoldKey]tid
}

// tid is the place of a row in its table, as the server writes it.
type tid [6]byte

const (
	// maxSpots bounds each kind; past it all are forgotten: they are for the
	// next groups, not for good.
	maxSpots = 8192
	// minSpots is how many rows of a kind make spots worth it; it is more than a
	// few, so that there are not many forms of statements.
	minSpots = 8
)

func (s *spots) keepItem(k stock.ItemKey, at tid) { keepSpot(s, &s.items, k, at) }
func (s *spots) keepHold(k stock.HoldKey, at tid) { keepSpot(s, &s.holds, k, at) }

func keepSpot[K comparable](s *spots, in *map[K]tid, k K, at tid) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *in == nil || len(*in) >= maxSpots {
		*in = map[K]tid{}
	}
	(*in)[k] = at
}

// sorted are the rows of a group by how they are stored, kept for their memory.
type sorted struct {
	newHolds, holds, spotHolds []holdRow
	newItems, items, spotItems []itemRow
	holdSpots, itemSpots       []tid // of spotHolds and spotItems
}

// sort sorts the group's rows. Spots of what it changes are taken out of s, nil:
// there are none.
func (r *sorted) sort(g *engine.Group, s *spots) {
	r.newHolds, r.holds = split(g.Holds, r.newHolds[:0], r.holds[:0], func(h *engine.HoldRow) bool { return h.Fresh })
	r.newItems, r.items = split(g.Items, r.newItems[:0], r.items[:0], func(it *engine.ItemRow) bool { return it.Fresh })
	r.spotHolds, r.holdSpots = r.spotHolds[:0], r.holdSpots[:0]
	r.spotItems, r.itemSpots = r.spotItems[:0], r.itemSpots[:0]
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.holds, r.spotHolds, r.holdSpots = take(r.holds, r.spotHolds, r.holdSpots, s.holds, func(h holdRow) stock.HoldKey { return h.Key })
	r.items, r.spotItems, r.itemSpots = take(r.items, r.spotItems, r.itemSpots, s.items, func(it itemRow) stock.ItemKey { return it.Key })
}

// take moves rows whose spot is known to found, unless they are few. A row that
// is about to change loses its spot in any case.
func take[K comparable, R any](rows, found []R, at []tid, known map[K]tid, key func(R) K) ([]R, []R, []tid) {
	if len(known) == 0 {
		return rows, found, at
	}
	enough := 0
	for _, r := range rows {
		if _, ok := known[key(r)]; ok {
			enough++
		}
	}
	rest := rows[:0]
	for _, r := range rows {
		t, ok := known[key(r)]
		if ok {
			delete(known, key(r))
		}
		if !ok || enough < minSpots {
			rest = append(rest, r)
			continue
		}
		found, at = append(found, r), append(at, t)
	}
	return rest, found, at
}

// spotted reports whether some rows are to be found by their spots.
func (r *sorted) spotted() bool { return len(r.spotHolds)+len(r.spotItems) > 0 }

// forget lets go of the caller's group.
func (r *sorted) forget() {
	for _, rows := range [][]holdRow{r.newHolds, r.holds, r.spotHolds} {
		clear(rows[:cap(rows)])
	}
	for _, rows := range [][]itemRow{r.newItems, r.items, r.spotItems} {
		clear(rows[:cap(rows)])
	}
}

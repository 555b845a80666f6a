package outpost

import (
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// noteKey names an order at a location as it is since a moment.
type noteKey struct {
	tenant, location, order string
	updated                 stock.Time
}

// orderNotes are the notes of orders that were read before: tills ask for their orders every few
// seconds, and the journal is slower than the books.
type orderNotes struct {
	mu  sync.Mutex
	all map[noteKey]string
}

// notesMost is how many notes are remembered. More orders than that are not open in a chain.
const notesMost = 20_000

func (n *orderNotes) find(k noteKey) (note string, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	note, ok = n.all[k]
	return note, ok
}

func (n *orderNotes) remember(k noteKey, note string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) >= notesMost {
		clear(n.all)
	}
	n.all[k] = note
}

// readNote returns the note of an order: the reason of the last commit that has one. Only the journal knows
// it. When the journal has not caught up, there is no note yet: the till asks again.
func (n *orderNotes) readNote(ctx context.Context, journal view.Entries, t *catalog.Till, holds []*stock.Hold) (string, error) {
	k := noteKey{tenant: t.Tenant, location: t.Location}
	for _, h := range holds {
		k.order = h.Key.Order
		for i := range h.Lines {
			k.updated = max(k.updated, h.Lines[i].UpdatedAt)
		}
	}
	if note, ok := n.find(k); ok {
		return note, nil
	}
	page, err := journal.Entries(ctx, view.EntryQuery{
		Tenant: k.tenant, Location: k.location, Order: k.order, Operation: stock.OpCommit.String(), PageSize: view.MaxPageSize,
	})
	if err != nil {
		return "", fmt.Errorf("read the note of order %q: %w", k.order, err)
	}
	note := ""
	for i := range page.Entries { // the newest first
		if note = page.Entries[i].Reason; note != "" {
			break
		}
	}
	if !page.Stale {
		n.remember(k, note)
	}
	return note, nil
}

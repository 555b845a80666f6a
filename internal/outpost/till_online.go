package outpost

import (
	"context"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Online is a till as far as it is about orders that were made at its centre.
type Online struct{ *Till }

// Online returns what people in the store do with orders of the centre.
func (t *Till) Online() *Online { return &Online{t} }

// onlineBook is what a till knows of the orders that were made at its centre.
type onlineBook struct {
	mu   sync.Mutex
	seen map[string]OnlineOrder // what the centre said last, by id
	// mine is how many records the till's log had when the till had accepted the order: once the
	// centre has them, it has answered.
	mine map[string]uint64
	due  map[string]bool // orders to be asked for
	ring chan struct{}
}

func newOnlineBook() *onlineBook {
	return &onlineBook{
		seen: map[string]OnlineOrder{}, mine: map[string]uint64{}, due: map[string]bool{}, ring: make(chan struct{}, 1),
	}
}

// note records that something has happened to the order at the centre.
func (b *onlineBook) note(id string) {
	b.mu.Lock()
	b.due[id] = true
	b.mu.Unlock()
	select {
	case b.ring <- struct{}{}:
	default:
	}
}

// noteMine asks again for the orders of which the till does not know whether it keeps them.
func (b *onlineBook) noteMine(applied uint64) {
	b.mu.Lock()
	var ids []string
	for id, at := range b.mine {
		if at <= applied && !b.seen[id].Keeps {
			ids = append(ids, id)
		}
	}
	b.mu.Unlock()
	for _, id := range ids {
		b.note(id)
	}
}

func (b *onlineBook) take() (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.due {
		ids = append(ids, id)
	}
	clear(b.due)
	return ids
}

func (b *onlineBook) put(id string, o OnlineOrder, there bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if delete(b.seen, id); there {
		b.seen[id] = o
	}
}

func (b *onlineBook) replace(all map[string]OnlineOrder) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = all
}

func (b *onlineBook) look(id string) (o OnlineOrder, seen bool, acceptedAt uint64, mine bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, seen = b.seen[id]
	acceptedAt, mine = b.mine[id]
	return o, seen, acceptedAt, mine
}

func (b *onlineBook) isKnown(id string) bool {
	_, seen, _, mine := b.look(id)
	return seen || mine
}

func (b *onlineBook) setOwnRecords(id string, records uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mine[id] = records
}

func (b *onlineBook) disown(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.mine, id)
}

// ids are those of the orders that the till knows, each once.
func (b *onlineBook) ids() map[string]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := map[string]bool{}
	for id := range b.seen {
		ids[id] = true
	}
	for id := range b.mine {
		ids[id] = true
	}
	return ids
}

// findMine finds the orders of the centre that the till holds: after a start it knows them by its
// books alone.
func (t *Online) findMine(ctx context.Context) error {
	records, err := t.Records(ctx)
	if err != nil {
		return err
	}
	_, err = t.records.ScanHolds(ctx, engine.HoldScan{Open: true}, func(row *engine.HoldRow) error {
		if id, ok := stock.OfCentre(row.Key.Order); ok && row.Key.Tenant == localTenant {
			t.online.setOwnRecords(id, records)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the orders of the centre that the till holds: %w", err)
	}
	return nil
}

// onlineEvery is how often all orders of the centre are read again: what the till hears of as it
// happens is asked for at once.
const onlineEvery = 15 * time.Second

// follow keeps up with the orders of the centre until the line is lost.
func (t *Online) follow(ctx context.Context) error {
	tick := time.NewTicker(onlineEvery)
	defer tick.Stop()
	for all := true; ; {
		if err := t.read(ctx, all); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.online.ring:
			all = false
		case <-tick.C:
			all = true
		}
	}
}

// read asks for all orders, or those of which something was heard. How far the till's log was
// in the centre's books is noted before: the answer is of that, or later.
func (t *Online) read(ctx context.Context, all bool) error {
	ids, applied := t.online.take(), t.get().Seq
	if all {
		seen := map[string]OnlineOrder{}
		err := t.line.Orders(ctx, func(orders []OnlineOrder) error {
			for i := range orders {
				seen[orders[i].ID] = orders[i]
			}
			return nil
		})
		if err != nil {
			return err
		}
		t.online.replace(seen)
		for id := range t.online.ids() {
			if err := t.settle(ctx, id, applied); err != nil {
				return err
			}
		}
		return nil
	}
	for _, id := range ids {
		o, there, err := t.line.Order(ctx, id)
		if err != nil {
			return err
		}
		t.online.put(id, o, there)
		if err := t.settle(ctx, id, applied); err != nil {
			return err
		}
	}
	return nil
}

// settle brings an order that the till holds to what the centre says of it: one that the centre
// does not keep for the till ends here, and a wish to cancel it is noted.
func (t *Online) settle(ctx context.Context, id string, applied uint64) error {
	o, _, acceptedAt, mine := t.online.look(id)
	if !mine {
		return nil
	}
	lines, err := t.lines(ctx, id)
	if err != nil {
		return err
	}
	key := stock.OrderKey{Tenant: localTenant, Order: stock.OnlineOrder(id)}
	is, open := OnlineOrder{}, false
	for _, l := range lines {
		if l.End == stock.Open {
			open = true
			is.wish(l.Kept)
		}
	}
	switch {
	case !open:
		t.online.disown(id)
		return nil
	case o.Keeps && !o.Refused && o.Asked.After(is.Asked):
		return t.submit(ctx, []stock.Command{stock.AskCancel{
			Order: key, At: stock.Time(o.Asked.UnixMilli()), Note: stock.Note{Reference: FromCentre},
		}})
	case o.Keeps || applied < acceptedAt:
		return nil
	}
	t.log.WarnContext(ctx, "an order that the till accepted has ended at the centre, or another till keeps it", "order", id)
	return t.submit(ctx, []stock.Command{stock.Release{
		Target: stock.Target{Order: key}, Note: stock.Note{Reason: "it has ended at the centre, or another till keeps it", Operator: "till:" + t.get().Till},
	}})
}

// lines are the till's own lines of an order of the centre.
func (t *Online) lines(ctx context.Context, id string) (lines []*stock.Line, err error) {
	holds, _, err := t.books.Order(ctx, stock.OrderKey{Tenant: localTenant, Order: stock.OnlineOrder(id)})
	if err != nil {
		return nil, fmt.Errorf("read order %q: %w", id, err)
	}
	for _, h := range holds {
		for i := range h.Lines {
			if h.Lines[i].Kept != nil {
				lines = append(lines, &h.Lines[i])
			}
		}
	}
	return lines, nil
}

package move

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// copy brings every row of the bucket while the bucket keeps changing. follow
// brings the rows that change meanwhile once more.
func (v *mover) copy(ctx context.Context) error {
	upTo, err := v.from.Engine().Head(ctx)
	if err != nil {
		return err
	}
	if err := v.step(ctx, moveCopying); err != nil {
		return err
	}
	load := &moveLoad{mover: v}
	at := &v.at.Bucket
	_, err = v.from.Engine().ScanItems(ctx, engine.ItemScan{All: true, Bucket: at}, func(r *engine.ItemRow) error { return load.item(ctx, r) })
	if err != nil {
		return fmt.Errorf("copy items: %w", err)
	}
	_, err = v.from.Engine().ScanHolds(ctx, engine.HoldScan{Bucket: at}, func(r *engine.HoldRow) error { return load.hold(ctx, r) })
	if err != nil {
		return fmt.Errorf("copy holds: %w", err)
	}
	if err := load.keys(ctx, 0, 0); err != nil {
		return err
	}
	if err := load.send(ctx); err != nil {
		return err
	}
	v.note.Upto = upTo
	return nil
}

// follow brings the rows that records of the old slot have changed, up to one
// record, and returns how many rows that was.
func (v *mover) follow(ctx context.Context, upTo engine.Seq) (int, error) {
	var want engine.Want
	items, orders := map[stock.ItemKey]bool{}, map[stock.OrderKey]bool{}
	for at := v.note.Upto; at < upTo; {
		records, err := v.from.Engine().Read(ctx, at, slot.ReadLimit)
		if err != nil {
			return 0, fmt.Errorf("follow the log of slot %d: %w", v.at.From, err)
		}
		if len(records) == 0 {
			return 0, fmt.Errorf("record %d of slot %d is missing: %w", at+1, v.at.From, engine.ErrBroken)
		}
		for i := range records {
			if records[i].Seq > upTo {
				break
			}
			r, err := stock.ParseRecord(records[i].Body)
			if err == nil {
				err = r.Events(func(_ int, e *stock.Event) error {
					v.changed(e, items, orders)
					return nil
				})
			}
			if err != nil {
				return 0, fmt.Errorf("record %d of slot %d: %w", records[i].Seq, v.at.From, errors.Join(err, engine.ErrBroken))
			}
		}
		at = min(records[len(records)-1].Seq, upTo)
	}
	for k := range items {
		want.Items = append(want.Items, k)
	}
	for k := range orders {
		want.Orders = append(want.Orders, k)
	}
	load := &moveLoad{mover: v}
	if err := load.rows(ctx, want); err != nil {
		return 0, err
	}
	if v.note.Upto < upTo {
		if err := load.keys(ctx, v.note.Upto+1, upTo); err != nil {
			return 0, err
		}
	}
	if err := load.send(ctx); err != nil {
		return 0, err
	}
	v.note.Upto = upTo
	return load.brought, nil
}

// changed notes the rows of the bucket that the event changed.
func (v *mover) changed(e *stock.Event, items map[stock.ItemKey]bool, orders map[stock.OrderKey]bool) {
	for i := range e.Items {
		if c := &e.Items[i]; c.Changed && c.Bucket == v.at.Bucket {
			items[c.Key] = true
		}
	}
	for i := range e.Lines {
		if c := &e.Lines[i]; c.Changed && c.Bucket == v.at.Bucket {
			orders[stock.OrderKey{Tenant: e.Tenant, Order: e.Order}] = true
		}
	}
}

// moveLoad is rows on their way to the new slot.
type moveLoad struct {
	*mover
	batch   []slot.Request
	brought int
}

func (m *moveLoad) origin(seq engine.Seq, index uint32) stock.Origin {
	return stock.Origin{Slot: m.at.From, Seq: uint64(seq), Index: index}
}

func (m *moveLoad) item(ctx context.Context, r *engine.ItemRow) error {
	it, err := stock.DecodeItem(r.Key, r.Packed)
	if err != nil {
		return fmt.Errorf("item row %q at %q: %w", r.Key.Product, r.Key.Location, err)
	}
	it.Bucket = r.Bucket
	return m.add(ctx, stock.Arrive{Mover: m.id, From: m.origin(0, 0), Item: it})
}

func (m *moveLoad) hold(ctx context.Context, r *engine.HoldRow) error {
	h, err := stock.DecodeHold(r.Key, r.Packed)
	if err != nil {
		return fmt.Errorf("hold row of order %q: %w", r.Key.Order, err)
	}
	for call := range h.Calls {
		if err := m.add(ctx, stock.Arrive{Mover: m.id, From: m.origin(r.Seq, 0), Hold: h, Call: call}); err != nil {
			return err
		}
	}
	return nil
}

// rows brings the changed rows as they are now.
func (m *moveLoad) rows(ctx context.Context, want engine.Want) error {
	for len(want.Items)+len(want.Orders) > 0 {
		items, orders := min(len(want.Items), moveBatch), min(len(want.Orders), moveBatch)
		l, err := m.from.Engine().Load(ctx, engine.Want{Items: want.Items[:items], Orders: want.Orders[:orders]})
		if err != nil {
			return fmt.Errorf("read what changed: %w", err)
		}
		want.Items, want.Orders = want.Items[items:], want.Orders[orders:]
		for i := range l.Items {
			if l.Items[i].Bucket != m.at.Bucket {
				continue
			}
			if err := m.item(ctx, &l.Items[i]); err != nil {
				return err
			}
		}
		for i := range l.Holds {
			if l.Holds[i].Key.Bucket != m.at.Bucket {
				continue
			}
			if err := m.hold(ctx, &l.Holds[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// keys brings the keys of the records from first to last, 0: all.
func (m *moveLoad) keys(ctx context.Context, first, last engine.Seq) error {
	_, err := m.from.Engine().ScanKeys(ctx, first, last, func(r *engine.KeyRow) error {
		if r.Bucket != m.at.Bucket {
			return nil
		}
		return m.add(ctx, stock.RecallKey{Mover: m.id, Bucket: r.Bucket, Key: r.ID, Print: r.Print, From: m.origin(r.Seq, r.Index)})
	})
	if err != nil {
		return fmt.Errorf("copy keys: %w", err)
	}
	return nil
}

// add takes one command along.
func (m *moveLoad) add(ctx context.Context, c stock.Command) error {
	m.batch = append(m.batch, slot.Request{Command: c})
	if len(m.batch) < moveBatch {
		return nil
	}
	return m.send(ctx)
}

// arrive brings the batch once.
func (m *moveLoad) arrive(ctx context.Context) error {
	for _, res := range m.to.SubmitHere(ctx, m.batch) {
		var refusal *stock.Refusal // what a key says that was brought before
		if res.Err != nil && !errors.As(res.Err, &refusal) {
			return res.Err
		}
	}
	return nil
}

// send lets the batch arrive.
func (m *moveLoad) send(ctx context.Context) error {
	if len(m.batch) == 0 {
		return nil
	}
	for {
		err := m.arrive(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, slot.ErrLeftover) {
			return err
		}
		if err := m.sleep(ctx, moverSays); err != nil {
			return err
		}
		if err := m.alive(ctx); err != nil {
			return err
		}
	}
	n := len(m.batch)
	m.brought += n
	m.progress.Rows += n
	m.note.Rows = m.progress.Rows
	m.batch = nil
	if m.at.Step != moveCopying {
		if m.sealing {
			return nil
		}
		return m.alive(ctx)
	}
	if err := m.keepRate(ctx, n); err != nil {
		return err
	}
	return m.alive(ctx)
}

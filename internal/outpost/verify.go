package outpost

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// VerifyTill compares the books of a till with those of its centre, and returns what is
// wrong. Both may be at work, so it looks at the till as of the last record of its log that the
// centre has. For each product, the till's escrow at the centre must equal the units that the till
// had to sell then, plus the units that it was given since. The orders that the centre keeps for
// the till must be those that the till had accepted then.
func VerifyTill(ctx context.Context, centre []engine.Engine, s *CentreState, till engine.Engine) (faults []string, err error) {
	orders, err := readOnline(ctx, centre, s)
	if err != nil {
		return nil, fmt.Errorf("read the centre's orders: %w", err)
	}
	there, err := readCentre(ctx, centre, s)
	if err != nil {
		return nil, fmt.Errorf("read the centre's books: %w", err)
	}
	h := there.holder
	if h == nil || nameOf(h.Epoch) != s.Epoch || !h.Open {
		return []string{fmt.Sprintf("the centre does not take the log of till %s from this file any more", s.Till)}, nil
	}
	here, err := readTill(ctx, till, s.Location, h.Seq)
	if err != nil {
		return nil, fmt.Errorf("read the till's log: %w", err)
	}
	switch {
	case here.seq != h.Seq:
		return []string{fmt.Sprintf("the centre has the till's log up to record %d, and the log ends with record %d", h.Seq, here.seq)}, nil
	case here.hash != h.Hash && h.Seq > 0:
		return []string{fmt.Sprintf("record %d of the till's log is not the one that the centre has", h.Seq)}, nil
	case h.Done > 0:
		return nil, nil // a record is being carried out
	}
	for _, product := range slices.Sorted(maps.Keys(there.items)) {
		it := there.items[product]
		var added stock.Qty
		if rec := it.EscrowRecord(s.Till); rec != nil && rec.Epoch == h.Epoch {
			added = rec.Added
		}
		has, want := it.InEscrow(s.Till), here.pool[product]+added-here.taken[product]
		if has != want {
			faults = append(faults, fmt.Sprintf("product %q: %d units in escrow, and %d by the till's log (it had %d, was given %d and took in %d)",
				product, has, want, here.pool[product], added, here.taken[product]))
		}
	}
	unchanged, err := orders[there.slot].unchanged(ctx, centre[there.slot], s)
	if err != nil {
		return nil, fmt.Errorf("read the centre's orders: %w", err)
	}
	return append(faults, compareOnline(unchanged, here.online)...), nil
}

// centreBooks are what the centre has at the till's location.
type centreBooks struct {
	items  map[string]*stock.Item // by product
	holder *stock.Holder
	slot   int // where the location is
}

// readCentre reads the location from one snapshot: all of it is in one bucket. Of a bucket
// that has moved the newest rows count.
func readCentre(ctx context.Context, slots []engine.Engine, s *CentreState) (*centreBooks, error) {
	b := &centreBooks{items: map[string]*stock.Item{}}
	newest := map[stock.ItemKey]uint64{}
	for n, e := range slots {
		_, err := e.ScanItems(ctx, engine.ItemScan{Tenant: s.Tenant, Location: s.Location}, func(row *engine.ItemRow) error {
			it, err := stock.DecodeItem(row.Key, row.Packed)
			if err != nil || it.Version < newest[row.Key] {
				return err
			}
			newest[row.Key] = it.Version
			switch holder, of := row.Key.OfHolder(); {
			case of && holder == s.Till:
				b.holder, b.slot = it.Holder, n
			case !row.Key.Hidden() && row.Key.Lot == "":
				b.items[row.Key.Product] = it
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// tillBooks are what the till had as of a record of its log.
type tillBooks struct {
	seq         uint64
	hash        [32]byte
	pool, taken map[string]stock.Qty // by product: the units that it could sell, and the given units that it has booked
	online      map[string]onlineUnits
}

// readTill adds the log up, as far as the record.
func readTill(ctx context.Context, e engine.Engine, location string, last uint64) (*tillBooks, error) {
	b := &tillBooks{pool: map[string]stock.Qty{}, taken: map[string]stock.Qty{}, online: map[string]onlineUnits{}}
	for b.seq < last {
		records, err := e.Read(ctx, engine.Seq(b.seq), MaxRecords)
		if err != nil {
			return nil, err
		}
		if len(records) == 0 {
			return b, nil
		}
		for i := range records {
			if uint64(records[i].Seq) > last {
				break
			}
			r, err := stock.ParseRecord(records[i].Body)
			if err != nil {
				return nil, err
			}
			if err := r.Events(func(_ int, e *stock.Event) error { b.add(e, location); return nil }); err != nil {
				return nil, err
			}
			b.seq, b.hash = r.Header().Seq, r.Hash()
		}
	}
	return b, nil
}

// add counts the units that an entry moved, and notes its effect on orders of the
// centre.
func (b *tillBooks) add(e *stock.Event, location string) {
	if e.Refusal != nil {
		return
	}
	b.addOnline(e)
	for i := range e.Items {
		c := &e.Items[i]
		if !c.Changed || c.Key.Location != location || c.Key.Hidden() {
			continue
		}
		for _, p := range c.Postings {
			b.move(c.Key.Product, p.To, p.Qty)
			b.move(c.Key.Product, p.From, -p.Qty)
		}
	}
}

func (b *tillBooks) move(product string, a stock.Account, n stock.Qty) {
	switch {
	case a == stock.Shared || strings.HasPrefix(string(a), "quota/"):
		b.pool[product] += n
	case a == stock.Granted:
		b.taken[product] -= n
	}
}

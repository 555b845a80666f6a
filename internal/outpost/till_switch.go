package outpost

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// The centre's answer about a product's switch may be from before it heard of a switch at the till: the line
// was down, or the answer was on its way. Such a product waits until the centre has heard of the switch: the
// centre decides which one was set last.

// findSwitched looks for products that were switched here and of which the centre has not heard.
func (t *Till) findSwitched(ctx context.Context) error {
	found := map[string]uint64{}
	for after := t.get().Seq; ; {
		records, err := t.records.Read(ctx, engine.Seq(after), MaxRecords)
		if err != nil {
			return fmt.Errorf("read the till's log: %w", err)
		}
		if len(records) == 0 {
			break
		}
		for i := range records {
			if err := addSwitched(found, LogRecord{records[i].Body, records[i].Text}); err != nil {
				return err
			}
		}
		after = uint64(records[len(records)-1].Seq)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.Copy(t.switched, found)
	return nil
}

// wrongSwitch is a switch of a channel, or of all of them, that the centre has otherwise.
type wrongSwitch struct {
	channel string // "": all
	on      bool   // at the centre
}

// findWrongSwitches returns the switches of the item that differ from those of the centre.
func findWrongSwitches(it *stock.Item, u *Units) (wrong []wrongSwitch) {
	if it.OnSale != u.OnSale {
		wrong = append(wrong, wrongSwitch{"", u.OnSale})
	}
	for _, channel := range u.Off {
		if !slices.Contains(it.Off, channel) {
			wrong = append(wrong, wrongSwitch{channel, false})
		}
	}
	for _, channel := range it.Off {
		if !slices.Contains(u.Off, channel) {
			wrong = append(wrong, wrongSwitch{channel, true})
		}
	}
	return wrong
}

// addSwitched adds the products that a record switched.
func addSwitched(to map[string]uint64, record LogRecord) error {
	r, err := stock.ParseRecord(record.Body)
	if err != nil {
		return err
	}
	if has, err := r.Has(stock.OpSaleStatus); !has || err != nil {
		return err
	}
	if err := r.Attach(record.Text); err != nil {
		return err
	}
	return r.Events(func(_ int, e *stock.Event) error {
		if e.Op != stock.OpSaleStatus || e.Refusal != nil || e.Note.Reference == FromCentre {
			return nil
		}
		for i := range e.Items {
			if e.Items[i].Changed && !e.Items[i].Key.Hidden() {
				to[e.Items[i].Key.Product] = r.Header().Seq
			}
		}
		return nil
	})
}

// hasUnreportedSwitch reports whether the centre has not heard of a switch of the product.
func (t *Till) hasUnreportedSwitch(product string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.switched[product] > 0
}

// catchUp asks for the switches of products that waited.
func (t *Till) catchUp(ctx context.Context) error {
	t.mu.Lock()
	var wanted []Wanted
	for product, seq := range t.switched {
		if seq <= t.state.Seq {
			wanted = append(wanted, Wanted{Product: product})
			delete(t.switched, product)
		}
	}
	t.mu.Unlock()
	slices.SortFunc(wanted, func(a, b Wanted) int { return cmp.Compare(a.Product, b.Product) }) // a seed of the simulation finds the same again
	for len(wanted) > 0 {
		n := min(len(wanted), maxAsked)
		units, err := t.line.Ask(ctx, wanted[:n])
		if err != nil {
			return err
		}
		if err := t.take(ctx, units); err != nil {
			return err
		}
		wanted = wanted[n:]
	}
	return nil
}

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
// was down, or the answer was on its way. Such a product waits until the centre has heard of the switch, and
// is asked for again: the centre decides which one was set last.

// findSwitched looks for products that were switched here and of which the centre, that has heard of the log
// up to the record, may not know.
func (t *Till) findSwitched(ctx context.Context, heard uint64) error {
	found := map[string]uint64{}
	for after := heard; ; {
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
	if len(found) > 0 {
		t.Wake() // the centre may have heard of them meanwhile
	}
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

// isSwitchedSince reports whether the product was switched here behind the record.
func (t *Till) isSwitchedSince(product string, heard uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.switched[product] > heard
}

// catchUp asks for the switches of products that waited.
func (t *Till) catchUp(ctx context.Context) error {
	t.mu.Lock()
	heard := t.state.Seq
	var wanted []Wanted
	for product, seq := range t.switched {
		if seq <= heard {
			wanted = append(wanted, Wanted{Product: product})
		}
	}
	t.mu.Unlock()
	slices.SortFunc(wanted, func(a, b Wanted) int { return cmp.Compare(a.Product, b.Product) }) // a seed of the simulation finds the same again
	for len(wanted) > 0 {
		n := min(len(wanted), maxAsked)
		if err := t.ask(ctx, heard, wanted[:n]); err != nil {
			return err
		}
		wanted = wanted[n:]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.switched, func(_ string, seq uint64) bool { return seq <= heard })
	return nil
}

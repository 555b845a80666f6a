package ledger

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// lineBook is a stock.Book of one hold.
type lineBook struct{ hold *stock.Hold }

func (lineBook) Item(stock.ItemKey) *stock.Item       { return nil }
func (lineBook) Order(stock.OrderKey) []*stock.Hold   { return nil }
func (lineBook) EditItem(k stock.ItemKey) *stock.Item { return &stock.Item{Key: k} }
func (b lineBook) EditHold(stock.HoldKey) *stock.Hold { return b.hold }

// applyLine folds one line of the event into its hold.
func applyLine(h *stock.Hold, e *stock.Event, line int) {
	one := stock.Event{Op: e.Op, Tenant: e.Tenant, Order: e.Order, Lines: e.Lines[line : line+1], Call: e.Call}
	stock.Apply(lineBook{h}, &one)
}

// rebuildHold puts a hold together from the records that changed it, the last
// of which is at last: each names the one before.
func rebuildHold(ctx context.Context, e engine.Engine, key stock.HoldKey, last engine.Seq) (*stock.Hold, error) {
	h := &stock.Hold{Key: key}
	type change struct {
		event *stock.Event
		line  int
	}
	var changes []change // latest first
	for at := last; at != 0; {
		recs, err := e.Read(ctx, at-1, 1)
		if err != nil {
			return nil, err
		}
		if len(recs) == 0 || recs[0].Seq != at {
			return nil, fmt.Errorf("record %d is not in the log", at)
		}
		r, err := stock.ParseRecord(recs[0].Body)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", at, err)
		}
		var here []change
		err = r.Events(func(_ int, ev *stock.Event) error {
			if ev.Tenant != key.Tenant || ev.Order != key.Order {
				return nil
			}
			for i := range ev.Lines {
				if ev.Lines[i].Changed && ev.Lines[i].Bucket == key.Bucket {
					here = append(here, change{ev, i})
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", at, err)
		}
		if len(here) == 0 {
			return h, nil // it does not know the hold: what was said to be before is not there
		}
		for i := len(here) - 1; i >= 0; i-- {
			changes = append(changes, here[i])
		}
		before := engine.Seq(here[0].event.Lines[here[0].line].Prev)
		if before >= at {
			break
		}
		at = before
	}
	for i := len(changes) - 1; i >= 0; i-- {
		applyLine(h, changes[i].event, changes[i].line)
	}
	return h, nil
}

package audit

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// filledSeen is a home's line that waits for fewer units than its leg did when it
// was read.
type filledSeen struct {
	key       legKey
	slot      int // of the leg
	leg, home stock.Bucket
	line      stock.Line
}

// checkFilled looks again at legs that wait for more than their homes know. A home
// learns of units from its leg, so by now the leg must show them.
func (a *across) checkFilled(ctx context.Context) error {
	for _, f := range a.filled {
		l, err := a.legIn(ctx, f.slot, f.key)
		if err != nil {
			return err
		}
		if l != nil && l.End == stock.Open && l.Confirmed == f.line.Confirmed && l.Released == f.line.Released && l.Waiting() > f.line.Waiting() {
			a.addDoubt([]stock.Bucket{f.leg, f.home}, "order %q, item %s: the leg in slot %d waits for %d units, its home says %d",
				f.key.order.Order, itemName(f.key.item), f.slot, l.Waiting(), f.line.Waiting())
		}
	}
	return nil
}

package intake

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// bringRecalls has an item that the command may open keep the recalls that hold for it.
func (b *batch) bringRecalls(ctx context.Context, a *Ask, w *write) error {
	bring := func(to *[]stock.RecallRule, k stock.ItemKey) (err error) {
		*to, err = b.directory.RecallsAt(ctx, b.tenant, k.Product, k.Location)
		return err
	}
	switch c := a.Command.(type) {
	case *stock.OpenItem:
		err := bring(&c.Recalls, c.Item)
		w.command = *c
		return err
	case *stock.Shift:
		for i := range c.Lines {
			if l := &c.Lines[i]; l.Open != nil {
				if err := bring(&l.Open.Recalls, l.Item); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if added, ok := stock.AddedTo(a.Command); ok && added.Open != nil && *added.Open != nil {
		return bring(&(*added.Open).Recalls, added.Item)
	}
	return nil
}

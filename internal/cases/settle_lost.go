package cases

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// settleLost settles the case of an entry of a till that was not lost: the till's log has brought it into the
// books. As long as the log may still bring it, the case is looked at again.
func (d *Desk) settleLost(ctx context.Context, c *catalog.Case) error {
	if d.tills == nil || len(c.Deciding) > 0 {
		return d.kept.Later(ctx, *c, d.nextLook(c))
	}
	arrived, err := d.tills.HasArrived(ctx, c)
	switch {
	case errors.As(err, new(*stock.Refusal)):
		return d.kept.Later(ctx, *c, d.nextLook(c))
	case err != nil:
		return err
	case !arrived:
		return d.kept.Later(ctx, *c, time.Time{})
	}
	c.State = catalog.CaseSettled
	_, err = d.kept.Update(ctx, *c)
	return err
}

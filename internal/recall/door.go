package recall

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// OpeningDoor is the door to the books. Items that are opened through it have the recalls of the moment
// when their call is answered.
type OpeningDoor struct {
	*intake.Door
	carrier *Carrier
}

// WithOpenings returns the door, which looks again at items that are opened through it.
func (c *Carrier) WithOpenings(d *intake.Door) *OpeningDoor { return &OpeningDoor{d, c} }

// Submit carries out the asks as the door does, and then looks at the items that they opened. They have
// the recalls that this process knew before. Another server may have recalled lots since, and not seen
// the item: it stores the recall before it reads items, and here the item is stored before recalls are
// read, so one of the two sees the other.
func (d *OpeningDoor) Submit(ctx context.Context, tenant string, asks []intake.Ask) ([]intake.Outcome, error) {
	outcomes, err := d.Door.Submit(ctx, tenant, asks)
	if opened := openedBy(outcomes); len(opened) > 0 {
		if err := d.carrier.lookAt(ctx, tenant, opened); err != nil { // the duty looks later
			d.carrier.log.WarnContext(ctx, "recalls of opened items are not looked at", "tenant", tenant, "err", err)
		}
	}
	return outcomes, err
}

// openedBy are the changes by which items were opened.
func openedBy(outcomes []intake.Outcome) (opened []*stock.ItemChange) {
	for i := range outcomes {
		o := &outcomes[i]
		if o.Event == nil || o.Replayed {
			continue
		}
		for n := range o.Event.Items {
			if c := &o.Event.Items[n]; c.Version == 1 && c.Tracked && !c.Key.Hidden() {
				opened = append(opened, c)
			}
		}
	}
	return opened
}

// lookAt brings recalls to items that were opened with others than those that hold by now.
func (c *Carrier) lookAt(ctx context.Context, tenant string, opened []*stock.ItemChange) error {
	if err := c.memory.CatchUp(ctx); err != nil {
		return err
	}
	var products []string
	for _, is := range opened {
		rules, err := c.memory.RecallsAt(ctx, tenant, is.Key.Product, is.Key.Location)
		if err != nil {
			return err
		}
		same := slices.EqualFunc(is.Recalls, rules, func(a, b stock.RecallRule) bool { return a.Since == b.Since && a.Same(&b) })
		if !same && !slices.Contains(products, is.Key.Product) {
			products = append(products, is.Key.Product)
		}
	}
	for _, product := range products {
		if _, err := c.Carry(ctx, tenant, product); err != nil {
			return err
		}
	}
	return nil
}

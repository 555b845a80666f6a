package outpost

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// WriteOff says that a till is lost. Its epoch is closed. Its units in escrow return to
// where they came from, or, with withhold, to units that do not sell. Its reservations
// become ordinary ones. A repeat finishes what a crash left out.
func (d *Desk) WriteOff(ctx context.Context, tenant, till, operator, reason string, withhold bool) error {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return err
	}
	if err := d.close(ctx, &t, stock.Note{Operator: operator, Reason: reason}, withhold); err != nil {
		return err
	}
	_, err = d.tills.SetEpoch(ctx, tenant, till, "")
	return err
}

// close ends the till's epoch, and takes back all that it has.
func (d *Desk) close(ctx context.Context, t *catalog.Till, note stock.Note, withhold bool) error {
	known, err := d.holder(ctx, t)
	if err != nil {
		return err
	}
	if known.Open { // whatever the catalog says: a crash may have come between the two
		item := stock.HolderItem(t.Tenant, t.Location, t.ID)
		if err := d.submit(ctx, stock.CloseHolder{Item: item, Bucket: bucketOf(t), Epoch: known.Epoch, Note: note}); err != nil {
			return fmt.Errorf("close the epoch of till %q: %w", t.ID, err)
		}
	}
	if known.Ticket != 0 { // else it has sold nothing
		if err := d.openFileLost(ctx, t, known, note); err != nil {
			return err
		}
	}
	if err := d.directory.RevokeTill(ctx, t.Tenant, t.ID); err != nil {
		return err
	}
	if err := d.takeOver(ctx, t, note); err != nil {
		return err
	}
	return d.reclaim(ctx, t, note, withhold)
}

// chunk is how many commands are sent together.
const chunk = 500

// reclaim takes back what the till has of each item.
func (d *Desk) reclaim(ctx context.Context, t *catalog.Till, note stock.Note, withhold bool) error {
	var commands []stock.Command
	err := d.items(ctx, t, "", func(it *stock.Item) error {
		if it.EscrowRecord(t.ID) != nil || it.InEscrow(t.ID) > 0 {
			commands = append(commands, stock.Reclaim{Item: it.Key, Bucket: it.Bucket, Holder: t.ID, Withhold: withhold, Note: note})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.submitAll(ctx, commands)
}

// takeOver turns the reservations that the till keeps into ordinary ones.
func (d *Desk) takeOver(ctx context.Context, t *catalog.Till, note stock.Note) error {
	var commands []stock.Command
	bucket := bucketOf(t)
	for _, e := range d.slots() {
		_, err := e.ScanHolds(ctx, engine.HoldScan{Open: true, Bucket: &bucket}, func(row *engine.HoldRow) error {
			if row.Key.Tenant != t.Tenant {
				return nil
			}
			h, err := stock.DecodeHold(row.Key, row.Packed)
			if err != nil {
				return err
			}
			for i := range h.Lines {
				if holder, kept := h.Lines[i].KeptBy(); kept && holder == t.ID && h.Lines[i].Item.Location == t.Location {
					commands = append(commands, stock.TakeOver{
						Order: h.Key.OrderKey, Holder: stock.HolderItem(t.Tenant, t.Location, t.ID), Note: note,
					})
					break
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the reservations of till %q: %w", t.ID, err)
		}
	}
	return d.submitAll(ctx, commands)
}

func (d *Desk) submitAll(ctx context.Context, commands []stock.Command) error {
	for some := range slices.Chunk(commands, chunk) {
		for _, res := range ledger.SubmitEscrow(ctx, d.books, some...) {
			if res.Err != nil {
				return res.Err
			}
		}
	}
	return nil
}

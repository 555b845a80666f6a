package archive

import (
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// entryRow is one entry of the journal in an entries file: what one event did
// to one item, as the journal shows it. Quantities are whole numbers of the
// smallest part: 10^scale of them are one unit.
type entryRow struct {
	Seq       int64  `parquet:"seq,delta"`
	ID        string `parquet:"entry_id"`
	At        int64  `parquet:"at,delta,timestamp(millisecond)"`
	Operation string `parquet:"operation,dict"`
	Tenant    string `parquet:"tenant_id,dict"`
	Product   string `parquet:"product_id,dict"`
	Location  string `parquet:"location_id,dict"`
	Lot       []byte `parquet:"lot,optional,dict"`
	Channel   string `parquet:"channel_id,optional,dict"`
	Order     string `parquet:"order_id,optional"`

	DeltaAvailable int64 `parquet:"delta_available"`
	DeltaReserved  int64 `parquet:"delta_reserved"`
	DeltaOnHand    int64 `parquet:"delta_on_hand"`
	Available      int64 `parquet:"available_after"`
	Reserved       int64 `parquet:"reserved_after"`
	OnHand         int64 `parquet:"on_hand_after"`

	Unit    string `parquet:"unit,optional,dict"`
	Scale   int32  `parquet:"scale"`
	Version int64  `parquet:"version"`

	Reason    string `parquet:"reason,optional,dict"`
	Reference string `parquet:"reference,optional"`
	Operator  string `parquet:"operator,optional,dict"`
}

// entriesOf calls fn for each entry of the record that belongs in the journal
// of its item. Entries of dropped tenants are left out.
func entriesOf(slot uint16, r *engine.Record, fn func(*entryRow) error) error {
	v, err := stock.ParseRecord(r.Body)
	if err == nil {
		err = v.Attach(r.Text)
	}
	if err != nil {
		return fmt.Errorf("record %d: %w", r.Seq, err)
	}
	err = v.Events(func(n int, e *stock.Event) error {
		for i := range e.Items {
			if !e.Touches(i) {
				continue
			}
			if err := fn(newEntryRow(slot, r, n, i, e)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record %d: %w", r.Seq, err)
	}
	return nil
}

func newEntryRow(slot uint16, r *engine.Record, entry, item int, e *stock.Event) *entryRow {
	c := &e.Items[item]
	before := c.Figures
	for _, p := range c.Postings {
		before.Add(p.From, p.Qty)
		before.Add(p.To, -p.Qty)
	}
	row := &entryRow{
		Seq: int64(r.Seq), ID: fmt.Sprintf("%d-%d-%d-%d", slot, r.Seq, entry, item), At: int64(r.At),
		Operation: e.Op.String(), Tenant: e.Tenant,
		Product: c.Key.Product, Location: c.Key.Location, Channel: e.Channel, Order: e.Order,
		DeltaAvailable: int64(c.Figures.Available - before.Available),
		DeltaReserved:  int64(c.Figures.Held - before.Held),
		DeltaOnHand:    int64(c.Figures.OnHand - before.OnHand),
		Available:      int64(c.Figures.Available), Reserved: int64(c.Figures.Held), OnHand: int64(c.Figures.OnHand),
		Unit: c.Unit, Scale: int32(c.Scale), Version: int64(c.Version),
		Reason: e.Note.Reason, Reference: e.Note.Reference, Operator: e.Note.Operator,
	}
	if c.Key.Lot != "" {
		row.Lot = []byte(c.Key.Lot)
	}
	return row
}

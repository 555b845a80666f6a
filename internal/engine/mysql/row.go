package mysql

import (
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// The columns of the rows, in the order in which they are read.
const (
	itemCols   = "tenant,product,location,lot,bucket,available,held,on_hand,threshold,tracked,on_sale,low,version,updated_at,lapses_at,packed"
	holdCols   = "order_id,tenant,bucket,open,deadline,seq,packed"
	keyCols    = "no,hash,bucket,print"
	recordCols = "seq,at,writer,nonce,hash,text,body"
)

// The columns of the keys of items and holds.
var (
	itemKey = []string{"tenant", "product", "location", "lot"}
	holdKey = []string{"order_id", "tenant", "bucket"}
)

// itemKeyRow reads the columns of an item's key from the column at on.
func itemKeyRow(r row, at int) stock.ItemKey {
	return stock.ItemKey{Tenant: r.str(at), Product: r.str(at + 1), Location: r.str(at + 2), Lot: r.str(at + 3)}
}

// holdKeyRow reads the columns of a hold's key, the first of the row.
func holdKeyRow(r row) stock.HoldKey {
	return stock.HoldKey{OrderKey: stock.OrderKey{Order: r.str(0), Tenant: r.str(1)}, Bucket: stock.Bucket(r.num(2))}
}

func itemRow(r row) engine.ItemRow {
	return engine.ItemRow{
		Key:       itemKeyRow(r, 0),
		Bucket:    stock.Bucket(r.num(4)),
		Available: stock.Qty(r.num(5)),
		Held:      stock.Qty(r.num(6)),
		OnHand:    stock.Qty(r.num(7)),
		Threshold: stock.Qty(r.num(8)),
		Tracked:   r.flag(9),
		OnSale:    r.flag(10),
		Low:       r.flag(11),
		Version:   r.unsigned(12),
		UpdatedAt: stock.Time(r.num(13)),
		LapsesAt:  stock.Time(r.num(14)),
		Packed:    r.bytes(15),
	}
}

func holdRow(r row) engine.HoldRow {
	return engine.HoldRow{
		Key:      holdKeyRow(r),
		Open:     r.flag(3),
		Deadline: stock.Time(r.num(4)),
		Seq:      engine.Seq(r.num(5)),
		Packed:   r.bytes(6),
	}
}

func keyRow(r row) (k engine.KeyRow, err error) {
	k.SetNo(r.num(0))
	k.Bucket = stock.Bucket(r.num(2))
	if err = r.array(1, k.ID[:]); err == nil {
		err = r.array(3, k.Print[:])
	}
	return k, err
}

func recordRow(r row) (rec engine.Record, err error) {
	rec = engine.Record{
		Seq:   engine.Seq(r.num(0)),
		At:    stock.Time(r.num(1)),
		Nonce: r.unsigned(3),
		Body:  r.bytes(6),
	}
	if !r.null(5) {
		rec.Text = r.bytes(5)
	}
	if err = r.array(2, rec.Writer[:]); err == nil {
		err = r.array(4, rec.Hash[:])
	}
	return rec, err
}

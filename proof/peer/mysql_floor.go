package peer

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
)

// The floor's tables have the columns of Holdfast's, and its indexes.
const mysqlFloorSchema = `
CREATE TABLE floor_log (
	seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, writer BINARY(16) NOT NULL, nonce BIGINT UNSIGNED NOT NULL, hash BINARY(32) NOT NULL,
	text LONGBLOB, body LONGBLOB NOT NULL
) ENGINE = InnoDB;
CREATE TABLE floor_item (
	no BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	tenant VARBINARY(64) NOT NULL, product VARBINARY(128) NOT NULL, location VARBINARY(64) NOT NULL, lot VARBINARY(1024) NOT NULL,
	bucket SMALLINT NOT NULL, available BIGINT NOT NULL, held BIGINT NOT NULL, on_hand BIGINT NOT NULL, threshold BIGINT NOT NULL,
	tracked TINYINT NOT NULL, on_sale TINYINT NOT NULL, low TINYINT NOT NULL, version BIGINT UNSIGNED NOT NULL, updated_at BIGINT NOT NULL,
	seq BIGINT NOT NULL, packed MEDIUMBLOB NOT NULL,
	PRIMARY KEY (tenant, product, location, lot), UNIQUE KEY (no), KEY (low)
) ENGINE = InnoDB;
CREATE TABLE floor_hold (
	order_id VARBINARY(128) NOT NULL, tenant VARBINARY(64) NOT NULL, bucket SMALLINT NOT NULL,
	open TINYINT NOT NULL, deadline BIGINT NOT NULL, seq BIGINT NOT NULL, packed MEDIUMBLOB NOT NULL,
	PRIMARY KEY (order_id, tenant, bucket)
) ENGINE = InnoDB;
CREATE TABLE floor_key (no BIGINT PRIMARY KEY, hash BINARY(16) NOT NULL, bucket SMALLINT NOT NULL, print BINARY(16) NOT NULL, UNIQUE KEY (hash)) ENGINE = InnoDB;
`

// write sends one packet with a multi-row insert for each table.
func (c *mysqlConn) write(ctx context.Context, g *Group) error {
	r := &g.Record
	p := &packet{}
	p.text("START TRANSACTION; INSERT INTO floor_log VALUES ")
	p.row(int64(r.Seq), int64(r.At), r.Writer[:], int64(r.Nonce), r.Hash[:], g.Text, r.Body)
	for i := range g.Keys {
		k := &g.Keys[i]
		p.begin(i, "; INSERT INTO floor_key VALUES ")
		p.row(int64(k.Seq)<<20|int64(k.Index), k.ID[:], int64(k.Bucket), k.Print[:])
	}
	for i := range g.Holds {
		h := &g.Holds[i]
		p.begin(i, "; INSERT INTO floor_hold VALUES ")
		p.row(h.Key.Order, h.Key.Tenant, int64(h.Key.Bucket), h.Open, int64(h.Deadline), int64(h.Seq), h.Packed)
	}
	for i := range g.Items {
		it := &g.Items[i]
		p.begin(i, "; INSERT INTO floor_item (tenant, product, location, lot, bucket, available, held, on_hand, threshold, tracked, on_sale, low, version, updated_at, seq, packed) VALUES ")
		p.row(it.Key.Tenant, it.Key.Product, it.Key.Location, []byte(it.Key.Lot), int64(it.Bucket), int64(it.Available), int64(it.Held),
			int64(it.OnHand), int64(it.Threshold), it.Tracked, it.OnSale, it.Low, int64(it.Version), int64(it.UpdatedAt), int64(r.Seq), it.Packed)
	}
	if len(g.Items) > 0 {
		p.text(` ON DUPLICATE KEY UPDATE available = VALUES(available), held = VALUES(held), on_hand = VALUES(on_hand),
			version = VALUES(version), updated_at = VALUES(updated_at), seq = VALUES(seq), packed = VALUES(packed)`)
	}
	p.text("; COMMIT")
	if err := c.execTogether(ctx, string(p.b)); err != nil {
		return errors.Join(err, c.rollback(ctx))
	}
	return nil
}

// packet is text for the server, with values as hexadecimal numbers.
type packet struct{ b []byte }

func (p *packet) text(s string) { p.b = append(p.b, s...) }

// begin starts row i of an insert.
func (p *packet) begin(i int, insert string) {
	if i == 0 {
		p.text(insert)
		return
	}
	p.text(", ")
}

// row appends one row of strings, bytes, numbers and truths.
func (p *packet) row(values ...any) {
	for i, v := range values {
		p.b = append(p.b, ",("[btoi(i == 0)])
		switch v := v.(type) {
		case int64:
			p.b = strconv.AppendInt(p.b, v, 10)
		case bool:
			p.b = append(p.b, "01"[btoi(v)])
		case string:
			p.text("x'")
			p.b = append(hex.AppendEncode(p.b, []byte(v)), '\'')
		case []byte:
			p.text("x'")
			p.b = append(hex.AppendEncode(p.b, v), '\'')
		}
	}
	p.b = append(p.b, ')')
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

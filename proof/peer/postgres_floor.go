package peer

import "context"

// The floor's tables have the columns of Holdfast's, and its indexes.
const postgresFloorSchema = `
CREATE TABLE floor_log (
	seq bigint PRIMARY KEY, at bigint NOT NULL, nonce bigint NOT NULL, writer uuid NOT NULL, hash bytea NOT NULL, text bytea, body bytea NOT NULL
);
ALTER TABLE floor_log ALTER text SET STORAGE EXTERNAL, ALTER body SET STORAGE EXTERNAL;
CREATE TABLE floor_item (
	no bigint GENERATED ALWAYS AS IDENTITY, threshold bigint NOT NULL, available bigint NOT NULL, held bigint NOT NULL, on_hand bigint NOT NULL,
	version bigint NOT NULL, updated_at bigint NOT NULL, bucket smallint NOT NULL, tracked boolean NOT NULL, on_sale boolean NOT NULL,
	low boolean NOT NULL, packed bytea NOT NULL,
	tenant text COLLATE "C", product text COLLATE "C", location text COLLATE "C", lot bytea,
	PRIMARY KEY (tenant, product, location, lot)
) WITH (fillfactor = 50);
CREATE INDEX ON floor_item (tenant, product, location, lot) WHERE low;
CREATE TABLE floor_hold (
	deadline bigint NOT NULL, seq bigint NOT NULL, bucket smallint, open boolean NOT NULL,
	tenant text COLLATE "C", order_id text COLLATE "C", packed bytea NOT NULL,
	PRIMARY KEY (order_id, tenant, bucket)
) WITH (fillfactor = 85);
CREATE TABLE floor_key (hash uuid PRIMARY KEY, print uuid NOT NULL, no bigint NOT NULL, bucket smallint NOT NULL);
`

const postgresFloor = `
WITH l AS (
	INSERT INTO floor_log VALUES ($1, $2, $3, $4, $5, $6, $7)
), h AS (
	INSERT INTO floor_hold SELECT * FROM unnest($8::bigint[], $9::bigint[], $10::smallint[], $11::boolean[], $12::text[], $13::text[], $14::bytea[])
), k AS (
	INSERT INTO floor_key SELECT * FROM unnest($15::uuid[], $16::uuid[], $17::bigint[], $18::smallint[])
)
INSERT INTO floor_item (threshold, available, held, on_hand, version, updated_at, bucket, tracked, on_sale, low, packed, tenant, product, location, lot)
SELECT * FROM unnest($19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[], $25::smallint[],
	$26::boolean[], $27::boolean[], $28::boolean[], $29::bytea[], $30::text[], $31::text[], $32::text[], $33::bytea[])
ON CONFLICT (tenant, product, location, lot) DO UPDATE SET available = excluded.available, held = excluded.held, on_hand = excluded.on_hand,
	version = excluded.version, updated_at = excluded.updated_at, packed = excluded.packed`

func (c *postgresConn) write(ctx context.Context, g *Group) error {
	r := &g.Record
	args := append(make([]any, 0, 33), int64(r.Seq), int64(r.At), int64(r.Nonce), r.Writer, r.Hash[:], g.Text, r.Body)
	args = append(args, holdColumns(g)...)
	args = append(args, keyColumns(g)...)
	args = append(args, itemColumns(g)...)
	_, err := c.c.Exec(ctx, postgresFloor, args...)
	return err
}

func holdColumns(g *Group) []any {
	n := len(g.Holds)
	order, tenant, bucket := make([]string, n), make([]string, n), make([]int16, n)
	open, deadline, seq, packed := make([]bool, n), make([]int64, n), make([]int64, n), make([][]byte, n)
	for i := range g.Holds {
		h := &g.Holds[i]
		order[i], tenant[i], bucket[i] = h.Key.Order, h.Key.Tenant, int16(h.Key.Bucket)
		open[i], deadline[i], seq[i], packed[i] = h.Open, int64(h.Deadline), int64(h.Seq), h.Packed
	}
	return []any{deadline, seq, bucket, open, tenant, order, packed}
}

func keyColumns(g *Group) []any {
	n := len(g.Keys)
	hash, prints, no, bucket := make([][16]byte, n), make([][16]byte, n), make([]int64, n), make([]int16, n)
	for i := range g.Keys {
		k := &g.Keys[i]
		hash[i], prints[i], no[i], bucket[i] = k.ID, k.Print, int64(k.Seq)<<20|int64(k.Index), int16(k.Bucket)
	}
	return []any{hash, prints, no, bucket}
}

func itemColumns(g *Group) []any {
	n := len(g.Items)
	tenant, product, location, lot := make([]string, n), make([]string, n), make([]string, n), make([][]byte, n)
	bucket, available, held, onHand := make([]int16, n), make([]int64, n), make([]int64, n), make([]int64, n)
	threshold, tracked, onSale, low := make([]int64, n), make([]bool, n), make([]bool, n), make([]bool, n)
	version, updated, packed := make([]int64, n), make([]int64, n), make([][]byte, n)
	for i := range g.Items {
		r := &g.Items[i]
		tenant[i], product[i], location[i], lot[i] = r.Key.Tenant, r.Key.Product, r.Key.Location, []byte(r.Key.Lot)
		bucket[i], available[i], held[i], onHand[i] = int16(r.Bucket), int64(r.Available), int64(r.Held), int64(r.OnHand)
		threshold[i], tracked[i], onSale[i], low[i] = int64(r.Threshold), r.Tracked, r.OnSale, r.Low
		version[i], updated[i], packed[i] = int64(r.Version), int64(r.UpdatedAt), r.Packed
	}
	return []any{threshold, available, held, onHand, version, updated, bucket, tracked, onSale, low, packed, tenant, product, location, lot}
}

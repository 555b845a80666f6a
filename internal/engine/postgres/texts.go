package postgres

import "strings"

// texts are the statements of one slot, with its schema's name filled in.
// h is the head, i items, o holds (orders), k keys, j the journal.
type texts struct {
	schema string

	raise, head, moment, lock, hash string
	proof                           string
	items, products, orders, keys   string
	records                         string
	existing                        string
	cursor, addJournal, touched     string
	anyCursor, setCursor            string
	numbers, copyHolds              string
	pruneKeys, pruneHolds           string
	dropItems, dropHolds, dropKeys  string
	itemPages, holdPages, keyPages  string
	buckets, bucketSeq              string
	rewrite, dropKeysOf             string
	dropTenant                      []string
	scanItems, scanHolds, scanKeys  string
	scanJournal                     string
}

func newTexts(schema string) texts {
	in := func(sql string) string { return strings.ReplaceAll(sql, "SLOT.", schema+".") }
	return texts{
		schema: schema,
		raise:  in("UPDATE SLOT.head SET fence = fence + 1 WHERE one RETURNING fence, seq, hash"),
		head:   in("SELECT seq, fence, hash, current_setting('synchronous_standby_names') <> '' FROM SLOT.head"),
		proof:  in("INSERT INTO SLOT.progress (name, seq) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET seq = progress.seq + 1"),
		hash:   in("SELECT hash FROM SLOT.log WHERE seq = $1"),
		moment: in("SELECT seq, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) FROM SLOT.head"),
		lock:   in("SELECT seq, fence FROM SLOT.head WHERE one FOR UPDATE"),

		copyHolds: in("COPY SLOT.hold (seq, " + names(holdParams) + ") FROM STDIN (FORMAT binary)"),

		// One statement is one snapshot, so each brings the head along. It comes
		// in every row; when nothing was found, in one with NULLs.
		items: in("SELECT h.seq, " + itemCols + ", " + itemNo + ", i.ctid FROM SLOT.head h LEFT JOIN (unnest($1::text[], $2::text[], $3::text[], $4::bytea[])" +
			" u (tenant, product, location, lot) JOIN SLOT.item i USING (tenant, product, location, lot)) ON true"),
		products: in("SELECT h.seq, " + itemCols + ", " + itemNo + ", i.ctid FROM SLOT.head h LEFT JOIN (unnest($1::text[], $2::text[]) u (tenant, product)" +
			" JOIN SLOT.item i USING (tenant, product)) ON true"),
		orders: in("SELECT h.seq, " + holdCols + ", o.ctid FROM SLOT.head h LEFT JOIN (unnest($1::text[], $2::text[]) u (tenant, order_id)" +
			" JOIN SLOT.hold o USING (order_id, tenant)) ON true"),
		keys: in("SELECT h.seq, " + keyCols + " FROM SLOT.head h LEFT JOIN (unnest($1::uuid[]) u (hash)" +
			" JOIN SLOT.key k USING (hash)) ON true"),

		records: recordsOf(schema, "log"),

		existing: in("SELECT true, u.n FROM unnest($1::uuid[]) WITH ORDINALITY u (hash, n) JOIN SLOT.key k USING (hash)" +
			" UNION ALL SELECT false, u.n FROM unnest($2::text[], $3::text[], $4::smallint[]) WITH ORDINALITY u (order_id, tenant, bucket, n)" +
			" JOIN SLOT.hold o USING (order_id, tenant, bucket)"),

		cursor:    in("SELECT seq FROM SLOT.progress WHERE name = 'journal'"),
		anyCursor: in("SELECT seq FROM SLOT.progress WHERE name = $1"),
		// The cursor that is not there yet is at 0.
		setCursor: in("WITH f AS (INSERT INTO SLOT.progress (name, seq) SELECT $1, $3::bigint" +
			" WHERE $2::bigint = 0 OR EXISTS (SELECT 1 FROM SLOT.progress WHERE name = $1)" +
			" ON CONFLICT (name) DO UPDATE SET seq = $3 WHERE progress.seq = $2 RETURNING 1) SELECT count(*) FROM f"),
		addJournal: in("WITH f AS (UPDATE SLOT.progress SET seq = $2 WHERE name = 'journal' AND seq = $1 RETURNING 1)," +
			" j AS (INSERT INTO SLOT.journal (item, seq, more) SELECT u.item, u.seq, u.more" +
			" FROM unnest($3::bigint[], $4::bigint[], $5::bytea[]) u (item, seq, more) WHERE EXISTS (SELECT FROM f))" +
			" SELECT count(*) FROM f"),
		// An item that was gone has its journal under the number it had then.
		touched: in("SELECT j.seq, j.more FROM SLOT.journal j WHERE j.item = coalesce((SELECT no FROM SLOT.gone" + sameItem +
			"), (SELECT no FROM SLOT.item" + sameItem + ")) AND j.seq < $5 ORDER BY j.seq DESC LIMIT $6"),
		numbers: in("SELECT u.n, coalesce(g.no, i.no) FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) WITH ORDINALITY" +
			" u (tenant, product, location, lot, n) LEFT JOIN SLOT.gone g USING (tenant, product, location, lot)" +
			" LEFT JOIN SLOT.item i USING (tenant, product, location, lot) WHERE coalesce(g.no, i.no) IS NOT NULL"),

		// Rows that somebody else is changing are passed over: a drop never
		// waits for an Append, so the two cannot wait for each other.
		pruneKeys: in("WITH d AS (DELETE FROM SLOT.key WHERE ctid = ANY (ARRAY(SELECT ctid FROM SLOT.key" +
			" WHERE ctid >= $1::tid AND ctid < $2::tid AND no < $3 LIMIT $4 FOR UPDATE SKIP LOCKED)) RETURNING 1) SELECT count(*) FROM d"),
		pruneHolds: in("WITH d AS (DELETE FROM SLOT.hold WHERE ctid = ANY (ARRAY(SELECT ctid FROM SLOT.hold" +
			" WHERE ctid >= $1::tid AND ctid < $2::tid AND NOT open AND seq < $3 LIMIT $4 FOR UPDATE SKIP LOCKED)) RETURNING 1) SELECT count(*) FROM d"),
		keyPages:  pagesOf(schema, "key"),
		holdPages: pagesOf(schema, "hold"),
		itemPages: pagesOf(schema, "item"),

		buckets:   in("SELECT h.seq, b.bucket, b.seq, b.packed FROM SLOT.head h LEFT JOIN SLOT.bucket b ON true ORDER BY b.bucket"),
		bucketSeq: in("SELECT seq FROM SLOT.bucket WHERE bucket = $1::bigint"),
		dropItems: in(deleteSome("item", "no, tenant, product, location, lot") +
			", g AS (INSERT INTO SLOT.gone (no, tenant, product, location, lot) SELECT * FROM d ON CONFLICT (tenant, product, location, lot) DO NOTHING)" +
			dropped),
		dropHolds: in(deleteSome("hold", "1") + dropped),
		dropKeys:  in(deleteSome("key", "1") + dropped),

		rewrite: in("WITH r AS (UPDATE SLOT.log SET body = $4::bytea, text = $5::bytea WHERE seq = $1::bigint" +
			" AND sha256(body) = $2::bytea AND sha256(coalesce(text, '')) = $3::bytea RETURNING 1) SELECT count(*) FROM r"),

		dropKeysOf: in("WITH d AS (DELETE FROM SLOT.key WHERE no BETWEEN $1::bigint AND $2::bigint AND no >> 26 BETWEEN $1::bigint >> 26 AND $2::bigint >> 26" +
			" RETURNING 1) SELECT count(*) FROM d"), // key_no goes by it
		dropTenant: []string{
			in(deleteSomeOfTenant("journal", "item IN (SELECT no FROM SLOT.item WHERE tenant = $1::text UNION ALL SELECT no FROM SLOT.gone WHERE tenant = $1::text)")),
			in(deleteSomeOfTenant("hold", "tenant = $1::text")),
			in(deleteSomeOfTenant("gone", "tenant = $1::text")),
			in(deleteSomeOfTenant("item", "tenant = $1::text")),
		},

		scanItems: in("SELECT " + itemCols + " FROM SLOT.item i"),
		scanHolds: in("SELECT " + holdCols + " FROM SLOT.hold o"),
		scanKeys:  in("SELECT " + keyCols + " FROM SLOT.key k WHERE no >= $1::bigint AND no >> 26 >= $1::bigint >> 26"), // key_no goes by it
		scanJournal: in("SELECT coalesce(i.tenant, g.tenant), coalesce(i.product, g.product), coalesce(i.location, g.location)," +
			" coalesce(i.lot, g.lot), j.seq, j.more FROM SLOT.progress p JOIN SLOT.journal j ON j.seq <= p.seq" +
			" LEFT JOIN SLOT.item i ON i.no = j.item LEFT JOIN SLOT.gone g ON g.no = j.item WHERE p.name = 'journal'"),
	}
}

// recordsOf reads the log, or one part of it. before is the size of the records
// in front of it: the answer ends with the one that fills it. Sizes are known
// without reading bodies.
func recordsOf(schema, table string) string {
	return "SELECT h.seq, r.* FROM " + schema + ".head h LEFT JOIN (SELECT " + recordCols + " FROM (SELECT *, " +
		"sum(octet_length(body) + coalesce(octet_length(text), 0)) OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before" +
		" FROM (SELECT * FROM " + schema + "." + table + " WHERE seq > $1 ORDER BY seq LIMIT $2) l) l" +
		" WHERE before IS NULL OR before < $3) r ON true ORDER BY r.seq"
}

// itemNo is the number of item i in the journal: an item that was gone has the
// one it had then. The table of those that were is mostly empty, and then it is
// not looked into for each item.
const itemNo = "CASE WHEN EXISTS (SELECT FROM SLOT.gone) THEN coalesce((SELECT g.no FROM SLOT.gone g" +
	" WHERE (g.tenant, g.product, g.location, g.lot) = (i.tenant, i.product, i.location, i.lot)), i.no) ELSE i.no END"

// sameItem selects the item that four parameters name.
const sameItem = " WHERE tenant = $1::text AND product = $2::text AND location = $3::text AND lot = $4::bytea"

func pagesOf(schema, table string) string {
	return "SELECT pg_relation_size('" + schema + "." + table + "') / current_setting('block_size')::bigint"
}

// deleteSome deletes some rows of a bucket from some pages of a table as long as the
// bucket's row is the one of $5; it locks that row. Nobody changes rows of a
// bucket that is dropped, but another process may be dropping them. The
// statement waits for it, so that the number of rows left is known.
func deleteSome(table, columns string) string {
	return "WITH b AS MATERIALIZED (SELECT 1 FROM SLOT.bucket WHERE bucket = $3::bigint AND seq = $5::bigint FOR SHARE)," +
		" d AS (DELETE FROM SLOT." + table + " WHERE ctid = ANY (ARRAY(SELECT ctid FROM SLOT." + table +
		" WHERE ctid >= $1::tid AND ctid < $2::tid AND bucket = $3::bigint AND EXISTS (SELECT FROM b) LIMIT $4::bigint FOR UPDATE)) RETURNING " + columns + ")"
}

// deleteSomeOfTenant deletes some rows of a table and counts them.
func deleteSomeOfTenant(table, where string) string {
	return "WITH d AS (DELETE FROM SLOT." + table + " WHERE ctid = ANY (ARRAY(SELECT ctid FROM SLOT." + table + " WHERE " + where +
		" LIMIT $2::bigint)) RETURNING 1) SELECT count(*) FROM d"
}

// dropped counts what someOf has deleted, and says whether the row was the one.
const dropped = " SELECT (SELECT count(*) FROM d), EXISTS (SELECT FROM b)"

-- One slot: its log, its rows, its keys. Names and numbers of the columns are
-- part of the product: people read these tables with SQL.
--
-- STRICT keeps the types, BINARY (the default) compares ids byte for byte.
-- sum is the CRC-32C over the other columns (sum.go), so that a flipped bit
-- is found when the row is read.

-- The newest record is the head of the slot; it is never dropped. text is the
-- free text of the record with its own sum: redacting sets both to NULL. It is
-- a column and not a table because a commit of one command then writes four
-- pages instead of five.
CREATE TABLE log (
	seq      INTEGER PRIMARY KEY CHECK (seq > 0),
	at       INTEGER NOT NULL, -- ms since 1970, slot time
	writer   BLOB    NOT NULL,
	nonce    INTEGER NOT NULL,
	hash     BLOB    NOT NULL,
	sum      INTEGER NOT NULL,
	text_sum INTEGER,
	text     BLOB,
	body     BLOB    NOT NULL
) STRICT;

-- One row per item. no is private to this file; it never changes. lapses_at is
-- when the item next changes by itself (the end of a campaign, the expiry of a
-- lot), ms since 1970, slot time; 0: never.
CREATE TABLE item (
	no         INTEGER PRIMARY KEY,
	tenant     TEXT    NOT NULL,
	product    TEXT    NOT NULL,
	location   TEXT    NOT NULL,
	lot        BLOB    NOT NULL,
	bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	available  INTEGER NOT NULL CHECK (available BETWEEN 0 AND 9007199254740991),
	held       INTEGER NOT NULL CHECK (held BETWEEN 0 AND 9007199254740991),
	on_hand    INTEGER NOT NULL CHECK (on_hand BETWEEN 0 AND 9007199254740991),
	threshold  INTEGER NOT NULL CHECK (threshold BETWEEN 0 AND 9007199254740991),
	tracked    INTEGER NOT NULL,
	on_sale    INTEGER NOT NULL,
	low        INTEGER NOT NULL,
	version    INTEGER NOT NULL,
	updated_at INTEGER NOT NULL, -- ms since 1970, slot time
	sum        INTEGER NOT NULL,
	packed     BLOB    NOT NULL,
	lapses_at  INTEGER NOT NULL,
	UNIQUE (tenant, product, location, lot)
) STRICT;

CREATE INDEX item_low ON item (tenant, product, location, lot) WHERE low = 1;

CREATE INDEX item_lapses ON item (lapses_at) WHERE lapses_at > 0;

-- One row per order and bucket, in the order of their ids: shops count their
-- orders upwards, so new rows share a page. A tree for the rows and
-- another for the ids would cost each commit a page more.
CREATE TABLE hold (
	order_id TEXT    NOT NULL,
	tenant   TEXT    NOT NULL,
	bucket   INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	open     INTEGER NOT NULL,
	deadline INTEGER NOT NULL, -- ms since 1970, slot time; 0: none
	seq      INTEGER NOT NULL, -- the record that last changed it
	sum      INTEGER NOT NULL,
	packed   BLOB    NOT NULL,
	PRIMARY KEY (order_id, tenant, bucket)
) STRICT, WITHOUT ROWID;

-- Idempotency keys. no is seq << 20 | index of the entry with the outcome.
CREATE TABLE key (
	no     INTEGER PRIMARY KEY,
	hash   BLOB    NOT NULL UNIQUE,
	bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	print  BLOB    NOT NULL,
	sum    INTEGER NOT NULL
) STRICT;

-- Which records touched which item. It can be rebuilt from the log. Records that
-- touched one item and were read together are one row: seq is the first, more the
-- distance of each of the others from the one before, as uvarints; NULL when there
-- are none.
CREATE TABLE journal (
	item INTEGER NOT NULL, -- item.no
	seq  INTEGER NOT NULL,
	more BLOB,
	PRIMARY KEY (item, seq)
) STRICT, WITHOUT ROWID;

-- How far what is made from the log has come.
CREATE TABLE progress (
	name TEXT PRIMARY KEY,
	seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The state of buckets that are, or were, on their way to or from
-- another slot. seq is the record that the row was stored with.
CREATE TABLE bucket (
	bucket INTEGER PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
	seq    INTEGER NOT NULL,
	sum    INTEGER NOT NULL,
	packed BLOB    NOT NULL
) STRICT;

-- The numbers of items whose rows were dropped with their bucket: the journal
-- still knows them by these, and an item that comes back gets its own again. A
-- number that is in here is never given to another item.
CREATE TABLE gone (
	no       INTEGER PRIMARY KEY, -- item.no
	tenant   TEXT    NOT NULL,
	product  TEXT    NOT NULL,
	location TEXT    NOT NULL,
	lot      BLOB    NOT NULL,
	UNIQUE (tenant, product, location, lot)
) STRICT;

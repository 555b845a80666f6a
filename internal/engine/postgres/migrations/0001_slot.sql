-- One slot: its log, its rows, its keys, in a schema of its own; SLOT stands
-- for the schema's name. Names and numbers of the columns are part of the
-- product: people read these tables with SQL. Times are ms since 1970, slot
-- time. Names are compared byte for byte (COLLATE "C").
--
-- There are no checksums of rows: run the server with data checksums
-- (initdb --data-checksums), which find a flipped bit in any page.

-- The head is what writers compare. fence is raised by each new connection
-- that may write, so that what an older one sent can no longer be stored
-- (fence.go). hash is that of the newest record: after a failover that lost
-- records the number alone may fit again. The one row is rewritten by every
-- group, within its page.
CREATE TABLE SLOT.head (
	one   boolean PRIMARY KEY DEFAULT true CHECK (one),
	seq   bigint  NOT NULL CHECK (seq >= 0),
	fence bigint  NOT NULL,
	hash  bytea   NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

INSERT INTO SLOT.head (seq, fence, hash) VALUES (0, 0, '');

-- The log, in parts of a million records each (log_0, log_1, ...): old ones
-- are dropped whole, and writers name the part they write to. text is the free
-- text of the record: redacting sets it to NULL. Bodies are packed already, so
-- they are not compressed again.
CREATE TABLE SLOT.log (
	seq    bigint NOT NULL PRIMARY KEY CHECK (seq > 0),
	at     bigint NOT NULL,
	nonce  bigint NOT NULL,
	writer uuid   NOT NULL,
	hash   bytea  NOT NULL,
	text   bytea,
	body   bytea  NOT NULL
) PARTITION BY RANGE (seq);

ALTER TABLE SLOT.log ALTER text SET STORAGE EXTERNAL, ALTER body SET STORAGE EXTERNAL;

-- One row per item. no is private to this slot; it never changes. The columns
-- that a reserve changes are together, so that little of the row goes into the WAL.
-- lapses_at is when the item next changes by itself (the end of a campaign, the
-- expiry of a lot), 0: never.
CREATE TABLE SLOT.item (
	no         bigint   GENERATED ALWAYS AS IDENTITY,
	threshold  bigint   NOT NULL CHECK (threshold BETWEEN 0 AND 9007199254740991),
	available  bigint   NOT NULL CHECK (available BETWEEN 0 AND 9007199254740991),
	held       bigint   NOT NULL CHECK (held BETWEEN 0 AND 9007199254740991),
	on_hand    bigint   NOT NULL CHECK (on_hand BETWEEN 0 AND 9007199254740991),
	version    bigint   NOT NULL CHECK (version >= 0),
	updated_at bigint   NOT NULL,
	bucket     smallint NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	tracked    boolean  NOT NULL,
	on_sale    boolean  NOT NULL,
	low        boolean  NOT NULL,
	packed     bytea    NOT NULL,
	tenant     text     COLLATE "C" NOT NULL,
	product    text     COLLATE "C" NOT NULL,
	location   text     COLLATE "C" NOT NULL,
	lot        bytea    NOT NULL,
	lapses_at  bigint   NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant, product, location, lot)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 1000);

-- An update that leaves low and lapses_at as they are touches no index.
CREATE INDEX item_low ON SLOT.item (tenant, product, location, lot) WHERE low;

CREATE INDEX item_lapses ON SLOT.item (lapses_at) WHERE lapses_at > 0;

-- One row per order and bucket; the id of the order goes first because shops
-- count their orders upwards, so new rows share a page of the index. Holds of a
-- page often end together, and the ended form of a hold is somewhat longer than
-- the open one: in a page that is half full all of them find room, and none needs
-- new entries in the index. With 60 % a third did, which took more space in the
-- end than the room does (a million due holds: 180 instead of 264 bytes of WAL
-- for a hold that ends).
CREATE TABLE SLOT.hold (
	deadline bigint   NOT NULL, -- 0: none
	seq      bigint   NOT NULL CHECK (seq > 0), -- the record that last changed it
	bucket   smallint NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	open     boolean  NOT NULL,
	tenant   text     COLLATE "C" NOT NULL,
	order_id text     COLLATE "C" NOT NULL,
	packed   bytea    NOT NULL,
	PRIMARY KEY (order_id, tenant, bucket)
) WITH (fillfactor = 50);

-- Idempotency keys. no is seq << 20 | index of the entry with the outcome.
CREATE TABLE SLOT.key (
	hash   uuid     PRIMARY KEY,
	print  uuid     NOT NULL,
	no     bigint   NOT NULL CHECK (no > 0),
	bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 1023)
);

-- Finds the keys of the newest records without reading the table: keys are stored
-- in the order of their records, and keys that fill the room of dropped ones in
-- long stretches of it. It goes by 64 records at a time, because a key that
-- is the newest of its pages would otherwise change the index each time. Pages
-- are taken together 128 at a time, because the server keeps no more than 256
-- notes of such that are to be summarized.
CREATE INDEX key_no ON SLOT.key USING brin ((no >> 26)) WITH (pages_per_range = 128, autosummarize = on);

-- Which records touched which item. It can be rebuilt from the log. Records that
-- touched one item and were read together are one row: seq is the first, more the
-- distance of each of the others from the one before, as uvarints; empty when
-- there are none.
CREATE TABLE SLOT.journal (
	item bigint NOT NULL, -- item.no
	seq  bigint NOT NULL,
	more bytea  NOT NULL DEFAULT '',
	PRIMARY KEY (item, seq)
);

-- How far what is made from the log has come.
CREATE TABLE SLOT.progress (
	name text   COLLATE "C" PRIMARY KEY,
	seq  bigint NOT NULL
) WITH (fillfactor = 50);

INSERT INTO SLOT.progress (name, seq) VALUES ('journal', 0);

-- The state of buckets that are, or were, on their way to or from
-- another slot. seq is the record that the row was stored with.
CREATE TABLE SLOT.bucket (
	seq    bigint   NOT NULL CHECK (seq > 0),
	bucket smallint PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
	packed bytea    NOT NULL
) WITH (fillfactor = 50);

-- Items whose rows were dropped with their bucket, and the numbers by which the
-- journal knows them. It does so for good: an item that comes back has another
-- number in its own row, and its journal continues under the number in this table.
CREATE TABLE SLOT.gone (
	no       bigint NOT NULL UNIQUE, -- item.no
	tenant   text   COLLATE "C" NOT NULL,
	product  text   COLLATE "C" NOT NULL,
	location text   COLLATE "C" NOT NULL,
	lot      bytea  NOT NULL,
	PRIMARY KEY (tenant, product, location, lot)
);

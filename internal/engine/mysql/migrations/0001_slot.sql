-- One slot: its log, its rows, its keys. Names and numbers of the columns are
-- part of the product: people read these tables with SQL. They are those of
-- the other engines; sum is missing, because InnoDB keeps a checksum of every page.
--
-- Each statement may be run again: a migration that was cut off starts anew.
--
-- Ids are VARBINARY: they are compared byte for byte, trailing blanks and all,
-- on every server and under every collation somebody sets (utf8mb4_bin ignores
-- trailing blanks, the collations that do not have other names on each
-- server). The bytes are UTF-8: WHERE product = 'x' works as it is, and
-- CONVERT(product USING utf8mb4) is for tools that show bytes.

-- The newest record: every write compares seq and hash. fence is raised by a
-- process that wants to know the outcome of a commit of its own in a Galera
-- cluster: a group is only stored under the fence that its session knows. On other
-- servers it stays as it is.
CREATE TABLE IF NOT EXISTS {{prefix}}head (
	one   TINYINT    NOT NULL PRIMARY KEY CHECK (one = 1),
	seq   BIGINT     NOT NULL CHECK (seq >= 0),
	hash  BINARY(32) NOT NULL,
	fence BIGINT     NOT NULL DEFAULT 0
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

INSERT IGNORE INTO {{prefix}}head (one, seq, hash) VALUES (1, 0, '');

-- The records, in parts that are dropped whole. text is the free text of the
-- record: redacting sets it to NULL.
CREATE TABLE IF NOT EXISTS {{prefix}}log (
	seq    BIGINT          NOT NULL PRIMARY KEY CHECK (seq > 0),
	at     BIGINT          NOT NULL, -- ms since 1970, slot time
	writer BINARY(16)      NOT NULL,
	nonce  BIGINT UNSIGNED NOT NULL,
	hash   BINARY(32)      NOT NULL,
	text   LONGBLOB,
	body   LONGBLOB        NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC
PARTITION BY RANGE (seq) ({{parts}});

-- One row per item, in the order of the lists. no is private to this database;
-- it never changes. seq is the record that last changed the row. lapses_at is when
-- the item next changes by itself (the end of a campaign, the expiry of a lot), ms
-- since 1970, slot time; 0: never.
CREATE TABLE IF NOT EXISTS {{prefix}}item (
	no         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	tenant     VARBINARY(64)   NOT NULL,
	product    VARBINARY(128)  NOT NULL,
	location   VARBINARY(64)   NOT NULL,
	lot        VARBINARY(1024) NOT NULL,
	bucket     SMALLINT        NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	available  BIGINT          NOT NULL CHECK (available BETWEEN 0 AND 9007199254740991),
	held       BIGINT          NOT NULL CHECK (held BETWEEN 0 AND 9007199254740991),
	on_hand    BIGINT          NOT NULL CHECK (on_hand BETWEEN 0 AND 9007199254740991),
	threshold  BIGINT          NOT NULL CHECK (threshold BETWEEN 0 AND 9007199254740991),
	tracked    TINYINT         NOT NULL,
	on_sale    TINYINT         NOT NULL,
	low        TINYINT         NOT NULL,
	version    BIGINT UNSIGNED NOT NULL,
	updated_at BIGINT          NOT NULL, -- ms since 1970, slot time
	seq        BIGINT          NOT NULL,
	packed     MEDIUMBLOB      NOT NULL,
	lapses_at  BIGINT          NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant, product, location, lot),
	UNIQUE KEY item_no (no),
	KEY item_low (low),
	KEY item_lapses (lapses_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- One row per order and bucket, in the order of their ids: shops count their
-- orders upwards, so new rows share a page.
CREATE TABLE IF NOT EXISTS {{prefix}}hold (
	order_id VARBINARY(128) NOT NULL,
	tenant   VARBINARY(64)  NOT NULL,
	bucket   SMALLINT       NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	open     TINYINT        NOT NULL,
	deadline BIGINT         NOT NULL, -- ms since 1970, slot time; 0: none
	seq      BIGINT         NOT NULL, -- the record that last changed it
	packed   MEDIUMBLOB     NOT NULL,
	PRIMARY KEY (order_id, tenant, bucket)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Idempotency keys. no is seq << 20 | index of the entry with the outcome.
CREATE TABLE IF NOT EXISTS {{prefix}}key (
	no     BIGINT     NOT NULL PRIMARY KEY,
	hash   BINARY(16) NOT NULL,
	bucket SMALLINT   NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
	print  BINARY(16) NOT NULL,
	UNIQUE KEY key_hash (hash)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Which records touched which item (item.no). It can be rebuilt from the log.
-- Records that touched one item and were read together are one row: seq is the
-- first, more the distance of each of the others from the one before, as uvarints;
-- empty when there are none.
CREATE TABLE IF NOT EXISTS {{prefix}}journal (
	item BIGINT UNSIGNED NOT NULL,
	seq  BIGINT          NOT NULL,
	more VARBINARY(4000) NOT NULL DEFAULT '',
	PRIMARY KEY (item, seq)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- How far what is made from the log has come.
CREATE TABLE IF NOT EXISTS {{prefix}}progress (
	name VARBINARY(64) NOT NULL PRIMARY KEY,
	seq  BIGINT        NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

INSERT IGNORE INTO {{prefix}}progress (name, seq) VALUES ('journal', 0);

-- The state of buckets that are, or were, on their way to or from
-- another slot. seq is the record that the row was stored with.
CREATE TABLE IF NOT EXISTS {{prefix}}bucket (
	bucket SMALLINT   NOT NULL PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
	seq    BIGINT     NOT NULL,
	packed MEDIUMBLOB NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Items whose rows were dropped with their bucket, and the numbers by which the
-- journal knows them. It does so for good: an item that comes back has another
-- number in its own row, and its journal continues under the number in this table.
CREATE TABLE IF NOT EXISTS {{prefix}}gone (
	no       BIGINT UNSIGNED NOT NULL, -- item.no
	tenant   VARBINARY(64)   NOT NULL,
	product  VARBINARY(128)  NOT NULL,
	location VARBINARY(64)   NOT NULL,
	lot      VARBINARY(1024) NOT NULL,
	PRIMARY KEY (tenant, product, location, lot),
	UNIQUE KEY gone_no (no)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

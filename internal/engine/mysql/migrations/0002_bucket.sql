-- What the slot remembers of buckets that are, or were, on their way to or from
-- another slot. seq is the record that the row was stored with.
CREATE TABLE IF NOT EXISTS {{prefix}}bucket (
	bucket SMALLINT   NOT NULL PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
	seq    BIGINT     NOT NULL,
	packed MEDIUMBLOB NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Items whose rows were dropped with their bucket, and the numbers by which the
-- journal knows them. It does so for good: an item that comes back has another
-- number in its own row, and its journal goes on under the one that is here.
CREATE TABLE IF NOT EXISTS {{prefix}}gone (
	no       BIGINT UNSIGNED NOT NULL, -- item.no
	tenant   VARBINARY(64)   NOT NULL,
	product  VARBINARY(128)  NOT NULL,
	location VARBINARY(64)   NOT NULL,
	lot      VARBINARY(1024) NOT NULL,
	PRIMARY KEY (tenant, product, location, lot),
	UNIQUE KEY gone_no (no)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

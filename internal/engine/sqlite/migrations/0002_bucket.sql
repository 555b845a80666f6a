-- What the slot remembers of buckets that are, or were, on their way to or from
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

-- What the slot remembers of buckets that are, or were, on their way to or from
-- another slot. seq is the record that the row was stored with.
CREATE TABLE SLOT.bucket (
	seq    bigint   NOT NULL CHECK (seq > 0),
	bucket smallint PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
	packed bytea    NOT NULL
) WITH (fillfactor = 50);

-- Items whose rows were dropped with their bucket, and the numbers by which the
-- journal knows them. It does so for good: an item that comes back has another
-- number in its own row, and its journal goes on under the one that is here.
CREATE TABLE SLOT.gone (
	no       bigint NOT NULL UNIQUE, -- item.no
	tenant   text   COLLATE "C" NOT NULL,
	product  text   COLLATE "C" NOT NULL,
	location text   COLLATE "C" NOT NULL,
	lot      bytea  NOT NULL,
	PRIMARY KEY (tenant, product, location, lot)
);

-- Finds the keys of the newest records without reading the table: keys lie in
-- the order of their records, and where the room of dropped ones is filled again
-- in long stretches of it. It goes by 64 records at a time, because a key that
-- is the newest of its pages would otherwise change the index each time. Pages
-- are taken together 128 at a time, because the server keeps no more than 256
-- notes of such that are to be summarized.
CREATE INDEX key_no ON SLOT.key USING brin ((no >> 26)) WITH (pages_per_range = 128, autosummarize = on);

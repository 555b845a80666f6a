-- +goose Up

-- The indexes of products by tenant: the one that answers, one that is built to replace
-- it, and those that are being dropped. built is up to which number of details one that
-- is built has them all, and lease until when a server works on it. Not in the log: all
-- of it can be made again from the documents and the books.
CREATE TABLE holdfast.search_index (
    id     bigint NOT NULL PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    state  text COLLATE "C" NOT NULL,
    built  bigint NOT NULL,
    lease  bigint NOT NULL
);

-- The entry that an index has for a product, by the number of its details. version grows with each
-- write.
CREATE TABLE holdfast.search_entry (
    index_id bigint NOT NULL,
    number   bigint NOT NULL,
    version  bigint NOT NULL,
    body     bytea NOT NULL,
    PRIMARY KEY (index_id, number)
);

-- The numbers that have a term, 1,024 of them in a block: a list or a bitmap.
CREATE TABLE holdfast.search_term (
    index_id bigint NOT NULL,
    term     text COLLATE "C" NOT NULL,
    block    bigint NOT NULL,
    numbers  bytea NOT NULL,
    PRIMARY KEY (index_id, term, block)
);

-- Up to which entry of the log the indexes have what it says, and until when a server
-- takes in more: one row.
CREATE TABLE holdfast.search_cursor (
    one   bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    seq   bigint NOT NULL,
    lease bigint NOT NULL
);

INSERT INTO holdfast.search_cursor (one, seq, lease) VALUES (1, 0, 0);

-- +goose Up

-- The indexes of products by tenant: the one that answers, one that is built to replace
-- it, and those that are being dropped. built is up to which number of details one that
-- is built has them all, and lease until when a server works on it. Not in the log: all
-- of it can be made again from the documents and the books.
CREATE TABLE search_index (
    id     INTEGER NOT NULL PRIMARY KEY,
    tenant TEXT    NOT NULL,
    state  TEXT    NOT NULL,
    built  INTEGER NOT NULL,
    lease  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The entry that an index has for a product, by the number of its details. version grows with each
-- write.
CREATE TABLE search_entry (
    index_id INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    PRIMARY KEY (index_id, number)
) STRICT, WITHOUT ROWID;

-- The numbers that have a term, 1,024 of them in a block: a list or a bitmap.
CREATE TABLE search_term (
    index_id INTEGER NOT NULL,
    term     TEXT    NOT NULL,
    block    INTEGER NOT NULL,
    numbers  BLOB    NOT NULL,
    PRIMARY KEY (index_id, term, block)
) STRICT, WITHOUT ROWID;

-- Up to which entry of the log the indexes have what it says, and until when a server
-- takes in more: one row.
CREATE TABLE search_cursor (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    seq   INTEGER NOT NULL,
    lease INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO search_cursor (one, seq, lease) VALUES (1, 0, 0);

-- +goose NO TRANSACTION
-- +goose Up

-- The indexes of products by tenant: the one that answers, one that is built to replace
-- it, and those that are being dropped. built is up to which number of details one that
-- is built has them all, and lease until when a server works on it. Not in the log: all
-- of it can be made again from the documents and the books.
CREATE TABLE IF NOT EXISTS holdfast_search_index (
    id     BIGINT NOT NULL PRIMARY KEY,
    tenant VARBINARY(64) NOT NULL,
    state  VARBINARY(16) NOT NULL,
    built  BIGINT NOT NULL,
    lease  BIGINT NOT NULL
) ENGINE = InnoDB;

-- The entry that an index has for a product, by the number of its details. version grows with each
-- write.
CREATE TABLE IF NOT EXISTS holdfast_search_entry (
    index_id BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    body     LONGBLOB NOT NULL,
    PRIMARY KEY (index_id, number)
) ENGINE = InnoDB;

-- The numbers that have a term, 1,024 of them in a block: a list or a bitmap.
CREATE TABLE IF NOT EXISTS holdfast_search_term (
    index_id BIGINT NOT NULL,
    term     VARBINARY(512) NOT NULL,
    block    BIGINT NOT NULL,
    numbers  LONGBLOB NOT NULL,
    PRIMARY KEY (index_id, term, block)
) ENGINE = InnoDB;

-- Up to which entry of the log the indexes have what it says, and until when a server
-- takes in more: one row.
CREATE TABLE IF NOT EXISTS holdfast_search_cursor (
    one   BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    seq   BIGINT NOT NULL,
    lease BIGINT NOT NULL
) ENGINE = InnoDB;

INSERT IGNORE INTO holdfast_search_cursor (one, seq, lease) VALUES (1, 0, 0);

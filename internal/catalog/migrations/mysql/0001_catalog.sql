-- +goose NO TRANSACTION
-- +goose Up

-- Each statement is stored by itself, so each may be carried out again.
-- Ids are VARBINARY: compared byte for byte, trailing blanks too, by MySQL and
-- MariaDB alike.

-- The head of the log: one row. A write locks it first and moves it from the
-- seq it saw to the next one, so no seq is given twice or left out.
CREATE TABLE IF NOT EXISTS holdfast_catalog_head (
    one  TINYINT    NOT NULL PRIMARY KEY CHECK (one = 1),
    seq  BIGINT     NOT NULL,
    at   BIGINT     NOT NULL,
    hash BINARY(32) NOT NULL
) ENGINE = InnoDB;

INSERT INTO holdfast_catalog_head (one, seq, at, hash)
SELECT 1, 0, 0, UNHEX(REPEAT('00', 32)) FROM DUAL
WHERE NOT EXISTS (SELECT 1 FROM holdfast_catalog_head);

-- Times are milliseconds since 1970, UTC.
CREATE TABLE IF NOT EXISTS holdfast_catalog_log (
    seq     BIGINT         NOT NULL PRIMARY KEY,
    at      BIGINT         NOT NULL,
    tenant  VARBINARY(64)  NOT NULL,
    kind    VARBINARY(64)  NOT NULL,
    subject VARBINARY(255) NOT NULL,
    body    MEDIUMBLOB     NOT NULL,
    hash    BINARY(32)     NOT NULL
) ENGINE = InnoDB;

-- seq in the tables below is the log row that wrote the row last.
CREATE TABLE IF NOT EXISTS holdfast_tenant (
    id       VARBINARY(64) NOT NULL PRIMARY KEY,
    created  BIGINT        NOT NULL,
    settings TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    seq      BIGINT        NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS holdfast_product (
    tenant  VARBINARY(64)  NOT NULL,
    id      VARBINARY(128) NOT NULL,
    unit    VARBINARY(32)  NOT NULL DEFAULT '',
    scale   TINYINT        NOT NULL DEFAULT 0 CHECK (scale BETWEEN 0 AND 6),
    created BIGINT         NOT NULL,
    seq     BIGINT         NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS holdfast_location (
    tenant  VARBINARY(64) NOT NULL,
    id      VARBINARY(64) NOT NULL,
    spread  BOOLEAN       NOT NULL DEFAULT FALSE,
    created BIGINT        NOT NULL,
    seq     BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

-- hash is SHA-256 of the printed key. The log carries a seal over salt and
-- hash: verify finds a swapped hash, a reader of the feed learns nothing.
CREATE TABLE IF NOT EXISTS holdfast_api_key (
    id      VARBINARY(64) NOT NULL PRIMARY KEY,
    tenant  VARBINARY(64) NOT NULL,
    name    VARBINARY(64) NOT NULL,
    scopes  VARBINARY(64) NOT NULL,
    hash    BINARY(32)    NOT NULL UNIQUE,
    salt    BINARY(16)    NOT NULL,
    created BIGINT        NOT NULL,
    rotated BIGINT        NOT NULL DEFAULT 0,
    revoked BIGINT        NOT NULL DEFAULT 0,
    seq     BIGINT        NOT NULL,
    KEY api_key_name (tenant, name),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

-- The layout: which slot each bucket lives in and where each slot is kept.
-- One row, packed as in the log: it is only ever wanted whole.
CREATE TABLE IF NOT EXISTS holdfast_layout (
    id      VARBINARY(64) NOT NULL PRIMARY KEY,
    version BIGINT        NOT NULL,
    body    MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    seq     BIGINT        NOT NULL
) ENGINE = InnoDB;

-- Buckets on their way to another slot. Not in the log: the layout's entry
-- says when one has arrived.
CREATE TABLE IF NOT EXISTS holdfast_move (
    bucket    SMALLINT      NOT NULL PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
    from_slot INT           NOT NULL,
    to_slot   INT           NOT NULL,
    step      VARBINARY(64) NOT NULL,
    detail    MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    started   BIGINT        NOT NULL,
    at        BIGINT        NOT NULL
) ENGINE = InnoDB;

-- The processes that serve, and how many slots each has open: a bucket may go to a
-- slot that all know. Not in the log: they come and go.
CREATE TABLE IF NOT EXISTS holdfast_node (
    id      VARBINARY(64)  NOT NULL PRIMARY KEY,
    address VARBINARY(256) NOT NULL,
    slots   INT            NOT NULL DEFAULT 0,
    started BIGINT         NOT NULL,
    seen    BIGINT         NOT NULL
) ENGINE = InnoDB;

-- The epochs of a slot's history, by the slot's number: where its log was
-- taken up again after a restore. Packed as in the log.
CREATE TABLE IF NOT EXISTS holdfast_epoch (
    id   VARBINARY(64) NOT NULL PRIMARY KEY,
    body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    seq  BIGINT        NOT NULL
) ENGINE = InnoDB;

-- A record of each slot that servers have seen, a recent one: a log that ends
-- before it, or has another there, is an old file. Not in the log of the
-- catalog: it changes all the time.
CREATE TABLE IF NOT EXISTS holdfast_slot_head (
    slot INT        NOT NULL PRIMARY KEY,
    seq  BIGINT     NOT NULL,
    hash BINARY(32) NOT NULL,
    at   BIGINT     NOT NULL
) ENGINE = InnoDB;

-- The documents: what is not stock and has no table of its own, of every kind. body
-- is the document as in the log, progress what is kept with it and not in the log.
-- The other columns are what lists and servers find documents by: the document that
-- it belongs to, its place in lists that are not by id (0: none), its state, and when it is due
-- (0: never; not in the log). One that is gone keeps its row: the log is about it.
CREATE TABLE IF NOT EXISTS holdfast_document (
    tenant   VARBINARY(64)  NOT NULL,
    kind     VARBINARY(32)  NOT NULL,
    id       VARBINARY(255) NOT NULL,
    body     MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    progress TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    parent   VARBINARY(128) NOT NULL,
    number   BIGINT         NOT NULL,
    state    VARBINARY(32)  NOT NULL,
    due      BIGINT         NOT NULL,
    gone     BOOLEAN        NOT NULL,
    seq      BIGINT         NOT NULL,
    PRIMARY KEY (tenant, kind, id),
    KEY document_number (tenant, kind, parent, number),
    KEY document_state (tenant, kind, state, number),
    KEY document_due (kind, due),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

-- Other ids by which documents are found: the parts of kits, the locations of transfers.
CREATE TABLE IF NOT EXISTS holdfast_document_link (
    tenant VARBINARY(64)  NOT NULL,
    kind   VARBINARY(32)  NOT NULL,
    target VARBINARY(255) NOT NULL,
    id     VARBINARY(255) NOT NULL,
    PRIMARY KEY (tenant, kind, target, id),
    KEY document_link_id (tenant, kind, id)
) ENGINE = InnoDB;

-- The choice made for a reserve call of an order whose lines had to be chosen
-- or put together: the calls of an order are numbered from 0. body is the
-- plan, in the form of the package that chose. The log does not have it: the
-- books say which units were held.
CREATE TABLE IF NOT EXISTS holdfast_choice (
    tenant   VARBINARY(64)  NOT NULL,
    order_id VARBINARY(128) NOT NULL,
    number   INT            NOT NULL,
    version  BIGINT         NOT NULL,
    print    BINARY(16)     NOT NULL,
    body     MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    at       BIGINT         NOT NULL,
    PRIMARY KEY (tenant, order_id, number),
    INDEX choice_at (at)
) ENGINE = InnoDB;

-- The idempotency keys of such calls: print is that of the whole request,
-- outcome what it was refused with, empty while the order itself tells.
CREATE TABLE IF NOT EXISTS holdfast_choice_key (
    tenant  VARBINARY(64) NOT NULL,
    id      BINARY(16)    NOT NULL,
    print   BINARY(16)    NOT NULL,
    outcome MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    at      BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    INDEX choice_key_at (at)
) ENGINE = InnoDB;

-- The idempotency keys of writes to the catalog: print is that of the request,
-- answer what it was answered with, in the form of whoever answers. Not in the
-- log: it says nothing of the catalog.
CREATE TABLE IF NOT EXISTS holdfast_write_key (
    tenant VARBINARY(64) NOT NULL,
    id     BINARY(16)    NOT NULL,
    print  BINARY(16)    NOT NULL,
    answer MEDIUMBLOB    NOT NULL,
    at     BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    INDEX write_key_at (at)
) ENGINE = InnoDB;

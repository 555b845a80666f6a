-- +goose Up

-- The head of the log: one row. A write moves it from the seq it saw to the
-- next one in the same transaction, so no seq is given twice or left out.
CREATE TABLE catalog_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    at   INTEGER NOT NULL,
    hash BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO catalog_head (one, seq, at, hash) VALUES (1, 0, 0, zeroblob(32));

-- Times are milliseconds since 1970, UTC.
CREATE TABLE catalog_log (
    seq     INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    tenant  TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    body    BLOB    NOT NULL,
    hash    BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- seq in the tables below is the log row that wrote the row last.
CREATE TABLE tenant (
    id       TEXT    PRIMARY KEY,
    created  INTEGER NOT NULL,
    settings TEXT    NOT NULL,
    seq      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE product (
    tenant  TEXT    NOT NULL REFERENCES tenant (id),
    id      TEXT    NOT NULL,
    unit    TEXT    NOT NULL DEFAULT '',
    scale   INTEGER NOT NULL DEFAULT 0 CHECK (scale BETWEEN 0 AND 6),
    created INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE location (
    tenant  TEXT    NOT NULL REFERENCES tenant (id),
    id      TEXT    NOT NULL,
    spread  INTEGER NOT NULL DEFAULT 0 CHECK (spread IN (0, 1)),
    created INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- hash is SHA-256 of the printed key. The log carries a seal over salt and
-- hash: verify finds a swapped hash, a reader of the feed learns nothing.
CREATE TABLE api_key (
    id      TEXT    PRIMARY KEY,
    tenant  TEXT    NOT NULL REFERENCES tenant (id),
    name    TEXT    NOT NULL,
    scopes  TEXT    NOT NULL,
    hash    BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    salt    BLOB    NOT NULL CHECK (length(salt) = 16),
    created INTEGER NOT NULL,
    rotated INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0,
    seq     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_name ON api_key (tenant, name);

-- The layout: which slot each bucket lives in and where each slot is kept.
-- One row, packed as in the log: it is only ever wanted whole.
CREATE TABLE layout (
    id      TEXT    PRIMARY KEY CHECK (id = 'layout'),
    version INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    seq     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Buckets on their way to another slot. Not in the log: the layout's entry
-- says when one has arrived.
CREATE TABLE move (
    bucket    INTEGER PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
    from_slot INTEGER NOT NULL,
    to_slot   INTEGER NOT NULL,
    step      TEXT    NOT NULL,
    detail    TEXT    NOT NULL,
    started   INTEGER NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

-- The processes that serve, and how many slots each has open: a bucket may go to a
-- slot that all know. Not in the log: they come and go.
CREATE TABLE node (
    id      TEXT    PRIMARY KEY,
    address TEXT    NOT NULL,
    slots   INTEGER NOT NULL DEFAULT 0,
    started INTEGER NOT NULL,
    seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The epochs of a slot's history, by the slot's number: where its log was
-- taken up again after a restore. Packed as in the log.
CREATE TABLE epoch (
    id   TEXT    PRIMARY KEY,
    body TEXT    NOT NULL,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A record of each slot that servers have seen, a recent one: a log that ends
-- before it, or has another there, is an old file. Not in the log of the
-- catalog: it changes all the time.
CREATE TABLE slot_head (
    slot INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL,
    hash BLOB    NOT NULL CHECK (length(hash) = 32),
    at   INTEGER NOT NULL
) STRICT;

-- The documents: what is not stock and has no table of its own, of every kind. body
-- is the document as in the log, progress what is kept with it and not in the log.
-- The other columns are what lists and servers find documents by: the document that
-- it belongs to, its place in lists that are not by id (0: none), its state, and when it is due
-- (0: never; not in the log). One that is gone keeps its row: the log is about it.
CREATE TABLE document (
    tenant   TEXT    NOT NULL REFERENCES tenant (id),
    kind     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    progress TEXT    NOT NULL,
    parent   TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    state    TEXT    NOT NULL,
    due      INTEGER NOT NULL,
    gone     INTEGER NOT NULL CHECK (gone IN (0, 1)),
    seq      INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX document_number ON document (tenant, kind, parent, number) WHERE number > 0;
CREATE INDEX document_state ON document (tenant, kind, state, number) WHERE number > 0;
CREATE INDEX document_due ON document (kind, due) WHERE due > 0;

-- Other ids by which documents are found: the parts of kits, the locations of transfers.
CREATE TABLE document_link (
    tenant TEXT NOT NULL,
    kind   TEXT NOT NULL,
    target TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, target, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX document_link_id ON document_link (tenant, kind, id);

-- The choice made for a reserve call of an order whose lines had to be chosen
-- or put together: the calls of an order are numbered from 0. body is the
-- plan, in the form of the package that chose. The log does not have it: the
-- books say which units were held.
CREATE TABLE choice (
    tenant   TEXT    NOT NULL,
    order_id TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    print    BLOB    NOT NULL CHECK (length(print) = 16),
    body     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (tenant, order_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX choice_at ON choice (at);

-- The idempotency keys of such calls: print is that of the whole request,
-- outcome what it was refused with, empty while the order itself tells.
CREATE TABLE choice_key (
    tenant  TEXT    NOT NULL,
    id      BLOB    NOT NULL CHECK (length(id) = 16),
    print   BLOB    NOT NULL CHECK (length(print) = 16),
    outcome TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX choice_key_at ON choice_key (at);

-- The idempotency keys of writes to the catalog: print is that of the request,
-- answer what it was answered with, in the form of whoever answers. Not in the
-- log: it says nothing of the catalog.
CREATE TABLE write_key (
    tenant TEXT    NOT NULL,
    id     BLOB    NOT NULL CHECK (length(id) = 16),
    print  BLOB    NOT NULL CHECK (length(print) = 16),
    answer BLOB    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX write_key_at ON write_key (at);

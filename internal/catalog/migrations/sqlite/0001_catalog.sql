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

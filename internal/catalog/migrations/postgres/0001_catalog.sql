-- +goose Up

-- The head of the log: one row. A write locks it first and moves it from the
-- seq it saw to the next one, so no seq is given twice or left out.
CREATE TABLE holdfast.catalog_head (
    one  smallint PRIMARY KEY CHECK (one = 1),
    seq  bigint   NOT NULL,
    at   bigint   NOT NULL,
    hash bytea    NOT NULL CHECK (length(hash) = 32)
);

INSERT INTO holdfast.catalog_head (one, seq, at, hash) VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'));

-- Times are milliseconds since 1970, UTC.
CREATE TABLE holdfast.catalog_log (
    seq     bigint PRIMARY KEY,
    at      bigint NOT NULL,
    tenant  text COLLATE "C" NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    body    bytea  NOT NULL,
    hash    bytea  NOT NULL CHECK (length(hash) = 32)
);

-- seq in the tables below is the log row that wrote the row last.
CREATE TABLE holdfast.tenant (
    id       text COLLATE "C" PRIMARY KEY,
    created  bigint NOT NULL,
    settings text   NOT NULL,
    seq      bigint NOT NULL
);

CREATE TABLE holdfast.product (
    tenant  text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    id      text COLLATE "C" NOT NULL,
    unit    text COLLATE "C" NOT NULL DEFAULT '',
    scale   smallint NOT NULL DEFAULT 0 CHECK (scale BETWEEN 0 AND 6),
    created bigint   NOT NULL,
    seq     bigint   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE holdfast.location (
    tenant  text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    id      text COLLATE "C" NOT NULL,
    spread  boolean NOT NULL DEFAULT false,
    created bigint  NOT NULL,
    seq     bigint  NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- hash is SHA-256 of the printed key. The log carries a seal over salt and
-- hash: verify finds a swapped hash, a reader of the feed learns nothing.
CREATE TABLE holdfast.api_key (
    id      text COLLATE "C" PRIMARY KEY,
    tenant  text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    name    text COLLATE "C" NOT NULL,
    scopes  text   NOT NULL,
    hash    bytea  NOT NULL UNIQUE CHECK (length(hash) = 32),
    salt    bytea  NOT NULL CHECK (length(salt) = 16),
    created bigint NOT NULL,
    rotated bigint NOT NULL DEFAULT 0,
    revoked bigint NOT NULL DEFAULT 0,
    seq     bigint NOT NULL
);

CREATE INDEX api_key_name ON holdfast.api_key (tenant, name);

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

-- The layout: which slot each bucket lives in and where each slot is kept.
-- One row, packed as in the log: it is only ever wanted whole.
CREATE TABLE holdfast.layout (
    id      text COLLATE "C" PRIMARY KEY CHECK (id = 'layout'),
    version bigint NOT NULL,
    body    text   NOT NULL,
    seq     bigint NOT NULL
);

-- Buckets on their way to another slot. Not in the log: the layout's entry
-- says when one has arrived.
CREATE TABLE holdfast.move (
    bucket    smallint PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
    from_slot integer NOT NULL,
    to_slot   integer NOT NULL,
    step      text COLLATE "C" NOT NULL,
    detail    text    NOT NULL,
    started   bigint  NOT NULL,
    at        bigint  NOT NULL
);

-- The processes that serve, and how many slots each has open: a bucket may go to a
-- slot that all know. Not in the log: they come and go.
CREATE TABLE holdfast.node (
    id      text COLLATE "C" PRIMARY KEY,
    address text   NOT NULL,
    slots   integer NOT NULL DEFAULT 0,
    started bigint NOT NULL,
    seen    bigint NOT NULL
);

-- The epochs of a slot's history, by the slot's number: where its log was
-- taken up again after a restore. Packed as in the log.
CREATE TABLE holdfast.epoch (
    id   text COLLATE "C" PRIMARY KEY,
    body text   NOT NULL,
    seq  bigint NOT NULL
);

-- A record of each slot that servers have seen, a recent one: a log that ends
-- before it, or has another there, is an old file. Not in the log of the
-- catalog: it changes all the time.
CREATE TABLE holdfast.slot_head (
    slot integer PRIMARY KEY,
    seq  bigint NOT NULL,
    hash bytea  NOT NULL CHECK (octet_length(hash) = 32),
    at   bigint NOT NULL
);

-- The documents: what is not stock and has no table of its own, of every kind. body
-- is the document as in the log, progress what is kept with it and not in the log.
-- The other columns are what lists and servers find documents by: the document that
-- it belongs to, its place in lists that are not by id (0: none), its state, and when it is due
-- (0: never; not in the log). One that is gone keeps its row: the log is about it.
CREATE TABLE holdfast.document (
    tenant   text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    kind     text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    body     text    NOT NULL,
    progress text    NOT NULL,
    parent   text COLLATE "C" NOT NULL,
    number   bigint  NOT NULL,
    state    text COLLATE "C" NOT NULL,
    due      bigint  NOT NULL,
    gone     boolean NOT NULL,
    seq      bigint  NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);

CREATE INDEX document_number ON holdfast.document (tenant, kind, parent, number) WHERE number > 0;
CREATE INDEX document_state ON holdfast.document (tenant, kind, state, number) WHERE number > 0;
CREATE INDEX document_due ON holdfast.document (kind, due) WHERE due > 0;

-- Other ids by which documents are found: the parts of kits, the locations of transfers.
CREATE TABLE holdfast.document_link (
    tenant text COLLATE "C" NOT NULL,
    kind   text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    id     text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, kind, target, id)
);

CREATE INDEX document_link_id ON holdfast.document_link (tenant, kind, id);

-- The choice made for a reserve call of an order whose lines had to be chosen
-- or put together: the calls of an order are numbered from 0. body is the
-- plan, in the form of the package that chose. The log does not have it: the
-- books say which units were held.
CREATE TABLE holdfast.choice (
    tenant   text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    number   integer NOT NULL,
    version  bigint  NOT NULL,
    print    bytea   NOT NULL CHECK (octet_length(print) = 16),
    body     text    NOT NULL,
    at       bigint  NOT NULL,
    PRIMARY KEY (tenant, order_id, number)
);

CREATE INDEX choice_at ON holdfast.choice (at);

-- The idempotency keys of such calls: print is that of the whole request,
-- outcome what it was refused with, empty while the order itself tells.
CREATE TABLE holdfast.choice_key (
    tenant  text COLLATE "C" NOT NULL,
    id      bytea  NOT NULL CHECK (octet_length(id) = 16),
    print   bytea  NOT NULL CHECK (octet_length(print) = 16),
    outcome text   NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX choice_key_at ON holdfast.choice_key (at);

-- The idempotency keys of writes to the catalog: print is that of the request,
-- answer what it was answered with, in the form of whoever answers. Not in the
-- log: it says nothing of the catalog.
CREATE TABLE holdfast.write_key (
    tenant text COLLATE "C" NOT NULL,
    id     bytea  NOT NULL CHECK (octet_length(id) = 16),
    print  bytea  NOT NULL CHECK (octet_length(print) = 16),
    answer bytea  NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX write_key_at ON holdfast.write_key (at);

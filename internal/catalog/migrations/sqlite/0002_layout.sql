-- +goose Up

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

-- The processes that serve. Not in the log: they come and go.
CREATE TABLE node (
    id      TEXT    PRIMARY KEY,
    address TEXT    NOT NULL,
    started INTEGER NOT NULL,
    seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

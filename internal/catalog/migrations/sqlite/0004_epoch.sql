-- +goose Up

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

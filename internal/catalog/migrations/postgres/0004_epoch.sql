-- +goose Up

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

-- +goose NO TRANSACTION
-- +goose Up

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

-- +goose NO TRANSACTION
-- +goose Up

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

-- The processes that serve. Not in the log: they come and go.
CREATE TABLE IF NOT EXISTS holdfast_node (
    id      VARBINARY(64)  NOT NULL PRIMARY KEY,
    address VARBINARY(256) NOT NULL,
    started BIGINT         NOT NULL,
    seen    BIGINT         NOT NULL
) ENGINE = InnoDB;

-- +goose NO TRANSACTION
-- +goose Up

-- Facts that a process reports about itself: its version, its disk, its replicas. JSON.
-- Nodes say again every second that they are there, so the table is made anew.
DROP TABLE IF EXISTS holdfast_node;

CREATE TABLE IF NOT EXISTS holdfast_node (
    id      VARBINARY(64)  NOT NULL PRIMARY KEY,
    address VARBINARY(256) NOT NULL,
    slots   INT            NOT NULL DEFAULT 0,
    started BIGINT         NOT NULL,
    seen    BIGINT         NOT NULL,
    facts   TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
) ENGINE = InnoDB;

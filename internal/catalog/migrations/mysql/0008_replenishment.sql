-- +goose NO TRANSACTION
-- +goose Up

-- Stored rules of replenishment. body is the rule as in the log, due when it is
-- carried out next, 0 never; due is not in the log. A rule that is gone keeps
-- its row: the log is about it.
CREATE TABLE IF NOT EXISTS holdfast_replenishment (
    tenant VARBINARY(64) NOT NULL,
    id     VARBINARY(64) NOT NULL,
    body   MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    gone   BOOLEAN       NOT NULL,
    due    BIGINT        NOT NULL,
    seq    BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    KEY replenishment_due (due),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

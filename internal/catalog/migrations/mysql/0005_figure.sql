-- +goose NO TRANSACTION
-- +goose Up

-- Sums of what the log of a slot says: of a minute of a tenant, and of an hour of a tenant
-- and of each location. location is '' for all of them, span the minutes that a row is of,
-- at the minute since 1970 with which they begin. Not in the catalog's log: all of it can
-- be made again from the logs of the slots.
CREATE TABLE IF NOT EXISTS holdfast_figure (
    tenant   VARBINARY(64) NOT NULL,
    location VARBINARY(64) NOT NULL,
    span     INT NOT NULL,
    at       BIGINT NOT NULL,
    slot     INT NOT NULL,
    body     MEDIUMBLOB NOT NULL,
    PRIMARY KEY (tenant, location, span, at, slot),
    KEY figure_at (span, at)
) ENGINE = InnoDB;

-- Up to which record of a slot's log the sums have what it says.
CREATE TABLE IF NOT EXISTS holdfast_figure_cursor (
    slot INT NOT NULL PRIMARY KEY,
    seq  BIGINT NOT NULL
) ENGINE = InnoDB;

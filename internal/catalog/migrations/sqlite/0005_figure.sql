-- +goose Up

-- Sums of what the log of a slot says: of a minute of a tenant, and of an hour of a tenant
-- and of each location. location is '' for all of them, span the minutes that a row is of,
-- at the minute since 1970 with which they begin. Not in the catalog's log: all of it can
-- be made again from the logs of the slots.
CREATE TABLE figure (
    tenant   TEXT    NOT NULL,
    location TEXT    NOT NULL,
    span     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    slot     INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    PRIMARY KEY (tenant, location, span, at, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX figure_at ON figure (span, at);

-- Up to which record of a slot's log the sums have what it says.
CREATE TABLE figure_cursor (
    slot INTEGER NOT NULL PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

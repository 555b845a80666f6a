-- +goose Up

-- Sums of what the log of a slot says: of a minute of a tenant, and of an hour of a tenant
-- and of each location. location is '' for all of them, span the minutes that a row is of,
-- at the minute since 1970 with which they begin. Not in the catalog's log: all of it can
-- be made again from the logs of the slots.
CREATE TABLE holdfast.figure (
    tenant   text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    span     integer NOT NULL,
    at       bigint  NOT NULL,
    slot     integer NOT NULL,
    body     bytea   NOT NULL,
    PRIMARY KEY (tenant, location, span, at, slot)
);

CREATE INDEX figure_at ON holdfast.figure (span, at);

-- Up to which record of a slot's log the sums have what it says.
CREATE TABLE holdfast.figure_cursor (
    slot integer NOT NULL PRIMARY KEY,
    seq  bigint  NOT NULL
);

-- +goose Up

-- Stored rules of replenishment. body is the rule as in the log, due when it is
-- carried out next, 0 never; due is not in the log. A rule that is gone keeps
-- its row: the log is about it.
CREATE TABLE replenishment (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    body   TEXT    NOT NULL,
    gone   INTEGER NOT NULL CHECK (gone IN (0, 1)),
    due    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX replenishment_due ON replenishment (due) WHERE due > 0;

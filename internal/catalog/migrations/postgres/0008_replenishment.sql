-- +goose Up

-- Stored rules of replenishment. body is the rule as in the log, due when it is
-- carried out next, 0 never; due is not in the log. A rule that is gone keeps
-- its row: the log is about it.
CREATE TABLE holdfast.replenishment (
    tenant text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    id     text COLLATE "C" NOT NULL,
    body   text    NOT NULL,
    gone   boolean NOT NULL,
    due    bigint  NOT NULL,
    seq    bigint  NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX replenishment_due ON holdfast.replenishment (due) WHERE due > 0;

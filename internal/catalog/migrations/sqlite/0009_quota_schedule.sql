-- +goose Up

-- When quotas are allotted to and reset by themselves. id is location/product,
-- body the schedule as in the log, due when it is carried out next, 0 never; due
-- is not in the log. A schedule that is gone keeps its row: the log is about it.
CREATE TABLE quota_schedule (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    body   TEXT    NOT NULL,
    gone   INTEGER NOT NULL CHECK (gone IN (0, 1)),
    due    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX quota_schedule_due ON quota_schedule (due) WHERE due > 0;

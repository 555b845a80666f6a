-- +goose Up

-- When quotas are allotted to and reset by themselves. id is location/product,
-- body the schedule as in the log, due when it is carried out next, 0 never; due
-- is not in the log. A schedule that is gone keeps its row: the log is about it.
CREATE TABLE holdfast.quota_schedule (
    tenant text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    id     text COLLATE "C" NOT NULL,
    body   text    NOT NULL,
    gone   boolean NOT NULL,
    due    bigint  NOT NULL,
    seq    bigint  NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX quota_schedule_due ON holdfast.quota_schedule (due) WHERE due > 0;

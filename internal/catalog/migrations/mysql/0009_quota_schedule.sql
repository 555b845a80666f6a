-- +goose NO TRANSACTION
-- +goose Up

-- When quotas are allotted to and reset by themselves. id is location/product,
-- body the schedule as in the log, due when it is carried out next, 0 never; due
-- is not in the log. A schedule that is gone keeps its row: the log is about it.
CREATE TABLE IF NOT EXISTS holdfast_quota_schedule (
    tenant VARBINARY(64) NOT NULL,
    id     VARBINARY(193) NOT NULL,
    body   MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    gone   BOOLEAN       NOT NULL,
    due    BIGINT        NOT NULL,
    seq    BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    KEY quota_schedule_due (due),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

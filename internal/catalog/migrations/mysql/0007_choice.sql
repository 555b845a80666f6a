-- +goose NO TRANSACTION
-- +goose Up

-- What was chosen for a reserve call of an order whose lines had to be chosen
-- or put together: the calls of an order are numbered from 0. body is the
-- plan, in the form of whoever chose. Not in the log: the books say what came
-- of it.
CREATE TABLE IF NOT EXISTS holdfast_choice (
    tenant   VARBINARY(64)  NOT NULL,
    order_id VARBINARY(128) NOT NULL,
    number   INT            NOT NULL,
    version  BIGINT         NOT NULL,
    print    BINARY(16)     NOT NULL,
    body     MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    at       BIGINT         NOT NULL,
    PRIMARY KEY (tenant, order_id, number),
    INDEX choice_at (at)
) ENGINE = InnoDB;

-- The idempotency keys of such calls: print is that of the whole request,
-- outcome what it was refused with, empty while the order itself tells.
CREATE TABLE IF NOT EXISTS holdfast_choice_key (
    tenant  VARBINARY(64) NOT NULL,
    id      BINARY(16)    NOT NULL,
    print   BINARY(16)    NOT NULL,
    outcome MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    at      BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    INDEX choice_key_at (at)
) ENGINE = InnoDB;

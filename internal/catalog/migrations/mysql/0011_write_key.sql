-- +goose NO TRANSACTION
-- +goose Up

-- The idempotency keys of writes to the catalog: print is that of the request,
-- answer what it was answered with, in the form of whoever answers. Not in the
-- log: it says nothing of the catalog.
CREATE TABLE IF NOT EXISTS holdfast_write_key (
    tenant VARBINARY(64) NOT NULL,
    id     BINARY(16)    NOT NULL,
    print  BINARY(16)    NOT NULL,
    answer MEDIUMBLOB    NOT NULL,
    at     BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    INDEX write_key_at (at)
) ENGINE = InnoDB;

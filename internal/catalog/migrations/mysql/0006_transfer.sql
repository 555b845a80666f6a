-- +goose NO TRANSACTION
-- +goose Up

-- Transfers of stock between two locations. The columns are what they are
-- found by; body is the document, packed as in the log. number is the entry
-- that made it, pending whether a step of it is begun and not ended.
CREATE TABLE IF NOT EXISTS holdfast_transfer (
    tenant        VARBINARY(64) NOT NULL,
    id            VARBINARY(64) NOT NULL,
    number        BIGINT        NOT NULL,
    from_location VARBINARY(64) NOT NULL,
    to_location   VARBINARY(64) NOT NULL,
    state         VARBINARY(32) NOT NULL,
    pending       BOOLEAN       NOT NULL DEFAULT FALSE,
    created       BIGINT        NOT NULL,
    changed       BIGINT        NOT NULL,
    body          MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    seq           BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    KEY transfer_number (tenant, number),
    KEY transfer_state (tenant, state, number),
    KEY transfer_from (tenant, from_location, number),
    KEY transfer_to (tenant, to_location, number),
    KEY transfer_pending (pending, changed),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

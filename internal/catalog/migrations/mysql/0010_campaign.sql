-- +goose NO TRANSACTION
-- +goose Up

-- A schedule's id is longer than what a subject of the log could be.
ALTER TABLE holdfast_catalog_log MODIFY subject VARBINARY(255) NOT NULL;

-- Campaigns: body is the campaign as in the log, but for its items.
CREATE TABLE IF NOT EXISTS holdfast_campaign (
    tenant VARBINARY(64) NOT NULL,
    id     VARBINARY(64) NOT NULL,
    body   MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    seq    BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

-- The items of campaigns. id is campaign/number. From turn on it is how far the books
-- have it, and not in the log: the newest turn, up to which turns are closed, when
-- the newest is due (0: answered), whether the quota is still to be set, and why the
-- books refused it.
CREATE TABLE IF NOT EXISTS holdfast_campaign_item (
    tenant   VARBINARY(64)  NOT NULL,
    id       VARBINARY(85)  NOT NULL,
    campaign VARBINARY(64)  NOT NULL,
    number   BIGINT         NOT NULL,
    location VARBINARY(64)  NOT NULL,
    product  VARBINARY(128) NOT NULL,
    quota    BIGINT         NOT NULL,
    ended    BOOLEAN        NOT NULL,
    seq      BIGINT         NOT NULL,
    turn     BIGINT         NOT NULL,
    closed   BIGINT         NOT NULL,
    due      BIGINT         NOT NULL,
    whole    BOOLEAN        NOT NULL,
    code     VARBINARY(64)  NOT NULL,
    detail   TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE KEY campaign_item_number (tenant, campaign, number),
    UNIQUE KEY campaign_item_product (tenant, campaign, location, product),
    KEY campaign_item_due (due),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

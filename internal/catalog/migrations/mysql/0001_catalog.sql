-- +goose NO TRANSACTION
-- +goose Up

-- Each statement is stored by itself, so each may be carried out again.
-- Ids are VARBINARY: compared byte for byte, trailing blanks too, by MySQL and
-- MariaDB alike.

-- The head of the log: one row. A write locks it first and moves it from the
-- seq it saw to the next one, so no seq is given twice or left out.
CREATE TABLE IF NOT EXISTS holdfast_catalog_head (
    one  TINYINT    NOT NULL PRIMARY KEY CHECK (one = 1),
    seq  BIGINT     NOT NULL,
    at   BIGINT     NOT NULL,
    hash BINARY(32) NOT NULL
) ENGINE = InnoDB;

INSERT INTO holdfast_catalog_head (one, seq, at, hash)
SELECT 1, 0, 0, UNHEX(REPEAT('00', 32)) FROM DUAL
WHERE NOT EXISTS (SELECT 1 FROM holdfast_catalog_head);

-- Times are milliseconds since 1970, UTC.
CREATE TABLE IF NOT EXISTS holdfast_catalog_log (
    seq     BIGINT         NOT NULL PRIMARY KEY,
    at      BIGINT         NOT NULL,
    tenant  VARBINARY(64)  NOT NULL,
    kind    VARBINARY(64)  NOT NULL,
    subject VARBINARY(128) NOT NULL,
    body    MEDIUMBLOB     NOT NULL,
    hash    BINARY(32)     NOT NULL
) ENGINE = InnoDB;

-- seq in the tables below is the log row that wrote the row last.
CREATE TABLE IF NOT EXISTS holdfast_tenant (
    id       VARBINARY(64) NOT NULL PRIMARY KEY,
    created  BIGINT        NOT NULL,
    settings TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    seq      BIGINT        NOT NULL
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS holdfast_product (
    tenant  VARBINARY(64)  NOT NULL,
    id      VARBINARY(128) NOT NULL,
    unit    VARBINARY(32)  NOT NULL DEFAULT '',
    scale   TINYINT        NOT NULL DEFAULT 0 CHECK (scale BETWEEN 0 AND 6),
    created BIGINT         NOT NULL,
    seq     BIGINT         NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS holdfast_location (
    tenant  VARBINARY(64) NOT NULL,
    id      VARBINARY(64) NOT NULL,
    spread  BOOLEAN       NOT NULL DEFAULT FALSE,
    created BIGINT        NOT NULL,
    seq     BIGINT        NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

-- hash is SHA-256 of the printed key. The log carries a seal over salt and
-- hash: verify finds a swapped hash, a reader of the feed learns nothing.
CREATE TABLE IF NOT EXISTS holdfast_api_key (
    id      VARBINARY(64) NOT NULL PRIMARY KEY,
    tenant  VARBINARY(64) NOT NULL,
    name    VARBINARY(64) NOT NULL,
    scopes  VARBINARY(64) NOT NULL,
    hash    BINARY(32)    NOT NULL UNIQUE,
    salt    BINARY(16)    NOT NULL,
    created BIGINT        NOT NULL,
    rotated BIGINT        NOT NULL DEFAULT 0,
    revoked BIGINT        NOT NULL DEFAULT 0,
    seq     BIGINT        NOT NULL,
    KEY api_key_name (tenant, name),
    FOREIGN KEY (tenant) REFERENCES holdfast_tenant (id)
) ENGINE = InnoDB;

-- +goose NO TRANSACTION
-- +goose Up

-- Sessions of the console: hash is the SHA-256 of the secret that the browser has, key_id
-- the key that it was made with, and rotated when that had last been rotated by then.
-- at is when it began, seen when it was last used. Not in the log: they come and go.
CREATE TABLE IF NOT EXISTS holdfast_console_session (
    hash    BINARY(32) NOT NULL PRIMARY KEY,
    tenant  VARBINARY(64) NOT NULL,
    key_id  VARBINARY(64) NOT NULL,
    rotated BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    KEY console_session_key (key_id, at),
    KEY console_session_at (at)
) ENGINE = InnoDB;

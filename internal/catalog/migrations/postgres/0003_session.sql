-- +goose Up

-- Sessions of the console: hash is the SHA-256 of the secret that the browser has, key_id
-- the key that it was made with, and rotated when that had last been rotated by then.
-- at is when it began, seen when it was last used. Not in the log: they come and go.
CREATE TABLE holdfast.console_session (
    hash    bytea NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    tenant  text COLLATE "C" NOT NULL,
    key_id  text COLLATE "C" NOT NULL,
    rotated bigint NOT NULL,
    at      bigint NOT NULL,
    seen    bigint NOT NULL
);

CREATE INDEX console_session_key ON holdfast.console_session (key_id, at);
CREATE INDEX console_session_at ON holdfast.console_session (at);

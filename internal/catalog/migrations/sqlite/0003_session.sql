-- +goose Up

-- Sessions of the console: hash is the SHA-256 of the secret that the browser has, key_id
-- the key that it was made with, and rotated when that had last been rotated by then.
-- at is when it began, seen when it was last used. Not in the log: they come and go.
CREATE TABLE console_session (
    hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    tenant  TEXT    NOT NULL,
    key_id  TEXT    NOT NULL,
    rotated INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX console_session_key ON console_session (key_id, at);
CREATE INDEX console_session_at ON console_session (at);

-- +goose Up

-- A session may also belong to a person whom an identity provider vouches for: key_id is
-- '' then, issuer and subject name the person, operator and role apply to the session.
-- Sessions last hours, so the table is made anew, and everybody signs in again.
DROP TABLE console_session;

CREATE TABLE console_session (
    hash     BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    tenant   TEXT    NOT NULL,
    key_id   TEXT    NOT NULL,
    rotated  INTEGER NOT NULL,
    issuer   TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    operator TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    seen     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX console_session_key ON console_session (key_id, at);
CREATE INDEX console_session_person ON console_session (subject, at);
CREATE INDEX console_session_tenant ON console_session (tenant, at);
CREATE INDEX console_session_at ON console_session (at);

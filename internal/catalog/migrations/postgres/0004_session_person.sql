-- +goose Up

-- A session may also belong to a person whom an identity provider vouches for: key_id is
-- '' then, issuer and subject name the person, operator and role apply to the session.
-- Sessions last hours, so the table is made anew, and everybody signs in again.
DROP TABLE holdfast.console_session;

CREATE TABLE holdfast.console_session (
    hash     bytea NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    tenant   text COLLATE "C" NOT NULL,
    key_id   text COLLATE "C" NOT NULL,
    rotated  bigint NOT NULL,
    issuer   text COLLATE "C" NOT NULL,
    subject  text COLLATE "C" NOT NULL,
    operator text COLLATE "C" NOT NULL,
    role     text COLLATE "C" NOT NULL,
    at       bigint NOT NULL,
    seen     bigint NOT NULL
);

CREATE INDEX console_session_key ON holdfast.console_session (key_id, at);
CREATE INDEX console_session_person ON holdfast.console_session (subject, at);
CREATE INDEX console_session_tenant ON holdfast.console_session (tenant, at);
CREATE INDEX console_session_at ON holdfast.console_session (at);

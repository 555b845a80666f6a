-- +goose NO TRANSACTION
-- +goose Up

-- A session may also belong to a person whom an identity provider vouches for: key_id is
-- '' then, issuer and subject name the person, operator and role apply to the session.
-- Sessions last hours, so the table is made anew, and everybody signs in again.
DROP TABLE IF EXISTS holdfast_console_session;

CREATE TABLE IF NOT EXISTS holdfast_console_session (
    hash     BINARY(32) NOT NULL PRIMARY KEY,
    tenant   VARBINARY(64) NOT NULL,
    key_id   VARBINARY(64) NOT NULL,
    rotated  BIGINT NOT NULL,
    issuer   VARBINARY(255) NOT NULL,
    subject  VARBINARY(255) NOT NULL,
    operator VARBINARY(64) NOT NULL,
    role     VARBINARY(16) NOT NULL,
    at       BIGINT NOT NULL,
    seen     BIGINT NOT NULL,
    KEY console_session_key (key_id, at),
    KEY console_session_person (subject, at),
    KEY console_session_tenant (tenant, at),
    KEY console_session_at (at)
) ENGINE = InnoDB;

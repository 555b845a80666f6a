-- +goose Up

-- Transfers of stock between two locations. The columns are what they are
-- found by; body is the document, packed as in the log. number is the entry
-- that made it, pending 1 while a step of it is begun and not ended.
CREATE TABLE transfer (
    tenant        TEXT    NOT NULL REFERENCES tenant (id),
    id            TEXT    NOT NULL,
    number        INTEGER NOT NULL,
    from_location TEXT    NOT NULL,
    to_location   TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    pending       INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1)),
    created       INTEGER NOT NULL,
    changed       INTEGER NOT NULL,
    body          TEXT    NOT NULL,
    seq           INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX transfer_number ON transfer (tenant, number);
CREATE INDEX transfer_state ON transfer (tenant, state, number);
CREATE INDEX transfer_from ON transfer (tenant, from_location, number);
CREATE INDEX transfer_to ON transfer (tenant, to_location, number);
CREATE INDEX transfer_pending ON transfer (pending, changed);

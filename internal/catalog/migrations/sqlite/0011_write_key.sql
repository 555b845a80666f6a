-- +goose Up

-- The idempotency keys of writes to the catalog: print is that of the request,
-- answer what it was answered with, in the form of whoever answers. Not in the
-- log: it says nothing of the catalog.
CREATE TABLE write_key (
    tenant TEXT    NOT NULL,
    id     BLOB    NOT NULL CHECK (length(id) = 16),
    print  BLOB    NOT NULL CHECK (length(print) = 16),
    answer BLOB    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX write_key_at ON write_key (at);

-- +goose Up

-- The idempotency keys of writes to the catalog: print is that of the request,
-- answer what it was answered with, in the form of whoever answers. Not in the
-- log: it says nothing of the catalog.
CREATE TABLE holdfast.write_key (
    tenant text COLLATE "C" NOT NULL,
    id     bytea  NOT NULL CHECK (octet_length(id) = 16),
    print  bytea  NOT NULL CHECK (octet_length(print) = 16),
    answer bytea  NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX write_key_at ON holdfast.write_key (at);

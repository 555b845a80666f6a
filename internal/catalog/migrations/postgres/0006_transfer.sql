-- +goose Up

-- Transfers of stock between two locations. The columns are what they are
-- found by; body is the document, packed as in the log. number is the entry
-- that made it, pending whether a step of it is begun and not ended.
CREATE TABLE holdfast.transfer (
    tenant        text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    id            text COLLATE "C" NOT NULL,
    number        bigint  NOT NULL,
    from_location text COLLATE "C" NOT NULL,
    to_location   text COLLATE "C" NOT NULL,
    state         text COLLATE "C" NOT NULL,
    pending       boolean NOT NULL DEFAULT false,
    created       bigint  NOT NULL,
    changed       bigint  NOT NULL,
    body          text    NOT NULL,
    seq           bigint  NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX transfer_number ON holdfast.transfer (tenant, number);
CREATE INDEX transfer_state ON holdfast.transfer (tenant, state, number);
CREATE INDEX transfer_from ON holdfast.transfer (tenant, from_location, number);
CREATE INDEX transfer_to ON holdfast.transfer (tenant, to_location, number);
CREATE INDEX transfer_pending ON holdfast.transfer (pending, changed);

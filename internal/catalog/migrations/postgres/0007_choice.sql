-- +goose Up

-- What was chosen for a reserve call of an order whose lines had to be chosen
-- or put together: the calls of an order are numbered from 0. body is the
-- plan, in the form of whoever chose. Not in the log: the books say what came
-- of it.
CREATE TABLE holdfast.choice (
    tenant   text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    number   integer NOT NULL,
    version  bigint  NOT NULL,
    print    bytea   NOT NULL CHECK (octet_length(print) = 16),
    body     text    NOT NULL,
    at       bigint  NOT NULL,
    PRIMARY KEY (tenant, order_id, number)
);

CREATE INDEX choice_at ON holdfast.choice (at);

-- The idempotency keys of such calls: print is that of the whole request,
-- outcome what it was refused with, empty while the order itself tells.
CREATE TABLE holdfast.choice_key (
    tenant  text COLLATE "C" NOT NULL,
    id      bytea  NOT NULL CHECK (octet_length(id) = 16),
    print   bytea  NOT NULL CHECK (octet_length(print) = 16),
    outcome text   NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX choice_key_at ON holdfast.choice_key (at);

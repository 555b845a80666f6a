-- +goose Up

-- What was chosen for a reserve call of an order whose lines had to be chosen
-- or put together: the calls of an order are numbered from 0. body is the
-- plan, in the form of whoever chose. Not in the log: the books say what came
-- of it.
CREATE TABLE choice (
    tenant   TEXT    NOT NULL,
    order_id TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    print    BLOB    NOT NULL CHECK (length(print) = 16),
    body     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (tenant, order_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX choice_at ON choice (at);

-- The idempotency keys of such calls: print is that of the whole request,
-- outcome what it was refused with, empty while the order itself tells.
CREATE TABLE choice_key (
    tenant  TEXT    NOT NULL,
    id      BLOB    NOT NULL CHECK (length(id) = 16),
    print   BLOB    NOT NULL CHECK (length(print) = 16),
    outcome TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX choice_key_at ON choice_key (at);

-- +goose Up

-- The layout: which slot each bucket lives in and where each slot is kept.
-- One row, packed as in the log: it is only ever wanted whole.
CREATE TABLE holdfast.layout (
    id      text COLLATE "C" PRIMARY KEY CHECK (id = 'layout'),
    version bigint NOT NULL,
    body    text   NOT NULL,
    seq     bigint NOT NULL
);

-- Buckets on their way to another slot. Not in the log: the layout's entry
-- says when one has arrived.
CREATE TABLE holdfast.move (
    bucket    smallint PRIMARY KEY CHECK (bucket BETWEEN 0 AND 1023),
    from_slot integer NOT NULL,
    to_slot   integer NOT NULL,
    step      text COLLATE "C" NOT NULL,
    detail    text    NOT NULL,
    started   bigint  NOT NULL,
    at        bigint  NOT NULL
);

-- The processes that serve. Not in the log: they come and go.
CREATE TABLE holdfast.node (
    id      text COLLATE "C" PRIMARY KEY,
    address text   NOT NULL,
    started bigint NOT NULL,
    seen    bigint NOT NULL
);

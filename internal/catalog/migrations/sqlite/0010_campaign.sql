-- +goose Up

-- Campaigns: body is the campaign as in the log, but for its items.
CREATE TABLE campaign (
    tenant TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    body   TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) STRICT, WITHOUT ROWID;

-- The items of campaigns. id is campaign/number. From turn on it is how far the books
-- have it, and not in the log: the newest turn, up to which turns are closed, when
-- the newest is due (0: answered), whether the quota is still to be set, and why the
-- books refused it.
CREATE TABLE campaign_item (
    tenant   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    campaign TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    location TEXT    NOT NULL,
    product  TEXT    NOT NULL,
    quota    INTEGER NOT NULL,
    ended    INTEGER NOT NULL CHECK (ended IN (0, 1)),
    seq      INTEGER NOT NULL,
    turn     INTEGER NOT NULL,
    closed   INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    whole    INTEGER NOT NULL CHECK (whole IN (0, 1)),
    code     TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, campaign, number),
    UNIQUE (tenant, campaign, location, product),
    FOREIGN KEY (tenant) REFERENCES tenant (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX campaign_item_due ON campaign_item (due) WHERE due > 0;

-- +goose Up

-- Campaigns: body is the campaign as in the log, but for its items.
CREATE TABLE holdfast.campaign (
    tenant text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    id     text COLLATE "C" NOT NULL,
    body   text   NOT NULL,
    seq    bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- The items of campaigns. id is campaign/number. From turn on it is how far the books
-- have it, and not in the log: the newest turn, up to which turns are closed, when
-- the newest is due (0: answered), whether the quota is still to be set, and why the
-- books refused it.
CREATE TABLE holdfast.campaign_item (
    tenant   text COLLATE "C" NOT NULL REFERENCES holdfast.tenant (id),
    id       text COLLATE "C" NOT NULL,
    campaign text COLLATE "C" NOT NULL,
    number   bigint  NOT NULL,
    location text COLLATE "C" NOT NULL,
    product  text COLLATE "C" NOT NULL,
    quota    bigint  NOT NULL,
    ended    boolean NOT NULL,
    seq      bigint  NOT NULL,
    turn     bigint  NOT NULL,
    closed   bigint  NOT NULL,
    due      bigint  NOT NULL,
    whole    boolean NOT NULL,
    code     text    NOT NULL,
    detail   text    NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, campaign, number),
    UNIQUE (tenant, campaign, location, product)
);

CREATE INDEX campaign_item_due ON holdfast.campaign_item (due) WHERE due > 0;

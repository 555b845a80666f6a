-- +goose Up

-- The facts of locations. One without a row has the defaults.
CREATE TABLE place (
    tenant    TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('store', 'warehouse', 'virtual')),
    name      TEXT    NOT NULL,
    latitude  REAL    CHECK (latitude BETWEEN -90 AND 90),
    longitude REAL    CHECK (longitude BETWEEN -180 AND 180),
    priority  INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 1000000),
    active    INTEGER NOT NULL CHECK (active IN (0, 1)),
    online    INTEGER NOT NULL CHECK (online IN (0, 1)),
    pickup    INTEGER NOT NULL CHECK (pickup IN (0, 1)),
    channels  TEXT    NOT NULL, -- a JSON list, sorted; empty: all
    region    TEXT    NOT NULL,
    capacity  INTEGER NOT NULL CHECK (capacity BETWEEN 0 AND 9007199254740991),
    seq       INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES location (tenant, id),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
) STRICT, WITHOUT ROWID;

-- What it costs to send from a location to a zone. id is location/zone. A lane
-- that is gone keeps its row: the log is about it.
CREATE TABLE lane (
    tenant       TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    location     TEXT    NOT NULL,
    zone         TEXT    NOT NULL,
    per_unit     INTEGER NOT NULL CHECK (per_unit BETWEEN 0 AND 1000000000000),
    per_shipment INTEGER NOT NULL CHECK (per_shipment BETWEEN 0 AND 1000000000000),
    gone         INTEGER NOT NULL CHECK (gone IN (0, 1)),
    seq          INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, location) REFERENCES location (tenant, id)
) STRICT, WITHOUT ROWID;

-- Products that are put together from others. One without parts is none any
-- more; its version goes on if it becomes one again.
CREATE TABLE kit (
    tenant  TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    changed INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES product (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE kit_part (
    tenant   TEXT    NOT NULL,
    kit      TEXT    NOT NULL,
    product  TEXT    NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 9007199254740991),
    PRIMARY KEY (tenant, kit, product),
    FOREIGN KEY (tenant, kit) REFERENCES kit (tenant, id),
    FOREIGN KEY (tenant, product) REFERENCES product (tenant, id),
    CHECK (kit <> product)
) STRICT, WITHOUT ROWID;

CREATE INDEX kit_part_product ON kit_part (tenant, product);

-- +goose Up

-- The facts of locations. One without a row has the defaults.
CREATE TABLE holdfast.place (
    tenant    text COLLATE "C" NOT NULL,
    id        text COLLATE "C" NOT NULL,
    kind      text COLLATE "C" NOT NULL CHECK (kind IN ('store', 'warehouse', 'virtual')),
    name      text COLLATE "C" NOT NULL,
    latitude  double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    priority  integer NOT NULL CHECK (priority BETWEEN 0 AND 1000000),
    active    boolean NOT NULL,
    online    boolean NOT NULL,
    pickup    boolean NOT NULL,
    channels  text COLLATE "C" NOT NULL, -- a JSON list, sorted; empty: all
    region    text COLLATE "C" NOT NULL,
    capacity  bigint  NOT NULL CHECK (capacity BETWEEN 0 AND 9007199254740991),
    seq       bigint  NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES holdfast.location (tenant, id),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);

-- What it costs to send from a location to a zone. id is location/zone. A lane
-- that is gone keeps its row: the log is about it.
CREATE TABLE holdfast.lane (
    tenant       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    location     text COLLATE "C" NOT NULL,
    zone         text COLLATE "C" NOT NULL,
    per_unit     bigint  NOT NULL CHECK (per_unit BETWEEN 0 AND 1000000000000),
    per_shipment bigint  NOT NULL CHECK (per_shipment BETWEEN 0 AND 1000000000000),
    gone         boolean NOT NULL,
    seq          bigint  NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, location) REFERENCES holdfast.location (tenant, id)
);

-- Products that are put together from others. One without parts is none any
-- more; its version goes on if it becomes one again.
CREATE TABLE holdfast.kit (
    tenant  text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    changed bigint NOT NULL,
    seq     bigint NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES holdfast.product (tenant, id)
);

CREATE TABLE holdfast.kit_part (
    tenant   text COLLATE "C" NOT NULL,
    kit      text COLLATE "C" NOT NULL,
    product  text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity BETWEEN 1 AND 9007199254740991),
    PRIMARY KEY (tenant, kit, product),
    FOREIGN KEY (tenant, kit) REFERENCES holdfast.kit (tenant, id),
    FOREIGN KEY (tenant, product) REFERENCES holdfast.product (tenant, id),
    CHECK (kit <> product)
);

CREATE INDEX kit_part_product ON holdfast.kit_part (tenant, product);

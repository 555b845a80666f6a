-- +goose NO TRANSACTION
-- +goose Up

-- The facts of locations. One without a row has the defaults.
CREATE TABLE IF NOT EXISTS holdfast_place (
    tenant    VARBINARY(64)  NOT NULL,
    id        VARBINARY(64)  NOT NULL,
    kind      VARBINARY(16)  NOT NULL CHECK (kind IN ('store', 'warehouse', 'virtual')),
    name      VARBINARY(256) NOT NULL,
    latitude  DOUBLE CHECK (latitude BETWEEN -90 AND 90),
    longitude DOUBLE CHECK (longitude BETWEEN -180 AND 180),
    priority  INT     NOT NULL CHECK (priority BETWEEN 0 AND 1000000),
    active    BOOLEAN NOT NULL,
    online    BOOLEAN NOT NULL,
    pickup    BOOLEAN NOT NULL,
    channels  TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- a JSON list, sorted; empty: all
    region    VARBINARY(64)  NOT NULL,
    capacity  BIGINT  NOT NULL CHECK (capacity BETWEEN 0 AND 9007199254740991),
    seq       BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES holdfast_location (tenant, id),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
) ENGINE = InnoDB;

-- What it costs to send from a location to a zone. id is location/zone. A lane
-- that is gone keeps its row: the log is about it.
CREATE TABLE IF NOT EXISTS holdfast_lane (
    tenant       VARBINARY(64)  NOT NULL,
    id           VARBINARY(128) NOT NULL,
    location     VARBINARY(64)  NOT NULL,
    zone         VARBINARY(64)  NOT NULL,
    per_unit     BIGINT  NOT NULL CHECK (per_unit BETWEEN 0 AND 1000000000000),
    per_shipment BIGINT  NOT NULL CHECK (per_shipment BETWEEN 0 AND 1000000000000),
    gone         BOOLEAN NOT NULL,
    seq          BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, location) REFERENCES holdfast_location (tenant, id)
) ENGINE = InnoDB;

-- Products that are put together from others. One without parts is none any
-- more; its version goes on if it becomes one again.
CREATE TABLE IF NOT EXISTS holdfast_kit (
    tenant  VARBINARY(64)  NOT NULL,
    id      VARBINARY(128) NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    changed BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, id) REFERENCES holdfast_product (tenant, id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS holdfast_kit_part (
    tenant   VARBINARY(64)  NOT NULL,
    kit      VARBINARY(128) NOT NULL,
    product  VARBINARY(128) NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 9007199254740991),
    PRIMARY KEY (tenant, kit, product),
    KEY kit_part_product (tenant, product),
    FOREIGN KEY (tenant, kit) REFERENCES holdfast_kit (tenant, id),
    FOREIGN KEY (tenant, product) REFERENCES holdfast_product (tenant, id),
    CHECK (kit <> product)
) ENGINE = InnoDB;
